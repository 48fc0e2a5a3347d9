"""Which of the cases of the same person a case repeats, or is repeated by. Pure."""

from __future__ import annotations

from services.routing.links.rules import is_repeat
from services.routing.read_case import CaseFile, RelatedRow


def repeats_of(found: CaseFile) -> list[RelatedRow]:
    """The cases of the same person about the same matter within 90 days (KPI 11)."""
    case = found.case
    return [
        one
        for one in found.related
        if is_repeat(
            case.received_at,
            one.received_at,
            same_person=True,
            same_reference=False,
            same_matter=(case.category is not None and one.category == case.category)
            or (case.cause is not None and one.cause == case.cause),
        )
    ]
