"""The charter says what the clocks enforce."""

from __future__ import annotations

from datetime import date

from schemas.policy import Span, target_for
from services.governance.charter import charter_of, in_words
from services.governance.compare_policies import compare_policies
from services.governance.policy_reading import hours_of, kpi_rows, open_units, rule_words
from tests.governance.conftest import sample


def test_every_time_in_the_table_of_standards_is_the_target_of_the_policy() -> None:
    bundle = sample("fio")
    charter = charter_of(bundle, "en")
    outcome = next(line for line in charter.standards if line.label == "We tell you the outcome")
    spans = []
    for code in ("urgent", "normal", "complex"):
        target = target_for(bundle, "complaint", "resolve", code)
        assert target is not None
        spans.append(target.within.say("en"))
    assert [cell.text for cell in outcome.cells] == spans
    assert outcome.target == "≥\u00a090%"


def test_a_changed_target_changes_the_charter() -> None:
    bundle = sample("fio")
    slower = [
        target.model_copy(update={"within": Span.read("P20WD")}) if target.code == "resolve_normal" else target
        for target in bundle.targets
    ]
    changed = charter_of(bundle.model_copy(update={"targets": tuple(slower)}), "th")
    assert "3, 20 หรือ 30 วันทำการ" in [step.time for step in changed.steps]


def test_promises_that_are_alike_for_all_priorities_share_a_cell() -> None:
    charter = charter_of(sample("fio"), "th")
    contact = next(line for line in charter.standards if line.label == "เจ้าหน้าที่ติดต่อครั้งแรก")
    assert [(cell.text, cell.span) for cell in contact.cells] == [("1 วันทำการ", 3)]


def test_several_spans_say_their_common_unit_once() -> None:
    spans = [Span.read("P3WD"), Span.read("P15WD"), Span.read("P30WD")]
    assert in_words(spans, "en") == "3, 15 or 30 working days"
    assert in_words([Span.read("PT2H"), Span.read("P1WD")], "en") == "2 working hours or 1 working day"
    assert in_words([Span.read("P1WD")], "th") == "1 วันทำการ"


def test_the_hours_of_neighbouring_days_share_a_line_and_coming_closures_are_named() -> None:
    bundle = sample("fio")
    hours = hours_of(bundle.calendar("shop"), date(2026, 11, 20), "en")
    assert [days for days, _ in hours.lines] == ["Mon–Fri", "Sat", "Sun"]
    assert hours.lines[2][1] == "closed all day"
    assert (date(2026, 12, 10), "Constitution Day") in hours.closed
    assert all(date(2026, 11, 20) <= day for day, _ in hours.closed)


def test_restricted_units_are_not_among_those_the_public_sees() -> None:
    bundle = sample("fio")
    codes = [unit.code for unit in open_units(bundle)]
    assert codes[0] == "fio"
    assert not {"integrity", "audit"} & set(codes)
    assert codes.index("operations") < codes.index("north_upper") < codes.index("business")


def test_every_rule_and_kpi_target_of_the_samples_can_be_read_in_both_languages() -> None:
    for name in ("fio", "traffy", "quick"):
        bundle = sample(name)
        for lang in ("th", "en"):
            assert all(all(rule_words(bundle, rule, lang)) for rule in bundle.rules)
            assert len(kpi_rows(bundle, lang)) == len(bundle.kpi_targets)


def test_a_comparison_names_each_place_and_matches_entries_by_code() -> None:
    old = sample("quick")
    first, *others = old.units
    renamed = first.model_copy(update={"phone": "0 2000 0001"})
    new = old.model_copy(update={"units": (*others, renamed), "version": "quick-2"})
    changes = {change.path: (change.before, change.after) for change in compare_policies(old, new)}
    assert changes == {"version": ("quick-1", "quick-2"), "units[quick].phone": ("", "0 2000 0001")}
    assert {change.part for change in compare_policies(old, new)} == {"version", "units"}
    assert compare_policies(old, old) == []
