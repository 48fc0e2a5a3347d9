"""Requests of people about their own data: found, given, corrected, erased, each with a clock and a history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from schemas.complaints import IdentityHandled, WordsErased
from services.intake.messages.addresses import Address, complainant_addresses
from services.intake.subjects.warn_of_requests import warn_of_requests
from services.kit.database import Database
from tests.intake.conftest import KEPT, NOW, Clock, add_staff, identity_of
from tests.intake.subjects.conftest import STORY, WHO, Office
from tests.intake.test_staff_acts import facts


def id_of(page: str) -> UUID:
    return UUID(page.rsplit("/", 1)[-1])


async def request_row(database: Database, page: str) -> dict[str, object]:
    rows = await database.read("select * from intake.subject_request where id = $1", id_of(page))
    return dict(rows[0])


async def test_a_person_is_found_by_telephone_e_mail_or_case_however_it_is_written(office: Office) -> None:
    case_id = await office.file()
    await office.file({"name": "คนอื่น", "phone": "0899999999"})
    number = (await office.database.read("select tracking_number from intake.complaint where id = $1", case_id))[0][0]
    for contact in ("+66 81 234 5678", "๐๘๑๒๓๔๕๖๗๘", "Somying@example.com", number.lower()):
        page = await office.get(await office.ask(contact=contact))
        assert number in page.text, contact
        rows = await office.database.read("select count(*) as n from intake.subject_request_case group by request_id")
        assert {row["n"] for row in rows} == {1}


async def test_what_is_sought_is_kept_sealed(office: Office) -> None:
    page = await office.ask()
    row = await request_row(office.database, page)
    assert "0812345678" not in str(row)
    assert "0812345678" in (await office.get(page)).text


async def test_nobody_is_served_without_saying_how_they_were_made_sure_of(office: Office) -> None:
    for form in ({"verified": ""}, {"contact": "ใครสักคน"}, {"kind": "destroy"}):
        body = {"kind": "access", "contact": "0812345678", "verified": "ดูบัตร", **form}
        answer = await office.post("/admin/data-requests/new", **body)
        assert answer.status_code == 422
    assert not await office.database.read("select 1 from intake.subject_request")


async def test_only_data_protection_sees_requests_and_officers_do_not(office: Office) -> None:
    page = await office.ask()
    assert (await office.get(page, "officer", "lodging")).status_code == 403
    auditor = await office.get(page, "auditor")
    assert auditor.status_code == 200
    assert "0812345678" not in auditor.text
    assert (await office.post(f"{page}/settle", "auditor", state="done", outcome="ตอบแล้ว")).status_code == 403


async def test_what_concerns_a_restricted_case_is_another_request_that_data_protection_does_not_see(
    office: Office,
) -> None:
    ordinary, hidden = await office.file(), await office.file(category="misconduct")
    page = await office.ask()
    numbers = {
        row["id"]: row["tracking_number"]
        for row in await office.database.read("select id, tracking_number from intake.complaint")
    }
    shown = (await office.get(page)).text
    assert numbers[ordinary] in shown
    assert numbers[hidden] not in shown
    rows = await office.database.read("select id from intake.subject_request where restricted")
    apart = f"/admin/data-requests/{rows[0]['id']}"
    assert (await office.get(apart)).status_code == 404
    for_integrity = await office.get(apart, "integrity", "integrity")
    assert numbers[hidden] in for_integrity.text
    assert numbers[ordinary] not in for_integrity.text
    assert (await office.get(page, "integrity", "integrity")).status_code == 404


async def test_a_copy_holds_what_they_said_and_were_told_and_is_recorded_as_a_look(office: Office) -> None:
    case_id = await office.file(remedy_sought="ซ่อมรั้ว")
    await office.end(case_id)
    page = await office.ask()
    answer = await office.post(f"{page}/export", **{"as": "json", "case": str(case_id)})
    assert answer.status_code == 200, answer.text
    document = answer.json()
    (case,) = document["cases"]
    assert (case["narrative"], case["remedy_sought"], case["who"]["phone"]) == (STORY, "ซ่อมรั้ว", WHO["phone"])
    assert case["timeline"]
    assert document["kept_for"] is not None
    (look,) = await office.database.read("select reason from intake.identity_look")
    assert "data request" in look["reason"]
    (fact,) = await facts(office.database, "identity-handled")
    assert isinstance(fact, IdentityHandled)
    assert fact.what == "exported"


async def test_a_copy_for_reading_is_a_paper_in_thai(office: Office) -> None:
    case_id = await office.file()
    answer = await office.post(f"{await office.ask()}/export", **{"as": "pdf", "case": str(case_id)})
    if answer.status_code == 503:
        pytest.skip("there is no Thai font on this machine")
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["cache-control"] == "no-store"


async def test_a_correction_is_where_they_are_reached_from_now_on(office: Office) -> None:
    case_id = await office.file()
    page = await office.ask("correct")
    body = {"case": str(case_id), "phone": "089 876 5432", "email": "New@Example.com", "reason": "แจ้งเปลี่ยนหมายเลข"}
    assert (await office.post(f"{page}/correct", **body)).status_code == 303
    who = await identity_of(office.database)
    assert (who["name"], who["phone"], who["email"]) == (WHO["name"], "0898765432", "New@example.com")
    assert await complainant_addresses(office.database, [case_id], KEPT) == {
        case_id: [Address("email", "New@example.com"), Address("sms", "0898765432")]
    }
    (fact,) = await facts(office.database, "identity-handled")
    assert isinstance(fact, IdentityHandled)
    assert (fact.what, fact.fields) == ("corrected", ("email", "phone"))
    assert "0898765432" not in fact.model_dump_json()
    assert (await office.get(await office.ask(contact="0898765432"))).text.count(str(case_id)) > 0


@pytest.mark.parametrize(
    "body", [{"phone": "089 876 5432"}, {"phone": "12", "reason": "แจ้งเปลี่ยน"}, {"reason": "แจ้งเปลี่ยน"}]
)
async def test_a_correction_needs_its_reason_and_something_that_can_be_reached(
    office: Office, body: dict[str, str]
) -> None:
    case_id = await office.file()
    page = await office.ask("correct")
    assert (await office.post(f"{page}/correct", case=str(case_id), **body)).status_code == 422
    assert (await identity_of(office.database))["phone"] == WHO["phone"]


async def test_what_has_ended_is_erased_and_what_is_open_follows_when_it_has_ended(office: Office) -> None:
    ended, still_open = await office.file(), await office.file()
    await office.end(ended)
    page = await office.ask("erase")
    body: Any = {"case": [str(ended), str(still_open)], "how": "erase", "ground": "PDPA มาตรา 33"}
    assert (await office.post(f"{page}/erase", **body)).status_code == 303
    done = {
        row["case_id"]: row["done"] for row in await office.database.read("select * from intake.subject_request_case")
    }
    assert done == {ended: "erased", still_open: "waiting"}
    assert (await identity_of(office.database))["name"] == WHO["name"], "the open case keeps its contact"
    await office.end(still_open)
    from services.intake.subjects.keep_by_schedule import erase_waiting

    assert await erase_waiting(office.database, NOW) == 1
    assert await erase_waiting(office.database, NOW) == 0
    assert not await office.database.read("select 1 from intake.identity")
    assert len([fact for fact in await facts(office.database, "words-erased") if isinstance(fact, WordsErased)]) == 2


async def test_pseudonymising_takes_name_and_contacts_and_leaves_the_words(office: Office) -> None:
    case_id = await office.file()
    await office.end(case_id)
    page = await office.ask("erase")
    body = {"case": str(case_id), "how": "forget", "ground": "PDPA มาตรา 33"}
    assert (await office.post(f"{page}/erase", **body)).status_code == 303
    assert not await office.database.read("select 1 from intake.identity")
    assert not await office.database.read("select 1 from intake.contact")
    (row,) = await office.database.read("select narrative, complainant_ref, erased_at from intake.complaint")
    assert (row["narrative"], row["erased_at"]) == (STORY, None)
    assert row["complainant_ref"] is not None
    (log,) = await office.database.read("select what, ground from intake.disposal")
    assert (log["what"], log["ground"]) == ("identity", "PDPA มาตรา 33")
    look = await office.get(f"/contact/{case_id}")
    assert "ลบชื่อและช่องทางติดต่อ" in look.text


async def test_a_request_is_settled_once_with_what_was_answered(office: Office) -> None:
    page = await office.ask()
    assert (await office.post(f"{page}/settle", state="refused", outcome="")).status_code == 422
    assert (await office.post(f"{page}/settle", state="done", outcome="ส่งสำเนาทางไปรษณีย์")).status_code == 303
    row = await request_row(office.database, page)
    assert (row["state"], row["outcome"], row["settled_at"]) == ("done", "ส่งสำเนาทางไปรษณีย์", NOW)
    assert (await office.post(f"{page}/settle", state="refused", outcome="เปลี่ยนใจ")).status_code == 409
    assert "ส่งสำเนาทางไปรษณีย์" in (await office.get(page)).text


async def test_those_who_answer_are_told_once_before_and_once_after_the_day(office: Office, clock: Clock) -> None:
    await office.ask()
    await add_staff(office.runtime, "dpo2", "centre", "privacy")
    assert await warn_of_requests(office.context, clock()) == 0
    clock.move(days=24)
    assert await warn_of_requests(office.context, clock()) == 1
    assert await warn_of_requests(office.context, clock()) == 0
    clock.move(days=8)
    assert await warn_of_requests(office.context, clock()) == 1
    told = await office.database.read("select subject, staff_id from intake.message order by created_at, id")
    assert len(told) == 4, "two members of staff, twice"
    assert "ครบกำหนด" in told[0]["subject"]
    assert "เกินกำหนด" in told[-1]["subject"]


async def test_the_list_begins_with_what_is_due_first_and_shows_what_is_late(office: Office, clock: Clock) -> None:
    late = await office.ask(received_at="01/10/2026 09:00")
    new = await office.ask()
    shown = (await office.get("/admin/data-requests")).text
    assert shown.index(late) < shown.index(new)
    assert "เกินกำหนด" in shown
    await office.post(f"{late}/settle", state="done", outcome="ตอบทางโทรศัพท์")
    assert late not in (await office.get("/admin/data-requests")).text
    assert late in (await office.get("/admin/data-requests?show=all")).text
    assert clock() - NOW < timedelta(seconds=1)
