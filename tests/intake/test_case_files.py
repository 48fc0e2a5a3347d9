"""Files both ways, who may have them, and the one-time code for whoever has lost the secret."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.cli.runtime import Runtime
from services.intake.access_code import enter_code, send_code
from services.intake.files.read_files import files_of_case
from services.intake.messages.keys import COVERED, code_of
from services.intake.track_complaint import NoSuchCase
from services.kit.database import Database
from tests.intake.conftest import NOW, SECRET, Clock, add_staff, filing
from tests.intake.files.samples import PAGE, PDF, photo
from tests.intake.progress import announced, life_until
from tests.intake.test_pages import Form


@pytest.fixture
async def filed(client: httpx.AsyncClient, runtime: Runtime) -> dict[str, Any]:
    """A complaint of somebody who can be reached."""
    await runtime.prepare()
    body = filing(identity="named", complainant={"name": "สมชาย", "email": "somchai@example.com"})
    answer = await client.post("/api/v1/complaints", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def secret_of(filed: dict[str, Any]) -> dict[str, str]:
    return {"x-tracking-secret": filed["tracking_secret"]}


async def case_of(database: Database, filed: dict[str, Any]) -> Any:
    return (await database.read("select * from intake.complaint where tracking_number = $1", filed["tracking_number"]))[
        0
    ]


async def test_files_are_added_by_the_api_and_only_with_the_secret(
    client: httpx.AsyncClient, database: Database, filed: dict[str, Any]
) -> None:
    address = f"/api/v1/complaints/{filed['tracking_number']}/files"
    files = [("files", ("a.jpg", photo(60, 40), "image/jpeg")), ("files", ("b.pdf", PDF, "application/pdf"))]
    assert (await client.post(address, files=files)).status_code == 404
    answer = await client.post(address, files=files, headers=secret_of(filed))
    assert answer.status_code == 201, answer.text
    assert [(f["name"], f["media_type"], f["state"]) for f in answer.json()["files"]] == [
        ("a.jpg", "image/jpeg", "kept"),
        ("b.pdf", "application/pdf", "kept"),
    ]
    again = await client.post(address, files=files[1:], headers=secret_of(filed))
    assert len(again.json()["files"]) == 2, "the same content is kept once"
    said = await database.read("select words from intake.complainant_action order by at")
    assert said[0]["words"] == "ส่งไฟล์ 2 ไฟล์", "whoever handles the case is told"
    bad = await client.post(address, files=[("files", ("x.jpg", PAGE, "image/jpeg"))], headers=secret_of(filed))
    assert bad.status_code == 422
    assert bad.json()["detail"]
    file = answer.json()["files"][1]["id"]
    got = await client.get(f"{address}/{file}", headers=secret_of(filed))
    assert got.content == PDF
    assert got.headers["content-disposition"] == "attachment; filename=\"b.pdf\"; filename*=UTF-8''b.pdf"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert (await client.get(f"{address}/{file}")).status_code == 404


async def test_the_tracking_page_takes_and_gives_files_and_hides_what_is_internal(
    client: httpx.AsyncClient, runtime: Runtime, database: Database, filed: dict[str, Any]
) -> None:
    number = filed["tracking_number"]
    _, token = await add_staff(runtime, "officer", "head", "centre")
    staff = {"authorization": f"Bearer {token}"}
    case = await case_of(database, filed)
    page = await client.get(f"/files/case/{number}", headers=staff)
    for name, internal in (("memo.pdf", "true"), ("answer.pdf", "")):
        answer = await client.post(
            f"/files/case/{number}", data={"_csrf": Form(page.text).fields["_csrf"], "internal": internal},
            files=[("files", (name, PDF + name.encode(), "application/pdf"))], headers=staff,
        )  # fmt: skip
        assert answer.status_code == 303, answer.text
    page = await client.get("/track", params={"n": number})
    await client.post("/track", data={**Form(page.text).fields, "number": number, "secret": filed["tracking_secret"]})
    page = await client.get(f"/track/{number}")
    csrf = Form(page.text).fields["_csrf"]
    sent = await client.post(
        f"/track/{number}", data={"_csrf": csrf, "action": "add", "text": ""},
        files=[("files", ("found.jpg", photo(50, 50), "image/jpeg"))],
    )  # fmt: skip
    assert sent.status_code == 303, sent.text
    page = await client.get(f"/track/{number}")
    assert "answer.pdf" in page.text
    assert "found.jpg" in page.text
    assert "memo.pdf" not in page.text
    kept = {file.name: file.id for file in await files_of_case(database, case["id"], public=False)}
    assert (await client.get(f"/track/{number}/files/{kept['answer.pdf']}")).status_code == 200
    assert (await client.get(f"/track/{number}/files/{kept['memo.pdf']}")).status_code == 404
    assert (await client.get(f"/track/{number}/files/{uuid4()}")).status_code == 404
    seen = await client.get(f"/files/case/{number}", headers=staff)
    assert all(name in seen.text for name in ("memo.pdf", "answer.pdf", "found.jpg"))
    refused = await client.post(
        f"/track/{number}", data={"_csrf": csrf, "action": "add", "text": "ดูภาพ"},
        files=[("files", ("x.jpg", PAGE, "image/jpeg"))],
    )  # fmt: skip
    assert refused.status_code == 422
    assert "ดูภาพ" in refused.text


async def test_staff_have_a_file_only_within_their_scope_and_as_a_download(
    client: httpx.AsyncClient, runtime: Runtime, database: Database, filed: dict[str, Any]
) -> None:
    address = f"/api/v1/complaints/{filed['tracking_number']}/files"
    files = [("files", ("a.jpg", photo(60, 40), "image/jpeg")), ("files", ("b.txt", "ข้อความ".encode(), "text/plain"))]
    told = (await client.post(address, files=files, headers=secret_of(filed))).json()["files"]
    _, seeing = await add_staff(runtime, "centre", "head", "centre")
    picture, text = told[0]["id"], told[1]["id"]
    assert (await client.get(f"/api/v1/cases/{filed['tracking_number']}/files")).status_code == 401
    allowed = {"authorization": f"Bearer {seeing}"}
    got = await client.get(f"/files/{picture}", headers=allowed)
    assert got.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in got.headers.get_list("content-security-policy")[0]
    assert (await client.get(f"/files/{picture}/picture", headers=allowed)).headers["content-type"] == "image/jpeg"
    plain = await client.get(f"/files/{text}", headers=allowed)
    assert plain.headers["content-type"] == "application/octet-stream"
    for way in ("picture", "frame", "small"):
        assert (await client.get(f"/files/{text}/{way}", headers=allowed)).status_code == 404
    case = await case_of(database, filed)
    await database.statement("update intake.complaint set restricted = true where id = $1", case["id"])
    _, officer = await add_staff(runtime, "officer", "head", "officer")
    out = {"authorization": f"Bearer {officer}"}
    assert (await client.get(f"/files/{picture}", headers=out)).status_code == 404
    assert (await client.get(f"/api/v1/cases/{filed['tracking_number']}/files", headers=out)).status_code == 404


async def test_erasing_the_words_of_a_case_erases_its_files(
    client: httpx.AsyncClient, runtime: Runtime, database: Database, filed: dict[str, Any]
) -> None:
    address = f"/api/v1/complaints/{filed['tracking_number']}/files"
    files = [("files", ("a.jpg", photo(60, 40), "image/jpeg"))]
    file = (await client.post(address, files=files, headers=secret_of(filed))).json()["files"][0]["id"]
    case = await case_of(database, filed)
    await announced(runtime, database, case["id"], life_until("closed", NOW), NOW)
    _, token = await add_staff(runtime, "privacy", "head", "privacy")
    answer = await client.post(
        f"/api/v1/complaints/{filed['tracking_number']}/erasure", json={"legal_ground": "PDPA 33"},
        headers={"authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    got = await client.get(f"{address}/{file}", headers=secret_of(filed))
    assert got.status_code == 404
    (row,) = await database.read("select state, name from intake.stored_file")
    assert (row["state"], row["name"]) == ("erased", None)


# ---- the one-time code


async def code_sent(database: Database) -> str:
    (row,) = await database.read("select case_id, text, extra from intake.message where text is not null")
    assert COVERED in row["text"], "the words that are kept have the code's place only"
    assert re.search(r"\b\d{6}\b", row["text"]) is None
    return code_of(SECRET, row["case_id"], row["extra"]["code_nonce"])


async def test_a_code_to_the_contact_on_file_opens_the_case_once(
    client: httpx.AsyncClient, database: Database, filed: dict[str, Any]
) -> None:
    number = filed["tracking_number"]
    page = await client.get("/track/code")
    asked = {"_csrf": Form(page.text).fields["_csrf"], "number": number}
    known = await client.post("/track/code", data=asked)
    unknown = await client.post("/track/code", data={**asked, "number": "QCK-69-99999-A"})
    assert known.status_code == unknown.status_code == 200
    assert known.text.replace(number, "…") == unknown.text.replace("QCK-69-99999-A", "…")
    code = await code_sent(database)
    digest = (await database.read("select digest from intake.access_code"))[0]["digest"]
    assert code.encode() not in digest
    wrong = await client.post("/track/code/enter", data={**asked, "code": "000000" if code != "000000" else "1"})
    assert wrong.status_code == 404
    right = await client.post("/track/code/enter", data={**asked, "code": code})
    assert right.status_code == 303
    assert (await client.get(f"/track/{number}")).status_code == 200
    assert (await client.post("/track/code/enter", data={**asked, "code": code})).status_code == 404


async def test_a_code_is_over_after_ten_minutes_and_five_tries(
    database: Database, filed: dict[str, Any], clock: Clock
) -> None:
    number = filed["tracking_number"]

    async def enter(code: str, after: float = 0) -> None:
        async with database.transaction() as tx:
            clock.move(minutes=after)
            await enter_code(tx, SECRET, number, code, "192.0.2.1", clock.now)

    async with database.transaction() as tx:
        assert await send_code(tx, SECRET, number, "192.0.2.1", clock.now)
    code = await code_sent(database)
    with pytest.raises(NoSuchCase):
        await enter(code, after=11)
    await database.statement("update intake.access_code set tried = 5, until = $1", clock.now.replace(year=2030))
    with pytest.raises(NoSuchCase):
        await enter(code)
    await database.statement("update intake.access_code set tried = 4")
    await enter("".join(chr(ord("๐") + int(digit)) for digit in code))


async def test_codes_are_not_sent_without_end(database: Database, filed: dict[str, Any], clock: Clock) -> None:
    async with database.transaction() as tx:
        sent = [await send_code(tx, SECRET, filed["tracking_number"], "192.0.2.1", clock.now) for _ in range(5)]
    assert sent == [True, True, True, False, False]
