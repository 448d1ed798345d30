"""The settings in words: the commented `.env` and the reference page, both made from `Settings` itself."""

import textwrap
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from bot.settings import Settings, setting_name

WIDTH = 110
EXAMPLES = {
    "nats_url": "nats://127.0.0.1:4222",
    "public_url": "https://usher.example",
    "twilio_account_sid": "AC00000000000000000000000000000000",
    "twilio_auth_token": "",
    "twilio_sender": "+19075550100",
    "telegram_token": "",
    "telegram_webhook_secret": "",
    "metrics_port": "8101",
    "deadman_url": "https://hc-ping.com/your-check",
    "otlp_endpoint": "http://localhost:4318/v1/traces",
}
ENV_HEAD = """\
# Settings of Usher. Each line shows the default or an example: take the # away to set it. The environment goes first.
# `usher doctor` says whether they work. This file may hold secrets: keep it to its owner (chmod 600).
"""
PAGE_HEAD = """\
# Settings

Read from the environment and, under it, from `.env` in the working directory. A name that is not in this table is
refused, in both places. Secrets are never printed. This page is made from `bot/settings.py` by `make docs`.

| setting | default | what it sets |
|---|---|---|
"""


def env_example() -> str:
    """Return a `.env` with every setting explained and commented out."""
    parts = [ENV_HEAD]
    for name, field in Settings.model_fields.items():
        says = textwrap.fill(_meaning(field), WIDTH, initial_indent="# ", subsequent_indent="# ")
        parts.append(f"{says}\n#{setting_name(name)}={_default(field) or EXAMPLES[name]}\n")
    return "\n".join(parts)


def settings_page() -> str:
    """Return `docs/reference/settings.md`."""
    rows = [
        f"| `{setting_name(name)}` | {f'`{_default(field)}`' if _default(field) else 'not set'} | {_meaning(field)} |"
        for name, field in Settings.model_fields.items()
    ]
    return PAGE_HEAD + "\n".join(rows) + "\n"


def _meaning(field: FieldInfo) -> str:
    return " ".join((field.description or "").split())


def _default(field: FieldInfo) -> str:
    match field.default:
        case None:
            return ""
        case SecretStr() as secret:
            return secret.get_secret_value()  # a default is no secret
        case Path() as path:
            return path.as_posix()
        case other:
            return str(other)
