"""Each KPI of domain §5 on a small hand-made set of cases, its figure computed by hand.

March 2026 begins on a Sunday: the 2nd, 9th, 16th, 23rd and 30th are Mondays. A working day has 7 working hours.
"""

from __future__ import annotations

import pytest

from services.kit.database import Database
from tests.reporting.happenings import Complaint, World


@pytest.fixture
async def world(database: Database) -> World:
    return await World(database).open()


async def test_kpi_1_divides_the_acknowledged_in_time_by_all_that_fell_due(world: World) -> None:
    await world.tell(
        Complaint("a", "2026-03-02 09:00").met("acknowledge", "2026-03-03 16:30", "2026-03-02 10:00"),
        Complaint("b", "2026-03-02 09:00").met("acknowledge", "2026-03-03 16:30", "2026-03-03 16:30"),
        Complaint("c", "2026-03-02 09:00").met("acknowledge", "2026-03-03 16:30", "2026-03-04 09:00"),
        Complaint("d", "2026-03-02 09:00").misses("acknowledge", "2026-03-03 16:30"),
        Complaint("april", "2026-03-31 15:00").met("acknowledge", "2026-04-01 16:30", "2026-03-31 16:00"),
    )
    figure = await world.figure(1)
    assert (figure.numerator, figure.denominator, figure.value, figure.n) == (2, 4, 50.0, 4)
    assert figure.target is not None
    assert figure.met is False


async def test_kpi_4_counts_a_case_that_is_still_open_after_its_deadline_as_not_in_time(world: World) -> None:
    await world.tell(
        Complaint("a", "2026-03-02 09:00").met("resolve", "2026-03-20 16:30", "2026-03-20 16:30"),
        Complaint("b", "2026-03-02 09:00").met("resolve", "2026-03-20 16:30", "2026-03-23 09:00"),
        Complaint("c", "2026-03-02 09:00").starts("resolve", "2026-03-20 16:30"),
    )
    figure = await world.figure(4)
    assert (figure.numerator, figure.denominator) == (1, 3)
    assert figure.value == pytest.approx(33.3333, abs=1e-4)


async def test_kpi_8_counts_what_was_open_at_the_end_of_the_period(world: World) -> None:
    await world.tell(
        Complaint("open", "2026-03-02 09:00").moves("assigned", "2026-03-02 10:00"),
        Complaint("closed", "2026-03-02 09:00")
        .moves("assigned", "2026-03-02 10:00")
        .moves("closed", "2026-03-10 10:00"),
        Complaint("closed_later", "2026-03-02 09:00").moves("closed", "2026-04-02 10:00"),
        Complaint("reopened", "2026-02-02 09:00").moves("closed", "2026-03-02 10:00").reopens("2026-03-20 10:00"),
        Complaint("filed_later", "2026-04-02 09:00").moves("assigned", "2026-04-02 10:00"),
    )
    assert (await world.figure(8)).value == 3
    assert (await world.figure(8, as_of="2026-03-15 12:00")).value == 2


async def test_kpi_2_takes_median_and_90th_percentile_in_working_hours(world: World) -> None:
    await world.tell(
        Complaint("1h", "2026-03-02 09:00").met("acknowledge", "2026-03-03 16:30", "2026-03-02 10:00"),
        Complaint("3h", "2026-03-02 09:00").met("acknowledge", "2026-03-03 16:30", "2026-03-02 13:00"),
        Complaint("night", "2026-03-02 20:00").met("acknowledge", "2026-03-03 16:30", "2026-03-03 09:30"),
        Complaint("day", "2026-03-06 16:00").met("acknowledge", "2026-03-09 16:30", "2026-03-09 09:00"),
    )
    middle, high = await world.figure(2, "median"), await world.figure(2, "p90")
    assert (middle.value, middle.n, middle.unit) == (1.0, 4, "working_hours")
    assert high.value == 3.0


async def test_kpi_3_is_the_median_working_time_to_the_first_human_contact(world: World) -> None:
    await world.tell(
        Complaint("a", "2026-03-02 08:30").met("first_contact", "2026-03-03 16:30", "2026-03-02 10:30"),
        Complaint("b", "2026-03-02 08:30").met("first_contact", "2026-03-03 16:30", "2026-03-03 08:30"),
        Complaint("sales", "2026-03-02 08:30", unit="sales").met(
            "first_contact", "2026-03-03 16:30", "2026-03-02 09:30"
        ),
    )
    assert (await world.figure(3, level="department", key="lodging")).value == 4.5
    assert (await world.figure(3, level="department", key="sales")).value == 1.0
    assert await world.figures(kpis=[3]) == []


async def test_kpi_5_is_the_median_gross_and_net_of_pauses_in_working_days(world: World) -> None:
    pause = [("2026-03-04 08:30", "2026-03-05 16:30")]
    await world.tell(
        Complaint("2d", "2026-03-02 08:30").met("resolve", "2026-03-20 16:30", "2026-03-04 08:30"),
        Complaint("5d", "2026-03-02 08:30").met("resolve", "2026-03-20 16:30", "2026-03-09 08:30", pauses=pause),
        Complaint("10d", "2026-03-02 08:30").met("resolve", "2026-03-20 16:30", "2026-03-16 08:30"),
    )
    assert (await world.figure(5, "gross")).value == 5.0
    assert (await world.figure(5, "net")).value == 3.0


async def test_kpi_5_counts_the_new_clock_of_a_reopened_case_anew(world: World) -> None:
    reopened = Complaint("a", "2026-03-02 08:30").met("resolve", "2026-03-20 16:30", "2026-03-04 08:30")
    reopened.met("resolve", "2026-03-30 16:30", "2026-03-20 08:30", cycle=2, started="2026-03-16 08:30")
    await world.tell(reopened)
    figure = await world.figure(5)
    assert (figure.value, figure.n) == (3.0, 2)


async def test_kpi_6_censors_what_is_still_open_at_the_cut_off(world: World) -> None:
    """Ended after 1 and 2 days, one open for 3, one ended after 4: S falls to 3/4, 1/2, then 0 at 4."""
    await world.tell(
        Complaint("1", "2026-03-23 08:30").met("resolve", "2026-04-20 16:30", "2026-03-24 08:30"),
        Complaint("2", "2026-03-23 08:30").met("resolve", "2026-04-20 16:30", "2026-03-25 08:30"),
        Complaint("open3", "2026-03-27 08:30").starts("resolve", "2026-04-20 16:30"),
        Complaint("4", "2026-03-23 08:30").met("resolve", "2026-04-20 16:30", "2026-03-27 08:30"),
    )
    figure = await world.figure(6)
    assert (figure.value, figure.n) == (4.0, 4)
    await world.tell(Complaint("open9", "2026-03-18 08:30").starts("resolve", "2026-04-20 16:30"))
    assert (await world.figure(6)).value is None


async def test_kpi_6_looks_at_the_cut_off_as_it_was_even_when_the_case_was_decided_since(world: World) -> None:
    await world.tell(
        Complaint("1", "2026-03-23 08:30").met("resolve", "2026-04-20 16:30", "2026-03-24 08:30"),
        Complaint("late", "2026-03-30 08:30").met("resolve", "2026-04-20 16:30", "2026-04-13 08:30"),
    )
    figure = await world.figure(6)
    assert (figure.value, figure.n) == (None, 2)


async def test_kpi_7_takes_no_transfer_and_no_reopening_since_for_solved_at_the_first_point(world: World) -> None:
    moved = Complaint("moved", "2026-03-02 09:00", transfers=1).moves("closed", "2026-03-10 10:00")
    await world.tell(
        Complaint("solved", "2026-03-02 09:00").moves("closed", "2026-03-10 10:00"),
        moved,
        Complaint("again", "2026-03-02 09:00").moves("closed", "2026-03-10 10:00").reopens("2026-03-12 10:00"),
        Complaint("withdrawn", "2026-03-02 09:00").moves("withdrawn", "2026-03-10 10:00"),
    )
    figure = await world.figure(7)
    assert (figure.numerator, figure.denominator) == (1, 3)


async def test_kpi_9_puts_open_cases_into_classes_of_working_days(world: World) -> None:
    await world.tell(
        Complaint("today", "2026-03-31 09:00"),
        Complaint("7", "2026-03-20 09:00"),
        Complaint("8", "2026-03-19 09:00"),
        Complaint("15", "2026-03-10 09:00"),
        Complaint("16", "2026-03-09 09:00"),
        Complaint("30", "2026-02-17 09:00"),
        Complaint("31", "2026-02-16 09:00"),
    )
    figures = {f.measure: (f.numerator, f.denominator) for f in await world.figures(kpis=[9])}
    assert figures == {"d0_7": (2, 7), "d8_15": (2, 7), "d16_30": (2, 7), "d31": (1, 7)}


async def test_kpi_10_looks_only_at_closings_that_have_matured(world: World) -> None:
    await world.tell(
        Complaint("quiet", "2026-02-02 09:00").moves("closed", "2026-03-02 10:00"),
        Complaint("within", "2026-02-02 09:00").moves("closed", "2026-03-02 10:00").reopens("2026-04-01 10:00"),
        Complaint("after", "2026-02-02 09:00").moves("closed", "2026-03-02 10:00").reopens("2026-04-01 10:01"),
        Complaint("young", "2026-02-02 09:00").moves("closed", "2026-03-20 10:00"),
    )
    figure = await world.figure(10, as_of="2026-04-10 09:00")
    assert (figure.numerator, figure.denominator) == (1, 3)
    assert (await world.figure(10)).denominator == 4


async def test_kpi_11_finds_the_same_complainant_or_asset_with_the_same_cause_within_90_days(world: World) -> None:
    await world.tell(
        Complaint("first", "2026-01-05 09:00", complainant="x", reference="c1"),
        Complaint("again", "2026-03-02 09:00", complainant="x"),
        Complaint("asset", "2026-03-03 09:00", complainant="y", reference="c1"),
        Complaint("other_cause", "2026-03-04 09:00", complainant="x", category="product"),
        Complaint("too_late", "2026-03-30 09:00", complainant="old"),
        Complaint("long_ago", "2025-12-01 09:00", complainant="old"),
    )
    figure = await world.figure(11)
    assert (figure.numerator, figure.denominator) == (2, 4)


async def test_kpi_11_goes_by_the_root_cause_where_both_cases_have_one(world: World) -> None:
    await world.tell(
        Complaint("a", "2026-03-02 09:00", complainant="x", cause="staff").moves("closed", "2026-03-03 09:00"),
        Complaint("b", "2026-03-04 09:00", complainant="x", cause="process").moves("closed", "2026-03-05 09:00"),
        Complaint("c", "2026-03-06 09:00", complainant="x", cause="staff", category="product").moves(
            "closed", "2026-03-07 09:00"
        ),
    )
    assert (await world.figure(11)).numerator == 1


async def test_kpi_12_counts_alerts_at_the_unit_head_or_above_and_cases_raised_by_a_person(world: World) -> None:
    await world.tell(
        Complaint("owner", "2026-03-02 09:00").alert("owner", "2026-03-03 09:00", 1),
        Complaint("head", "2026-03-02 09:00").alert("unit_head", "2026-03-03 09:00", 1),
        Complaint("raised", "2026-03-02 09:00").raised("2026-03-03 09:00"),
        Complaint("merged", "2026-03-02 09:00")
        .alert("executive", "2026-03-03 09:00", 1)
        .moves("merged", "2026-03-04 09:00"),
    )
    figure = await world.figure(12)
    assert (figure.numerator, figure.denominator) == (2, 3)


async def test_kpi_15_takes_the_last_rating_of_each_closing(world: World) -> None:
    twice = Complaint("twice", "2026-03-02 09:00").moves("closed", "2026-03-10 10:00")
    twice.rates(1, "2026-03-11 09:00").rates(5, "2026-03-11 10:00")
    twice.reopens("2026-03-12 10:00").moves("closed", "2026-03-13 10:00").rates(2, "2026-03-14 10:00")
    await world.tell(twice, Complaint("b", "2026-03-02 09:00").rates(4, "2026-03-20 09:00"))
    figure = await world.figure(15)
    assert (figure.numerator, figure.denominator) == (2, 3)


async def test_confidence_is_that_of_those_who_answered_it_with_the_last_rating_of_each_closing(world: World) -> None:
    twice = Complaint("twice", "2026-03-02 09:00").moves("closed", "2026-03-10 10:00")
    twice.rates(4, "2026-03-11 09:00").rates(4, "2026-03-11 09:05", confidence=2)
    sure = Complaint("sure", "2026-03-02 09:00").rates(1, "2026-03-20 09:00", confidence=5)
    silent = Complaint("silent", "2026-03-02 09:00").rates(5, "2026-03-20 09:00")
    await world.tell(twice, sure, silent)
    figure = await world.figure(15, "confidence")
    assert (figure.numerator, figure.denominator) == (1, 2)
    rated = await world.figure(15)
    assert (rated.numerator, rated.denominator) == (2, 3)


async def test_kpi_16_counts_delivered_invitations_answered_before_the_case_is_opened_again(world: World) -> None:
    answered = Complaint("a", "2026-03-02 09:00").moves("closed", "2026-03-10 10:00")
    answered.invited(0, "2026-03-10 11:00").rates(2, "2026-03-11 09:00")
    answered.reopens("2026-03-12 10:00").moves("closed", "2026-03-13 10:00").invited(1, "2026-03-13 11:00")
    late = Complaint("b", "2026-03-02 09:00").moves("closed", "2026-03-10 10:00").invited(0, "2026-03-10 11:00")
    late.reopens("2026-03-12 10:00").rates(5, "2026-03-14 09:00")
    never_invited = Complaint("c", "2026-03-02 09:00").rates(1, "2026-03-20 09:00")
    await world.tell(answered, late, never_invited)
    response, dissatisfaction = await world.figure(16), await world.figure(17)
    assert (response.numerator, response.denominator) == (1, 3)
    assert (dissatisfaction.numerator, dissatisfaction.denominator) == (2, 3)


async def test_kpis_20_to_22_follow_the_recovery_records(world: World) -> None:
    first, second, third = (Complaint(name, "2026-03-02 09:00") for name in "abc")
    first.recovery(
        ("detected", "2026-03-03 09:00"), ("offered", "2026-03-04 09:00"), ("accepted", "2026-03-05 09:00"),
        ("in_delivery", "2026-03-06 09:00"), ("completed", "2026-03-10 09:00"), baht=300, promised="2026-03-12 09:00",
    )  # fmt: skip
    second.recovery(
        ("detected", "2026-03-03 09:00"), ("offered", "2026-03-04 09:00"), ("declined", "2026-03-05 09:00"),
        baht=100, promised="2026-03-12 09:00",
    )  # fmt: skip
    third.recovery(("detected", "2026-03-03 09:00"))
    await world.tell(first, second, third)
    offered = await world.figure(20)
    assert (offered.numerator, offered.denominator) == (2, 3)
    assert (await world.figure(21, "accepted")).value == 50.0
    on_time = await world.figure(21, "on_time")
    assert (on_time.numerator, on_time.denominator) == (1, 1)
    assert (await world.figure(22, "per_case")).value == 300.0
    assert (await world.figure(22, "of_budget")).value == pytest.approx(0.3)


async def test_kpi_24_gives_each_channel_its_share_and_the_anonymous_theirs(world: World) -> None:
    await world.tell(
        Complaint("a", "2026-03-02 09:00", channel="web", identity="anonymous"),
        Complaint("b", "2026-03-02 09:00", channel="line"),
        Complaint("c", "2026-03-02 09:00", channel="line"),
        Complaint("withdrawn", "2026-03-02 09:00", channel="phone").moves("withdrawn", "2026-03-03 09:00"),
        Complaint("enquiry", "2026-03-02 09:00", kind="enquiry"),
    )
    figures = {f.measure: (f.numerator, f.denominator) for f in await world.figures(kpis=[24])}
    assert figures["anonymous"] == (1, 4)
    assert (figures["web"], figures["line"], figures["phone"], figures["email"]) == ((1, 4), (2, 4), (1, 4), (0, 4))


async def test_kpi_25_is_the_95th_percentile_of_the_lag_of_alerts(world: World) -> None:
    await world.tell(
        *(Complaint(f"{n}", "2026-03-02 09:00").alert("owner", "2026-03-03 09:00", float(n)) for n in range(1, 21))
    )
    figure = await world.figure(25)
    assert (figure.value, figure.n, figure.unit) == (19.0, 20, "seconds")


async def test_kpi_25_counts_from_when_a_threshold_put_into_the_past_could_be_known(world: World) -> None:
    late = Complaint("late", "2026-03-02 09:00").alert("owner", "2026-03-03 09:00", 4.0, known="2026-03-10 09:00")
    await world.tell(late)
    figure = await world.figure(25)
    assert (figure.value, figure.n) == (4.0, 1)


async def test_kpi_27_divides_remedies_delivered_in_time_by_those_promised_for_the_period(world: World) -> None:
    await world.tell(
        Complaint("a", "2026-03-02 09:00")
        .remedy("2026-03-10 09:00")
        .remedy("2026-03-10 09:00", "2026-03-09 09:00", "done"),
        Complaint("b", "2026-03-02 09:00").remedy("2026-03-10 09:00", "2026-03-11 09:00", "done"),
        Complaint("c", "2026-03-02 09:00").remedy("2026-03-10 09:00"),
        Complaint("d", "2026-03-02 09:00").remedy("2026-03-10 09:00", status="dropped"),
    )
    figure = await world.figure(27)
    assert (figure.numerator, figure.denominator) == (1, 3)


async def test_kpi_28_shares_out_what_was_excluded_and_how_long_clocks_stood_still(world: World) -> None:
    pause = [("2026-03-03 08:30", "2026-03-03 16:30")]
    await world.tell(
        Complaint("a", "2026-03-02 08:30").met("resolve", "2026-03-20 16:30", "2026-03-06 08:30", pauses=pause),
        Complaint("b", "2026-03-02 08:30").moves("referred", "2026-03-03 09:00"),
        Complaint("c", "2026-03-02 08:30").moves("not_accepted", "2026-03-03 09:00"),
        Complaint("d", "2026-03-02 08:30"),
        Complaint("spam", "2026-03-02 08:30").becomes("spam", "2026-03-03 09:00"),
    )
    excluded, paused = await world.figure(28, "excluded"), await world.figure(28, "paused")
    assert (excluded.numerator, excluded.denominator) == (2, 4)
    assert (paused.value, paused.n) == (25.0, 1)
