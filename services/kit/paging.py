"""Pages by key: the cursor of a list is the sort key of its last row, opaque to the caller."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from uuid import UUID

from services.kit.errors import FieldProblem, InvalidInput
from services.kit.i18n import N_

LONGEST = 200
"""The most rows of one page."""

Key = tuple[datetime, UUID]
"""The moment a row is sorted by, and its id, which parts those of one moment."""


def write_cursor(key: Key | None) -> str | None:
    """The cursor of the rows after `key`; None when there are none."""
    if key is None:
        return None
    return base64.urlsafe_b64encode(f"{key[0].isoformat()}|{key[1]}".encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> Key | None:
    """The key a cursor stands for; None for none.

    Raises:
        InvalidInput: it is not one that a list gave out.
    """
    if not cursor:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, _, identifier = text.partition("|")
        key = datetime.fromisoformat(at), UUID(identifier)
        if key[0].tzinfo is None:
            raise ValueError("no zone")
    except (ValueError, binascii.Error) as problem:
        raise InvalidInput(
            N_("This page of the list cannot be found."),
            N_("Start again from the first page."),
            fields=[FieldProblem("cursor", N_("Not a cursor that this list gave out."), N_("Leave it out."))],
        ) from problem
    return key
