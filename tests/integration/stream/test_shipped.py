"""What `deploy/` ships fits the code: settings that exist, words that exist, a file that PostgreSQL takes."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped] # it ships no types
from sqlalchemy import text

from bot.cli import COMMANDS
from bot.settings import Settings, read_settings, setting_name
from domain.errors import InvalidInputError
from storage.database import Database
from storage.vault import Vault
from tests.fixtures.nats import SERVER

DEPLOY = Path(__file__).parents[3] / "deploy"
PASSWORDS = {"USHER_DB_PASSWORD", "USHER_NATS_PASSWORD"}  # of the servers, not of ours
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(DEPLOY).as_posix())
def test_every_setting_that_a_file_names_exists(path: Path) -> None:
    named = set(re.findall(r"USHER_[A-Z_]+[A-Z]", path.read_text(encoding="utf-8")))

    assert named - PASSWORDS <= {setting_name(field) for field in Settings.model_fields}


@pytest.mark.parametrize("unit", sorted((DEPLOY / "systemd").glob("*.service")), ids=lambda path: path.name)
def test_a_unit_starts_a_word_that_exists_and_gives_it_time_to_finish(unit: Path) -> None:
    words = unit.read_text(encoding="utf-8")
    [word] = re.findall(r"^ExecStart=.*\.venv/bin/usher (\w+)'?$", words, re.MULTILINE)
    [patience] = re.findall(r"^TimeoutStopSec=(\d+)$", words, re.MULTILINE)

    assert word in COMMANDS
    assert int(patience) >= (20 if word == "web" else 60)


@pytest.mark.parametrize("unit", sorted((DEPLOY / "systemd").glob("*.service")), ids=lambda path: path.name)
def test_a_unit_is_started_again_however_often_it_ends(unit: Path) -> None:
    head, _, service = unit.read_text(encoding="utf-8").partition("[Service]")

    assert "\nStartLimitIntervalSec=0\n" in head, "in [Unit]: elsewhere systemd does not read it"
    assert "\nRestart=always\n" in service


def test_the_manifests_run_words_that_exist() -> None:
    compose = (DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8")
    kubernetes = (DEPLOY / "kubernetes" / "usher.yaml").read_text(encoding="utf-8")

    words = {"migrate", "web", "worker", "clock"}
    assert set(re.findall(r"^    command: (\w+)$", compose, re.MULTILINE)) == words
    assert set(re.findall(r"^          args: \[(\w+)\]$", kubernetes, re.MULTILINE)) == words
    assert words <= set(COMMANDS)


def test_compose_waits_for_the_database_itself_and_migrates_again_where_it_came_too_soon() -> None:
    compose = (DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8")

    assert "test: [CMD, pg_isready, -h, 127.0.0.1, -U, usher]" in compose
    assert re.search(r"command: migrate\n    restart: on-failure:\d ", compose)


def test_only_the_service_for_keys_may_write_into_var() -> None:
    compose = (DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8")
    services = re.split(r"^  (?=[a-z]+:$)", compose.partition("\nservices:\n")[2], flags=re.MULTILINE)

    assert [one.partition(":")[0] for one in services if "/var:/srv/usher/var\n" in one] == ["keys"]
    assert "/var:/srv/usher/var:ro\n" in compose.partition("\nservices:\n")[0]
    assert "keys" in COMMANDS


def test_no_pod_is_given_names_that_look_like_settings() -> None:
    documents = (DEPLOY / "kubernetes" / "usher.yaml").read_text(encoding="utf-8").split("\n---\n")
    pods = {}
    for document in documents:
        if "containers:" in document:
            [name] = re.findall(r"^metadata: \{ name: ([a-z-]+),", document, re.MULTILINE)
            pods[name] = re.findall(r"^      enableServiceLinks: (\w+)$", document, re.MULTILINE)

    names = ("usher-migrate", "usher-web", "usher-worker", "usher-clock")
    assert pods == {name: ["false"] for name in names}


def test_what_kubernetes_would_put_there_for_the_service_would_be_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USHER_WEB_SERVICE_HOST", "10.0.0.7")

    with pytest.raises(InvalidInputError, match="USHER_WEB_SERVICE_HOST: there is no such setting"):
        read_settings()


@pytest.mark.parametrize(
    ("password", "is_taken"),
    [("p" + "3" * 48, True), ("pfalse", True), ("12345678", False), ("3m", False)],
    ids=["as the page makes it", "a letter and a word", "digits", "a size"],
)
def test_nats_takes_a_password_that_begins_with_a_letter(password: str, is_taken: bool) -> None:  # noqa: FBT001 - a row
    done = subprocess.run(
        [SERVER, "-t", "-c", DEPLOY / "nats" / "nats.conf"],
        env={"USHER_NATS_PASSWORD": password},
        capture_output=True,
        timeout=20,
        check=False,
    )

    assert (done.returncode == 0) == is_taken


def test_every_worker_and_clock_that_we_ship_is_measured_on_a_port_that_nobody_else_has() -> None:
    systemd = "".join(path.read_text(encoding="utf-8") for path in sorted((DEPLOY / "systemd").glob("*@*.service")))
    clock = (DEPLOY / "systemd" / "usher-clock.service").read_text(encoding="utf-8")
    bases = {int(base) for base in re.findall(r"_PORT=\$\(\((\d+) \+ %i\)\)", systemd)}
    [own] = re.findall(r"USHER_METRICS_PORT=(\d+) exec", clock)
    asked = yaml.safe_load((DEPLOY / "observability" / "prometheus-many.yml").read_text(encoding="utf-8"))
    [ports] = [one["targets"] for one in asked["scrape_configs"][0]["static_configs"]]

    assert len(bases) == 2
    assert {f"localhost:{base + number}" for base in bases for number in (1, 2)} | {f"localhost:{own}"} == set(ports)


def test_compose_and_kubernetes_measure_workers_and_clocks_and_see_whether_they_live() -> None:
    compose = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8"))["services"]
    pods = {
        one["metadata"]["name"]: one["spec"]["template"]
        for one in yaml.safe_load_all((DEPLOY / "kubernetes" / "usher.yaml").read_text(encoding="utf-8"))
        if one["kind"] == "Deployment"
    }
    for part in ("worker", "clock"):
        port = compose[part]["environment"]["USHER_METRICS_PORT"]
        assert compose[part]["environment"]["USHER_DATABASE_URL"]
        assert [one.rpartition(":")[2] for one in compose[part]["ports"]] == [port]
        assert f":{port}/healthz" in compose[part]["healthcheck"]["test"][-1]

        [container] = pods[f"usher-{part}"]["spec"]["containers"]
        assert container["env"] == [
            {"name": "USHER_METRICS_PORT", "value": str(container["ports"][0]["containerPort"])}
        ]
        assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": container["ports"][0]["name"]}
    for pod in pods.values():
        [container] = pod["spec"]["containers"]
        noted = pod["metadata"]["annotations"]
        assert noted["prometheus.io/port"] == str(container["ports"][0]["containerPort"])


async def test_postgresql_knows_every_setting_that_we_ship(postgres_database: str, vault: Vault) -> None:
    lines = (DEPLOY / "postgresql" / "usher.conf").read_text(encoding="utf-8").splitlines()
    named = {line.partition("=")[0].strip() for line in lines if line and not line.startswith("#")}
    async with Database(postgres_database, vault) as db:
        known = await db.read(lambda c: set(c.execute(text("SELECT name FROM pg_settings")).scalars()))

    assert len(named) > 15
    assert named - known == set()
