"""Our own four rules hold everywhere, and each catches what it is there for."""

import ast
from pathlib import Path

import pytest

from tests.lint.rules import PACKAGES, RULES, Rule, offences

ROOT = Path(__file__).parents[2]
BY_KEY = {rule.key: rule for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_the_whole_tree_keeps_the_rule(rule: Rule) -> None:
    assert offences(ROOT, rule) == []


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("transactions", "connection.commit()"),
        ("transactions", "with engine.begin() as connection: pass"),
        ("transactions", "engine = sqlalchemy.create_engine(url)"),
        ("transactions", "engine = create_engine(url)"),
        ("transactions", "session.rollback()"),
        ("personal_logs", "log.info('message.sent', to=message.to.value)"),
        ("personal_logs", "log.info('message.sent', text=body)"),
        ("personal_logs", "self._log.warning('person.found', who=person.given_name)"),
        ("personal_logs", "logger.error(f'no {person}')"),
        ("personal_logs", "log.bind(phone=phone)"),
        ("personal_logs", "logging.info(str(endpoint.address))"),
        ("personal_logs", "delivery_log.debug('delivery.made', parts=[message.text])"),
        ("spoken_literals", "OutgoingMessage(id=1, to=to, text='Your hearing has moved.')"),
        ("spoken_literals", "put_reply(connection, body=f'Your case {number} was not found.')"),
        ("spoken_literals", "message.answer('I did not understand you')"),
        ("spoken_literals", "Reply('Please ask ' + desk)"),
        ("clocks", "now = datetime.now(UTC)"),
        ("clocks", "now = datetime.datetime.utcnow()"),
        ("clocks", "today = date.today()"),
        ("clocks", "started = time.time()"),
        ("clocks", "from time import time"),
    ],
)
def test_a_planted_offence_is_caught(key: str, code: str) -> None:
    assert list(BY_KEY[key].finds(ast.parse(code))), code


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("transactions", "await db.write(partial(work, now=now))"),
        ("transactions", "conversation.started(connection)"),
        ("personal_logs", "log.info('delivery.sent', delivery=7, lane=2, code=error.code)"),
        ("personal_logs", "describe(text=body)"),
        ("personal_logs", "catalog.info(text=body)"),
        ("spoken_literals", "OutgoingMessage(id=1, to=to, text=letter)"),
        ("spoken_literals", "raise InvalidInputError('starts_at', 'must be an aware UTC datetime')"),
        ("spoken_literals", "Reply('STOP')"),
        ("clocks", "now = clock.now()"),
        ("clocks", "started = time.monotonic()"),
        ("clocks", "from datetime import time"),
    ],
)
def test_what_is_right_is_left_in_peace(key: str, code: str) -> None:
    assert not list(BY_KEY[key].finds(ast.parse(code))), code


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_an_offence_in_a_file_is_named_with_path_and_line(rule: Rule, tmp_path: Path) -> None:
    planted = {
        "transactions": "\nconnection.commit()\n",
        "personal_logs": "\nlog.info('message.sent', text=body)\n",
        "spoken_literals": "\nmessage.answer('Your hearing was moved')\n",
        "clocks": "\nnow = datetime.now()\n",
    }
    for package in PACKAGES:
        (tmp_path / package).mkdir()
    (tmp_path / "handlers" / "planted.py").write_text(planted[rule.key], encoding="utf-8")

    [offence] = offences(tmp_path, rule)

    assert offence.startswith("handlers/planted.py:2: ")


def test_the_places_made_for_it_are_free() -> None:
    assert not BY_KEY["transactions"].applies("storage/database.py")
    assert not BY_KEY["transactions"].applies("storage/migrations/0001_foundation.py")
    assert BY_KEY["transactions"].applies("storage/hearings.py")
    assert not BY_KEY["clocks"].applies("domain/clock.py")
    assert BY_KEY["clocks"].applies("scheduler/dispatcher.py")
    assert not BY_KEY["spoken_literals"].applies("locales/texts/reminders.py")
    assert BY_KEY["spoken_literals"].applies("handlers/conversation.py")
