"""The screens of telephone, letters and visits: what is typed becomes one case, or joins one, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from services.cli.runtime import Runtime
from services.intake.erase_words import blank_words
from services.intake.phone import register_typed as registering
from services.intake.phone.forget_calls import forget_calls
from services.intake.reconcile import reconcile
from services.kit.database import Database, Transaction
from services.kit.service import Context
from tests.intake.conftest import NOW, Clock
from tests.intake.files.samples import photo
from tests.intake.phone.conftest import Agent, Hire, arrivals, rows, send, tell
from tests.intake.phone.gateway import Gateway

TOLD = {"narrative": "น้ำที่บ้านพักไม่ไหล", "name": "สมชาย ตัวอย่าง", "phone": "081-234-5678"}


async def call_id(database: Database, source_id: str = "1.1") -> str:
    found = await database.read("select id from intake.phone_call where source_id = $1", source_id)
    return str(found[0]["id"])


async def complaints(database: Database) -> list[dict[str, object]]:
    return [dict(row) for row in await database.read("select * from intake.complaint order by recorded_at, id")]


async def test_a_call_becomes_a_case_received_when_it_rang_and_recorded_when_it_was_typed(
    http: httpx.AsyncClient, agent: Agent, database: Database, clock: Clock
) -> None:
    await tell(http, "ringing")
    await tell(http, "answered", agent="nok")
    clock.move(minutes=4)
    answer = await agent.types(call=await call_id(database), **TOLD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/new/filed")
    (case,) = await complaints(database)
    assert (case["received_at"], case["recorded_at"]) == (NOW, NOW + timedelta(minutes=4))
    assert (case["channel"], case["filed_by"]) == ("phone", agent.staff_id)
    assert (await arrivals(database))["1.1"] == ("registered", None)
    assert await rows(database, "typed_form") == []
    (call,) = await rows(database, "phone_call")
    assert (call["case_id"], call["agent"]) == (case["id"], agent.staff_id)


async def test_a_signed_call_ends_in_one_case_and_one_acknowledgement(
    http: httpx.AsyncClient, agent: Agent, database: Database, runtime: Runtime, gateway: Gateway
) -> None:
    for event in ("ringing", "answered", "ended"):
        await tell(http, event, agent="nok")
    for _ in range(2):
        await agent.types(call=await call_id(database), **TOLD)
    await send(runtime)
    await send(runtime)
    (case,) = await complaints(database)
    assert [message["to"] for message in gateway.taken] == ["+66812345678"]
    assert str(case["tracking_number"]) in gateway.taken[0]["text"]
    acknowledged = await database.read("select 1 from intake.journal where type = 'complaint-acknowledged'")
    assert len(acknowledged) == 1
    assert list(await arrivals(database)) == ["1.1"]


async def test_the_number_read_out_on_the_telephone_is_the_acknowledgement(
    http: httpx.AsyncClient, agent: Agent, database: Database, runtime: Runtime
) -> None:
    await tell(http, "answered", agent="nok")
    answer = await agent.types(call=await call_id(database), **TOLD)
    agent.client.cookies.update(answer.cookies)
    page = (await agent.client.get("/desk/new/filed")).text
    (case,) = await complaints(database)
    first = str(case["tracking_number"]).split("-")[0]
    assert f'<span aria-hidden="true">{first}</span>' in page
    await agent.does("/desk/new/filed")
    await agent.does("/desk/new/filed")
    await send(runtime)
    facts = await database.read("select body from intake.journal where type = 'complaint-acknowledged'")
    assert len(facts) == 1
    assert '"medium":"phone"' in facts[0]["body"]


async def test_the_callers_open_cases_are_shown_within_the_agents_scope(
    http: httpx.AsyncClient, agent: Agent, hire: Hire, database: Database
) -> None:
    await agent.types(once="one", **TOLD)
    secret = {**TOLD, "narrative": "เจ้าหน้าที่เรียกเงิน", "category": "misconduct"}
    await agent.types(once="two", **secret)
    found = await agent.does("/desk/phone/caller", phone="+66 81 234 5678")
    assert "081 234 5678" in found.text
    assert TOLD["narrative"] in found.text
    assert secret["narrative"] not in found.text
    assert TOLD["name"] not in found.text
    other = await hire("lek", "sales", "officer")
    assert TOLD["narrative"] not in (await other.does("/desk/phone/caller", phone="0812345678")).text


async def test_what_is_said_can_join_an_open_case_of_the_caller(
    http: httpx.AsyncClient, agent: Agent, database: Database
) -> None:
    await agent.types(once="one", **TOLD)
    (case,) = await complaints(database)
    await tell(http, "answered", agent="nok")
    for _ in range(2):
        answer = await agent.types(
            once="two", call=await call_id(database), into=str(case["id"]), **{**TOLD, "narrative": "ยังไม่ไหลอีก"}
        )
        assert answer.status_code == 303
    assert len(await complaints(database)) == 1
    (message,) = await rows(database, "message")
    assert (message["text"], message["channel"], message["case_id"]) == ("ยังไม่ไหลอีก", "phone", case["id"])
    assert (await arrivals(database))["1.1"] == ("registered", None)


async def test_nothing_joins_a_case_outside_the_agents_scope(agent: Agent, hire: Hire, database: Database) -> None:
    await agent.types(once="one", category="misconduct", **TOLD)
    (case,) = await complaints(database)
    answer = await agent.types(once="two", into=str(case["id"]), **TOLD)
    assert answer.status_code == 404
    assert await rows(database, "message") == []


async def test_the_answers_to_the_categorys_questions_stand_under_what_was_told(
    agent: Agent, database: Database
) -> None:
    assert "บ้านหลังที่เท่าไร" in (await agent.client.get("/desk/phone")).text
    await agent.types(category="broken", **TOLD, **{"ask.broken.0": "หลังที่ 7", "ask.conduct.0": "ไม่เกี่ยว"})
    (case,) = await complaints(database)
    assert case["narrative"] == f"{TOLD['narrative']}\n\nบ้านหลังที่เท่าไร หลังที่ 7"


async def test_a_mistake_shows_the_form_again_as_it_was_and_nothing_has_arrived(
    agent: Agent, database: Database
) -> None:
    answer = await agent.types(phone="081 234 5678", name="สมชาย ตัวอย่าง")
    assert answer.status_code == 422
    assert 'value="สมชาย ตัวอย่าง"' in answer.text
    assert await arrivals(database) == {}


async def test_an_enquiry_and_a_compliment_are_taken_as_what_they_are(agent: Agent, database: Database) -> None:
    await agent.types(once="one", **{**TOLD, "kind": "enquiry"})
    await agent.types(once="two", **{**TOLD, "kind": "compliment"})
    assert [case["kind"] for case in await complaints(database)] == ["enquiry", "compliment"]


async def test_a_letter_is_typed_in_with_its_scan_its_number_and_its_dates(agent: Agent, database: Database) -> None:
    scan = {"files": ("scan.jpg", photo(), "image/jpeg")}
    answer = await agent.types(
        "/desk/letter", files=scan, external_reference="ที่ ทส 1401/22", dated="๑๗/๑๑/๒๕๖๙",
        received_at="19/11/2569 10:00", narrative="ขอให้ตรวจสอบแนวเขต", name="สมชาย ตัวอย่าง",
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    (case,) = await complaints(database)
    assert (case["channel"], case["external_reference"]) == ("letter", "ที่ ทส 1401/22")
    assert case["received_at"] == datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
    (letter,) = await rows(database, "letter_in")
    assert letter["dated"].isoformat() == "2026-11-17"
    (file,) = await rows(database, "stored_file")
    assert (file["case_id"], file["draft"], file["added_by"]) == (case["id"], None, agent.staff_id)
    state = await database.read("select state from intake.arrival where channel = 'letter'")
    assert [row["state"] for row in state] == ["registered"]


async def test_a_scan_stays_with_a_letter_that_has_to_be_corrected(agent: Agent, database: Database) -> None:
    scan = {"files": ("scan.jpg", photo(), "image/jpeg")}
    refused = await agent.types("/desk/letter", files=scan, dated="99/99/2569", narrative="ก", name="ข")
    assert refused.status_code == 422
    assert "scan.jpg" in refused.text
    assert (await agent.types("/desk/letter", dated="17/11/2569", narrative="ก", name="ข")).status_code == 303
    (case,) = await complaints(database)
    assert [file["case_id"] for file in await rows(database, "stored_file")] == [case["id"]]


async def test_a_visit_is_typed_in_the_same_way(agent: Agent, database: Database) -> None:
    assert (await agent.types("/desk/walk-in", **TOLD)).status_code == 303
    assert [case["channel"] for case in await complaints(database)] == ["walk_in"]


@pytest.mark.parametrize("moment", ["before filing", "after filing"])
async def test_a_crash_between_arrival_and_commit_is_shown_and_registered_once(
    http: httpx.AsyncClient, agent: Agent, hire: Hire, database: Database, context: Context, clock: Clock,
    runtime: Runtime, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, moment: str,
) -> None:  # fmt: skip
    class Crash(BaseException):
        """The process is gone."""

    async def gone(*_args: object, **_more: object) -> None:
        raise Crash

    await tell(http, "answered", agent="nok")
    with monkeypatch.context() as patched:
        patched.setattr(registering, "file_complaint" if moment == "before filing" else "_settle", gone)
        with pytest.raises(Crash):
            await agent.types(call=await call_id(database), **TOLD)
    assert (await arrivals(database))["1.1"][0] == "arrived"
    clock.move(minutes=6)
    with monkeypatch.context() as patched:
        # What takes it up by itself is away too, so that a person finds it.
        patched.setattr("services.intake.reconcile.TAKEN_UP_AFTER", timedelta(hours=1))
        assert await reconcile(context, clock()) == 1
    administrator = await hire("admin", "quick", "administrator")
    page = (await administrator.client.get("/admin/channels")).text
    assert "1.1" in page
    figures = (await administrator.client.get("/api/v1/channels")).json()["channels"]
    assert [each["missing"] for each in figures if each["channel"] == "phone"] == [1]
    for _ in range(2):
        await administrator.does("/admin/channels", what="register", channel="phone", source_id="1.1")
    await send(runtime)
    (case,) = await complaints(database)
    assert case["received_at"] == NOW
    assert (await arrivals(database))["1.1"] == ("registered", None)
    assert await rows(database, "typed_form") == []
    assert len(gateway.taken) == 1


async def test_what_was_lost_on_the_way_is_taken_up_by_itself(
    http: httpx.AsyncClient, agent: Agent, database: Database, context: Context, clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    async def away(*_args: object, **_more: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(registering, "file_complaint", away)
        assert (await agent.types("/desk/walk-in", **TOLD)).status_code == 503
    clock.move(minutes=2)
    assert await reconcile(context, clock()) == 0
    (case,) = await complaints(database)
    assert (case["channel"], case["received_at"]) == ("walk_in", NOW)


async def test_a_call_of_which_nobody_wrote_anything_can_be_registered_from_the_page(
    http: httpx.AsyncClient, hire: Hire, database: Database
) -> None:
    await tell(http, "answered", extension="101")
    centre = await hire("chief", "centre", "centre")
    await centre.does("/admin/channels", what="register", channel="phone", source_id="1.1")
    (case,) = await complaints(database)
    assert (case["kind"], case["identity"], case["received_at"]) == ("enquiry", "confidential", NOW)
    assert "081" not in str(case["narrative"])
    assert (await arrivals(database))["1.1"] == ("registered", None)


async def test_a_call_with_nothing_to_register_is_settled_with_its_reason(
    http: httpx.AsyncClient, agent: Agent, database: Database
) -> None:
    await tell(http, "answered", agent="nok")
    identifier = await call_id(database)
    assert (await agent.does(f"/desk/phone/calls/{identifier}/settle", reason="because")).status_code == 422
    assert (await agent.does(f"/desk/phone/calls/{identifier}/settle", reason="wrong_number")).status_code == 303
    assert (await arrivals(database))["1.1"] == ("ignored", "A wrong number.")
    assert "081 234 5678" not in (await agent.client.get("/desk/phone/now")).text
    assert (await agent.does(f"/desk/phone/calls/{identifier}/settle", reason="nobody")).status_code == 409


async def test_two_matters_of_one_call_are_two_cases(http: httpx.AsyncClient, agent: Agent, database: Database) -> None:
    await tell(http, "answered", agent="nok")
    identifier = await call_id(database)
    await agent.types(once="one", call=identifier, **TOLD)
    await agent.types(once="two", call=identifier, **{**TOLD, "narrative": "และป้ายบอกทางหาย"})
    assert len(await complaints(database)) == 2
    assert {state for state, _ in (await arrivals(database)).values()} == {"registered"}


async def test_the_recording_stands_by_the_call_as_it_is_named_and_is_not_fetched(
    http: httpx.AsyncClient, agent: Agent, database: Database
) -> None:
    await tell(http, "answered", agent="nok")
    await tell(http, "recording", recording="javascript:alert(1)")
    page = (await agent.client.get(f"/desk/phone?call={await call_id(database)}")).text
    assert "javascript:alert(1)" in page
    assert 'href="javascript' not in page


async def test_the_case_shows_its_call_its_recording_and_the_date_of_its_letter(
    http: httpx.AsyncClient, agent: Agent, database: Database
) -> None:
    await tell(http, "answered", agent="nok", at=NOW - timedelta(minutes=3))
    await agent.types(call=await call_id(database), **TOLD)
    await tell(http, "ended", at=NOW)
    await tell(http, "recording", recording="https://pbx.test/1.wav")
    await agent.types("/desk/letter", once="two", dated="17/11/2569", narrative="ก", name="ข")
    by_phone, by_letter = await complaints(database)
    page = (await agent.client.get(f"/files/case/{by_phone['id']}")).text
    assert 'href="https://pbx.test/1.wav"' in page
    assert "3 นาที" in page
    assert "17 พ.ย. 2569" in (await agent.client.get(f"/files/case/{by_letter['id']}")).text.replace("\xa0", " ")


async def test_who_rang_is_forgotten_with_the_case_and_when_no_case_came_of_it(
    http: httpx.AsyncClient, agent: Agent, database: Database, clock: Clock
) -> None:
    await tell(http, "missed")
    await tell(http, "answered", call="2.1", agent="nok", caller="0899999999")
    await agent.types(**TOLD)
    await agent.does(f"/desk/phone/calls/{await call_id(database, '2.1')}/settle", reason="wrong_number")
    (case,) = await complaints(database)
    async with database.transaction() as tx:
        await blank_words(tx, UUID(str(case["id"])), clock())
    await forget_calls(database, clock() + timedelta(days=89))
    assert {call["source_id"] for call in await rows(database, "phone_call") if call["number"]} == {"2.1"}
    await forget_calls(database, clock() + timedelta(days=91))
    assert [call["number"] for call in await rows(database, "phone_call")] == [None, None]
    assert [each["number"] for each in await rows(database, "call_back")] == [b""]
    assert await rows(database, "phone_event") == []


async def test_what_is_registered_stays_registered_when_it_is_typed_again(tx: Transaction) -> None:
    from services.intake.arrivals import registered, taken_up

    await taken_up(tx, "letter", "1", NOW)
    await registered(tx, "letter", "1", (await tx.fetchval("select gen_random_uuid()")), NOW)
    await taken_up(tx, "letter", "1", NOW + timedelta(hours=1))
    assert await tx.fetchval("select state from intake.arrival where source_id = '1'") == "registered"
