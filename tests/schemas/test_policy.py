"""The policy bundle: what applies to a unit, a case, a category."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.policy import (
    PolicyBundle,
    Ratings,
    content_digest,
    label,
    target_for,
)

POLICIES = Path(__file__).parents[2] / "deploy" / "policies"


def document(name: str) -> Any:
    return yaml.safe_load((POLICIES / f"{name}.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def fio() -> PolicyBundle:
    return PolicyBundle.model_validate(document("fio"))


@pytest.fixture(scope="module")
def traffy() -> PolicyBundle:
    return PolicyBundle.model_validate(document("traffy"))


@pytest.fixture(scope="module")
def quick() -> PolicyBundle:
    return PolicyBundle.model_validate(document("quick"))


@pytest.fixture(params=["fio", "traffy", "quick"])
def bundle(request: pytest.FixtureRequest) -> PolicyBundle:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, PolicyBundle)
    return found


def test_a_bundle_survives_the_journal_unchanged(bundle: PolicyBundle) -> None:
    wire = json.loads(json.dumps(bundle.model_dump(mode="json")))
    again = PolicyBundle.model_validate(wire)
    assert again == bundle
    assert content_digest(again) == content_digest(bundle)


def test_every_sample_policy_says_so_and_invents_no_resolution(bundle: PolicyBundle) -> None:
    assert bundle.sample
    assert bundle.approval is None


def test_every_text_of_the_samples_is_there_in_thai_and_english(bundle: PolicyBundle) -> None:
    def texts(value: object) -> list[dict[str, str | None]]:
        if isinstance(value, dict):
            return [value] if set(value) == {"th", "en"} else [t for part in value.values() for t in texts(part)]
        return [t for part in value for t in texts(part)] if isinstance(value, list | tuple) else []

    found = texts(bundle.model_dump())
    assert len(found) > 100
    assert all(text["th"] and text["en"] for text in found)


def test_no_unit_approves_its_own_cases(bundle: PolicyBundle) -> None:
    assert all(bundle.approving_unit(unit.code) != unit.code for unit in bundle.units)


def test_cases_of_a_restricted_unit_stay_among_restricted_units(bundle: PolicyBundle) -> None:
    for unit in (unit for unit in bundle.units if unit.restricted):
        told = {
            bundle.escalation_unit("owner", unit.code),
            bundle.escalation_unit("unit_head", unit.code),
            bundle.escalation_unit("line_manager", unit.code),
            bundle.escalation_unit("executive", unit.code),
        }
        others = {bundle.approving_unit(unit.code), bundle.reviewing_unit(unit.code)}
        assert all(bundle.unit(code).restricted for code in told | others)


def test_a_decision_is_reviewed_by_neither_its_unit_nor_its_approver(fio: PolicyBundle) -> None:
    for unit in (unit for unit in fio.units if not unit.restricted):
        assert fio.reviewing_unit(unit.code) not in (unit.code, fio.approving_unit(unit.code))


def test_the_subtree_of_the_root_is_every_unit_once(bundle: PolicyBundle) -> None:
    assert sorted(bundle.subtree(bundle.root.code)) == sorted(unit.code for unit in bundle.units)


def test_alerts_climb_from_the_unit_to_its_line_to_the_organisation(fio: PolicyBundle) -> None:
    assert fio.ancestors("north_upper") == ("operations", "fio")
    assert fio.escalation_unit("unit_head", "north_upper") == "north_upper"
    assert fio.escalation_unit("line_manager", "north_upper") == "operations"
    assert fio.escalation_unit("executive", "north_upper") == "fio"
    assert fio.escalation_unit("line_manager", "operations") == "fio"
    assert fio.escalation_unit("line_manager", "fio") == "fio"


def test_the_calendar_of_a_service_point_wins_over_that_of_its_unit(fio: PolicyBundle) -> None:
    assert fio.calendar_for("marketing", "bang_pho").code == "shop"
    assert fio.calendar_for("marketing", "online_shop").code == "office"
    assert fio.calendar_for("elephant").code == "every_day"
    assert fio.calendar_for(service_point="elephant_centre").code == "every_day"
    assert fio.calendar_for().code == fio.default_calendar


def test_a_target_of_the_priority_wins_over_one_for_any_priority(quick: PolicyBundle) -> None:
    urgent = target_for(quick, "complaint", "first_contact", "urgent")
    normal = target_for(quick, "complaint", "first_contact", "normal")
    assert urgent is not None
    assert urgent.within.seconds == 4
    assert normal is not None
    assert normal.within.seconds == 60


def test_a_kind_without_a_target_is_promised_nothing(quick: PolicyBundle) -> None:
    assert target_for(quick, "compliment", "resolve", "normal") is None
    assert target_for(quick, "spam", "acknowledge", None) is None


def test_the_limits_published_in_thai_practice_are_the_defaults_of_the_sample(fio: PolicyBundle) -> None:
    def days(target: str, priority: str) -> int | None:
        found = target_for(fio, "complaint", target, priority)
        return found.within.working_days if found else None

    assert [days("resolve", p) for p in ("urgent", "normal", "complex")] == [3, 15, 30]
    assert days("acknowledge", "normal") == 1
    assert days("first_contact", "normal") == 1
    assert days("progress", "normal") == 15


def test_a_subcategory_inherits_unit_and_marks_from_above(fio: PolicyBundle) -> None:
    assert fio.unit_for_category("booking") == "marketing"
    assert fio.unit_for_category("elephants") == "elephant"
    assert fio.unit_for_category("plantation") is None
    assert fio.is_conduct("manners")
    assert fio.is_misconduct("misconduct")
    assert not fio.is_misconduct("manners")
    assert fio.category_covers("lodging", "booking")
    assert not fio.category_covers("booking", "lodging")
    assert fio.priority_for_category("land") == "complex"
    assert fio.priority_for_category("booking") is None


def test_five_ratings_give_the_priority_of_the_first_line_they_reach(fio: PolicyBundle) -> None:
    quiet = fio.severity.default_ratings
    assert fio.severity.priority_for(quiet) == "normal"
    assert fio.severity.priority_for(quiet.model_copy(update={"safety": 4, "complexity": 5})) == "urgent"
    assert fio.severity.priority_for(quiet.model_copy(update={"complexity": 3, "impact": 4})) == "complex"
    assert fio.severity.priority_for(Ratings(severity=5, safety=1, complexity=1, impact=1, urgency=1)) == "urgent"
    assert fio.ratings_for_category("safety").safety == 5
    assert fio.ratings_for_category(None) == quiet


def test_an_entitlement_holds_for_its_target_priority_and_categories(fio: PolicyBundle) -> None:
    owed = [entitlement.code for entitlement in fio.entitlements_for("resolve", "urgent", "lodging_not_ready")]
    assert owed == ["late_urgent_lodging", "late_resolution"]
    assert [e.code for e in fio.entitlements_for("resolve", "urgent", "wood_quality")] == ["late_resolution"]
    assert [e.code for e in fio.entitlements_for("resolve", "normal", None)] == ["late_resolution"]
    assert fio.entitlements_for("acknowledge", "urgent", "lodging") == ()


def test_the_most_specific_template_of_a_purpose_is_used(fio: PolicyBundle) -> None:
    complaint, enquiry = fio.template("decision", "complaint"), fio.template("decision", "enquiry", "line")
    assert complaint is not None
    assert complaint.code == "decision"
    assert enquiry is not None
    assert enquiry.code == "decision_enquiry"
    assert fio.template("nothing of the kind", "complaint") is None


def test_an_enquiry_is_never_answered_with_a_letter_of_recourse(bundle: PolicyBundle) -> None:
    answer = bundle.template("decision", "enquiry")
    assert answer is not None
    assert "{recourse}" not in answer.body.th


def test_a_kpi_target_is_found_by_unit_else_by_level(fio: PolicyBundle) -> None:
    own = fio.kpi_target(8, "department", "north_upper")
    general = fio.kpi_target(4, "department", "north_upper")
    assert own is not None
    assert own.value == 35
    assert general is not None
    assert general.value == 90
    assert fio.kpi_target(8, "person", "north_upper") is None
    above = fio.kpi_parent(own)
    assert above is not None
    assert above.key == "operations"
    top = fio.kpi_target(8, "organisation")
    assert fio.kpi_parent(above) == top


def test_the_public_view_names_no_restricted_unit_and_no_rule(bundle: PolicyBundle) -> None:
    view = bundle.public_view("th")
    wire = json.dumps(view, ensure_ascii=False)
    restricted = {unit.code for unit in bundle.units if unit.restricted}
    assert restricted.isdisjoint(unit["code"] for unit in view["units"])
    assert "rules" not in view
    assert "settlement_limits" not in view
    assert all(unit.name.th not in wire for unit in bundle.units if unit.restricted)
    assert {"version", "categories", "service_points", "units", "segments", "consent"} <= set(view)
    assert "spam" not in {kind["code"] for kind in view["kinds"]}


def test_labels_follow_the_language_and_fall_back_to_thai(fio: PolicyBundle) -> None:
    assert fio.label_of("channels", "phone", "en") == "Phone"
    assert fio.label_of("channels", "phone", "th") == "โทรศัพท์"
    assert fio.label_of("channels", "pigeon", "th") == "pigeon"
    only_thai = fio.organisation.name.model_copy(update={"en": None})
    assert label(only_thai, "en") == only_thai.th


def test_every_bangkok_district_is_a_unit_and_an_area_in_one_of_six_groups(traffy: PolicyBundle) -> None:
    assert len(traffy.service_points) == 50
    for point in traffy.service_points:
        assert point.area is not None
        assert traffy.service_point_for_area(point.area) is point
        assert traffy.line_of(point.unit) is not None
    assert len({traffy.line_of(point.unit) for point in traffy.service_points}) == 6
    assert traffy.service_point_for_area("เชียงใหม่") is None


def test_the_digest_changes_with_the_content_and_not_with_the_approval(fio: PolicyBundle) -> None:
    longer = fio.model_copy(update={"lifecycle": fio.lifecycle.model_copy(update={"repeat_days": 91})})
    assert content_digest(longer) != content_digest(fio)
    approval = {
        "body": {"th": "คณะกรรมการ"},
        "body_kind": "board",
        "resolution_number": "1/2569",
        "resolution_date": "2026-01-01",
        "signed_by": "ผู้อำนวยการ",
        "effective_from": "2026-02-01",
    }
    plain = {**document("fio"), "sample": False}
    approved = PolicyBundle.model_validate({**plain, "approval": approval})
    assert content_digest(approved) == content_digest(PolicyBundle.model_validate(plain))
