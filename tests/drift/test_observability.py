"""The dashboard, the alerts and the page of metrics speak of metrics that exist, and of all of them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped] # it ships no types

from bot.bootstrap import OF_MANY
from bot.cli import COMMANDS
from bot.deadman import HASTY, LATE_AFTER, LYING_AFTER, STUCK_AFTER
from bot.settings import Settings, setting_name
from bot.web import hooks
from bot.web.meters import CATALOG, OUTCOMES, PLACES, PRIORITIES, RECEIPT_DELAYS, TASK_KINDS, WEBHOOKS, WORK
from scheduler.receipts import Reception

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "observability"
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((FOLDER / "alert-rules.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "grafana-dashboard.json").read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
OF_ITSELF = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}
LABELS = {meter.name: set(meter.labels) for meter in CATALOG}
CLOSED = {
    "part": {*OF_MANY, "deadman", "traces"},
    "place": set(PLACES),
    "work": set(WORK),
    "priority": set(PRIORITIES),
    "kind": set(TASK_KINDS),
    "outcome": {*OUTCOMES, *WEBHOOKS},
}
METRIC = re.compile(r"\b((?:usher|process|python)_[a-z_]+|up\b)")
GROUPED = re.compile(r"\bby \(([a-z, ]+)\)")
SELECTED = re.compile(r"(\w+)\{([^}]*)\}")
LENGTH = re.compile(r"[1-9][0-9]*[smh]")


def queries() -> Iterator[tuple[str, str]]:
    """Every query of the alerts and of the dashboard, with where it stands."""
    for rule in RULES:
        yield rule["alert"], rule["expr"]
    for panel in PANELS:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def metrics_in(query: str) -> set[str]:
    """The metrics that a query asks for, a histogram by its own name."""
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in METRIC.findall(query)}


QUERIES = list(queries())
IDS = [f"{where}-{number}" for number, (where, _) in enumerate(QUERIES)]


@pytest.mark.parametrize("query", [query for _, query in QUERIES], ids=IDS)
def test_a_query_asks_only_for_metrics_labels_and_values_that_exist(query: str) -> None:
    asked = metrics_in(query)
    labels = set().union(*(LABELS.get(name, set()) for name in asked)) | {"le", "instance", "job"}

    assert asked
    assert asked <= set(LABELS) | OF_ITSELF
    for group in GROUPED.findall(query):
        assert set(group.split(", ")) <= labels
    for name, chosen in SELECTED.findall(query):
        for label, values in re.findall(r'(\w+)=~?"([^"]*)"', chosen):
            assert label in LABELS.get(name, {"job"}) | {"job"}
            assert label == "job" or set(values.split("|")) <= CLOSED[label]


@pytest.mark.parametrize("query", [query for _, query in QUERIES], ids=IDS)
def test_a_query_is_whole_and_takes_counters_by_their_rate(query: str) -> None:
    for opened, closed in ("()", "{}", "[]"):
        assert query.count(opened) == query.count(closed)
    counters = {meter.name for meter in CATALOG if meter.kind == "counter"}
    for name in counters & metrics_in(query):
        assert re.search(rf"rate\({name}(\{{[^}}]*\}})?\[", query)


@pytest.mark.parametrize("name", sorted(LABELS))
def test_every_metric_is_on_the_dashboard_or_watched_by_an_alert(name: str) -> None:
    assert name in set().union(*(metrics_in(query) for _, query in QUERIES))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_what_it_means_and_what_to_do(rule: dict[str, Any]) -> None:
    assert re.fullmatch(r"Usher[A-Z][A-Za-z]+", rule["alert"])
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert set(rule["annotations"]) == {"summary", "action"}
    assert all(sentence.endswith((".", "?")) for sentence in rule["annotations"].values())
    assert LENGTH.fullmatch(rule.get("for", "1m"))
    said = " ".join(rule["annotations"].values())
    assert set(re.findall(r"\$labels\.(\w+)", said)) <= set(re.findall(r"\w+", rule["expr"])) | {"instance"}
    assert set(re.findall(r"`usher ([a-z-]+)", said)) <= set(COMMANDS)
    assert set(re.findall(r"USHER_[A-Z_]+", said)) <= {setting_name(field) for field in Settings.model_fields}


def test_each_alert_stands_once_and_is_explained() -> None:
    names = [rule["alert"] for rule in RULES]
    page = (ROOT / "docs" / "how-to" / "watch-over-usher.md").read_text(encoding="utf-8")

    assert len(names) == len(set(names))
    assert set(re.findall(r"^\| `(Usher\w+)` \|", page, re.MULTILINE)) == set(names)


@pytest.mark.parametrize(
    ("alert", "limit"),
    [
        ("UsherLate", f"> {LATE_AFTER.total_seconds():.0f}"),
        ("UsherLate", f'"{"|".join(sorted(HASTY))}"'),
        ("UsherLaneStuck", f"> {LATE_AFTER.total_seconds():.0f}"),
        ("UsherLaneStuck", f"> {STUCK_AFTER.total_seconds():.0f}"),
        ("UsherNotInTime", "usher_lane_work_seconds) > min by (lane) (usher_lane_expiry_seconds)"),
        ("UsherUnknownOpen", "> 1800"),
        ("UsherInboundWaiting", "> 120"),
        ("UsherStreamWaiting", f"> {LYING_AFTER.total_seconds():.0f}"),
        ("UsherSilent", "> 180"),
        ("UsherCalendarStale", "usher_calendar_stale_after_seconds"),
    ],
)
def test_the_limits_are_those_that_were_promised(alert: str, limit: str) -> None:
    [rule] = [rule for rule in RULES if rule["alert"] == alert]

    assert limit in rule["expr"]


def test_a_lane_may_rest_for_a_quarter_of_an_hour() -> None:
    [rule] = [rule for rule in RULES if rule["alert"] == "UsherLanePaused"]

    assert rule["for"] == "15m"


def test_the_dashboard_can_be_provisioned_as_it_is() -> None:
    assert DASHBOARD["uid"] == "usher"
    assert "id" not in DASHBOARD, "Grafana gives it"
    assert "__inputs" not in DASHBOARD, "a provisioned dashboard asks for nothing"
    [source] = DASHBOARD["templating"]["list"]
    assert (source["type"], source["query"]) == ("datasource", "prometheus")
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    for panel in PANELS:
        assert {panel["datasource"]["uid"], *(one["datasource"]["uid"] for one in panel["targets"])} == {
            "${datasource}"
        }
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


def test_no_panel_of_the_dashboard_lies_on_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in PANELS:
        at = panel["gridPos"]
        cells = {(at["x"] + right, at["y"] + down) for right in range(at["w"]) for down in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells


def test_prometheus_reads_the_rules_and_asks_where_usher_listens() -> None:
    settings = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    [job] = settings["scrape_configs"]

    assert [(FOLDER / name).exists() for name in settings["rule_files"]] == [True]
    assert job["job_name"] == "usher"
    many = yaml.safe_load((FOLDER / "prometheus-many.yml").read_text(encoding="utf-8"))
    assert {key: many[key] for key in many if key != "scrape_configs"} == {
        key: settings[key] for key in settings if key != "scrape_configs"
    }
    assert [one["job_name"] for one in many["scrape_configs"]] == ["usher"]
    assert job["static_configs"][0]["targets"] == [f"localhost:{Settings.model_fields['http_port'].default}"]
    assert job.get("metrics_path", "/metrics") == "/metrics"


def test_every_word_of_the_webhooks_is_one_of_the_labels() -> None:
    source = Path(hooks.__file__).read_text(encoding="utf-8")
    said = set(re.findall(r'_say\("(\w+)"', source)) | set(re.findall(r'counts\["(\w+)"', source))

    assert said
    assert said <= set(WEBHOOKS)
    assert {f"receipt_{reception}" for reception in Reception} <= set(WEBHOOKS)


def test_the_buckets_of_receipts_rise_to_what_a_carrier_keeps() -> None:
    assert list(RECEIPT_DELAYS) == sorted(set(RECEIPT_DELAYS))
    assert RECEIPT_DELAYS[-1] == 36_000
