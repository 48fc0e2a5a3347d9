"""A dossier is one ZIP with everything, whose digests can be checked, and it goes when the words of its case go."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import zipfile
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from schemas.cases import DossierAsked
from schemas.envelope import FreeText
from services.cli.runtime import Runtime
from services.intake.dossier.learn_dossier import drop_dossiers
from services.intake.dossier.make_dossier import make_dossiers
from services.intake.files.keep_file import file_store, keep_file
from services.intake.files.read_files import content_of, file_by_id
from services.kit.database import Database
from tests.intake.conftest import NOW, filing
from tests.intake.progress import announced, snapshot

RECORD = base64.b64encode(gzip.compress("<p>เรื่องทั้งหมด</p>".encode())).decode()


@pytest.fixture
async def case_id(client: httpx.AsyncClient, runtime: Runtime, database: Database) -> UUID:
    """A case with one file, of which a dossier was asked for."""
    await runtime.prepare()
    await client.post("/api/v1/complaints", json=filing())
    (row,) = await database.read("select id from intake.complaint")
    found: UUID = row["id"]
    context = runtime.contexts["intake"]
    async with context.database.transaction() as tx:
        await keep_file(
            context, tx, content=b"%PDF-1.4 " + b"x" * 700_000, name="ใบเสร็จ.pdf", case_id=found, origin="staff",
            origin_id=None, at=NOW,
        )  # fmt: skip
    fact = DossierAsked(
        case=snapshot("external_dispute", 9, NOW),
        at=NOW,
        by=uuid4(),
        request=UUID(int=5),
        reason=FreeText.of("ผู้ตรวจการแผ่นดินขอ"),
        record=FreeText.of(RECORD),
    )
    for _ in range(2):  # told twice, it is asked for once
        await announced(runtime, database, found, [fact], NOW)
    return found


async def kept(database: Database) -> list[Any]:
    return await database.read("select * from intake.stored_file where origin = 'dossier'")


async def test_the_zip_holds_everything_with_digests_that_hold(
    case_id: UUID, runtime: Runtime, database: Database
) -> None:
    context = runtime.contexts["intake"]
    assert await make_dossiers(context, NOW) == 1
    assert await make_dossiers(context, NOW) == 0
    (row,) = await kept(database)
    assert (row["case_id"], row["internal"], row["added_by"] is not None) == (case_id, True, True)
    pieces = await content_of(file_store(context), await file_by_id(database, row["id"]))
    content = b"".join([piece async for piece in pieces])
    assert hashlib.sha256(content).digest() == row["sha256"]
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        names = set(opened.namelist())
        assert {"index.html", "case.html", "messages.html", "SHA256SUMS"} < names
        assert any(name.endswith("ใบเสร็จ.pdf") for name in names)
        assert "เรื่องทั้งหมด" in opened.read("case.html").decode()
        assert "ใบเสร็จ.pdf" in opened.read("index.html").decode()
        listed = dict(line.split("  ", 1)[::-1] for line in opened.read("SHA256SUMS").decode().splitlines())
        assert set(listed) == names - {"SHA256SUMS"}
        assert all(hashlib.sha256(opened.read(name)).hexdigest() == digest for name, digest in listed.items())


async def test_what_was_written_for_a_dossier_goes_with_the_words_of_its_case(
    case_id: UUID, runtime: Runtime, database: Database
) -> None:
    async with database.transaction() as tx:
        await drop_dossiers(tx, case_id, NOW)
    assert await make_dossiers(runtime.contexts["intake"], NOW) == 0
    assert [dict(row) for row in await database.read("select state, record from intake.dossier")] == [
        {"state": "dropped", "record": None}
    ]


async def test_one_that_cannot_be_made_is_tried_again_and_then_shown_and_keeps_no_other_waiting(
    case_id: UUID, runtime: Runtime, database: Database
) -> None:
    context = runtime.contexts["intake"]
    await database.statement(
        "insert into intake.dossier (id, case_id, asked_at, record) values ($1, $2, $3, 'not packed')",
        uuid4(), case_id, NOW.replace(year=2020),
    )  # fmt: skip
    assert await make_dossiers(context, NOW) == 1
    for _ in range(4):
        assert await make_dossiers(context, NOW) == 0
    assert sorted(row["state"] for row in await database.read("select state from intake.dossier")) == ["failed", "made"]
