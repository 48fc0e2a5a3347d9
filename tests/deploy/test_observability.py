"""Dashboard and alert rules: sound for Prometheus, fired when they should, and about figures that there are."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from importlib import import_module

import pytest
import yaml
from prometheus_client import REGISTRY

from tests.deploy.settings_read import DEPLOY, ROOT

FOLDER = DEPLOY / "observability"
WORD = re.compile(r"\bredress_[a-z_]+\b")


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("promtool")
    if program is None and os.environ.get("CI"):
        pytest.fail("promtool is missing: scripts/check.sh installs the package `prometheus`")
    if program is None:
        pytest.skip("promtool is not installed (Debian package `prometheus`)")
    return subprocess.run([program, *arguments], cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False)


def series() -> set[str]:
    """The name of every series the code makes."""
    for file in sorted((ROOT / "services").rglob("*.py")):
        if "prometheus_client" in file.read_text(encoding="utf-8"):
            import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    found: set[str] = set()
    for collector in list(REGISTRY._collector_to_names.values()):
        found.update(name for name in collector if name.startswith("redress_"))
    return found


def asked_for() -> dict[str, set[str]]:
    """The figures named in each expression, by where it stands."""
    rules = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))
    panels = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    found = {rule["alert"]: rule["expr"] for group in rules["groups"] for rule in group["rules"]}
    for panel in panels:
        found |= {f"{panel['title']} {target['refId']}": target["expr"] for target in panel["targets"]}
    return {place: set(WORD.findall(expression)) for place, expression in found.items()}


def test_every_figure_of_dashboard_and_rules_is_one_the_code_makes() -> None:
    known = series()
    assert {place: names - known for place, names in asked_for().items() if names - known} == {}


def test_every_figure_the_code_makes_is_looked_at_somewhere() -> None:
    looked_at = {re.sub(r"_(total|bucket|count|sum|created)$", "", n) for names in asked_for().values() for n in names}
    made = {re.sub(r"_(total|bucket|count|sum|created)$", "", name) for name in series()}
    in_the_readme = (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert {name for name in made - looked_at if name not in in_the_readme} == set()


def test_the_alert_rules_are_sound() -> None:
    checked = promtool("check", "rules", "alerts.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_fires_when_it_should_and_not_before() -> None:
    tested = promtool("test", "rules", "alerts.test.yml")
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_the_scrape_configuration_is_sound() -> None:
    checked = promtool("check", "config", "prometheus.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_has_a_test_of_its_own_a_severity_and_what_to_do_first() -> None:
    rules = [
        rule
        for group in yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    ]
    tests = yaml.safe_load((FOLDER / "alerts.test.yml").read_text(encoding="utf-8"))["tests"]
    fired = {case["alertname"] for test in tests for case in test["alert_rule_test"] if case.get("exp_alerts")}
    assert {rule["alert"] for rule in rules} == fired
    assert all(rule["labels"]["severity"] in ("page", "warn") and rule["annotations"]["action"] for rule in rules)


def test_no_two_panels_of_the_dashboard_lie_on_one_another() -> None:
    panels = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
