"""`policy check`: every mistake with its line and its remedy, and no file that can do harm."""

import ast
from pathlib import Path

import pytest

from services.governance.check_policy import CheckResult, check_policy
from services.governance.policy_lines import MAX_BYTES
from services.kit.i18n import catalogue

ROOT = Path(__file__).parents[2]
QUICK = (ROOT / "deploy" / "policies" / "quick.yaml").read_text("utf-8")


def changed(old: str, new: str) -> tuple[CheckResult, int]:
    """The check of the sample with one place changed, and the line of that place."""
    assert QUICK.count(old) >= 1, old
    return check_policy(QUICK.replace(old, new, 1)), QUICK[: QUICK.index(old)].count("\n") + 1


@pytest.mark.parametrize("name", ["fio", "traffy", "quick"])
def test_the_sample_policies_are_sound_and_raise_no_warning(name: str) -> None:
    result = check_policy((ROOT / "deploy" / "policies" / f"{name}.yaml").read_text("utf-8"))
    assert result.bundle is not None
    assert result.mistakes == ()
    assert result.warnings == ()


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("within: PT8S", "within: PT8", "not a length of working time"),
        ("unit: sales, area", "unit: sale, area", 'no "sale" in units'),
        ("code: services, parent: quick", "code: services, parent: lodging", "circle"),
        ('phone: "1669"', "phone: 1669", "not text"),
        ("pause_cap: PT60S", "pause_capp: PT60S", 'no key "pause_capp"'),
        ("{kpi: 8, level: organisation, value: 100", "{kpi: 8, level: organisation, value: 90", "add up to 100"),
        ("{kpi: 10, level: organisation", "{kpi: 11, level: line", "Orphan"),
        ("kinds: [complaint, suggestion", "kinds: [complaints, suggestion", "not one of the choices"),
        ("sample: true", "sample: perhaps", "not true or false"),
        ("value: 98", "value: many", "not a number"),
        ("{role: officer, baht: 1000}", "{role: boss, baht: 1000}", "not a role"),
        ("direction: up, owner: centre", "direction: up, owner: nobody", "neither a unit nor a role"),
        ("code: web, ", "code: web, code: web, ", "stands here twice"),
        ("approved_by: audit", "approved_by: integrity", "approve its own cases"),
        ("open_always: true,", 'week: {mon: ["08:00-12:00", "11:00-13:00"]},', "begins before"),
        ("open_always: true,", "closed: [{date: 2026-13-40, name: {th: x}}],", "not a date"),
        ("open_always: true,", "closed: [{date: 2569-01-01, name: {th: x}}],", "common era"),
        ("label: {th: เว็บไซต์, en: Web}", "label: {en: Web}", '"th" is missing'),
        ("when: {misconduct: true}", "when: []", "keys and values are needed"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_a_remedy(old: str, new: str, what: str) -> None:
    result, line = changed(old, new)
    assert result.bundle is None
    told = next(mistake for mistake in result.mistakes if what in mistake.what)
    assert told.line == line
    assert told.remedy
    assert told.what_in("th") != told.what
    assert told.remedy_in("th") != told.remedy


def test_every_mistake_is_told_at_once_in_the_order_of_lines() -> None:
    broken = QUICK.replace("within: PT8S", "within: soon", 1).replace("sample: true", "sample: perhaps", 1)
    result = check_policy(broken)
    lines = [mistake.line for mistake in result.mistakes]
    assert len(lines) == 2
    assert lines == sorted(lines)


def test_a_misspelt_key_is_answered_with_the_one_meant() -> None:
    result, _ = changed("pause_cap: PT60S", "pause_capp: PT60S")
    assert any('"pause_cap"' in mistake.remedy for mistake in result.mistakes)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("open_always: true, ", "", "never open"),
        ("label: {th: เว็บไซต์, en: Web}", "label: {th: เว็บไซต์}", "no English"),
        ("sample: true", "sample: false", "no record of approval"),
        ("target: first_contact, within: PT60S", "target: first_contact, kinds: [enquiry], within: PT60S", ""),
    ],
)
def test_what_may_be_meant_so_is_a_warning_and_does_not_prevent_adoption(old: str, new: str, what: str) -> None:
    result, _ = changed(old, new)
    assert result.bundle is not None
    assert what == "" or any(what in warning.what for warning in result.warnings)


def test_a_promise_that_is_missing_altogether_is_a_warning() -> None:
    without = "\n".join(line for line in QUICK.splitlines() if "target: progress" not in line or "within" not in line)
    result = check_policy(without)
    assert any("progress" in warning.what for warning in result.warnings)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "empty"),
        ("# only a comment", "empty"),
        ("version: [1", "not readable YAML"),
        ("a: 1\n--- \nb: 2", "not readable YAML"),
        ("version: \x00", "character"),
        ("[" * 100_000, "nested"),
        ("a: &a [*a]", "unfold"),
        ("x" * (MAX_BYTES + 1), "larger"),
        ("a: !!python/object/apply:os.system ['true']", "tag"),
        ("a: !anything 1", "tag"),
        ("- 1\n- 2", "keys and values"),
        ("just words", "keys and values"),
        ("? [a, b]\n: 1", "plain word"),
        ("base: &b {x: 1}\nother: {<<: *b}", "plain word"),
    ],
)
def test_a_file_that_is_no_policy_is_refused_and_never_executed(text: str, what: str) -> None:
    result = check_policy(text)
    assert result.bundle is None
    assert any(what in mistake.what for mistake in result.mistakes)


def test_anchors_that_multiply_are_stopped() -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 9))
    result = check_policy("l0: &l0 [1]\n" + levels)
    assert any("unfold" in mistake.what for mistake in result.mistakes)


def test_every_text_about_a_policy_has_thai() -> None:
    places = {"Mistake": (2, 3), "wrong": (1, 2)}
    found: set[str] = set()
    for path in (ROOT / "schemas").glob("policy*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            for index in (place for place in places.get(name, ()) if place < len(call.args)):
                for part in ast.walk(call.args[index]):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        found.add(part.value)
    assert len(found) > 60
    assert sorted(text for text in found if text not in catalogue()) == []
