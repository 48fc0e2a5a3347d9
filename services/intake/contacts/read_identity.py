"""Who filed a complaint, readable: for those who may look, once their look is written down."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.intake.contacts.keeping import Contacts
from services.intake.contacts.sealed_columns import IDENTITY_TEXTS
from services.kit.copies import Fetches


async def read_identity(source: Fetches, case_id: UUID, contacts: Contacts) -> dict[str, Any]:
    """Name, contacts, representative and `contact_preference`; empty where nothing is kept of them.

    Raises:
        ContactKeyMissing, ContactUnreadable: what is stored cannot be read.
    """
    rows = await source.fetch("select * from intake.identity where complaint_id = $1", case_id)
    if not rows:
        return {}
    row = rows[0]
    read = {column: contacts.read(row[column], "identity", column, case_id) for column in IDENTITY_TEXTS}
    return {"complaint_id": case_id, **read, "contact_preference": row["contact_preference"]}
