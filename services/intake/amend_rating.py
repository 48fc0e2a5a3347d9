"""Add to a rating what its giver says after it: their confidence in the handling, a comment (ISO 10004).

In a talk the questions come one after another, and somebody may stop at any of them: the rating counts from the moment
it is given, and what follows is announced with it again. The last one announced for a closing is the one that counts.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from schemas.complaints import ComplainantActed
from schemas.envelope import FreeText
from services.intake.filing import clean
from services.kit.database import Transaction

FOR_SO_LONG = timedelta(days=7)
"""After the rating."""

LONGEST = 10_000


async def amend_rating(
    tx: Transaction,
    case_id: UUID,
    *,
    now: datetime,
    medium: str,
    confidence: int | None = None,
    words: str | None = None,
) -> bool:
    """Keep it with the newest rating of the case; False where there is none, or that was answered before."""
    said = (clean(words) or None) if words else None
    row = await tx.fetchrow(
        "update intake.complainant_action a set confidence = coalesce(a.confidence, $2), words = coalesce(a.words, $3)"
        " from (select id from intake.complainant_action where case_id = $1 and action = 'rate' and at > $4"
        "  order by at desc limit 1) newest"
        " where a.id = newest.id and (($2::int is not null and a.confidence is null)"
        "  or ($3::text is not null and a.words is null)) returning a.id, a.rating, a.confidence, a.words",
        case_id,
        confidence,
        said[:LONGEST] if said else None,
        now - FOR_SO_LONG,
    )
    if row is None:
        return False
    if said:
        await tx.execute(
            "update intake.tracking_step set words = $3 where case_id = $1 and event_id = $2",
            case_id,
            row["id"],
            row["words"],
        )
    text = FreeText.of(row["words"]) if row["words"] else None
    fact = ComplainantActed(
        action="rate", at=now, text=text, rating=row["rating"], confidence=row["confidence"], medium=medium
    )
    tx.announce(fact, case_id=case_id, at=now)
    return True
