"""Leave: who notes whose, what is wrong with one, and that every service learns of it."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.cli.runtime import Runtime
from services.governance.leave.cancel_leave import cancel_leave
from services.governance.leave.note_leave import LeaveWanted, leave_typed, note_leave
from services.kit.errors import InvalidInput, NotFound
from services.kit.service import utc_now
from tests.governance.conftest import Browser, browser_of
from tests.governance.test_api import bearer

TOMORROW = utc_now().date() + timedelta(days=1)
NEXT_WEEK = TOMORROW + timedelta(days=6)


async def member(runtime: Runtime, username: str) -> StaffMember:
    """A member as every service knows them."""
    await runtime.drain()
    context = runtime.contexts["intake"]
    context.copies.forget()
    return (await context.copies.staff(context.database)).by_username[username]


async def note(runtime: Runtime, bundle: PolicyBundle, username: str, by: str | None, wanted: LeaveWanted) -> None:
    """Note a leave."""
    viewer = await member(runtime, by) if by else None
    async with runtime.contexts["governance"].database.transaction() as tx:
        await note_leave(tx, username, wanted, bundle, viewer=viewer, now=utc_now())


def test_days_are_typed_in_either_era() -> None:
    wanted = leave_typed({"first": "๑/๑๒/๒๕๖๙", "last": "2026-12-03", "substitute": "", "hand_over": "true"})
    assert wanted == LeaveWanted(date(2026, 12, 1), date(2026, 12, 3), None, True)
    with pytest.raises(InvalidInput) as problem:
        leave_typed({"first": "soon"})
    assert [each.field for each in problem.value.fields] == ["first", "last"]


async def test_a_leave_lasts_from_the_first_day_to_the_end_of_the_last_and_every_service_knows(
    runtime: Runtime, bundle: PolicyBundle
) -> None:
    wanted = LeaveWanted(TOMORROW, NEXT_WEEK, "officer2.sales", True)
    await note(runtime, bundle, "officer1.sales", "officer1.sales", wanted)
    gone = await member(runtime, "officer1.sales")
    (leave,) = gone.leave
    assert leave.ends_at - leave.starts_at == timedelta(days=7)
    assert (leave.substitute, leave.hand_over) == ((await member(runtime, "officer2.sales")).staff_id, True)
    assert gone.here(leave.starts_at - timedelta(seconds=1))
    assert not gone.here(leave.starts_at)
    assert gone.here(leave.ends_at)
    async with runtime.contexts["governance"].database.transaction() as tx:
        await cancel_leave(tx, "officer1.sales", leave.leave_id, bundle, viewer=gone, now=utc_now())
    assert (await member(runtime, "officer1.sales")).leave == ()


@pytest.mark.parametrize(
    ("by", "whose", "reached"),
    [
        ("officer1.sales", "officer1.sales", True),
        ("officer1.sales", "officer2.sales", False),
        ("head.sales", "officer1.sales", True),
        ("head.sales", "officer1.lodging", False),
        ("administrator", "officer1.lodging", True),
        ("auditor", "officer1.sales", False),
        (None, "officer1.sales", True),
    ],
)
async def test_leave_is_noted_by_oneself_by_who_leads_and_by_administrators(
    runtime: Runtime, bundle: PolicyBundle, by: str | None, whose: str, reached: bool
) -> None:
    wanted = LeaveWanted(TOMORROW, NEXT_WEEK)
    if reached:
        await note(runtime, bundle, whose, by, wanted)
        return
    with pytest.raises(NotFound):
        await note(runtime, bundle, whose, by, wanted)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (LeaveWanted(NEXT_WEEK, TOMORROW), "last"),
        (LeaveWanted(date(2020, 1, 1), date(2020, 1, 2)), "last"),
        (LeaveWanted(TOMORROW, TOMORROW + timedelta(days=400)), "last"),
        (LeaveWanted(TOMORROW, NEXT_WEEK, hand_over=True), "substitute"),
        (LeaveWanted(TOMORROW, NEXT_WEEK, "officer1.sales"), "substitute"),
        (LeaveWanted(TOMORROW, NEXT_WEEK, "officer1.lodging"), "substitute"),
        (LeaveWanted(TOMORROW, NEXT_WEEK, "nobody"), "substitute"),
        (LeaveWanted(TOMORROW, NEXT_WEEK, "head.sales"), "substitute"),
    ],
)
async def test_what_is_wrong_with_a_leave_is_named(
    runtime: Runtime, bundle: PolicyBundle, wanted: LeaveWanted, field: str
) -> None:
    with pytest.raises(InvalidInput) as problem:
        await note(runtime, bundle, "officer1.sales", "head.sales", wanted)
    assert [each.field for each in problem.value.fields] == [field]


async def test_two_leaves_never_overlap_and_no_substitute_is_away_themselves(
    runtime: Runtime, bundle: PolicyBundle
) -> None:
    await note(runtime, bundle, "officer1.sales", None, LeaveWanted(TOMORROW, NEXT_WEEK))
    for username, wanted in (
        ("officer1.sales", LeaveWanted(NEXT_WEEK, NEXT_WEEK)),
        ("officer2.sales", LeaveWanted(NEXT_WEEK, NEXT_WEEK, "officer1.sales")),
    ):
        with pytest.raises(InvalidInput):
            await note(runtime, bundle, username, None, wanted)


async def test_leave_is_noted_and_cancelled_on_the_pages(browser: Browser, runtime: Runtime) -> None:
    await browser.sign_in("officer1.sales")
    address = "/account/leave/officer1.sales"
    fields = {"first": TOMORROW.isoformat(), "last": "never", "substitute": "officer2.sales", "hand_over": "true"}
    assert (await browser.post(address, fields)).status_code == 422
    noted = await browser.post(address, {**fields, "last": NEXT_WEEK.isoformat()})
    assert noted.headers["location"] == f"{address}?done=leave-noted"
    named = re.search(r'name="leave" value="([0-9a-f-]+)"', (await browser.get(address)).text)
    assert named is not None
    assert (await browser.get("/account/leave/officer2.sales")).status_code == 404
    assert (await browser.get("/account/people")).status_code == 403
    async with browser_of(runtime) as head:
        await head.sign_in("head.sales")
        page = (await head.get("/account/people")).text
        assert "officer2.sales" in page
        assert "officer1.lodging" not in page
        off = await head.post("/account/people/officer2.sales/duty", {"on_duty": "false"})
        assert off.headers["location"] == "/account/people?done=off-duty"
        assert (await head.post("/account/people/officer1.lodging/duty", {"on_duty": "false"})).status_code == 404
        cancelled = await head.post(f"{address}/cancel", {"leave": named[1]})
        assert cancelled.headers["location"] == f"{address}?done=leave-cancelled"
        assert (await head.post(f"{address}/cancel", {"leave": named[1]})).status_code == 404


async def test_leave_is_noted_over_the_api(browser: Browser) -> None:
    headers = await bearer(browser, "officer1.sales")
    address = "/api/v1/staff/officer1.sales/leave"
    body = {"first": TOMORROW.isoformat(), "last": NEXT_WEEK.isoformat(), "substitute": "officer2.sales"}
    made = await browser.client.post(address, json=body, headers=headers)
    assert made.status_code == 201
    (listed,) = (await browser.client.get(address, headers=headers)).json()
    assert listed["leave_id"] == made.json()["leave_id"]
    assert (await browser.client.delete(f"{address}/{listed['leave_id']}", headers=headers)).status_code == 204
    assert (await browser.client.get(address, headers=headers)).json() == []
