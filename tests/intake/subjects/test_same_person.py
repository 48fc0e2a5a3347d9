"""One person across channels: suggested on proven contacts, linked by people, never by itself."""

from __future__ import annotations

from uuid import UUID

from services.intake.access_code import enter_code, send_code
from services.intake.messages.addresses import keep_reply_address
from services.intake.messages.keys import code_of
from services.kit.database import Database
from tests.intake.conftest import KEPT, NOW, SECRET
from tests.intake.subjects.conftest import WHO, Office
from tests.intake.test_staff_acts import facts

USER = "U" + "e" * 32


async def number_of(database: Database, case_id: UUID) -> str:
    return str((await database.read("select tracking_number from intake.complaint where id = $1", case_id))[0][0])


async def by_line(office: Office, *cases: UUID) -> None:
    async with office.database.transaction() as tx:
        for case_id in cases:
            await keep_reply_address(tx, case_id, "line", USER, NOW, KEPT)


async def prove_by_code(office: Office, case_id: UUID) -> None:
    """The complainant asks for a code, gets it by SMS, and enters it."""
    number = await number_of(office.database, case_id)
    async with office.database.transaction() as tx:
        assert await send_code(tx, SECRET, number, "192.0.2.1", NOW)
    (row,) = await office.database.read(
        "update intake.message set channel = 'sms', state = 'delivered' where case_id = $1 and template is null"
        " returning extra",
        case_id,
    )
    code = code_of(SECRET, case_id, row["extra"]["code_nonce"])
    async with office.database.transaction() as tx:
        assert await enter_code(tx, SECRET, number, code, "192.0.2.1", NOW) == case_id


async def test_cases_of_one_line_account_are_suggested_as_proven_and_never_linked_by_themselves(
    office: Office,
) -> None:
    first, second = await office.file({"name": "ก"}), await office.file({"name": "ข"})
    await by_line(office, first, second)
    page = (await office.get(f"/person/{first}", "centre")).text
    assert await number_of(office.database, second) in page
    assert "ยืนยันแล้วทั้งสองเรื่อง" in page
    assert not await office.database.read("select 1 from intake.person_link")


async def test_a_number_that_anybody_can_type_is_only_stated_and_a_link_needs_its_reason(office: Office) -> None:
    first, second = await office.file(), await office.file({"name": "อื่น", "phone": WHO["phone"]})
    page = (await office.get(f"/person/{first}", "centre")).text
    assert "เพียงแจ้งไว้" in page
    assert "ยืนยันแล้วทั้งสองเรื่อง" not in page
    assert (await office.post(f"/person/{first}/{second}", "centre", what="same")).status_code == 422
    body = {"what": "same", "reason": "โทรกลับแล้วเป็นคนเดียวกัน"}
    assert (await office.post(f"/person/{first}/{second}", "centre", **body)).status_code == 303
    (link,) = await office.database.read("select evidence, reason from intake.person_link")
    assert (link["evidence"], link["reason"]) == ("stated", "โทรกลับแล้วเป็นคนเดียวกัน")
    assert len(await facts(office.database, "identity-handled")) == 2, "each of the two cases knows"


async def test_a_code_that_was_sent_to_a_number_and_entered_proves_it(office: Office) -> None:
    first, second = await office.file(), await office.file()
    await prove_by_code(office, first)
    assert "ยืนยันแล้วทั้งสองเรื่อง" not in (await office.get(f"/person/{first}", "centre")).text
    await prove_by_code(office, second)
    assert "ยืนยันแล้วทั้งสองเรื่อง" in (await office.get(f"/person/{first}", "centre")).text


async def test_a_link_is_seen_from_both_sides_and_can_be_undone_with_a_reason(office: Office) -> None:
    first, second = await office.file({"name": "ก"}), await office.file({"name": "ข"})
    await by_line(office, first, second)
    assert (await office.post(f"/person/{first}/{second}", "centre", what="same")).status_code == 303
    assert "ยกเลิกการเชื่อม" in (await office.get(f"/person/{second}", "centre")).text
    assert (await office.post(f"/person/{second}/{first}", "centre", what="undo")).status_code == 422
    body = {"what": "undo", "reason": "คนละคนในบ้านเดียวกัน"}
    assert (await office.post(f"/person/{second}/{first}", "centre", **body)).status_code == 303
    shown = (await office.get(f"/person/{first}", "centre")).text
    assert "ยืนยันแล้วทั้งสองเรื่อง" in shown, "suggested again"
    (row,) = await office.database.read("select undone_at, undone_by from intake.person_link")
    assert row["undone_at"] == NOW


async def test_somebody_else_is_not_suggested_again(office: Office) -> None:
    first, second = await office.file(), await office.file()
    assert (await office.post(f"/person/{first}/{second}", "centre", what="other")).status_code == 303
    assert await number_of(office.database, second) not in (await office.get(f"/person/{first}", "centre")).text


async def test_a_linked_case_is_found_with_the_person_it_was_linked_to(office: Office) -> None:
    first, second = await office.file(), await office.file({"name": "อื่น", "email": "other@example.com"})
    await by_line(office, first, second)
    await office.post(f"/person/{first}/{second}", "centre", what="same")
    page = (await office.get(await office.ask(contact="other@example.com"))).text
    assert await number_of(office.database, first) in page


async def test_that_a_confidential_complainant_is_somebody_known_is_shown_to_few(office: Office) -> None:
    known, hidden = await office.file({"name": "ก"}), await office.file({"name": "ข"}, identity="confidential")
    await by_line(office, known, hidden)
    number = await number_of(office.database, hidden)
    assert number in (await office.get(f"/person/{known}", "centre")).text
    assert number not in (await office.get(f"/person/{known}", "unit_head", "quick")).text
