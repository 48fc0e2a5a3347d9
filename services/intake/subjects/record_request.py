"""Write down a request of a person about their own data, find what it is about, and start its clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.policy import PolicyBundle
from services.intake.contacts.keeping import Contacts
from services.intake.filing import clean, invalid
from services.intake.subjects.find_subject import Sought, SubjectCase, find_subject
from services.intake.subjects.rules import Kind, clock_of
from services.kit.database import Transaction, new_id
from services.kit.errors import FieldProblem
from services.kit.i18n import N_

SHORTEST = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked: by whom they are found, how it was made sure that it is them, and what they wish."""

    kind: Kind
    sought: Sought
    verified: str
    wish: str
    received_at: datetime


async def record_request(
    tx: Transaction, asked: Asked, *, bundle: PolicyBundle, contacts: Contacts, by: UUID | None, now: datetime
) -> UUID:
    """The request, with the cases it is about.

    What of it concerns restricted cases becomes a request of its own, which only those see who handle such cases.

    Raises:
        InvalidInput: it is not said how the person was made sure of, or it came in the future.
    """
    problems = []
    if len(asked.verified) < SHORTEST:
        problems.append(
            FieldProblem(
                "verified",
                N_("It is not said how you made sure that they are this person."),
                N_("Say what you saw or did: an identity card, a code sent to the number on file, a call back."),
            )
        )
    if asked.received_at > now:
        problems.append(FieldProblem("received_at", N_("This is in the future."), N_("Say when the request came in.")))
    if problems:
        raise invalid(problems)
    found = await find_subject(tx, asked.sought, contacts)
    ordinary = [case for case in found if not case.restricted]
    hidden = [case for case in found if case.restricted]
    request_id = await _insert(tx, asked, ordinary, False, bundle, contacts, by, now)
    if hidden:
        await _insert(tx, asked, hidden, True, bundle, contacts, by, now)
    return request_id


async def _insert(
    tx: Transaction, asked: Asked, cases: Sequence[SubjectCase], restricted: bool, bundle: PolicyBundle,
    contacts: Contacts, by: UUID | None, now: datetime,
) -> UUID:  # fmt: skip
    request_id = new_id()
    clock = clock_of(asked.received_at, bundle.data_requests, bundle.zone)
    kind, value = asked.sought
    await tx.execute(
        "insert into intake.subject_request (id, kind, restricted, contact_kind, contact, digest, sealed_by, verified,"
        " wish, received_at, due_at, warn_at, recorded_by)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        request_id,
        asked.kind,
        restricted,
        kind,
        contacts.sealed(value, "subject_request", "contact", request_id),
        contacts.digest(kind, value),
        contacts.seal.newest,
        clean(asked.verified),
        clean(asked.wish) or None,
        asked.received_at,
        clock.due_at,
        clock.warn_at,
        by,
    )
    await tx.executemany(
        "insert into intake.subject_request_case (request_id, case_id, at) values ($1, $2, $3)",
        [(request_id, case.case_id, now) for case in cases],
    )
    await note_step(tx, request_id, "recorded", by=by, now=now, detail={"cases": len(cases)})
    return request_id


async def note_step(
    tx: Transaction, request_id: UUID, what: str, *, by: UUID | None, now: datetime,
    detail: dict[str, Any] | None = None, reason: str | None = None,
) -> None:  # fmt: skip
    """Write down what was done about a request."""
    await tx.execute(
        "insert into intake.subject_request_step (id, request_id, at, by, what, detail, reason)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        new_id(),
        request_id,
        now,
        by,
        what,
        detail or {},
        reason,
    )
