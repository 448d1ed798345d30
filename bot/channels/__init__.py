"""The providers: how one message is handed to Twilio or Telegram, and what their answers mean."""
