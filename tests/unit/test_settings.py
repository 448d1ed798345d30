"""Settings are read whole or refused with every mistake named, and never show a secret."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot.settings import Settings, read_settings, setting_name
from domain.errors import InvalidInputError

SID = "AC" + "0" * 32
SERVICE = "MG" + "a" * 32
BOT = "123456789:" + "x" * 35
POSTGRES = {"USHER_DATABASE_URL": "postgresql+psycopg://usher@host/usher"}
TWILIO = {
    "USHER_TWILIO_ACCOUNT_SID": SID,
    "USHER_TWILIO_AUTH_TOKEN": "hush-hush",
    "USHER_TWILIO_SENDER": SERVICE,
    "USHER_PUBLIC_URL": "https://usher.example",
}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for field in Settings.model_fields:
        monkeypatch.delenv(setting_name(field), raising=False)


def read_with(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return read_settings()


def test_nothing_set_is_a_working_installation() -> None:
    settings = read_settings()

    assert settings.database_url.get_secret_value() == "sqlite:///var/usher.sqlite3"
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 8080)
    assert (settings.log_format, settings.telegram_mode) == ("json", "polling")
    assert (settings.courts_dir, settings.secret_key_file) == (Path("courts"), Path("var/usher.key"))
    assert not settings.has_twilio
    assert not settings.has_telegram


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("USHER_HTTP_PORT=9000\nUSHER_LOG_FORMAT=console\n", encoding="utf-8")

    settings = read_with(monkeypatch, {"USHER_HTTP_PORT": "9001"})

    assert (settings.http_port, settings.log_format) == (9001, "console")


@pytest.mark.parametrize("sender", [SERVICE, "+19075550100"])
def test_twilio_is_configured_by_three_settings(monkeypatch: pytest.MonkeyPatch, sender: str) -> None:
    settings = read_with(monkeypatch, {**TWILIO, "USHER_TWILIO_SENDER": sender})

    assert settings.has_twilio
    assert settings.twilio_sender == sender
    assert str(settings.public_url) == "https://usher.example/"


def test_a_database_on_postgresql_is_welcome(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql+psycopg://usher:pw@127.0.0.1/usher"
    assert read_with(monkeypatch, {"USHER_DATABASE_URL": url}).database_url.get_secret_value() == url


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"USHER_HTTP_PROT": "1"}, "USHER_HTTP_PROT: there is no such setting"),
        ({"usher_http_prot": "1"}, "usher_http_prot: there is no such setting"),
        ({"USHER_HTTP_PORT": "70000"}, "USHER_HTTP_PORT: Input should be less than or equal to 65535"),
        ({"USHER_LOG_FORMAT": "xml"}, "USHER_LOG_FORMAT: Input should be 'json' or 'console'"),
        (
            {"USHER_DATABASE_URL": "mysql://x/y"},
            "USHER_DATABASE_URL: must begin with one of sqlite, postgresql+psycopg",
        ),
        ({"USHER_DATABASE_URL": "nonsense"}, "USHER_DATABASE_URL: must be a database URL"),
        ({"USHER_TWILIO_ACCOUNT_SID": "AC12"}, "USHER_TWILIO_ACCOUNT_SID: String should match pattern"),
        ({"USHER_TWILIO_SENDER": "COURT"}, "USHER_TWILIO_SENDER: must be a messaging service"),
        ({"USHER_TWILIO_AUTH_TOKEN": "t"}, "_SENDER go together"),
        ({**TWILIO, "USHER_PUBLIC_URL": "https://my_court.example"}, "USHER_PUBLIC_URL: Twilio refuses callbacks"),
        ({**TWILIO, "USHER_PUBLIC_URL": "https://u:p@court.example"}, "USHER_PUBLIC_URL: must be a plain address"),
        ({**TWILIO, "USHER_PUBLIC_URL": "court.example"}, "USHER_PUBLIC_URL: Input should be a valid URL"),
        ({"USHER_TELEGRAM_TOKEN": "12"}, "USHER_TELEGRAM_TOKEN: must be a bot's token"),
        ({"USHER_TELEGRAM_WEBHOOK_SECRET": "пароль" * 4}, "USHER_TELEGRAM_WEBHOOK_SECRET: must be 16 to 256"),
        (
            {"USHER_TELEGRAM_TOKEN": BOT, "USHER_TELEGRAM_MODE": "webhook"},
            "USHER_TELEGRAM_WEBHOOK_SECRET must be set when USHER_TELEGRAM_MODE is webhook",
        ),
        (
            {"USHER_TELEGRAM_TOKEN": BOT, "USHER_TELEGRAM_MODE": "webhook", "USHER_TELEGRAM_WEBHOOK_SECRET": "s" * 16},
            "USHER_PUBLIC_URL must be set",
        ),
        ({name: value for name, value in TWILIO.items() if "PUBLIC" not in name}, "USHER_PUBLIC_URL must be set"),
        ({"USHER_NATS_URL": "nats://127.0.0.1"}, "USHER_NATS_URL needs PostgreSQL"),
        ({"USHER_NATS_URL": "127.0.0.1:4222"}, "USHER_NATS_URL: must be one or several addresses"),
        ({"USHER_NATS_URL": "nats://a,http://b", **POSTGRES}, "USHER_NATS_URL: must be one or several addresses"),
        ({"USHER_NATS_REPLICAS": "2"}, "USHER_NATS_REPLICAS: must be 1, 3 or 5"),
        ({"USHER_NATS_URL": "nats://a", "USHER_TELEGRAM_TOKEN": BOT, **POSTGRES}, "TELEGRAM_MODE must be webhook"),
    ],
)
def test_a_mistake_is_named(monkeypatch: pytest.MonkeyPatch, values: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_with(monkeypatch, values)

    assert message in str(caught.value)


@pytest.mark.parametrize("line", ["USHER_HTTP_PROT=1", "HTTP_PORT=1", "PATH_TO_NOWHERE=1"])
def test_a_line_of_the_file_that_sets_nothing_is_refused(line: str) -> None:
    Path(".env").write_text(line + "\n", encoding="utf-8")

    with pytest.raises(InvalidInputError, match=f"{line.partition('=')[0]}: there is no such setting"):
        read_settings()


def test_a_line_that_is_not_filled_in_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_with(monkeypatch, {"USHER_TELEGRAM_TOKEN": "", "USHER_HTTP_PORT": ""})

    assert settings == read_settings(None)
    assert (settings.telegram_token, settings.http_port) == (None, 8080)


def test_all_mistakes_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_with(monkeypatch, {"USHER_HTTP_PORT": "x", "USHER_TELEGRAM_MODE": "pigeon", "USHER_WRONG": "1"})

    assert all(name in str(caught.value) for name in ("USHER_HTTP_PORT", "USHER_TELEGRAM_MODE", "USHER_WRONG"))


def test_no_secret_is_in_a_mistake_or_in_print(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        "USHER_DATABASE_URL": "mysql://usher:marker-password@host/db",
        "USHER_TELEGRAM_TOKEN": "marker-token",
        "USHER_TELEGRAM_WEBHOOK_SECRET": "marker secret",
        "USHER_TWILIO_SENDER": "marker-sender",
    }
    with pytest.raises(InvalidInputError) as caught:
        read_with(monkeypatch, secrets)
    assert "marker" not in str(caught.value)
    assert caught.value.__cause__ is None

    for name in secrets:
        monkeypatch.delenv(name)
    settings = read_with(monkeypatch, {**TWILIO, "USHER_TELEGRAM_TOKEN": BOT})
    assert "hush-hush" not in f"{settings!r} {settings}"
    assert BOT not in f"{settings!r} {settings}"


@pytest.mark.parametrize("url", ["https://hc-ping.com/0000-check", "http://127.0.0.1:8000/ping/court?state=ok"])
def test_a_dead_mans_signal_goes_to_any_web_address_and_is_a_secret(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    settings = read_with(monkeypatch, {"USHER_DEADMAN_URL": url})

    assert settings.deadman_url is not None
    assert settings.deadman_url.get_secret_value() == url
    assert url not in repr(settings)


@pytest.mark.parametrize(
    "url", ["hc-ping.com/check", "ftp://hc-ping.com/x", "https://?hush", "https://me@hc-ping.com/x"]
)
def test_a_signal_to_nowhere_is_refused_without_repeating_it(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(InvalidInputError, match="USHER_DEADMAN_URL: must be an address such as") as refused:
        read_with(monkeypatch, {"USHER_DEADMAN_URL": url})

    assert url not in str(refused.value)


def test_workers_show_their_metrics_only_where_a_port_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().metrics_port is None
    assert read_with(monkeypatch, {"USHER_METRICS_PORT": "8081"}).metrics_port == 8081


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("USHER_HTTP_PORT", "0"),
        ("USHER_HTTP_PORT", "-1"),
        ("USHER_HTTP_PORT", "8080.5"),
        ("USHER_METRICS_PORT", "0"),
        ("USHER_METRICS_PORT", "65536"),
        ("USHER_NATS_REPLICAS", "0"),
        ("USHER_NATS_REPLICAS", "4"),
        ("USHER_NATS_REPLICAS", "7"),
        ("USHER_NATS_URL", "nats://"),
        ("USHER_NATS_URL", "nats://a,,nats://b"),
        ("USHER_DATABASE_URL", "postgresql://usher@host/usher"),
        ("USHER_DATABASE_URL", "sqlite+aiosqlite:///var/usher.sqlite3"),
        ("USHER_PUBLIC_URL", "ftp://court.example"),
        ("USHER_PUBLIC_URL", "https://court.example?x=1"),
        ("USHER_PUBLIC_URL", "https://court.example/#top"),
        ("USHER_TELEGRAM_API_BASE_URL", "https://me@api.example"),
        ("USHER_TWILIO_API_BASE_URL", "api.twilio.com"),
        ("USHER_TWILIO_ACCOUNT_SID", "ac" + "0" * 32),
        ("USHER_TWILIO_ACCOUNT_SID", SID + "0"),
        ("USHER_TWILIO_SENDER", "+0075550100"),
        ("USHER_TWILIO_SENDER", "19075550177"),
        ("USHER_TWILIO_SENDER", SERVICE[:-1]),
        ("USHER_TELEGRAM_TOKEN", "12:" + "x" * 35),
        ("USHER_TELEGRAM_TOKEN", BOT + " "),
        ("USHER_TELEGRAM_WEBHOOK_SECRET", "s" * 15),
        ("USHER_TELEGRAM_WEBHOOK_SECRET", "s" * 257),
        ("USHER_TELEGRAM_MODE", "Webhook"),
        ("USHER_LOG_FORMAT", "JSON"),
        ("USHER_OTLP_ENDPOINT", "localhost:4318"),
        ("USHER_DEADMAN_URL", "https://hc-ping.com/x#hush"),
    ],
)
def test_each_wrong_value_is_one_sentence_that_names_the_setting_and_not_the_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_with(monkeypatch, {name: value})

    said = str(caught.value)
    assert said.startswith(f"settings: {name}: ")
    assert ";" not in said, "one mistake, one sentence"
    assert "\n" not in said
    assert len(value) < 8 or value not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("USHER_HTTP_PORT", "1"),
        ("USHER_HTTP_PORT", "65535"),
        ("USHER_NATS_REPLICAS", "3"),
        ("USHER_NATS_REPLICAS", "5"),
        ("USHER_DATABASE_URL", "sqlite:////srv/usher/usher.sqlite3"),
        ("USHER_TELEGRAM_WEBHOOK_SECRET", "a_B-" * 4),
        ("USHER_TELEGRAM_WEBHOOK_SECRET", "s" * 256),
        ("USHER_PUBLIC_URL", "https://court.example:8443/usher"),
        ("USHER_OTLP_ENDPOINT", "http://localhost:4318/v1/traces"),
        ("USHER_LOG_FORMAT", "console"),
    ],
)
def test_what_is_just_right_is_taken(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    read = getattr(read_with(monkeypatch, {name: value}), name.removeprefix("USHER_").lower())

    assert str(read.get_secret_value() if isinstance(read, SecretStr) else read) == value


@pytest.mark.parametrize(
    "url", ["nats://a:4222", "tls://a", "nats://a,nats://b,nats://c", "nats://usher:secret@a:4222,tls://b:4222"]
)
def test_many_machines_meet_at_one_server_or_at_a_cluster(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    settings = read_with(monkeypatch, {"USHER_NATS_URL": url, **POSTGRES})

    assert settings.nats_url is not None
    assert settings.nats_url.get_secret_value() == url
    assert "secret" not in repr(settings.nats_url)


@pytest.mark.parametrize("missing", ["USHER_TWILIO_ACCOUNT_SID", "USHER_TWILIO_AUTH_TOKEN", "USHER_TWILIO_SENDER"])
def test_twilio_with_one_of_its_three_settings_missing_is_refused(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    with pytest.raises(InvalidInputError, match="go together: set all three or none"):
        read_with(monkeypatch, {name: value for name, value in TWILIO.items() if name != missing})


def test_settings_once_read_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        read_settings().http_port = 1  # type: ignore[misc] # the very thing that must be refused


def test_a_file_that_is_not_there_is_no_mistake() -> None:
    assert read_settings(Path("nowhere.env")) == read_settings(None)
