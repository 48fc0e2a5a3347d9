"""Stored mails: a maildir, an mbox and `.eml` files are read, and taken in by the same door with their own dates."""

from __future__ import annotations

import mailbox
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.cli.mail import _import
from services.cli.runtime import Runtime
from services.intake.email.read_store import NoMails, read_store, received_when
from services.kit.database import Database
from tests.intake.conftest import NOW
from tests.intake.email.conftest import count, mail

RAWS = [mail(f"เรื่องที่ {n}", message_id=f"<{n}@example.com>") for n in range(3)]


@pytest.fixture(params=["maildir", "mbox", "eml", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Three mails, or one, in each of the forms."""
    place = tmp_path / "store"
    if request.param == "eml":
        place.mkdir()
        for n, raw in enumerate(RAWS):
            (place / f"{n}.eml").write_bytes(raw)
        (place / "notes.txt").write_text("no mail")
    elif request.param == "file":
        place.write_bytes(RAWS[0])
    else:
        box = mailbox.Maildir(place) if request.param == "maildir" else mailbox.mbox(place)
        for raw in RAWS:
            box.add(raw)
        box.close()
    return place


async def test_stored_mails_are_taken_in_once_with_the_date_they_bear(
    store: Path, runtime: Runtime, database: Database
) -> None:
    expected = 1 if store.is_file() and store.read_bytes()[:5] != b"From " else 3
    counted = await _import(runtime, store)
    assert (counted["read"], counted["registered"]) == (expected, expected)
    again = await _import(runtime, store)
    assert (again["read"], again["repeated"]) == (expected, expected)
    assert await count(database, "complaint") == expected
    rows = await database.read("select distinct received_at from intake.complaint")
    assert [row["received_at"] for row in rows] == [datetime(2026, 11, 20, 7, 0, tzinfo=UTC)]


def test_a_date_of_the_future_or_none_counts_as_now() -> None:
    assert received_when(b"Date: Fri, 20 Nov 2099 14:00:00 +0700\n\nx", NOW) == NOW
    assert received_when(b"Date: no date\n\nx", NOW) == NOW


def test_a_path_without_mails_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(NoMails):
        list(read_store(tmp_path))
