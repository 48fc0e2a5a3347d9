"""Finding the cases of a person: by contact, with a reason, each look kept, and only what the asker may see."""

from __future__ import annotations

from uuid import UUID

import httpx
import pytest

from services.cli.runtime import Runtime
from services.kit.database import Database
from tests.intake.subjects.conftest import Office

REASON = "ผู้ร้องโทรมาถามความคืบหน้า"


@pytest.fixture
async def office(client: httpx.AsyncClient, runtime: Runtime, database: Database) -> Office:
    """Intake with its staff."""
    await runtime.prepare()
    return Office(client, runtime, database)


async def looks(office: Office) -> list[UUID]:
    rows = await office.database.read("select case_id from intake.identity_look where reason = $1 order by id", REASON)
    return [row["case_id"] for row in rows]


async def number_of(office: Office, case_id: UUID) -> str:
    rows = await office.database.read("select tracking_number from intake.complaint where id = $1", case_id)
    return str(rows[0]["tracking_number"])


async def test_a_persons_cases_are_found_however_the_number_is_written_and_each_look_is_kept(office: Office) -> None:
    first, second = await office.file(), await office.file()
    await office.file({"name": "คนอื่น", "phone": "0899999999"})
    answer = await office.post("/person-search", "centre", contact="+66 81-234 5678", reason=REASON)
    assert answer.status_code == 200
    for case_id in (first, second):
        assert await number_of(office, case_id) in answer.text
    assert sorted(await looks(office)) == sorted([first, second])
    told = await office.database.read("select count(*) n from intake.journal where type = 'identity-looked'")
    assert told[0]["n"] == 2


async def test_nothing_is_found_and_nothing_kept_without_a_reason(office: Office) -> None:
    case_id = await office.file()
    answer = await office.post("/person-search", "centre", contact="0812345678", reason="ดู")
    assert answer.status_code == 422
    assert await number_of(office, case_id) not in answer.text
    assert await looks(office) == []


async def test_who_asked_for_confidentiality_is_found_only_by_the_few(office: Office) -> None:
    hidden = await office.file(identity="confidential", category="lodging")
    by_officer = await office.post("/person-search", "officer", "lodging", contact="0812345678", reason=REASON)
    assert await number_of(office, hidden) not in by_officer.text
    assert await looks(office) == []
    by_centre = await office.post("/person-search", "centre", contact="0812345678", reason=REASON)
    assert await number_of(office, hidden) in by_centre.text


async def test_a_case_outside_the_askers_scope_is_neither_shown_nor_noted(office: Office) -> None:
    lodging = await office.file(category="lodging")
    legal = await office.file(category="contract")
    answer = await office.post("/person-search", "officer", "lodging", contact="0812345678", reason=REASON)
    assert await number_of(office, lodging) in answer.text
    assert await number_of(office, legal) not in answer.text
    assert await looks(office) == [lodging]


async def test_an_auditor_may_not_look_for_persons(office: Office) -> None:
    assert (await office.get("/person-search", "auditor")).status_code == 403
