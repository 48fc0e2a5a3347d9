"""`GET /api/v1/alerts` and the word that one has seen them."""

from __future__ import annotations

from uuid import UUID

import httpx

from schemas.clocks import AlertSeen
from services.kit.database import new_id
from tests.sla.world import Story, World, at, person, staff_id

ALERTS = "/api/v1/alerts"


async def breached(world: World, **more: object) -> Story:
    """An urgent case whose deadlines have all passed and whose alerts have climbed to the top."""
    story = Story(category="broken", priority="urgent", **more)  # type: ignore[arg-type]
    await world.hear(*story.begun())
    await world.sweep("2026-11-10 09:00")
    return story


async def items(client: httpx.AsyncClient, world: World, who: str, query: str = "") -> list[dict[str, object]]:
    """The alerts somebody is shown."""
    answer = await client.get(ALERTS + query, headers=world.bearer(who))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["items"]
    return found


async def test_an_alert_says_which_clock_and_level_when_it_was_reached_and_when_it_was_sent(
    world: World, client: httpx.AsyncClient
) -> None:
    await breached(world)
    found = next(item for item in await items(client, world, "head") if item["level"] == "line_manager:missed+P1WD")
    assert {"id", "tracking_number", "target", "cycle", "level", "threshold_at", "sent_at", "recipient"} <= set(found)
    assert found["tracking_number"] == "QCK-1"
    assert found["recipient"] == "line"


async def test_an_officer_is_shown_what_was_sent_to_them_and_with_all_what_is_in_their_scope(
    world: World, client: httpx.AsyncClient
) -> None:
    await breached(world)
    assert {item["recipient"] for item in await items(client, world, "owner")} == {"owner"}
    assert await items(client, world, "second") == []
    assert {item["recipient"] for item in await items(client, world, "second", "?all=1")} > {"owner", "head"}


async def test_a_manager_is_shown_the_alerts_of_those_below_and_nobody_those_beside(
    world: World, client: httpx.AsyncClient
) -> None:
    await world.employ(person("otherhead", "sales", "unit_head"))
    await breached(world)
    assert {item["recipient"] for item in await items(client, world, "line")} == {"owner", "head", "line", "chief"}
    assert await items(client, world, "otherhead") == []
    assert await items(client, world, "otherhead", "?all=1") == []


async def test_alerts_of_a_restricted_case_are_absent_from_every_other_list(
    world: World, client: httpx.AsyncClient
) -> None:
    await world.employ(person("boss", "integrity", "integrity", "unit_head"))
    story = Story(category="misconduct", unit="integrity", restricted=True, approving_unit="audit", owner="guard")
    await world.hear(*story.begun(owner="guard"))
    await world.sweep("2026-12-20 09:00")
    told = {row["recipient"] for row in await world.alerts(story.case_id)}
    assert told <= {staff_id("guard"), staff_id("boss"), staff_id("auditing")}
    assert len(told) == 3
    for who in ("chief", "line", "head", "owner"):
        assert await items(client, world, who, "?all=1") == []
    assert await items(client, world, "boss", "?all=1") != []


async def test_the_subject_of_a_complaint_is_never_alerted_about_it(world: World, client: httpx.AsyncClient) -> None:
    story = Story(category="conduct", unit="people", subject_unit="lodging", subject_person="line")
    await world.employ(person("hr", "people", "officer"), person("support", "support", "line_manager"))
    await world.hear(*story.begun(owner="hr"))
    await world.sweep("2026-12-20 09:00")
    told = {row["recipient"] for row in await world.alerts(story.case_id)}
    assert told == {staff_id("hr"), staff_id("support"), staff_id("chief")}
    for who in ("line", "head"):
        assert await items(client, world, who, "?all=1") == []


async def test_pages_follow_one_another_without_gap_or_repeat(world: World, client: httpx.AsyncClient) -> None:
    await breached(world)
    everything = [item["id"] for item in await items(client, world, "chief", "?limit=200")]
    seen: list[object] = []
    query = "?limit=3"
    while True:
        answer = (await client.get(ALERTS + query, headers=world.bearer("chief"))).json()
        seen += [item["id"] for item in answer["items"]]
        if answer["next_cursor"] is None:
            break
        query = f"?limit=3&cursor={answer['next_cursor']}"
    assert seen == everything
    assert len(set(seen)) == len(seen)


async def test_a_cursor_of_somebody_elses_making_is_refused_with_a_remedy(
    world: World, client: httpx.AsyncClient
) -> None:
    answer = await client.get(ALERTS + "?cursor=abc", headers=world.bearer("chief"))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "cursor"


async def test_whoever_is_not_signed_in_is_shown_nothing(world: World, client: httpx.AsyncClient) -> None:
    assert (await client.get(ALERTS)).status_code == 401


async def test_an_alert_is_seen_once_and_stays_with_whom_saw_it_first(world: World, client: httpx.AsyncClient) -> None:
    story = await breached(world)
    alert = next(item for item in await items(client, world, "owner") if item["level"] == "missed")
    world.now = at("2026-11-10 10:00")
    first = await client.post(f"{ALERTS}/{alert['id']}/seen", headers=world.bearer("owner"))
    again = await client.post(f"{ALERTS}/{alert['id']}/seen", headers=world.bearer("head"))
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert first.json()["seen_by"] == "owner"
    facts = await world.announced(AlertSeen, story.case_id)
    assert [(fact.alert_id, fact.by) for fact in facts] == [(UUID(str(alert["id"])), staff_id("owner"))]


async def test_an_alert_outside_ones_scope_and_one_that_is_not_there_look_the_same(
    world: World, client: httpx.AsyncClient
) -> None:
    await breached(world)
    alert = (await items(client, world, "owner"))[0]
    outside = await client.post(f"{ALERTS}/{alert['id']}/seen", headers=world.bearer("seller"))
    unknown = await client.post(f"{ALERTS}/{new_id()}/seen", headers=world.bearer("seller"))
    assert outside.status_code == unknown.status_code == 404
    left = {"instance", "reference"}
    assert {k: v for k, v in outside.json().items() if k not in left} == {
        k: v for k, v in unknown.json().items() if k not in left
    }


async def test_an_officer_cannot_acknowledge_what_was_sent_to_somebody_else(
    world: World, client: httpx.AsyncClient
) -> None:
    await breached(world)
    alert = next(item for item in await items(client, world, "head") if item["level"] == "executive:missed+P2WD")
    answer = await client.post(f"{ALERTS}/{alert['id']}/seen", headers=world.bearer("owner"))
    assert answer.status_code == 404
