"""A Twilio and a Telegram on loopback, with the phones they lead to; for the demo, and for tests."""
