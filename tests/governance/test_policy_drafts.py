"""Drafts of a policy: kept, mended, approved, adopted, and forgotten after a while."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.governance.adopt_draft import adopt_draft
from services.governance.approve_draft import as_form, read_approval
from services.governance.policy_drafts import (
    KEPT,
    drop_old_drafts,
    keep_approval,
    keep_draft,
    list_drafts,
    read_draft,
)
from services.governance.policy_lines import MAX_BYTES
from services.governance.read_policies import one_version, policy_versions
from services.kit.database import Database
from services.kit.errors import Conflict, InvalidInput, NotFound, TooLarge
from tests.governance.conftest import policy_text

NOW = datetime(2026, 11, 20, 7, 5, tzinfo=UTC)
WHO = uuid4()
TEXT = policy_text("quick")
BY_THE_BOARD = {
    "body_th": "คณะกรรมการ",
    "body_kind": "board",
    "resolution_number": "๘/๒๕๖๙",
    "resolution_date": "๒๔/๙/๒๕๖๙",
    "signed_by": "ผู้อำนวยการ",
    "effective_from": "1 ธ.ค. 2569",
}


async def draft_of(database: Database, text: str, draft_id: UUID | None = None, now: datetime = NOW) -> UUID:
    """A draft with that text."""
    async with database.transaction() as tx:
        return await keep_draft(tx, text, now=now, by=WHO, draft_id=draft_id)


async def adopt(database: Database, draft_id: UUID) -> str:
    """Adopt a draft."""
    async with database.transaction() as tx:
        return await adopt_draft(tx, draft_id, now=NOW, by=WHO)


async def approve(database: Database, draft_id: UUID, form: dict[str, str] = BY_THE_BOARD) -> None:
    """Enter an approval for a draft."""
    async with database.transaction() as tx:
        await keep_approval(tx, draft_id, read_approval(form), now=NOW, by=WHO)


def test_an_approval_is_read_with_thai_digits_and_buddhist_years() -> None:
    approval = read_approval(BY_THE_BOARD)
    assert (approval.resolution_date, approval.effective_from) == (date(2026, 9, 24), date(2026, 12, 1))
    again = read_approval(as_form(approval, lambda day: f"{day.day}/{day.month}/{day.year + 543}"))
    assert again == approval


@pytest.mark.parametrize("field", ["body_th", "body_kind", "resolution_number", "resolution_date", "signed_by"])
def test_what_an_approval_lacks_is_named(field: str) -> None:
    with pytest.raises(InvalidInput) as problem:
        read_approval({**BY_THE_BOARD, field: ""})
    assert [each.field for each in problem.value.fields] == [field]


def test_a_committee_needs_a_delegation_board_members_and_written_powers() -> None:
    committee = {**BY_THE_BOARD, "body_kind": "committee"}
    with pytest.raises(InvalidInput) as problem:
        read_approval(committee)
    named = {each.field for each in problem.value.fields}
    assert named == {"delegation_instrument", "delegation_date", "board_members", "powers_written"}
    complete = {"delegation_instrument": "คำสั่ง 1/2569", "delegation_date": "1/2/2569"}
    approval = read_approval({**committee, **complete, "board_members": "true", "powers_written": "true"})
    assert approval.board_members


def test_a_policy_cannot_take_effect_before_it_was_approved() -> None:
    with pytest.raises(InvalidInput) as problem:
        read_approval({**BY_THE_BOARD, "effective_from": "1/9/2569"})
    assert [each.field for each in problem.value.fields] == ["effective_from"]


def test_an_unreadable_date_is_named_once() -> None:
    with pytest.raises(InvalidInput) as problem:
        read_approval({**BY_THE_BOARD, "resolution_date": "30/2/2569"})
    assert [each.field for each in problem.value.fields] == ["resolution_date"]


async def test_an_approved_draft_becomes_a_version_and_the_draft_is_gone(database: Database) -> None:
    draft_id = await draft_of(database, TEXT.replace("quick-1", "quick-2"))
    await approve(database, draft_id)
    assert await adopt(database, draft_id) == "quick-2"
    version = one_version(await policy_versions(database, NOW), "quick-2")
    assert (version.sample, version.adopted_by) == (False, WHO)
    with pytest.raises(NotFound):
        await read_draft(database, draft_id)


async def test_a_draft_without_approval_or_with_mistakes_is_not_adopted(database: Database) -> None:
    draft_id = await draft_of(database, TEXT)
    with pytest.raises(Conflict, match="approval is missing"):
        await adopt(database, draft_id)
    broken = await draft_of(database, TEXT.replace("PT8S", "PT8"))
    await approve(database, broken)
    with pytest.raises(InvalidInput, match="mistakes"):
        await adopt(database, broken)
    assert await policy_versions(database, NOW) == []


async def test_mending_the_text_takes_the_approval_back(database: Database) -> None:
    draft_id = await draft_of(database, TEXT)
    await approve(database, draft_id)
    await draft_of(database, TEXT.replace("quick-1", "quick-2"), draft_id)
    assert (await read_draft(database, draft_id)).approval is None
    with pytest.raises(Conflict):
        await adopt(database, draft_id)


async def test_a_draft_is_listed_by_its_version_and_forgotten_when_nobody_touches_it(database: Database) -> None:
    old = await draft_of(database, TEXT, now=NOW - KEPT - timedelta(days=1))
    fresh = await draft_of(database, TEXT.replace("quick-1", "quick-2"))
    assert [(line.draft_id, line.first_line) for line in await list_drafts(database)] == [
        (fresh, "quick-2"),
        (old, "quick-1"),
    ]
    async with database.transaction() as tx:
        assert await drop_old_drafts(tx, now=NOW) == 1
    assert [line.draft_id for line in await list_drafts(database)] == [fresh]


async def test_a_text_too_long_to_be_a_policy_is_refused(database: Database) -> None:
    with pytest.raises(TooLarge):
        await draft_of(database, "x" * (MAX_BYTES + 1))


async def test_a_null_byte_in_a_draft_does_not_break_it(database: Database) -> None:
    draft_id = await draft_of(database, "version: a\x00b")
    assert (await read_draft(database, draft_id)).text == "version: ab"
