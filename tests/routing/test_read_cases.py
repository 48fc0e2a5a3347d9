"""The queue: what is due first, within the viewer's scope, counted per view."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from schemas.complaints import Promised, Subject
from services.kit.errors import InvalidInput, NotFound
from services.kit.scope import scope_of
from services.routing.count_cases import count_views
from services.routing.queue.views import VIEWS
from services.routing.read_cases import Filters, list_cases
from tests.routing.world import World, later, person


async def queue(
    world: World, username: str, *, cursor: str | None = None, limit: int = 50, **filters: Any
) -> list[UUID]:
    """The ids of a page."""
    member = world.people[username]
    page = await list_cases(
        world.database, scope_of(world.bundle, member), member,
        filters=Filters(**filters), now=world.now,
    )  # fmt: skip
    return [row.id for row in page.rows]


async def counts(world: World, username: str) -> dict[str, int]:
    member = world.people[username]
    return await count_views(world.database, scope_of(world.bundle, member), member, now=world.now)


async def due(world: World, hours: float | None, **values: Any) -> UUID:
    promised = Promised(resolve=later(hours=hours)) if hours is not None else Promised()
    return await world.filed(promised=promised, **{"category": "cleanliness", **values})


async def test_what_is_due_first_comes_first_and_what_has_no_clock_last(world: World) -> None:
    third, none, first, second = [await due(world, hours) for hours in (3, None, 1, 2)]
    assert await queue(world, "centre") == [first, second, third, none]


async def test_pages_follow_one_another_without_gap_or_repeat(world: World) -> None:
    ids = {await due(world, hours) for hours in (1, 1, 2, None, None)}
    member = world.people["centre"]
    scope = scope_of(world.bundle, member)
    seen: list[UUID] = []
    cursor: str | None = None
    for _ in range(5):
        page = await list_cases(world.database, scope, member, filters=Filters(), now=world.now, cursor=cursor, limit=1)
        seen += [row.id for row in page.rows]
        cursor = page.next_cursor
    assert cursor is None
    assert set(seen) == ids
    assert len(seen) == 5


async def test_each_view_counts_what_it_lists(world: World) -> None:
    await due(world, 1)
    await due(world, 20)
    await due(world, 100, category="product")
    await due(world, 1, category="danger")
    await due(world, 5, category="other")
    proposed = await due(world, 6)
    owner = world.username((await world.case(proposed)).owner) or ""
    await world.step(proposed, "investigating", owner)
    await world.step(proposed, "response_proposed", owner)
    waiting = await due(world, 6)
    owner = world.username((await world.case(waiting)).owner) or ""
    await world.step(waiting, "investigating", owner)
    await world.step(waiting, "awaiting_complainant", owner, what="รูป", until=later(days=2).isoformat())
    world.now = later(hours=2)
    for username in ("centre", "officer1.lodging", "approver.services", "officer1.sales", "auditor"):
        counted = await counts(world, username)
        for view in VIEWS:
            if view.code != "all":
                assert counted[view.code] == len(await queue(world, username, view=view.code)), (username, view.code)
    approver = await counts(world, "approver.services")
    assert (approver["approve"], approver["mine"]) == (1, 0)
    centre = await counts(world, "centre")
    assert (centre["open"], centre["late"], centre["safety"], centre["unassigned"], centre["awaiting"]) == (
        7,
        2,
        1,
        1,
        1,
    )


async def test_spam_and_ended_cases_leave_the_views_but_not_the_list_of_all(world: World) -> None:
    spam, gone = await due(world, 1), await due(world, 1)
    await world.acts(gone, "withdraw")
    async with world.database.transaction() as tx:
        await tx.execute("update routing.case set kind = 'spam' where id = $1", spam)
    assert await queue(world, "centre", view="open") == []
    assert set(await queue(world, "centre", view="all")) == {spam, gone}


async def test_a_case_is_found_by_part_of_its_number(world: World) -> None:
    case_id = await due(world, 1)
    await due(world, 1)
    assert await queue(world, "centre", number="00001-a") == [case_id]


async def test_an_unknown_view_is_named(world: World) -> None:
    with pytest.raises(InvalidInput):
        await queue(world, "centre", view="everything")


# ---- scope


@pytest.mark.parametrize(
    ("username", "sees"),
    [
        ("officer1.lodging", True),
        ("approver.services", True),
        ("head.services", True),
        ("centre", True),
        ("auditor", True),
        ("head.quick", True),
        ("officer1.sales", False),
        ("approver.people", False),
        ("officer1.integrity", False),
        ("reviewer", False),
    ],
)
async def test_an_ordinary_case_is_seen_by_its_unit_those_above_and_those_who_see_everything(
    world: World, username: str, sees: bool
) -> None:
    case_id = await due(world, 1)
    assert (await queue(world, username) == [case_id]) is sees
    if sees:
        assert (await world.file(case_id, username)).case.id == case_id
    else:
        with pytest.raises(NotFound):
            await world.file(case_id, username)


async def test_misconduct_is_seen_only_by_the_restricted_unit_and_its_approvers(world: World) -> None:
    case_id = await world.filed(category="misconduct")
    seeing = {name for name in world.people if await queue(world, name) == [case_id]}
    assert {world.people[name].unit for name in seeing} == {"integrity", "audit"}
    assert all(set(world.people[name].roles) & {"integrity", "approver"} for name in seeing)
    for name in world.people:
        assert (sum((await counts(world, name)).values()) > 0) is (name in seeing)


async def test_the_subject_their_unit_and_their_subordinates_never_see_a_complaint_about_conduct(world: World) -> None:
    await world.employ(person("boss", "services", "officer", "supervisor"))
    case_id = await world.filed(category="conduct", subject=Subject(person="boss"))
    below = set(world.bundle.subtree("services"))
    for name, member in world.people.items():
        if member.unit in below or name == "boss":
            assert await queue(world, name) == []
            with pytest.raises(NotFound):
                await world.file(case_id, name)
    assert await queue(world, "centre") == [case_id]
