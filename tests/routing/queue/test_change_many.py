"""Changing many cases in one go: each by its own rules, what was refused and why, and one undo."""

from __future__ import annotations

from uuid import UUID

import pytest

from schemas.complaints import WordsErased
from services.kit.errors import Conflict, InvalidInput, NotFound
from services.routing.queue.change_many import Wanted, change_many
from services.routing.queue.read_change import Report, read_change
from services.routing.queue.tag_case import tags_of
from services.routing.queue.undo_change import undo_change
from tests.routing.world import World, person

HEAD = "head.services"


async def changed(world: World, username: str, cases: list[tuple[UUID, int | None]], wanted: Wanted) -> Report:
    viewer = world.people[username]
    change = await change_many(world.database, world.copies, cases, wanted, viewer=viewer, now=world.now)
    return await read_change(world.database, change, viewer)


async def undone(world: World, username: str, report: Report) -> Report:
    viewer = world.people[username]
    reverse = await undo_change(world.database, world.copies, report.id, viewer=viewer, now=world.now)
    return await read_change(world.database, reverse, viewer)


def outcomes(report: Report) -> dict[UUID, str]:
    return {one.case_id: one.outcome for one in report.cases}


async def test_each_case_is_given_on_as_one_would_be_and_the_refused_say_why(world: World) -> None:
    first, second, over = [await world.filed(category="cleanliness") for _ in range(3)]
    await world.acts(over, "withdraw")
    report = await changed(
        world, "officer1.lodging", [(first, None), (second, None), (over, None)],
        Wanted("assign", {"to": "staff:officer2.lodging"}, "แบ่งงาน"),
    )  # fmt: skip
    owners = {world.username((await world.case(one)).owner) for one in (first, second)}
    assert owners == {"officer2.lodging"}
    assert outcomes(report)[over] == "refused"
    (refused,) = report.having("refused")
    assert refused.why("en") == ("The case is over.", "Reopen it first.")
    assert refused.why("th")[0] != refused.why("en")[0]
    assert [event.type for event in await world.announced(first)][-1] in ("case-moved", "case-reassigned")


async def test_a_case_that_changed_since_it_was_shown_is_left_alone(world: World) -> None:
    case_id = await world.filed(category="cleanliness")
    shown = (await world.case(case_id)).version
    await world.step(case_id, "investigating", world.username((await world.case(case_id)).owner) or "")
    report = await changed(
        world, "officer1.lodging", [(case_id, shown)], Wanted("priority", {"priority": "urgent"}, "ร้ายแรง")
    )
    assert outcomes(report) == {case_id: "refused"}
    assert "after you opened it" in report.cases[0].why("en")[0]


async def test_undo_puts_back_what_was_done_where_nothing_happened_since(world: World) -> None:
    first, second = [await world.filed(category="cleanliness") for _ in range(2)]
    before = {one: (await world.case(one)).owner for one in (first, second)}
    report = await changed(
        world, HEAD, [(first, None), (second, None)], Wanted("assign", {"to": "staff:officer1.sales"}, "แบ่งงาน")
    )
    done = [one.case_id for one in report.having("done")]
    assert len(done) == 2
    touched = done[0]
    await world.step(touched, "investigating", world.username((await world.case(touched)).owner) or "")
    reverse = await undone(world, HEAD, report)
    assert reverse.undoes == report.id
    assert outcomes(reverse)[touched] == "refused"
    for one in done[1:]:
        assert (await world.case(one)).owner == before[one]
    with pytest.raises(Conflict):
        await undone(world, HEAD, report)
    with pytest.raises(Conflict):
        await undone(world, HEAD, reverse)


async def test_an_undone_hand_over_leaves_a_case_without_an_owner_as_it_was(world: World) -> None:
    case_id = await world.filed(category="cleanliness")
    async with world.database.transaction() as tx:
        await tx.execute("update routing.case set owner = null where id = $1", case_id)
    report = await changed(
        world, "officer1.lodging", [(case_id, None)], Wanted("assign", {"to": "staff:officer1.lodging"}, "รับเอง")
    )
    assert outcomes(report) == {case_id: "done"}
    assert outcomes(await undone(world, "officer1.lodging", report)) == {case_id: "done"}
    assert (await world.case(case_id)).owner is None


async def test_an_assessed_case_is_assigned_and_its_undo_returns_it(world: World) -> None:
    await world.employ(person("boss", world.bundle.triage_unit, "officer", "supervisor", "centre"))
    case_id = await world.filed(category="other")
    assert (await world.case(case_id)).state in ("received", "assessed")
    if (await world.case(case_id)).state == "received":
        report = await changed(world, "boss", [(case_id, None)], Wanted("assign", {"to": "unit:lodging"}, "เป็นเรื่องที่พัก"))
        assert report.having("refused")[0].why("en")[0] == "This case is not assessed yet."
        await world.step(case_id, "assessed", "boss")
    report = await changed(world, "boss", [(case_id, None)], Wanted("assign", {"to": "unit:lodging"}, "เป็นเรื่องที่พัก"))
    assert (await world.case(case_id)).state == "assigned"
    reverse = await undone(world, "boss", report)
    why = [one.why("en")[0] for one in reverse.having("refused")]
    assert why == ["This step is for others to take."]  # returning is for the unit that has it


async def test_priorities_change_and_change_back(world: World) -> None:
    case_id = await world.filed(category="cleanliness")
    was = (await world.case(case_id)).priority
    codes = [one.code for one in world.bundle.priorities if one.code != was]
    wanted = Wanted("priority", {"priority": codes[0]}, "ร้ายแรงกว่าที่คิด")
    report = await changed(world, "officer1.lodging", [(case_id, None)], wanted)
    assert (await world.case(case_id)).priority == codes[0]
    again = await changed(world, "officer1.lodging", [(case_id, None)], wanted)
    assert outcomes(again) == {case_id: "same"}
    await undone(world, "officer1.lodging", report)
    assert (await world.case(case_id)).priority == was


async def test_tags_are_put_on_and_taken_off_and_go_with_erased_words(world: World) -> None:
    case_id = await world.filed(category="cleanliness")
    report = await changed(world, "officer1.lodging", [(case_id, None)], Wanted("tag", {"tag": " #น้ำ   ไม่ไหล "}))
    assert await tags_of(world.database, [case_id]) == {case_id: ["น้ำ ไม่ไหล"]}
    lines = [line.kind for line in (await world.file(case_id, "officer1.lodging")).timeline]
    assert lines[-1] == "tagged"
    await undone(world, "officer1.lodging", report)
    assert await tags_of(world.database, [case_id]) == {}
    await changed(world, "officer1.lodging", [(case_id, None)], Wanted("tag", {"tag": "คุณสมชาย"}))
    await world.announce("intake", WordsErased(legal_ground="request", at=world.now), case_id)
    await world.drain()
    assert await tags_of(world.database, [case_id]) == {}
    kept = await world.database.read("select asked::text from routing.bulk_change")
    assert not any("คุณสมชาย" in row["asked"] for row in kept)


async def test_a_duplicate_is_closed_into_the_case_that_goes_on_by_a_supervisor_only(world: World) -> None:
    await world.employ(person("boss", world.bundle.root.code, "supervisor", "centre"))
    original = await world.filed(category="cleanliness")
    number = (await world.case(original)).tracking_number
    fresh = await world.filed(category="other")
    wanted = Wanted("duplicate", {"into": number})
    assert outcomes(await changed(world, "centre", [(fresh, None)], wanted)) == {fresh: "refused"}
    report = await changed(world, "boss", [(fresh, None), (original, None)], wanted)
    assert outcomes(report) == {fresh: "done", original: "refused"}
    merged = await world.case(fresh)
    assert merged.state == "merged"
    assert (merged.outcome or {})["into"] == number
    assert number in (merged.outcome or {})["reason"]
    assert outcomes(await undone(world, "boss", report)) == {fresh: "done"}
    assert (await world.case(fresh)).state == "assessed"


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted("assign", {"to": "staff:nobody"}, "x"),
        Wanted("assign", {"to": "staff:officer1.lodging"}),
        Wanted("priority", {"priority": "nonsense"}, "x"),
        Wanted("tag", {"tag": " "}),
        Wanted("tag", {"tag": "ก" * 41}),
        Wanted("explode"),
    ],
)
async def test_what_is_wrong_for_all_is_found_before_any_is_touched(world: World, wanted: Wanted) -> None:
    case_id = await world.filed(category="cleanliness")
    version = (await world.case(case_id)).version
    with pytest.raises(InvalidInput):
        await changed(world, "officer1.lodging", [(case_id, None)], wanted)
    with pytest.raises(InvalidInput):
        await changed(world, "officer1.lodging", [], Wanted("tag", {"tag": "น้ำ"}))
    assert (await world.case(case_id)).version == version
    assert await world.database.read("select 1 from routing.bulk_change") == []


async def test_cases_outside_the_scope_are_refused_as_if_there_were_none(world: World) -> None:
    secret = await world.filed(category="misconduct")
    report = await changed(world, "centre", [(secret, None)], Wanted("tag", {"tag": "ลับ"}))
    assert outcomes(report) == {secret: "refused"}
    assert await tags_of(world.database, [secret]) == {}


async def test_nobody_reads_or_undoes_the_change_of_somebody_else(world: World) -> None:
    case_id = await world.filed(category="cleanliness")
    report = await changed(world, "officer1.lodging", [(case_id, None)], Wanted("tag", {"tag": "น้ำ"}))
    with pytest.raises(NotFound):
        await read_change(world.database, report.id, world.people["officer2.lodging"])
    with pytest.raises(NotFound):
        await undone(world, "officer2.lodging", report)
