"""What makes a policy unsound, and that each mistake is found where it stands."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from schemas.policy import PolicyBundle

QUICK = yaml.safe_load((Path(__file__).parents[2] / "deploy" / "policies" / "quick.yaml").read_text("utf-8"))
Document = dict[str, Any]
Change = Callable[[Document], Any]


def mistakes(change: Change) -> dict[tuple[str | int, ...], str]:
    document = copy.deepcopy(QUICK)
    change(document)
    with pytest.raises(ValidationError) as refused:
        PolicyBundle.model_validate(document)
    errors = refused.value.errors()
    assert all(error["ctx"]["remedy"] for error in errors if "params" in error.get("ctx", {}))
    return {error["loc"]: error["type"] for error in errors}


def unit(document: Document, code: str) -> Document:
    found: Document = next(entry for entry in document["units"] if entry["code"] == code)
    return found


def place(group: str, code: str) -> int:
    return next(index for index, entry in enumerate(QUICK[group]) if entry["code"] == code)


def test_a_cycle_in_the_units_is_found_and_told_once() -> None:
    found = mistakes(lambda d: unit(d, "services").update(parent="lodging"))
    assert list(found.values()).count("cycle") == 1
    assert found["units", place("units", "services"), "parent"] == "cycle"


def test_a_unit_that_is_its_own_parent_is_a_cycle() -> None:
    found = mistakes(lambda d: unit(d, "sales").update(parent="sales"))
    assert found["units", place("units", "sales"), "parent"] == "cycle"


def test_categories_and_causes_must_not_go_round_in_a_circle() -> None:
    assert "cycle" in mistakes(lambda d: d["categories"][2].update(parent="cleanliness")).values()
    assert "cycle" in mistakes(lambda d: d["causes"][0].update(parent="process")).values()


def test_exactly_one_unit_stands_at_the_top() -> None:
    assert mistakes(lambda d: unit(d, "sales").pop("parent"))["units", place("units", "sales")] == "root"


def test_a_unit_never_stands_above_the_level_of_its_parent() -> None:
    found = mistakes(lambda d: unit(d, "sales").update(parent="lodging", level="line"))
    assert found["units", place("units", "sales"), "level"] == "level"


@pytest.mark.parametrize(
    ("change", "loc"),
    [
        (lambda d: d.update(triage_unit="nobody"), ("triage_unit",)),
        (lambda d: d.update(default_calendar="never"), ("default_calendar",)),
        (lambda d: d["service_points"][0].update(unit="nobody"), ("service_points", 0, "unit")),
        (lambda d: d["categories"][0].update(priority="panic"), ("categories", 0, "priority")),
        (lambda d: d["targets"][1].update(priority="panic"), ("targets", 1, "priority")),
        (lambda d: d["targets"][1].update(calendar="lunar"), ("targets", 1, "calendar")),
        (lambda d: d["entitlements"][0].update(remedy="magic"), ("entitlements", 0, "remedy")),
        (lambda d: d["entitlements"][0].update(categories=["nothing"]), ("entitlements", 0, "categories", 0)),
        (lambda d: d["rules"][0]["then"].update(unit="nobody"), ("rules", 0, "then", "unit")),
        (lambda d: d["rules"][2]["when"].update(category=["x", "y"]), ("rules", 2, "when", "category", 0)),
        (lambda d: d["kpi_targets"][9].update(key="nobody"), ("kpi_targets", 9, "key")),
        (lambda d: d["severity"].update(default="panic"), ("severity", "default")),
        (lambda d: d["recovery"]["budgets"][0].update(unit="nobody"), ("recovery", "budgets", 0, "unit")),
        (lambda d: unit(d, "sales").update(approved_by="nobody"), ("units", place("units", "sales"), "approved_by")),
    ],
)
def test_a_code_that_does_not_exist_is_found_where_it_is_named(change: Change, loc: tuple[str | int, ...]) -> None:
    assert mistakes(change)[loc] == "unknown"


def test_a_code_used_twice_is_refused() -> None:
    found = mistakes(lambda d: d["channels"].append(copy.deepcopy(d["channels"][0])))
    assert found["channels", len(QUICK["channels"]), "code"] == "repeated"


def test_a_unit_must_not_approve_its_own_cases() -> None:
    found = mistakes(lambda d: unit(d, "sales").update(approved_by="sales"))
    assert found["units", place("units", "sales"), "approved_by"] == "approval"


def test_the_root_must_not_fall_back_on_itself_for_approval() -> None:
    assert mistakes(lambda d: d.update(approval_fallback="quick"))["units", 0, "code"] == "approval"


def test_a_restricted_unit_is_approved_only_by_a_restricted_unit() -> None:
    found = mistakes(lambda d: unit(d, "integrity").pop("approved_by"))
    assert found["units", place("units", "integrity"), "code"] == "approval"


def test_the_restricted_unit_is_restricted_and_the_triage_unit_is_not() -> None:
    assert mistakes(lambda d: d.update(restricted_unit="legal"))["restricted_unit",] == "restricted"
    found = mistakes(lambda d: unit(d, "centre").update(restricted=True, approved_by="audit"))
    assert found["triage_unit",] == "restricted"


def test_without_a_triage_desk_there_is_nowhere_for_what_no_rule_matches() -> None:
    assert mistakes(lambda d: unit(d, "centre").pop("triage"))["triage_unit",] == "triage"


def test_a_rule_after_one_that_takes_everything_can_never_match() -> None:
    def catch_all_first(document: Document) -> None:
        document["rules"].insert(3, {"code": "all", "label": {"th": "ทุกเรื่อง"}, "then": {"unit": "centre"}})

    found = mistakes(catch_all_first)
    assert [loc for loc, kind in found.items() if kind == "never"] == [
        ("rules", 4),
        ("rules", 5),
        ("rules", 6),
        ("rules", 7),
    ]


def test_a_rule_about_a_subcategory_after_its_category_can_never_match() -> None:
    def add(document: Document) -> None:
        for code, category in (("wide", "lodging"), ("narrow", "cleanliness")):
            then = {"unit": "lodging"}
            document["rules"].insert(
                -2, {"code": code, "label": {"th": code}, "when": {"category": category}, "then": then}
            )

    found = mistakes(add)
    assert "never" in found.values()


def test_a_rule_that_passes_for_want_of_a_service_point_hides_no_other() -> None:
    def widen(document: Document) -> None:
        document["rules"][-2]["when"] = {}

    document = copy.deepcopy(QUICK)
    widen(document)
    PolicyBundle.model_validate(document)


def test_two_targets_for_the_same_kind_and_priority_contradict_each_other() -> None:
    found = mistakes(lambda d: d["targets"].append({**d["targets"][4], "code": "again"}))
    assert found["targets", len(QUICK["targets"]), "target"] == "repeated"


def test_only_progress_repeats_and_its_period_is_not_empty() -> None:
    assert mistakes(lambda d: d["targets"][0].update(every="PT5S"))["targets", 0, "every"] == "every"
    assert mistakes(lambda d: d["targets"][3].update(every="PT0S"))["targets", 3, "every"] == "empty_span"


def test_warnings_rise_and_escalation_uses_only_those_that_are_given() -> None:
    assert mistakes(lambda d: d["targets"][0].update(warn_at=[90, 50]))["targets", 0, "warn_at"] == "order"
    found = mistakes(lambda d: d["escalation"][0].update(when={"at": "warn33"}))
    assert found["escalation", 0, "when", "at"] == "never"
    assert "repeated" in mistakes(lambda d: d["escalation"].append(d["escalation"][0])).values()


def test_a_closed_day_is_named_once_and_in_the_common_era() -> None:
    day = {"date": "2026-12-05", "name": {"th": "วันพ่อแห่งชาติ"}}

    def close(*days: Document) -> Change:
        return lambda d: d["calendars"].append({"code": "c", "label": {"th": "ปฏิทิน"}, "closed": list(days)})

    assert mistakes(close(day, day))["calendars", 1, "closed", 1, "date"] == "repeated"
    assert mistakes(close({**day, "date": "2569-12-05"}))["calendars", 1, "closed", 0, "date"] == "year"


def test_a_sample_policy_carries_no_approval_and_a_committee_must_be_delegated() -> None:
    approval = {
        "body": {"th": "คณะอนุกรรมการ"},
        "body_kind": "board",
        "resolution_number": "8/2569",
        "resolution_date": "2026-09-24",
        "signed_by": "ผู้อำนวยการ",
        "effective_from": "2026-10-01",
    }
    assert mistakes(lambda d: d.update(approval=approval))["approval",] == "sample"
    committee = {**approval, "body_kind": "committee"}
    assert mistakes(lambda d: d.update(sample=False, approval=committee))["approval",] == "delegation"
    early = {**approval, "effective_from": "2026-09-01"}
    assert mistakes(lambda d: d.update(sample=False, approval=early))["approval",] == "effective_from"


def test_a_template_uses_only_known_placeholders() -> None:
    found = mistakes(lambda d: d["templates"][0]["body"].update(th="เรียน {complainant_name}"))
    assert found["templates", 0] == "placeholder"


def test_an_unknown_key_is_a_mistake_and_not_ignored() -> None:
    assert mistakes(lambda d: d["lifecycle"].update(pausecap="PT1S"))["lifecycle", "pausecap"] == "extra_forbidden"


def test_thai_is_required_and_english_is_not() -> None:
    assert (
        mistakes(lambda d: d["segments"][0].update(label={"en": "Forest"}))["segments", 0, "label", "th"] == "missing"
    )
    document = copy.deepcopy(QUICK)
    document["segments"][0]["label"] = {"th": "ธุรกิจป่าไม้"}
    assert PolicyBundle.model_validate(document).segments[0].label.say("en") == "ธุรกิจป่าไม้"
