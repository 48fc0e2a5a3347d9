"""Tag a case with a word by which its officers find it again, or take the tag off. No classification, no event."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.governance import StaffMember
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.errors import Conflict
from services.kit.i18n import N_
from services.routing.add_note import may_note
from services.routing.store import Fetches, Line, insert_lines
from services.routing.writing import held, said

LONGEST = 40
MOST = 12
"""Tags of one case."""

_WHO = N_("Those who work on the case can.")


def tag_in(typed: str | None) -> str:
    """A tag as it is kept: one line, without the sign that some put before it.

    Raises:
        InvalidInput: nothing was typed, or too much.
    """
    return said("tag", " ".join((typed or "").split()).lstrip("#").strip(), limit=LONGEST)


async def tag_case(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    *,
    tag: str | None,
    viewer: StaffMember,
    now: datetime,
    expected_version: int | None = None,
) -> tuple[int, bool]:
    """Put a tag on. Returns the version of the case, which stays, and whether the tag is new to it.

    Raises:
        NotFound, NotAllowed, StaleCase: as for a step.
        InvalidInput: the tag is empty or too long.
        Conflict: the case has as many tags as it can have.
    """
    word = tag_in(tag)
    case, _ = await held(
        tx, copies, ident, viewer, now, may=may_note, open_only=False, who=_WHO, expected_version=expected_version
    )
    found = [row["tag"] for row in await tx.fetch("select tag from routing.case_tag where case_id = $1", case.id)]
    if word in found:
        return case.version, False
    if len(found) >= MOST:
        raise Conflict(
            N_("The case has %(most)s tags already."), N_("Take one off that says less."), params={"most": MOST}
        )
    await tx.execute(
        "insert into routing.case_tag (case_id, tag, by, at) values ($1, $2, $3, $4)",
        case.id, word, viewer.staff_id, now,
    )  # fmt: skip
    await insert_lines(tx, [(case.id, None, Line("tagged", now, "staff", viewer.staff_id, texts={"text": word}))])
    return case.version, True


async def untag_case(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    *,
    tag: str | None,
    viewer: StaffMember,
    now: datetime,
    expected_version: int | None = None,
) -> tuple[int, bool]:
    """Take a tag off. Returns the version of the case, which stays, and whether it had the tag.

    Raises:
        NotFound, NotAllowed, StaleCase, InvalidInput: as for putting it on.
    """
    word = tag_in(tag)
    case, _ = await held(
        tx, copies, ident, viewer, now, may=may_note, open_only=False, who=_WHO, expected_version=expected_version
    )
    gone = await tx.fetch("delete from routing.case_tag where case_id = $1 and tag = $2 returning tag", case.id, word)
    if gone:
        line = Line("untagged", now, "staff", viewer.staff_id, texts={"text": word})
        await insert_lines(tx, [(case.id, None, line)])
    return case.version, bool(gone)


async def tags_of(source: Fetches, case_ids: list[UUID]) -> dict[UUID, list[str]]:
    """The tags of some cases, each in the order of the alphabet."""
    rows = await source.fetch(
        "select case_id, array_agg(tag order by tag) tags from routing.case_tag where case_id = any($1::uuid[])"
        " group by case_id",
        case_ids,
    )
    return {row["case_id"]: row["tags"] for row in rows}
