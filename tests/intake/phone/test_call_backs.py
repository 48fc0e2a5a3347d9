"""Calling back: a promise with a clock of its own, in working time of the telephone desk, told to the manager."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson

from services.cli.runtime import Runtime
from services.intake.phone.call_backs.sweep_call_backs import sweep_call_backs
from services.kit.database import Database
from services.kit.service import Context
from tests.intake.conftest import NOW, Clock
from tests.intake.phone.conftest import Agent, Hire, arrivals, rows, tell

TOLD = {"narrative": "น้ำที่บ้านพักไม่ไหล", "name": "สมชาย ตัวอย่าง", "phone": "081-234-5678"}

DUE = datetime(2026, 11, 20, 9, 5, tzinfo=UTC)
"""Two working hours after five past two in the afternoon: five past four."""


async def announced(database: Database) -> list[str]:
    found = await database.read(
        "select type from intake.journal where type like 'call-back-%' order by recorded_at, id"
    )
    return [row["type"] for row in found]


async def owed(database: Database) -> dict[str, Any]:
    (row,) = await rows(database, "call_back")
    return row


async def test_a_missed_call_is_due_in_working_time_of_the_telephone(
    http: httpx.AsyncClient, database: Database
) -> None:
    await tell(http, "missed")
    task = await owed(database)
    assert (task["due_at"], task["calendar"], task["state"]) == (DUE, "office", "open")
    await tell(http, "missed", call="2.1", at=NOW + timedelta(minutes=-1), caller="0899999999")
    assert await announced(database) == ["call-back-opened", "call-back-opened"]


async def test_the_clock_warns_and_misses_each_once_and_tells_the_manager_of_the_breach(
    http: httpx.AsyncClient, hire: Hire, agent: Agent, database: Database, context: Context, clock: Clock
) -> None:
    head = await hire("head", "support", "line_manager")
    await tell(http, "missed")
    clock.now = NOW + timedelta(minutes=89)
    assert await sweep_call_backs(context, clock()) == 0
    clock.now = NOW + timedelta(minutes=91)
    assert [await sweep_call_backs(context, clock()) for _ in range(2)] == [1, 0]
    assert {row["staff_id"] for row in await rows(database, "staff_notice")} == {agent.staff_id}
    clock.now = DUE + timedelta(seconds=1)
    assert [await sweep_call_backs(context, clock()) for _ in range(2)] == [1, 0]
    task = await owed(database)
    assert (task["fired"], task["missed"], task["next_at"]) == ("warn75 missed", True, None)
    missed = [row for row in await rows(database, "staff_notice") if row["missed"]]
    assert {row["staff_id"] for row in missed} == {agent.staff_id, head.staff_id}
    assert await announced(database) == ["call-back-opened", "call-back-alerted", "call-back-alerted"]
    page = (await head.client.get("/desk/call-backs?lang=en")).text
    assert "Overdue" in page
    assert "081 234 5678" not in page


async def test_whoever_is_told_by_message_is_told_what_and_where(
    http: httpx.AsyncClient, agent: Agent, database: Database, context: Context, clock: Clock, runtime: Runtime
) -> None:
    from services.intake.messages.write_notice import bundle_notices, write_notice

    await tell(http, "missed")
    clock.now = DUE + timedelta(seconds=10)
    await sweep_call_backs(context, clock())
    clock.move(seconds=10)
    bundle = await context.copies.in_force(database, clock())
    async with database.transaction() as tx:
        await bundle_notices(tx, clock())
        row = await tx.fetchrow("select * from intake.message where staff_id = $1", agent.staff_id)
        assert row is not None
        written = await write_notice(tx, dict(row), bundle, context, "en", clock())
    assert "https://redress.test/desk/call-backs" in written.text
    assert "call back" in written.text
    assert "081" not in written.text


async def test_taking_it_shows_the_number_and_is_in_the_journal(
    http: httpx.AsyncClient, agent: Agent, hire: Hire, database: Database
) -> None:
    await tell(http, "missed")
    task = await owed(database)
    assert "081 234 5678" not in (await agent.client.get("/desk/call-backs")).text
    assert (await agent.does(f"/desk/call-backs/{task['id']}", what="take")).status_code == 303
    assert "081 234 5678" in (await agent.client.get("/desk/call-backs")).text
    assert 'value="0812345678"' in (await agent.client.get(f"/desk/phone?back={task['id']}")).text
    other = await hire("lek", "centre", "centre")
    assert "081 234 5678" not in (await other.client.get("/desk/call-backs")).text
    assert "0812345678" not in (await other.client.get(f"/desk/phone?back={task['id']}")).text
    assert await announced(database) == ["call-back-opened", "call-back-taken"]


async def test_a_case_that_is_filed_of_the_number_closes_the_call_back(
    http: httpx.AsyncClient, agent: Agent, database: Database, clock: Clock
) -> None:
    await tell(http, "missed")
    clock.move(minutes=30)
    await agent.types(**TOLD)
    task = await owed(database)
    (case,) = await rows(database, "complaint")
    assert (task["state"], task["outcome"], task["case_id"], task["missed"]) == ("closed", "filed", case["id"], False)
    assert set((await arrivals(database)).values()) == {("registered", None)}


async def test_giving_up_needs_as_many_tries_as_the_policy_says(
    http: httpx.AsyncClient, agent: Agent, database: Database
) -> None:
    await tell(http, "missed")
    path = f"/desk/call-backs/{(await owed(database))['id']}"
    await agent.does(path, what="tried")
    refused = await agent.does(path, what="close", outcome="unreachable")
    assert refused.status_code == 422
    await agent.does(path, what="tried")
    assert (await agent.does(path, what="close", outcome="unreachable")).status_code == 303
    task = await owed(database)
    assert (task["outcome"], task["tries"], task["closed_by"]) == ("unreachable", 2, agent.staff_id)
    assert (await arrivals(database))["1.1"][0] == "ignored"
    assert (await agent.does(path, what="take")).status_code == 409


async def test_one_that_is_done_after_its_deadline_was_missed_whenever_that_was_noticed(
    http: httpx.AsyncClient, agent: Agent, database: Database, clock: Clock
) -> None:
    await tell(http, "missed")
    clock.now = DUE + timedelta(minutes=1)
    await agent.does(f"/desk/call-backs/{(await owed(database))['id']}", what="close", outcome="reached")
    assert (await owed(database))["missed"] is True
    (fact,) = await database.read("select body from intake.journal where type = 'call-back-closed'")
    assert '"missed":true' in fact["body"]


async def test_whoever_rings_again_and_is_answered_is_owed_nothing(http: httpx.AsyncClient, database: Database) -> None:
    await tell(http, "missed", at=NOW - timedelta(minutes=10))
    await tell(http, "answered", call="2.1", extension="101")
    task = await owed(database)
    assert (task["state"], task["outcome"]) == ("closed", "needless")
    assert (await arrivals(database))["1.1"][0] == "ignored"
    assert (await arrivals(database))["2.1"][0] == "held"


async def test_a_call_that_rings_for_ten_minutes_was_missed(
    http: httpx.AsyncClient, database: Database, context: Context, clock: Clock
) -> None:
    await tell(http, "ringing")
    clock.move(minutes=9)
    await sweep_call_backs(context, clock())
    assert await rows(database, "call_back") == []
    clock.move(minutes=2)
    await sweep_call_backs(context, clock())
    assert (await owed(database))["rang_at"] == NOW


async def test_a_new_calendar_moves_the_deadline_of_what_is_open_only(
    http: httpx.AsyncClient, agent: Agent, database: Database, context: Context, clock: Clock, policy: dict[str, Any]
) -> None:
    await tell(http, "missed", call="2.1", caller="0899999999")
    other = await owed(database)
    await agent.does(f"/desk/call-backs/{other['id']}", what="close", outcome="reached")
    await tell(http, "missed")
    policy |= {"version": "quick-2", "call_back": {**policy["call_back"], "within": "PT1H"}}
    await database.statement(
        "insert into intake.policy_copy (version, effective_from, adopted_at, bundle) values ($1, $2, $2, $3)",
        "quick-2",
        NOW - timedelta(seconds=1),
        orjson.dumps(policy).decode(),
    )
    context.copies.forget()
    await sweep_call_backs(context, clock())
    due = {row["state"]: row["due_at"] for row in await rows(database, "call_back")}
    assert due == {"open": DUE - timedelta(hours=1), "closed": DUE}


async def test_nobody_outside_the_centre_takes_a_call_back(
    http: httpx.AsyncClient, hire: Hire, database: Database
) -> None:
    await tell(http, "missed")
    other = await hire("lek", "lodging", "officer")
    assert (await other.does(f"/desk/call-backs/{(await owed(database))['id']}", what="take")).status_code == 403
    assert (await owed(database))["taken_by"] is None


async def test_the_list_is_paged_by_key(http: httpx.AsyncClient, agent: Agent, monkeypatch: Any) -> None:
    monkeypatch.setattr("services.intake.phone.call_backs.list_call_backs.PAGE", 2)
    monkeypatch.setattr("services.intake.pages.call_backs.PAGE", 2)
    for number in range(3):
        await tell(http, "missed", call=f"{number}.1", caller=f"081234567{number}")
    first = (await agent.client.get("/desk/call-backs")).text
    following = first.split('href="?after=')[1].split('"')[0].replace("&amp;", "&")
    second = (await agent.client.get(f"/desk/call-backs?after={following}")).text
    assert (first.count('class="back"'), second.count('class="back"')) == (2, 1)
