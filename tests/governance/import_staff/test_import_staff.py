"""Import of staff: what a table says, what would come of each line, and applying it whole or not at all."""

from __future__ import annotations

import io
import re

import pytest
from openpyxl import Workbook

from schemas.policy import PolicyBundle
from services.governance.import_staff.import_staff import import_staff, preview_import
from services.governance.import_staff.read_table import TableUnreadable, read_table
from services.governance.list_staff import read_member
from services.governance.sign_in import sign_in
from services.governance.words import ROLES_SHOWN
from services.kit.database import Database
from services.kit.errors import Conflict, InvalidInput
from services.kit.i18n import translate
from services.kit.service import utc_now
from tests.governance.conftest import SETTINGS, Browser
from tests.governance.test_api import bearer

HEAD = "username,display_name,unit,roles,capacity,email,active\n"
NEW = "malee.s,มาลี สุขใจ,lodging,officer,๑๕,malee@example.go.th,\n"


def csv_of(*lines: str) -> bytes:
    """A table as a spreadsheet program saves it."""
    return (HEAD + "".join(lines)).encode("utf-8-sig")


async def applied(database: Database, bundle: PolicyBundle, *lines: str) -> dict[str, str]:
    """Import lines; the first passwords by user name."""
    done = await import_staff(database, read_table("t.csv", csv_of(*lines)), bundle, now=utc_now(), by=None)
    return {member.username: member.password for member in done.members}


def test_a_workbook_and_a_csv_file_say_the_same() -> None:
    book = Workbook()
    book.worksheets[0].append(["ชื่อผู้ใช้", "ชื่อ", "หน่วยงาน", "บทบาท", "ภาระเต็ม"])
    book.worksheets[0].append([None])
    book.worksheets[0].append(["malee.s", "มาลี", "lodging", "officer", 15.0])
    kept = io.BytesIO()
    book.save(kept)
    (line,) = read_table("t.xlsx", kept.getvalue())
    plain = "username;display_name;unit;roles;capacity\n\nmalee.s;มาลี;lodging;officer;15\n"
    assert [line] == read_table("t.csv", plain.encode())
    assert (line.number, line.cells["capacity"]) == (3, "15")


@pytest.mark.parametrize("content", [b"", HEAD.encode(), b"\xff\xfe\x00", b"PK\x03\x04junk", b"username,unit\na,b\n"])
def test_what_is_no_table_of_staff_is_refused(content: bytes) -> None:
    with pytest.raises(TableUnreadable):
        read_table("t.csv", content)


async def test_each_line_is_told_what_comes_of_it(database: Database, bundle: PolicyBundle) -> None:
    await applied(database, bundle, "old,คนเดิม,sales,officer,,,\n", "gone,คนที่ออก,sales,officer,,,\n")
    wrong = "Bad Name,,nowhere,boss,many,not-an-address,perhaps\n"
    table = read_table(
        "t.csv", csv_of(NEW, "old,ชื่อใหม่,sales,officer,,,\n", "gone,คนที่ออก,sales,officer,,,no\n", wrong, NEW)
    )
    plan = await preview_import(database, table, bundle)
    assert [(line.number, line.deed) for line in plan.lines] == [
        (2, "add"), (3, "change"), (4, "disable"), (5, "wrong"), (6, "wrong"),
    ]  # fmt: skip
    told = {problem.field for problem in plan.problems}
    assert told >= {
        f"5.{name}" for name in ("username", "display_name", "unit", "roles", "capacity", "email", "active")
    }
    assert "6.username" in told
    assert [(each.field, each.before, each.after) for each in plan.lines[1].changes] == [
        ("display_name", "คนเดิม", "ชื่อใหม่")
    ]


async def test_one_wrong_line_imports_nobody(database: Database, bundle: PolicyBundle) -> None:
    with pytest.raises(InvalidInput) as problem:
        await applied(database, bundle, NEW, "x,x,nowhere,officer,,,\n")
    assert [each.field for each in problem.value.fields] == ["3.unit"]
    assert not await database.read("select 1 from governance.staff")


async def test_importing_the_same_table_again_changes_nothing(database: Database, bundle: PolicyBundle) -> None:
    passwords = await applied(database, bundle, NEW)
    assert await applied(database, bundle, NEW) == {}
    rows = await database.read("select count(*) as n from governance.journal where type = 'staff-changed'")
    assert rows[0]["n"] == 1
    await sign_in(database, SETTINGS, "malee.s", passwords["malee.s"], now=utc_now())


async def test_a_table_names_units_and_roles_as_people_do(database: Database, bundle: PolicyBundle) -> None:
    unit = bundle.unit("lodging").name.th
    role = translate("th", ROLES_SHOWN["officer"])
    await applied(database, bundle, f'malee,มาลี,{unit},"{role}, verifier",,,\n')
    member = await read_member(database, "malee")
    assert (member.unit, member.roles, member.capacity) == ("lodging", ("officer", "verifier"), 20)


async def test_what_was_looked_at_is_what_is_applied(database: Database, bundle: PolicyBundle) -> None:
    table = read_table("t.csv", csv_of(NEW))
    seen = (await preview_import(database, table, bundle)).digest
    await applied(database, bundle, NEW)
    with pytest.raises(Conflict):
        await import_staff(database, table, bundle, seen=seen, now=utc_now(), by=None)


async def test_the_page_previews_then_imports_and_gives_the_passwords_once(administrator: Browser) -> None:
    assert (await administrator.post("/admin/staff/import")).status_code == 422
    file = {"file": ("staff.csv", csv_of(NEW), "text/csv")}
    preview = await administrator.post("/admin/staff/import", files=file)
    table, seen = (re.search(rf'name="{name}" value="([^"]+)"', preview.text) for name in ("table", "seen"))
    assert table is not None
    assert seen is not None
    assert (await administrator.get("/admin/staff/member/malee.s")).status_code == 404
    fields = {"table": table[1].replace("&#34;", '"'), "seen": seen[1]}
    done = await administrator.post("/admin/staff/import/apply", fields)
    assert "data:text/csv;charset=utf-8;base64," in done.text
    assert (await administrator.get("/admin/staff/member/malee.s")).status_code == 200
    again = await administrator.post("/admin/staff/import/apply", fields)
    assert again.status_code == 409
    assert "base64" not in again.text
    assert (await administrator.post("/admin/staff/import/apply", {"table": "[[1]]"})).status_code == 422


async def test_the_api_imports_a_table(browser: Browser) -> None:
    headers = await bearer(browser, "administrator")
    line = {"username": "malee.s", "display_name": "มาลี", "unit": "lodging", "roles": "officer"}
    address, body = "/api/v1/staff/import", {"lines": [line]}
    seen = await browser.client.post(f"{address}?preview=true", json=body, headers=headers)
    assert [(each["deed"], each["password"]) for each in seen.json()] == [("add", None)]
    (done,) = (await browser.client.post(address, json=body, headers=headers)).json()
    assert len(done["password"]) == 12
    refused = await browser.client.post(address, json={"lines": [{**line, "unit": "x"}]}, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "1.unit")
