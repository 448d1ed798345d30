"""Everything an operator can set: `USHER_*` in the environment or in `.env`, read once and handed down."""

import os
import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, AnyHttpUrl, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from domain.errors import InvalidInputError

PREFIX = "USHER_"
ENV_FILE = Path(".env")
ENGINES = ("sqlite", "postgresql+psycopg")
SENDER = re.compile(r"MG[0-9a-fA-F]{32}|\+[1-9][0-9]{6,14}")
BOT_TOKEN = re.compile(r"[0-9]{3,}:[A-Za-z0-9_-]{20,}")
WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")  # the alphabet Telegram takes; 16 is ours: it must not be guessed


def _database(url: SecretStr) -> SecretStr:
    try:
        parsed = make_url(url.get_secret_value())
    except ArgumentError:
        raise ValueError("must be a database URL such as sqlite:///var/usher.sqlite3") from None
    if parsed.drivername not in ENGINES:
        raise ValueError(f"must begin with one of {', '.join(ENGINES)}")
    if parsed.drivername == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise ValueError("needs a file, such as sqlite:///var/usher.sqlite3: what is in memory only is lost")
    return url


def _nats(servers: SecretStr) -> SecretStr:
    for server in servers.get_secret_value().split(","):
        parts = urlsplit(server)
        if parts.scheme not in {"nats", "tls"} or not parts.hostname:
            raise ValueError("must be one or several addresses such as nats://host:4222, with commas between")
    return servers


def _odd(replicas: int) -> int:
    if replicas not in {1, 3, 5}:
        raise ValueError("must be 1, 3 or 5")
    return replicas


def _ping(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.fragment:
        raise ValueError("must be an address such as https://host/path")
    return url


def _matching(pattern: re.Pattern[str], wanted: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not pattern.fullmatch(value.get_secret_value()):
            raise ValueError(wanted)
        return value

    return AfterValidator(check)


def _sender(value: str) -> str:
    if not SENDER.fullmatch(value):
        raise ValueError("must be a messaging service (MG and 32 hexadecimal digits) or a number like +19075550100")
    return value


def _bare(url: AnyHttpUrl) -> AnyHttpUrl:
    if url.query or url.fragment or url.username or url.password:
        raise ValueError("must be a plain address: no user, question mark or #")
    if "_" in (url.host or ""):
        raise ValueError("Twilio refuses callbacks to hosts with an underscore")
    return url


Url = Annotated[AnyHttpUrl, AfterValidator(_bare)]


class Settings(BaseSettings):
    """Everything an operator can set. Relative paths start at the working directory."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,  # `USHER_X=` is a line not filled in
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        validate_default=False,
    )

    database_url: Annotated[SecretStr, AfterValidator(_database)] = SecretStr("sqlite:///var/usher.sqlite3")
    """Where everything is kept: `sqlite:///path` or `postgresql+psycopg://user:password@host/name`."""

    nats_url: Annotated[SecretStr, AfterValidator(_nats)] | None = None
    """NATS, where `usher web`, `usher worker` and `usher clock` meet: `nats://user:password@host:4222`, several servers
    of a cluster with commas between. Needs PostgreSQL. `usher run`, one process, needs none."""

    nats_replicas: Annotated[int, AfterValidator(_odd)] = 1
    """On how many servers of a NATS cluster each accepted webhook lies: 3 of 3 survives the loss of one."""

    public_url: Url | None = None
    """How the outside reaches us, as Twilio and Telegram see it: they sign and call this address, not the one
    behind your proxy. Needed with Twilio, and with Telegram's webhook."""

    courts_dir: Path = Path("courts")
    """The folder of court files, one `NAME.toml` for each court."""

    secret_key_file: Path = Path("var/usher.key")
    """The key that encrypts names, addresses and texts: a file that only its owner may read. Without it what is kept
    cannot be read again."""

    twilio_account_sid: Annotated[str, Field(pattern=r"^AC[0-9a-fA-F]{32}$")] | None = None
    """The Twilio account: AC and 32 hexadecimal digits. Leave all three Twilio settings out to send no SMS."""

    twilio_auth_token: SecretStr | None = None
    """The account's auth token. It sends, and it proves that a webhook is Twilio's."""

    twilio_sender: Annotated[str, AfterValidator(_sender)] | None = None
    """Who SMS come from: a messaging service (`MG…`) or a number (`+1…`)."""

    twilio_api_base_url: Url = AnyHttpUrl("https://api.twilio.com")
    """Where Twilio's interface is. Only the sandbox and tests need another."""

    telegram_token: (
        Annotated[SecretStr, _matching(BOT_TOKEN, "must be a bot's token, as BotFather gives it")] | None
    ) = None
    """The bot's token from BotFather. Leave it out to use no Telegram."""

    telegram_webhook_secret: (
        Annotated[SecretStr, _matching(WEBHOOK_SECRET, "must be 16 to 256 letters, digits, _ or -")] | None
    ) = None
    """A secret of your own that Telegram sends back with each call. Needed when the mode is webhook."""

    telegram_api_base_url: Url = AnyHttpUrl("https://api.telegram.org")
    """Where Telegram's interface is: your own Bot API server, or the sandbox."""

    telegram_mode: Literal["webhook", "polling"] = "polling"
    """`polling` asks Telegram for messages and needs no public address; `webhook` is called."""

    http_host: str = "127.0.0.1"
    """The address to listen on. Keep the default behind a proxy on the same machine."""

    http_port: Annotated[int, Field(ge=1, le=65535)] = 8080
    """The port to listen on."""

    metrics_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """The port on which `usher worker` and `usher clock` show `/metrics` and `/healthz`; without it they have no door.
    `usher run` and `usher web` show them on their own."""

    deadman_url: Annotated[SecretStr, AfterValidator(_ping)] | None = None
    """An address elsewhere that is asked for every two minutes while all is well, so that silence is an alarm: a check
    of healthchecks.io or the like. A secret. Nothing is sent with it."""

    otlp_endpoint: Annotated[SecretStr, AfterValidator(_ping)] | None = None
    """Where OpenTelemetry traces go, for instance `http://localhost:4318/v1/traces`. Needs the extra:
    `pip install 'usher-court[otel]'`. They hold ids, codes and instants only."""

    log_format: Literal["json", "console"] = "json"
    """`json`, one object a line, for machines; `console` for eyes."""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        """Refuse what each setting allows but all together cannot work."""
        twilio = (self.twilio_account_sid, self.twilio_auth_token, self.twilio_sender)
        if any(twilio) and not all(twilio):
            raise ValueError("USHER_TWILIO_ACCOUNT_SID, _AUTH_TOKEN and _SENDER go together: set all three or none")
        is_called = self.telegram_token is not None and self.telegram_mode == "webhook"
        if is_called and self.telegram_webhook_secret is None:
            raise ValueError("USHER_TELEGRAM_WEBHOOK_SECRET must be set when USHER_TELEGRAM_MODE is webhook")
        if self.public_url is None and (is_called or any(twilio)):
            raise ValueError("USHER_PUBLIC_URL must be set: Twilio and Telegram's webhook call us there")
        if self.nats_url is not None:
            self._fit_many()
        return self

    def _fit_many(self) -> None:
        """Refuse what cannot work on many machines."""
        if self.database_url.get_secret_value().startswith("sqlite"):
            raise ValueError("USHER_NATS_URL needs PostgreSQL in USHER_DATABASE_URL: a SQLite file is one machine's")
        if self.telegram_token is not None and self.telegram_mode == "polling":
            raise ValueError("USHER_TELEGRAM_MODE must be webhook with USHER_NATS_URL: only one process can poll")

    @property
    def has_twilio(self) -> bool:
        """Whether SMS can be sent."""
        return self.twilio_account_sid is not None

    @property
    def has_telegram(self) -> bool:
        """Whether there is a bot."""
        return self.telegram_token is not None


def read_settings(env_file: Path | None = ENV_FILE) -> Settings:
    """Read the environment and, under it, `env_file` where there is one.

    Raises:
        InvalidInputError: If anything is wrong, naming every setting at fault and no value. An unknown `USHER_*` is
            an error too: a misspelt setting is one that silently does nothing.
    """
    try:
        wrong = [f"{name}: there is no such setting" for name in _unknown(env_file)]
        settings = Settings(_env_file=env_file, _env_file_encoding="utf-8")
    except ValidationError as error:
        wrong += _sentences(error)
    except OSError as error:
        raise InvalidInputError(str(env_file), f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidInputError(str(env_file), "is not UTF-8") from None
    else:
        if not wrong:
            return settings
    raise InvalidInputError("settings", "; ".join(wrong))


def setting_name(field: str) -> str:
    """Return the environment's name of a field: `database_url` is `USHER_DATABASE_URL`."""
    return PREFIX + field.upper()


def _unknown(env_file: Path | None) -> list[str]:
    """Names that set nothing: pydantic-settings looks past those in the environment, and past some in the file."""
    known = {setting_name(field) for field in Settings.model_fields}
    names = {name for name in os.environ if name.upper().startswith(PREFIX)}
    if env_file is not None and env_file.is_file():
        names |= dotenv_values(env_file, encoding="utf-8").keys()
    return sorted(name for name in names if name.upper() not in known)


def _sentences(error: ValidationError) -> list[str]:
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return [
        ": ".join((*(setting_name(str(part)) for part in one["loc"][:1]), one["msg"].removeprefix("Value error, ")))
        for one in found
        if one["type"] != "extra_forbidden"  # named already, as they were written
    ]
