"""Webhooks and the command line never wait for the SDKs, which take seconds to import."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "without"),
    [
        ("bot.cli", "aiogram"),
        ("bot.channels.telegram_updates", "aiogram"),
        ("bot.channels.twilio_webhooks", "twilio"),
        ("bot.web.signatures", "twilio"),
        ("bot.channels.twilio", "aiogram"),
        ("bot.channels.memory", "aiohttp"),
    ],
)
def test_a_module_comes_without_the_sdk_it_does_not_need(module: str, without: str) -> None:
    check = f"import sys, {module}; sys.exit({without!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False, timeout=60).returncode == 0
