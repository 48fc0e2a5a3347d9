"""What reporting's records learn of their complaints: who may see them, and that words are to be erased."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.cases import CaseSnapshot
from schemas.envelope import Event, bucket_of
from services.kit.database import Transaction
from services.kit.listening import Received

WORDS = (
    "what_failed", "containment", "apology", "explanation", "plan", "offer", "answer", "evidence", "verification",
    "lesson", "outcome", "vulnerable",
)  # fmt: skip
"""The columns of a record that hold what a person wrote."""


async def follow_scope(tx: Transaction, received: Sequence[Received]) -> None:
    """Keep who may see a record what it is for its complaint; one that becomes restricted goes to the restricted unit.

    An older snapshot than the one known never arrives later: the events of a case come in order.
    """
    cases: list[CaseSnapshot] = [item.fact.case for item in received]
    await tx.execute(
        "update reporting.recovery r set restricted = m.restricted, subject_unit = m.subject_unit,"
        " subject_person = m.subject_person,"
        " unit = case when m.restricted or r.restricted then coalesce(m.unit, r.unit) else r.unit end,"
        " owner = case when m.restricted or r.restricted then m.owner else r.owner end,"
        " approving_unit = case when not (m.restricted or r.restricted) then r.approving_unit"
        # What waits for an approval stays before the unit it was put before.
        " when r.restricted and m.restricted and r.state = 'planned'"
        " and (r.unit, r.subject_unit) is not distinct from (m.unit, m.subject_unit) then r.approving_unit"
        " else m.approving_unit end"
        " from unnest($1::uuid[], $2::bool[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[])"
        " as m(case_id, restricted, subject_unit, subject_person, unit, owner, approving_unit)"
        " where r.complaint_id = m.case_id and (r.restricted or m.restricted"
        " or (r.subject_unit, r.subject_person) is distinct from (m.subject_unit, m.subject_person))",
        [item.event.case_id for item in received],
        [case.restricted for case in cases],
        [case.subject_unit for case in cases],
        [case.subject_person for case in cases],
        [case.unit for case in cases],
        [case.owner for case in cases],
        [case.approving_unit for case in cases],
    )


async def erase_words(tx: Transaction, event: Event) -> None:
    """Blank what was written on the records of a complaint, here and in the journal (personal-data law)."""
    blank = ", ".join(f"{name} = null" for name in WORDS)
    await tx.execute(f"update reporting.recovery set {blank} where complaint_id = $1", event.case_id)
    await tx.execute(
        "update reporting.recovery_event e set words = null from reporting.recovery r"
        " where r.complaint_id = $1 and e.recovery_id = r.id and e.by is not null",
        event.case_id,
    )
    await tx.execute(
        "update reporting.journal set texts = null where case_id = $1 and bucket = $2 and texts is not null",
        event.case_id,
        bucket_of(event.case_id),
    )
