"""Who the sandbox takes the product for: an account, a bot, their numbers and secrets, all of them inventions."""

from dataclasses import dataclass, field

from bot.sandbox.twilio_hooks import Signing


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """The account, the numbers and the bot; good for nothing anywhere else.

    `services` maps messaging services (MG…) to the number each writes from; any other writes from `number`.
    `signing` is how webhooks are signed: None means with the auth token and SHA-1.
    """

    account_sid: str = "AC" + "5b" * 16
    auth_token: str = field(default="sandbox-auth-token", repr=False)
    number: str = field(default="+19075550199", repr=False)
    services: dict[str, str] = field(default_factory=dict, repr=False)
    telegram_token: str = field(default="5550100:sandbox-bot-token-good-for-nothing", repr=False)
    telegram_username: str = "usher_sandbox_bot"
    signing: Signing | None = None

    @property
    def webhook_signing(self) -> Signing:
        """How Twilio's webhooks are signed."""
        return self.signing or Signing(self.auth_token)
