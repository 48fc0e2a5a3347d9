"""What a talk faces: the open cases of the talker, and the categories there are to choose from."""

from __future__ import annotations

from schemas.cases import ENDED
from schemas.policy import PolicyBundle
from services.intake.line.talk import Choice, Facing, OpenCase
from services.intake.messages.addresses import cases_at
from services.kit.copies import Fetches

MOST_CASES = 9
"""Cases among which one chooses: LINE shows at most 13 buttons."""


async def facing_of(source: Fetches, talker: bytes, bundle: PolicyBundle) -> Facing:
    """The open cases, newest first, and the categories at the top of the policy."""
    rows = await source.fetch(
        "select c.id, c.tracking_number, coalesce(t.state, 'received') as state from intake.complaint c"
        " left join intake.tracking t on t.case_id = c.id"
        " where c.id = any($1::uuid[]) and c.erased_at is null and not coalesce(t.state, 'received') = any($2::text[])"
        " order by c.recorded_at desc, c.id desc limit $3",
        await cases_at(source, talker),
        sorted(ENDED),
        MOST_CASES,
    )
    cases = [OpenCase(row["id"], row["tracking_number"], row["state"] == "awaiting_complainant") for row in rows]
    return Facing(tuple(cases), choices_of(bundle))


def choices_of(bundle: PolicyBundle) -> tuple[Choice, ...]:
    """The categories to choose from: those at the top; the rules and the officers refine."""
    return tuple(
        Choice(one.code, (one.label.th, one.label.en or one.label.th)) for one in bundle.categories if not one.parent
    )
