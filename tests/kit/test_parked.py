"""Parked events over HTTP: seen without their contents, replayed, set aside with a reason; others wait behind them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from schemas.envelope import Event
from schemas.governance import SessionRevoked, StaffMember
from services.cli.runtime import Runtime, build
from services.cli.web_app import make_app
from services.kit.database import Database, new_id
from services.kit.errors import Conflict, InvalidInput, NotFound
from services.kit.listening import Subscriptions
from services.kit.paging import Key, read_cursor, write_cursor
from services.kit.parked import Place, discard_parked, list_discarded, list_parked, parked_figures, replay_parked
from services.kit.reader import Reader
from services.kit.retry_parked import retry
from services.kit.settings import Settings
from services.kit.tokens import SessionClaims, issue_session

SECRET = "a secret of the tests, long enough to sign with"
NOW = datetime(2026, 11, 20, 7, 5, tzinfo=UTC)


class Listener:
    """A service that notes what it hears, and can be told to fail."""

    def __init__(self, database: Database) -> None:
        self.database = database.beside("sla")
        self.broken = True
        self.heard: list[UUID] = []
        subscriptions = Subscriptions("sla")

        @subscriptions.each(SessionRevoked)
        async def note(_tx: object, _event: Event, fact: SessionRevoked) -> None:
            if self.broken:
                raise ValueError("it cannot be applied")
            self.heard.append(fact.session_id)

        self.reader = Reader(self.database, subscriptions)

    async def hear(self, facts: int, case_id: UUID) -> list[UUID]:
        """Let governance announce facts of one case and read them; returns what they are about."""
        sessions = [uuid4() for _ in range(facts)]
        governance = self.database.beside("governance")
        async with governance.transaction() as tx:
            for session in sessions:
                tx.announce(SessionRevoked(session_id=session, staff_id=case_id, at=NOW), case_id=case_id, at=NOW)
        from services.kit.feeds import JournalFeed

        await JournalFeed(self.reader).drain()
        return sessions

    async def places(self) -> list[Place]:
        """Where the parked events stand, oldest first."""
        found, _ = await list_parked(self.database)
        return sorted(Place(event.source, event.bucket, event.position) for event in found)


@pytest.fixture
async def listener(database: Database) -> Listener:
    """A listener whose cursors stand."""
    made = Listener(database)
    await made.reader.prepare()
    await Reader(database.beside("governance"), Subscriptions("governance")).prepare()
    return made


async def test_a_replayed_event_takes_those_waiting_behind_it_along(listener: Listener) -> None:
    sessions = await listener.hear(3, new_id())
    figures = await parked_figures(listener.database)
    assert (figures.failed, figures.waiting, figures.discarded) == (1, 2, 0)
    first = (await listener.places())[0]
    assert await replay_parked(listener.reader, first) == 0
    listener.broken = False
    assert await replay_parked(listener.reader, first) == 3
    assert listener.heard == sessions
    assert await listener.places() == []


async def test_a_failed_event_is_not_tried_again_before_somebody_asks(listener: Listener) -> None:
    await listener.hear(2, new_id())
    listener.broken = False
    assert await retry(listener.reader) == 0
    assert listener.heard == []


async def test_a_discarded_event_is_kept_with_reason_and_name_and_lets_the_others_go(listener: Listener) -> None:
    sessions = await listener.hear(3, new_id())
    first = (await listener.places())[0]
    listener.broken = False
    assert await discard_parked(listener.reader, first, "  sent twice  ", by="administrator") == 2
    assert listener.heard == sessions[1:]
    kept = await list_discarded(listener.database)
    assert [(Place(d.source, d.bucket, d.position), d.reason, d.by) for d in kept] == [
        (first, "sent twice", "administrator")
    ]
    assert (await parked_figures(listener.database)).discarded == 1


async def test_what_waits_cannot_be_settled_before_what_it_waits_for(listener: Listener) -> None:
    await listener.hear(2, new_id())
    second = (await listener.places())[1]
    with pytest.raises(Conflict):
        await replay_parked(listener.reader, second)
    with pytest.raises(Conflict):
        await discard_parked(listener.reader, second, "not this one", by="administrator")


async def test_nothing_is_discarded_without_a_reason_or_twice(listener: Listener) -> None:
    await listener.hear(1, new_id())
    first = (await listener.places())[0]
    with pytest.raises(InvalidInput):
        await discard_parked(listener.reader, first, "  ", by="administrator")
    await discard_parked(listener.reader, first, "sent twice", by="administrator")
    with pytest.raises(NotFound):
        await discard_parked(listener.reader, first, "sent twice", by="administrator")
    with pytest.raises(NotFound):
        await replay_parked(listener.reader, first)


async def test_pages_hold_every_parked_event_once(listener: Listener) -> None:
    for _ in range(5):
        await listener.hear(1, new_id())
    seen: list[UUID] = []
    after: Key | None = None
    while True:
        found, after = await list_parked(listener.database, after=read_cursor(write_cursor(after)), limit=2)
        seen += [event.event_id for event in found]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize("cursor", ["nonsense", "é", "MjAyNi0wMS0wMXx4", "====", "MjAyNi0wMS0wMVQwMDowMDowMHw="])
def test_a_cursor_that_no_list_gave_out_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput):
        read_cursor(cursor)


# ---- over HTTP


class Client:
    """Callers with roles."""

    def __init__(self, http: httpx.AsyncClient, runtime: Runtime) -> None:
        self.http = http
        self.runtime = runtime

    async def headers(self, *roles: str) -> dict[str, str]:
        """A bearer token of somebody with these roles, whom the service knows."""
        context = self.runtime.contexts["sla"]
        member = StaffMember(staff_id=uuid4(), username=f"u{uuid4().hex}", display_name="ก", unit="x", roles=roles)
        await context.database.statement(
            "insert into sla.staff_copy (staff_id, version, body) values ($1, 1, $2)",
            member.staff_id,
            member.model_dump(mode="json"),
        )
        context.copies.forget()
        token = issue_session(SECRET, SessionClaims(member.staff_id, uuid4()), datetime.now(UTC))
        return {"authorization": f"Bearer {token}"}


@pytest.fixture
async def client(listener: Listener, database: Database, tmp_path: Path) -> AsyncIterator[Client]:
    """The SLA service over the database in which events are parked."""
    runtime = build(Settings(data=tmp_path, secret=SECRET), database, ("sla",))
    transport = httpx.ASGITransport(app=make_app(runtime, start=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://redress.test") as http:
        yield Client(http, runtime)


async def test_an_administrator_sees_why_events_are_parked_but_not_what_they_say(
    listener: Listener, client: Client
) -> None:
    sessions = await listener.hear(1, new_id())
    answer = await client.http.get("/api/v1/parked/sla", headers=await client.headers("administrator"))
    item = answer.json()["items"][0]
    assert (item["type"], item["status"], item["source"]) == ("session-revoked", "failed", "governance")
    assert "ValueError" in item["reason"]
    assert "it cannot be applied" not in answer.text, "the message of an error may quote what the event says"
    assert str(sessions[0]) not in answer.text


async def test_only_an_administrator_settles_parked_events(listener: Listener, client: Client) -> None:
    await listener.hear(1, new_id())
    place = (await listener.places())[0]
    address = f"/api/v1/parked/sla/{place.source}/{place.bucket}/{place.position}"
    auditor = await client.headers("auditor")
    assert (await client.http.get("/api/v1/parked/sla", headers=auditor)).status_code == 200
    for headers, status in (({}, 401), (auditor, 403), (await client.headers("officer"), 403)):
        answer = await client.http.post(f"{address}/discard", json={"reason": "sent twice"}, headers=headers)
        assert answer.status_code == status
    administrator = await client.headers("administrator")
    nothing = await client.http.post(f"{address}/discard", json={"reason": " "}, headers=administrator)
    assert nothing.json()["errors"][0]["field"] == "reason"
    done = await client.http.post(f"{address}/discard", json={"reason": "sent twice"}, headers=administrator)
    assert done.json() == {"applied": 0}
    assert (await client.http.post(f"{address}/replay", headers=administrator)).status_code == 404


@pytest.mark.parametrize(
    "place", ["governance/99999/1", "governance/-1/1", "nowhere/1/1", "governance/1/99999999999999"]
)
async def test_a_place_where_nothing_can_stand_is_not_found(client: Client, place: str) -> None:
    administrator = await client.headers("administrator")
    answer = await client.http.post(f"/api/v1/parked/sla/{place}/replay", headers=administrator)
    assert answer.status_code == 404


async def test_the_page_of_a_service_lists_what_is_parked_with_its_buttons(
    listener: Listener, client: Client, database: Database
) -> None:
    await listener.hear(2, new_id())
    await database.statement(
        "insert into sla.policy_copy (version, effective_from, adopted_at, bundle)"
        " select 'quick-1', now() - interval '1 day', now(), $1",
        quick_document(),
    )
    headers = await client.headers("administrator")
    page = (await client.http.get("/admin/parked/sla", headers=headers)).text
    assert len(re.findall(r'action="/admin/parked/sla/replay"', page)) == 1
    assert "ValueError" in page
    overview = (await client.http.get("/admin/parked", headers=headers)).text
    assert 'href="/admin/parked/routing"' in overview


def quick_document() -> str:
    """The quick sample policy as services keep it."""
    import orjson
    import yaml

    from services.kit.paths import deploy_dir

    return orjson.dumps(yaml.safe_load((deploy_dir() / "policies" / "quick.yaml").read_text("utf-8"))).decode()
