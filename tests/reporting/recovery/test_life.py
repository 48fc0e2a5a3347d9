"""The life of a recovery record: its table, its guards, its forms (domain §6). Pure, but for the walks through it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.recovery import RecoveryMoved
from services.kit.errors import InvalidInput
from services.reporting.recovery import life
from services.reporting.recovery.allowed import StepNotAllowed
from services.reporting.recovery.follow_case import WORDS
from services.reporting.recovery.form import json_schema
from services.reporting.recovery.guards import ACTORS, SYSTEM
from services.reporting.recovery.open_recovery import draft
from services.reporting.recovery.record import COLUMNS
from tests.reporting.recovery.office import TO_DELIVERY, Office, at, heard, member, office

STATES = set(life.STATES)


def test_every_state_is_reached_and_every_state_that_is_not_the_end_leads_on() -> None:
    assert {row.to for row in life.TABLE} == STATES
    assert STATES - {row.come_from for row in life.TABLE} == {"closed"}
    assert set(life.STATE_LABELS) == set(life.PROGRESS) == STATES


def test_a_pair_of_states_stands_once_for_staff_and_names_known_actors() -> None:
    by_staff = [(row.come_from, row.to) for row in life.TABLE if row.by_staff]
    assert len(by_staff) == len(set(by_staff))
    assert {who for row in life.TABLE for who in row.who} <= {*ACTORS, SYSTEM}


def test_every_field_of_every_step_has_a_title_in_both_languages_and_a_place_on_the_record() -> None:
    record = draft(member("somchai"), office(), at("2026-03-16 09:00"))
    for row in life.TABLE:
        for name, shape in json_schema(row.form, record, office(), "th", record.opened_at)["properties"].items():
            assert shape["x-titles"]["th"] != shape["x-titles"]["en"], f"{row.form.code}.{name} lacks Thai"
            assert name == "reason" or name in COLUMNS
    assert set(WORDS) <= set(COLUMNS)


async def test_a_record_goes_from_detected_to_closed(desk: Office) -> None:
    record = await desk.walk(await desk.opens(), *TO_DELIVERY, "completed", "verified", "closed")
    assert (record.state, record.version) == ("closed", 9)
    assert record.verified_by == member("verify").staff_id
    assert record.cause == "equipment"
    moved = [fact for fact in await desk.announced() if isinstance(fact, RecoveryMoved)]
    assert [fact.state for fact in moved] == ["contained", "planned", "offered", "accepted", "in_delivery", "completed",
                                             "verified", "closed"]  # fmt: skip
    assert moved[-1].completed_at == record.completed_at
    assert moved[-1].promised_by == record.promised_by


async def test_steps_are_taken_only_along_the_table(desk: Office) -> None:
    with pytest.raises(StepNotAllowed) as refused:
        await desk.step(await desk.opens(), "closed")
    assert [one["to"] for one in refused.value.in_words("en").extra["allowed"]] == ["contained"]


async def test_a_sum_above_the_planners_limit_needs_an_approval_by_somebody_else_within_theirs(desk: Office) -> None:
    record = await desk.walk(await desk.opens(), "contained")
    record = await desk.step(record, "planned", "both", baht="900.50")
    assert record.limit_baht == 20000, "the limit is that of the planner's own roles"
    record = await desk.step(record, "contained", reason="ใหม่")
    record = await desk.step(record, "planned", "somchai", baht="25000")
    with pytest.raises(StepNotAllowed, match=r"25,000\.00 baht is over the planner's limit of 500\.00"):
        await desk.step(record, "offered")
    with pytest.raises(StepNotAllowed, match="for others"):
        await desk.step(record, "approved", "second")
    with pytest.raises(StepNotAllowed, match=r"over your approval limit of 20,000\.00"):
        await desk.step(record, "approved", "approve")
    record = await desk.step(record, "approved", "chief")
    assert record.approved_by == member("chief").staff_id
    assert (await desk.step(record, "offered")).state == "offered"


async def test_nobody_approves_their_own_plan(desk: Office) -> None:
    record = await desk.step(await desk.walk(await desk.opens(), "contained"), "planned", "both", baht="20000.01")
    with pytest.raises(StepNotAllowed, match="You planned this remedy"):
        await desk.step(record, "approved", "both")


async def test_a_sum_within_the_limit_needs_no_approval(desk: Office) -> None:
    record = await desk.walk(await desk.opens(), "contained", "planned")
    with pytest.raises(StepNotAllowed, match="within the planner's own limit"):
        await desk.step(record, "approved", "approve")
    assert (await desk.step(record, "offered")).state == "offered"


async def test_a_sum_needs_a_rule_and_a_cost_centre(desk: Office) -> None:
    record = await desk.walk(await desk.opens(), "contained")
    with pytest.raises(InvalidInput) as wrong:
        await desk.step(record, "planned", authority="", cost_centre="")
    assert {problem.field for problem in wrong.value.fields} == {"authority", "cost_centre"}


async def test_the_offer_holds_and_the_delivery_is_promised_as_the_policy_says(desk: Office) -> None:
    record = await desk.walk(await desk.opens(), "contained", "planned", "offered")
    assert record.offer_expires_at == at("2026-03-16 09:05")
    desk.now += timedelta(seconds=60)
    record = await desk.step(record, "accepted")
    assert record.promised_by == at("2026-03-16 09:03"), "two minutes of working time from the acceptance"


async def test_an_offer_lapses_when_its_time_is_over_and_only_then(desk: Office) -> None:
    record = await desk.walk(await desk.opens(), "contained", "planned", "offered")
    assert await desk.lapse() == 0
    desk.now = at("2026-03-16 09:06")
    assert await desk.lapse() == 1
    assert await desk.lapse() == 0, "said again, it lapsed once"
    record = await desk.record()
    assert (record.state, record.version) == ("lapsed", 5)
    record = await desk.walk(record, "planned", "offered")
    assert record.offered_at == desk.now, "another offer has a time of its own"


async def test_an_answer_is_judged_by_when_it_came(desk: Office) -> None:
    record = await desk.walk(await desk.opens(), "contained", "planned", "offered")
    desk.now = at("2026-03-16 10:00")
    with pytest.raises(StepNotAllowed, match="had expired when the answer came"):
        await desk.step(record, "accepted")
    with pytest.raises(InvalidInput, match="need changing"):
        await desk.step(record, "accepted", answered_at="2026-03-16T08:00")
    assert (await desk.step(record, "accepted", answered_at="16/3/2569 09:04")).state == "accepted"


@pytest.mark.parametrize("ending", ["declined", "lapsed"])
async def test_a_declined_or_lapsed_offer_never_closes_the_complaint(desk: Office, ending: str) -> None:
    await desk.tell(heard("A").moves("investigating", "2026-03-03 09:00"))
    record = await desk.walk(await desk.opens(trigger="complaint", tracking_number="QCK-A"), "contained", "planned",
                             "offered")  # fmt: skip
    if ending == "declined":
        record = await desk.step(record, "declined")
    else:
        desk.now = at("2026-03-17 09:00")
        await desk.lapse()
    with pytest.raises(StepNotAllowed):
        await desk.step(record, "closed", "second", outcome="ลูกค้าไม่รับ")
    record = await desk.step(record, "closed", "super", outcome="ลูกค้าไม่รับ")
    assert (record.state, record.completed_at) == ("closed", None)
    await desk.read()
    assert {fact.TYPE for fact in await desk.announced()} == {"recovery-opened", "recovery-moved"}
    rows = await desk.database.read("select state from reporting.case_fact")
    assert [row["state"] for row in rows] == ["investigating"]


async def test_the_verifier_is_not_the_deliverer(desk: Office) -> None:
    record = await desk.walk(await desk.opens(), "contained", "planned", "offered", "accepted")
    record = await desk.step(record, "in_delivery", deliverer="both")
    record = await desk.step(record, "completed")
    with pytest.raises(StepNotAllowed, match="You delivered the remedy"):
        await desk.step(record, "verified", "both")
    with pytest.raises(StepNotAllowed, match="for others"):
        await desk.step(record, "verified", "second")
    record = await desk.step(record, "in_delivery", "verify", reason="ยังไม่ได้รับ")
    assert (record.completed_at, record.evidence) == (None, None)
    record = await desk.walk(record, "completed", "verified")
    assert record.state == "verified"


async def test_whoever_recorded_the_completion_does_not_verify_it(desk: Office) -> None:
    record = await desk.walk(await desk.opens(), *TO_DELIVERY)
    record = await desk.step(record, "completed", "both")
    with pytest.raises(StepNotAllowed, match="You delivered the remedy"):
        await desk.step(record, "verified", "both")


async def test_an_abnormal_situation_names_its_activation_and_is_stood_down_before_it_closes(desk: Office) -> None:
    with pytest.raises(InvalidInput) as wrong:
        await desk.opens(trigger="bcm", mode="abnormal")
    assert {problem.field for problem in wrong.value.fields} == {"bcm_number", "declared_at"}
    record = await desk.opens(
        trigger="bcm", mode="abnormal", bcm_number="BCM-69-02", declared_at="2026-03-15T20:00", vulnerable="ผู้สูงอายุ 2 คน"
    )
    record = await desk.walk(record, *TO_DELIVERY, "completed", "verified")
    with pytest.raises(InvalidInput) as wrong:
        await desk.step(record, "closed")
    assert [problem.field for problem in wrong.value.fields] == ["stood_down_at"]
    assert (await desk.step(record, "closed", stood_down_at="2026-03-16T06:00")).stood_down_at == at("2026-03-16 06:00")
