"""Telegram's own ways in: polling, and setting up the bot. Importing aiogram takes seconds: only these do."""
