"""Stop asking a complainant how their cases were handled, because they said so (RFC 8058, ISO 10002 8.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.intake.survey_pass import read_survey_pass
from services.kit.copies import Fetches
from services.kit.database import Transaction


async def stop_surveys(tx: Transaction, server_secret: str, link: str, now: datetime) -> bool:
    """Ask no more after any case of whoever got this invitation; False when the link is not ours or over."""
    invited = read_survey_pass(server_secret, link, now)
    if invited is None:
        return False
    await tx.execute(
        "insert into intake.survey_refusal (complainant_ref, at)"
        " select complainant_ref, $2 from intake.complaint where id = $1 on conflict do nothing",
        invited.case_id,
        now,
    )
    return True


async def refused_surveys(source: Fetches, case_ids: Sequence[UUID]) -> set[UUID]:
    """Those of some cases whose complainant wants no survey."""
    rows = await source.fetch(
        "select c.id from intake.complaint c join intake.survey_refusal r on r.complainant_ref = c.complainant_ref"
        " where c.id = any($1::uuid[])",
        list(case_ids),
    )
    return {row["id"] for row in rows}
