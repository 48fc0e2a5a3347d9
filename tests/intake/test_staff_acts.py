"""What staff do to a complaint: acknowledge, correct the receipt, look at the identity, erase its words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from schemas.complaints import ComplaintAcknowledged, IdentityLooked, ReceiptCorrected, WordsErased
from schemas.envelope import BUCKETS, REGISTRY, Payload
from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.cli.runtime import Runtime
from services.intake.look_at_identity import case_in_view, look_at_identity, may_look
from services.kit.database import Database
from services.kit.errors import InvalidInput, NotAllowed, NotFound
from services.kit.journal import Break, verify
from tests.intake.conftest import KEPT, NOW, Clock, add_staff, filing
from tests.intake.progress import announced, life_until

CONFIDENTIAL = {"identity": "confidential", "complainant": {"name": "สมหญิง", "phone": "0812345678"}}


async def facts(database: Database, kind: str) -> list[Payload]:
    rows = await database.read("select type, version, body, texts from intake.journal where type = $1", kind)
    return [REGISTRY[row["type"], row["version"]].from_wire(row["body"], row["texts"]) for row in rows]


class Desk:
    """A complaint received by telephone an hour ago, and the staff who deal with it."""

    def __init__(self, client: httpx.AsyncClient, runtime: Runtime, database: Database) -> None:
        self.client, self.runtime, self.database = client, runtime, database
        self.number = ""
        self.id = UUID(int=0)

    async def file(self, **fields: Any) -> None:
        _, token = await add_staff(self.runtime, "orn", "centre", "centre")
        body = filing(channel="phone", received_at="2026-11-20T13:05:00+07:00", **fields)
        answer = await self.client.post("/api/v1/complaints", json=body, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 201, answer.text
        self.number = answer.json()["tracking_number"]
        self.id = (await self.database.read("select id from intake.complaint"))[0]["id"]

    async def post(self, what: str, role: str, unit: str = "centre", **body: Any) -> httpx.Response:
        _, token = await add_staff(self.runtime, f"{role}-{unit}-{what}", unit, role)
        headers = {"Authorization": f"Bearer {token}"}
        return await self.client.post(f"/api/v1/complaints/{self.number}/{what}", json=body, headers=headers)


@pytest.fixture
async def desk(client: httpx.AsyncClient, runtime: Runtime, database: Database) -> Desk:
    await runtime.prepare()
    return Desk(client, runtime, database)


async def test_the_acknowledgement_of_a_telephone_call_is_recorded_once(desk: Desk) -> None:
    await desk.file()
    assert (await desk.post("acknowledgement", "centre", medium="phone")).status_code == 200
    assert (await desk.post("acknowledgement", "supervisor", medium="letter")).status_code == 409
    (fact,) = await facts(desk.database, "complaint-acknowledged")
    assert isinstance(fact, ComplaintAcknowledged)
    assert (fact.acknowledged_at, fact.medium) == (NOW, "phone")


@pytest.mark.parametrize("at", ["2026-11-20T13:04:59+07:00", "2026-11-20T14:20:00+07:00", "never"])
async def test_nobody_is_told_before_the_receipt_or_in_the_future(desk: Desk, at: str) -> None:
    await desk.file()
    answer = await desk.post("acknowledgement", "centre", medium="phone", acknowledged_at=at)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "acknowledged_at"


async def test_a_corrected_receipt_keeps_both_times_and_moves_the_promises(desk: Desk) -> None:
    await desk.file(category="broken")
    body = {"received_at": "20/11/2569 11:05", "reason": "จดเวลาผิด"}
    answer = await desk.post("receipt", "supervisor", unit="lodging", **body)
    assert answer.status_code == 200, answer.text
    (fact,) = await facts(desk.database, "receipt-corrected")
    assert isinstance(fact, ReceiptCorrected)
    assert (fact.received_before, fact.received_at) == (NOW - timedelta(hours=1), NOW - timedelta(hours=3))
    assert fact.promised.resolve == NOW - timedelta(hours=3) + timedelta(seconds=8)
    kept = (await desk.database.read("select * from intake.receipt_correction"))[0]
    assert (kept["received_before"], kept["reason"]) == (fact.received_before, "จดเวลาผิด")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"received_at": "2026-11-20T11:00", "reason": ""}, "reason"),
        ({"received_at": "2026-11-20T13:05", "reason": "x"}, "received_at"),
        ({"received_at": "2026-11-20T14:05:01", "reason": "x"}, "received_at"),
        ({"received_at": "ต้นเดือน", "reason": "x"}, "received_at"),
    ],
)
async def test_a_receipt_is_corrected_only_with_reason_and_to_a_time_that_can_be(
    desk: Desk, clock: Clock, body: dict[str, str], field: str
) -> None:
    await desk.file()
    clock.move(hours=1)
    answer = await desk.post("receipt", "supervisor", **body)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_only_a_supervisor_corrects_a_receipt(desk: Desk) -> None:
    await desk.file()
    assert (await desk.post("receipt", "officer", received_at="2026-11-20T11:00", reason="x")).status_code == 403


async def test_a_case_outside_the_scope_looks_like_none(desk: Desk) -> None:
    await desk.file(category="cleanliness")
    answer = await desk.post("acknowledgement", "officer", unit="sales", medium="phone")
    assert answer.status_code == 404


def member(*roles: str, unit: str = "centre", username: str = "x") -> StaffMember:
    return StaffMember(staff_id=UUID(int=7), username=username, display_name=username, unit=unit, roles=roles)


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        (member("privacy"), True),
        (member("centre"), True),
        (member("supervisor", unit="lodging"), True),
        (member("officer", unit="lodging"), False),
        (member("approver", unit="lodging"), False),
    ],
)
async def test_who_asked_for_confidentiality_is_shown_to_few(
    desk: Desk, bundle: PolicyBundle, who: StaffMember, allowed: bool
) -> None:
    await desk.file(category="cleanliness", **CONFIDENTIAL)
    case = await case_in_view(desk.database, desk.id, who, bundle)
    assert may_look(case, who) is allowed
    async with desk.database.transaction() as tx:
        if allowed:
            assert (await look_at_identity(tx, case, who, "โทรแจ้งผล", NOW, KEPT))["name"] == "สมหญิง"
        else:
            with pytest.raises(NotAllowed):
                await look_at_identity(tx, case, who, "โทรแจ้งผล", NOW, KEPT)
    assert len(await facts(desk.database, "identity-looked")) == int(allowed)


async def test_the_owner_may_look_also_where_confidentiality_was_asked_for(desk: Desk, bundle: PolicyBundle) -> None:
    await desk.file(category="cleanliness", **CONFIDENTIAL)
    owner = member("officer", unit="lodging")
    await announced(desk.runtime, desk.database, desk.id, life_until("assigned", NOW, owner=owner.staff_id), NOW)
    assert may_look(await case_in_view(desk.database, desk.id, owner, bundle), owner)


async def test_a_look_needs_a_reason_and_is_announced_with_it(desk: Desk, bundle: PolicyBundle) -> None:
    await desk.file(**CONFIDENTIAL)
    case = await case_in_view(desk.database, desk.id, member("privacy"), bundle)
    async with desk.database.transaction() as tx:
        with pytest.raises(InvalidInput):
            await look_at_identity(tx, case, member("privacy"), "", NOW, KEPT)
        await look_at_identity(tx, case, member("privacy"), "ขอสำเนาข้อมูล", NOW, KEPT)
    (fact,) = await facts(desk.database, "identity-looked")
    assert isinstance(fact, IdentityLooked)
    assert (str(fact.reason), fact.by) == ("ขอสำเนาข้อมูล", UUID(int=7))


async def test_the_identity_behind_a_restricted_case_is_hidden_from_the_centre(
    desk: Desk, bundle: PolicyBundle
) -> None:
    await desk.file(category="misconduct", **CONFIDENTIAL)
    with pytest.raises(NotFound):
        await case_in_view(desk.database, desk.id, member("centre", "privacy"), bundle)
    inside = member("officer", "integrity", unit="integrity")
    assert (await case_in_view(desk.database, desk.id, inside, bundle)).identity == "confidential"


async def test_erased_words_are_gone_everywhere_and_the_chain_still_holds(desk: Desk, database_url: str) -> None:
    await desk.file(location="บ้านเลขที่ 7", remedy_sought="คืนเงิน", **CONFIDENTIAL)
    await announced(desk.runtime, desk.database, desk.id, life_until("closed", NOW, texts={"reasons": "เหตุผล"}), NOW)
    assert (await desk.post("erasure", "privacy", legal_ground="PDPA s. 33")).status_code == 200
    complaint = (await desk.database.read("select * from intake.complaint"))[0]
    assert (complaint["narrative"], complaint["location"], complaint["remedy_sought"]) == (None, None, None)
    for table in ("identity", "contact", "journal where texts is not null", "tracking_step where words is not null"):
        assert not await desk.database.read(f"select 1 from intake.{table}"), table
    assert not await desk.database.read("select 1 from intake.tracking where decision is not null")
    (fact,) = await facts(desk.database, "words-erased")
    assert isinstance(fact, WordsErased)
    assert fact.legal_ground == "PDPA s. 33"
    raw = await asyncpg.connect(database_url)
    found = [item async for item in verify(raw, "intake", range(BUCKETS))]
    await raw.close()
    assert not [item for item in found if isinstance(item, Break)]


async def test_an_open_case_keeps_its_words(desk: Desk) -> None:
    await desk.file()
    answer = await desk.post("erasure", "privacy", legal_ground="PDPA s. 33")
    assert answer.status_code == 409
    assert (await desk.database.read("select narrative from intake.complaint"))[0]["narrative"]
