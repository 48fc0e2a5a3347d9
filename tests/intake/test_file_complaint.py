"""Filing: accepted once, answered alike, written whole."""

from __future__ import annotations

import asyncio
from uuid import UUID

import asyncpg
import httpx
import pytest

from schemas.complaints import ComplaintFiled
from schemas.envelope import BUCKETS
from services.cli.runtime import Runtime
from services.kit.database import Database
from services.kit.journal import Break, verify
from tests.intake.conftest import Clock, add_staff, filing, identity_of

NAMED = {"identity": "named", "complainant": {"name": "สมชาย ใจดี", "phone": "๐๘๑-๒๓๔-๕๖๗๘", "email": "Som@Example.COM"}}


async def filed(database: Database) -> list[ComplaintFiled]:
    """Every complaint announced, in the order of filing."""
    rows = await database.read("select body, texts from intake.journal where type = 'complaint-filed' order by id")
    return [ComplaintFiled.from_wire(row["body"], row["texts"]) for row in rows]


async def test_a_filing_is_answered_with_number_secret_times_and_promises(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/complaints", json=filing(category="broken"))
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert set(body) == {"tracking_number", "tracking_secret", "received_at", "acknowledged_at", "due"}
    assert body["tracking_number"].startswith("QCK-69-")
    assert body["received_at"] == body["acknowledged_at"] == "2026-11-20T07:05:00Z"
    assert body["due"] == {"acknowledge": "2026-11-20T07:05:02Z", "resolve": "2026-11-20T07:05:08Z"}


async def test_complaint_identity_and_event_are_written_together(client: httpx.AsyncClient, database: Database) -> None:
    number = (await client.post("/api/v1/complaints", json=filing(**NAMED))).json()["tracking_number"]
    (fact,) = await filed(database)
    complaint = (await database.read("select * from intake.complaint"))[0]
    identity = await identity_of(database)
    assert fact.tracking_number == complaint["tracking_number"] == number
    assert fact.complainant_ref == complaint["complainant_ref"] is not None
    assert (identity["phone"], identity["email"]) == ("0812345678", "Som@example.com")
    journal = (await database.read("select body, texts from intake.journal"))[0]
    assert "สมชาย" not in journal["body"] + journal["texts"]
    assert "0812345678" not in journal["body"]


async def test_the_chain_holds_although_the_reference_is_put_in_by_the_database(
    client: httpx.AsyncClient, database: Database, database_url: str
) -> None:
    for _ in range(3):
        await client.post("/api/v1/complaints", json=filing(**NAMED))
    raw = await asyncpg.connect(database_url)
    found = [item async for item in verify(raw, "intake", range(BUCKETS))]
    await raw.close()
    assert sum(item for item in found if not isinstance(item, Break)) == 3
    assert not [item for item in found if isinstance(item, Break)]


@pytest.mark.parametrize(
    ("second", "linked"),
    [
        ({"name": "ส.", "phone": "+66 81 234 5678"}, True),
        ({"name": "ส.", "email": "som@example.com"}, True),
        ({"name": "สมชาย ใจดี", "phone": "0899999999"}, False),
    ],
)
async def test_the_same_contact_has_the_same_reference_whatever_the_name(
    client: httpx.AsyncClient, database: Database, second: dict[str, str], linked: bool
) -> None:
    await client.post("/api/v1/complaints", json=filing(**NAMED))
    await client.post("/api/v1/complaints", json=filing(identity="confidential", complainant=second))
    first, other = await filed(database)
    assert (first.complainant_ref == other.complainant_ref) is linked


async def test_filings_of_one_contact_at_the_same_moment_share_a_reference(
    client: httpx.AsyncClient, database: Database
) -> None:
    await asyncio.gather(*(client.post("/api/v1/complaints", json=filing(**NAMED)) for _ in range(8)))
    assert len({fact.complainant_ref for fact in await filed(database)}) == 1


async def test_an_anonymous_complaint_has_no_reference_and_no_identity(
    client: httpx.AsyncClient, database: Database
) -> None:
    await client.post("/api/v1/complaints", json=filing(contact_preference="none"))
    assert (await filed(database))[0].complainant_ref is None
    assert not await database.read("select 1 from intake.identity")


async def test_the_same_key_and_body_get_the_same_answer(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = await client.post("/api/v1/complaints", json=filing(), headers=key)
    clock.move(minutes=5)
    again = await client.post("/api/v1/complaints", json=dict(reversed(filing().items())), headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert len(await filed(database)) == 1


async def test_another_body_under_the_same_key_is_refused(client: httpx.AsyncClient, database: Database) -> None:
    key = {"Idempotency-Key": "k-1"}
    await client.post("/api/v1/complaints", json=filing(), headers=key)
    other = await client.post("/api/v1/complaints", json=filing(narrative="อีกเรื่องหนึ่ง"), headers=key)
    assert other.status_code == 422
    assert other.headers["content-type"] == "application/problem+json"
    assert other.json()["type"].endswith("idempotency-key-reused")
    assert other.json()["detail"]
    assert len(await filed(database)) == 1


async def test_repeats_at_the_same_moment_register_once_and_are_answered_alike(
    client: httpx.AsyncClient, database: Database
) -> None:
    key = {"Idempotency-Key": "k-1"}
    answers = await asyncio.gather(
        *(client.post("/api/v1/complaints", json=filing(**NAMED), headers=key) for _ in range(12))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(await filed(database)) == 1


async def test_a_letter_typed_in_late_is_received_when_it_came_and_not_yet_acknowledged(
    client: httpx.AsyncClient, runtime: Runtime, database: Database
) -> None:
    staff_id, token = await add_staff(runtime, "orn", "centre", "centre")
    body = filing(channel="letter", received_at="2569-11-18T09:00", external_reference="ที่ 12/2569")
    answer = await client.post("/api/v1/complaints", json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 201, answer.text
    assert answer.json()["received_at"] == "2026-11-18T02:00:00Z"
    assert answer.json()["acknowledged_at"] is None
    (fact,) = await filed(database)
    assert (fact.filed_by, fact.channel, fact.external_reference) == (staff_id, "letter", "ที่ 12/2569")
    assert fact.recorded_at > fact.received_at


async def test_the_public_may_not_say_by_which_channel_it_came(client: httpx.AsyncClient, database: Database) -> None:
    answer = await client.post("/api/v1/complaints", json=filing(channel="letter"))
    assert answer.status_code == 401
    assert answer.json()["detail"]
    assert not await filed(database)


async def test_a_role_without_filing_may_not_file_for_others(client: httpx.AsyncClient, runtime: Runtime) -> None:
    _, token = await add_staff(runtime, "aud", "centre", "auditor")
    answer = await client.post(
        "/api/v1/complaints", json=filing(channel="letter"), headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 403


async def test_a_person_complained_of_is_matched_to_the_staff_list_or_kept_in_words(
    client: httpx.AsyncClient, runtime: Runtime, database: Database
) -> None:
    await add_staff(runtime, "malee", "people", "officer", name="มาลี รักงาน")
    await client.post("/api/v1/complaints", json=filing(subject={"person": "มาลี รักงาน"}))
    await client.post("/api/v1/complaints", json=filing(subject={"person": "ชายใส่หมวกแดง"}))
    known, unknown = await filed(database)
    assert known.subject is not None
    assert known.subject.person == "malee"
    assert unknown.subject is not None
    assert unknown.subject.person is None
    assert "ชายใส่หมวกแดง" in str(unknown.narrative)


async def test_every_filing_gets_a_number_of_its_own(client: httpx.AsyncClient, database: Database) -> None:
    at_once = asyncio.Semaphore(20)  # more would be asked to come again

    async def file() -> httpx.Response:
        async with at_once:
            return await client.post("/api/v1/complaints", json=filing())

    answers = await asyncio.gather(*(file() for _ in range(70)))
    assert len({answer.json()["tracking_number"] for answer in answers}) == 70
    assert len({UUID(str(row["id"])) for row in await database.read("select id from intake.complaint")}) == 70
