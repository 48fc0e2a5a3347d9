"""Say at which extension one answers, so that the calls there pop up for oneself alone."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from services.intake.filing import invalid
from services.kit.database import Transaction
from services.kit.errors import FieldProblem
from services.kit.i18n import N_
from services.kit.thai import parse_digits

_EXTENSION = re.compile(r"[0-9A-Za-z*#._@/-]{1,40}")


async def choose_extension(tx: Transaction, staff_id: UUID, typed: str, now: datetime) -> None:
    """Take an extension, also over from whoever had it; an empty one gives it back.

    Raises:
        InvalidInput: it is no extension.
    """
    extension = parse_digits(typed).strip()
    await tx.execute("delete from intake.phone_desk where staff_id = $1 or extension = $2", staff_id, extension)
    if not extension:
        return
    if not _EXTENSION.fullmatch(extension):
        raise invalid([FieldProblem("extension", N_("This is no extension."), N_("Type its number, such as 101."))])
    await tx.execute(
        "insert into intake.phone_desk (staff_id, extension, at) values ($1, $2, $3)", staff_id, extension, now
    )
