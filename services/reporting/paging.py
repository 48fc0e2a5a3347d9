"""Lists page by key: the opaque cursor is the last row's sort key. Pure."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime

from services.kit.errors import FieldProblem, InvalidInput
from services.kit.i18n import N_

LIMIT = 200
"""The most rows of a page."""

Cursor = tuple[datetime, str]


def write_cursor(at: datetime, row: str) -> str:
    """The cursor after a row."""
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), row]).encode()).decode().rstrip("=")


def read_cursor(text: str | None) -> Cursor | None:
    """The sort key in a cursor; None for the first page.

    Raises:
        InvalidInput: it is not one of ours.
    """
    if not text:
        return None
    try:
        at, row = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return datetime.fromisoformat(at), str(row)
    except (ValueError, TypeError, binascii.Error) as problem:
        field = FieldProblem("cursor", N_("This is not a cursor of this list."), N_("Leave it out to begin anew."))
        raise InvalidInput(
            N_("The list cannot be continued from there."), N_("Begin with its first page."), fields=[field]
        ) from problem
