"""Load per officer: what is counted, whose is shown to whom, and giving cases to somebody else from there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from services.kit.errors import InvalidInput
from services.kit.scope import scope_of
from services.routing.duty.read_load import OfficerLoad, open_cases_of, read_load, week_ends
from services.routing.duty.reassign_many import reassign_many
from tests.routing.visitor import Visitor
from tests.routing.world import World


async def load(world: World, viewer: str) -> dict[str, OfficerLoad]:
    """The load that somebody is shown, by user name."""
    scope = scope_of(world.bundle, world.people[viewer])
    staff = await world.copies.staff(world.database)
    found = await read_load(world.database, staff, scope, world.bundle, world.now)
    return {one.member.username: one for one in found}


def test_a_week_ends_on_the_midnight_after_sunday() -> None:
    assert week_ends(datetime(2026, 11, 20, 3, tzinfo=UTC), "Asia/Bangkok") == datetime(2026, 11, 22, 17, tzinfo=UTC)
    assert week_ends(datetime(2026, 11, 22, 18, tzinfo=UTC), "Asia/Bangkok") == datetime(2026, 11, 29, 17, tzinfo=UTC)


async def test_each_officer_is_shown_with_open_late_and_coming_cases(world: World) -> None:
    case_ids = [await world.filed() for _ in range(3)]
    hour = timedelta(hours=1)
    async with world.database.transaction() as tx:
        for case_id, due in zip(
            case_ids, (world.now - hour, world.now + hour, world.now + 30 * 24 * hour), strict=True
        ):
            await tx.execute(
                "update routing.case set due_at = $2, owner = $3 where id = $1",
                case_id, due, world.people["officer1.lodging"].staff_id,
            )  # fmt: skip
    one = (await load(world, "head.lodging"))["officer1.lodging"]
    assert (one.cases, one.late, one.this_week, one.above) == (3, 1, 1, 0)
    await world.employ(one.member.model_copy(update={"capacity": 2, "version": 2}))
    assert (await load(world, "head.lodging"))["officer1.lodging"].above == 1


async def test_a_leader_is_shown_the_officers_of_their_units_and_the_centre_all_ordinary_ones(world: World) -> None:
    assert set(await load(world, "head.lodging")) == {"officer1.lodging", "officer2.lodging"}
    assert {"officer1.sales", "officer1.lodging"} <= set(await load(world, "head.services"))
    everybody = await load(world, "centre")
    assert "officer1.people" in everybody
    assert not [one for one in everybody.values() if one.member.unit in ("integrity", "audit")]


async def test_a_restricted_case_shows_in_nobodys_figure_but_its_own_peoples(world: World) -> None:
    await world.filed(category="misconduct")
    assert sum(one.cases for one in (await load(world, "head.quick")).values()) == 0
    assert sum(one.cases for one in (await load(world, "head.integrity")).values()) == 1


async def test_cases_are_given_to_somebody_else_all_or_none(world: World) -> None:
    for _ in range(2):
        case_id = await world.filed()
        async with world.database.transaction() as tx:
            await tx.execute(
                "update routing.case set owner = $2 where id = $1", case_id, world.people["officer1.lodging"].staff_id
            )
    scope = scope_of(world.bundle, world.people["head.lodging"])
    owner = world.people["officer1.lodging"].staff_id
    found, following = await open_cases_of(world.database, owner, scope, limit=1)
    second, none = await open_cases_of(world.database, owner, scope, after=following)
    assert none is None
    chosen = [(one.tracking_number, one.version) for one in (*found, *second)]
    assert len(chosen) == 2

    async def give(to: str | None, cases: list[tuple[str, int]], reason: str = "ลาป่วย") -> int:
        async with world.database.transaction() as tx:
            return await reassign_many(
                tx, world.copies, cases, owner=to, reason=reason, viewer=world.people["head.lodging"], now=world.now
            )

    for to, cases, reason in (("officer1.sales", chosen, "x"), ("officer2.lodging", [], "x"), (None, chosen, " ")):
        with pytest.raises(InvalidInput):
            await give(to, cases, reason)
    assert len((await open_cases_of(world.database, owner, scope))[0]) == 2
    assert await give("officer2.lodging", chosen) == 2
    assert (await open_cases_of(world.database, owner, scope))[0] == []


async def test_the_page_shows_load_and_gives_cases_away(world: World, visits: Callable[..., Visitor]) -> None:
    case_id = await world.filed()
    owner = world.username((await world.case(case_id)).owner)
    assert owner is not None
    head, officer = visits("head.lodging"), visits("officer1.lodging")
    assert owner in await head.page("/desk/load")
    await officer.page("/desk/load", 403)
    await head.page("/desk/load/officer1.sales", 404)
    case = await world.case(case_id)
    chosen = f"{case.tracking_number}@{case.version}"
    refused = await head.fill(f"/desk/load/{owner}", case=chosen, owner="", reason="")
    assert refused.status_code == 422
    assert "checked" in refused.text
    done = await head.fill(f"/desk/load/{owner}", case=chosen, owner="", reason="แบ่งงาน")
    assert done.headers["location"] == f"/desk/load/{owner}?done=1"
    assert "เปลี่ยนผู้รับผิดชอบแล้ว" in await head.page(f"/desk/load/{owner}?done=1")
