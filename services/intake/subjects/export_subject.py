"""Everything that is kept of a person, as they have a right to get it: one document, for a program and for reading.

It holds what they said and were told, who they are, and that they were looked at; not the notes of staff among
themselves, nor the names of staff or of other persons.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.complaints import IdentityHandled
from schemas.envelope import FreeText
from schemas.policy import PolicyBundle
from services.intake.contacts.keeping import Contacts
from services.intake.contacts.read_identity import read_identity
from services.intake.files.read_files import files_of_case
from services.intake.filing import invalid
from services.intake.subjects.find_subject import SubjectCase
from services.intake.subjects.record_request import note_step
from services.intake.subjects.settle_request import open_request
from services.intake.track_complaint import Tracked, track_complaint
from services.intake.tracking_words import status_label, step_label
from services.kit.copies import Copies
from services.kit.database import Transaction, new_id
from services.kit.errors import FieldProblem
from services.kit.i18n import N_, Lang

FORMAT = "redress-subject-export-1"

_COMPLAINT = (
    "tracking_number", "kind", "channel", "narrative", "remedy_sought", "location", "category", "service_point",
    "segment", "reference", "identity", "language", "happened_at", "received_at", "recorded_at", "acknowledged_at",
    "consent_version", "represented", "erased_at",
)  # fmt: skip


async def export_subject(
    tx: Transaction, request_id: UUID, cases: Sequence[SubjectCase], *, bundle: PolicyBundle, copies: Copies,
    contacts: Contacts, lang: Lang, by: UUID | None, now: datetime,
) -> dict[str, Any]:  # fmt: skip
    """The document. Making it is a look at the identity of each case: it is written down and announced.

    Raises:
        InvalidInput: the request is about no case.
        RequestSettled: the request is not open any more.
        ContactKeyMissing: something was sealed with a key that is not here.
    """
    await open_request(tx, request_id)
    if not cases:
        raise invalid([FieldProblem("cases", N_("No case is chosen."), N_("Choose at least one."))])
    number = await tx.fetchval("select number from intake.subject_request where id = $1", request_id)
    exported = []
    for case in cases:
        policy = await copies.policy(tx, await _policy_version(tx, case.case_id))
        exported.append(await _case(tx, case, policy, contacts, lang))
        await _note(tx, request_id, case.case_id, number, by, now)
    await note_step(tx, request_id, "export", by=by, now=now, detail={"cases": len(cases)})
    return {
        "format": FORMAT,
        "request": number,
        "made_at": now,
        "controller": bundle.organisation.name.say(lang),
        "lawful_basis": bundle.consent.lawful_basis.say(lang),
        "privacy_notice": bundle.privacy_notice.say(lang),
        "kept_for": [{"what": rule.label.say(lang), "years": rule.years} for rule in bundle.retention],
        "cases": exported,
    }


async def _policy_version(tx: Transaction, case_id: UUID) -> str:
    return str(await tx.fetchval("select policy_version from intake.complaint where id = $1", case_id))


async def _note(tx: Transaction, request_id: UUID, case_id: UUID, number: int, by: UUID | None, now: datetime) -> None:
    reason = f"data request {number}"
    await tx.execute(
        "update intake.subject_request_case set done = 'exported', at = $3"
        " where request_id = $1 and case_id = $2 and done = 'found'",
        request_id,
        case_id,
        now,
    )
    if by is not None:
        await tx.execute(
            "insert into intake.identity_look (id, case_id, by, at, reason) values ($1, $2, $3, $4, $5)",
            new_id(),
            case_id,
            by,
            now,
            reason,
        )
    tx.announce(IdentityHandled(what="exported", by=by, at=now, reason=FreeText.of(reason)), case_id=case_id, at=now)


async def _case(
    tx: Transaction, case: SubjectCase, bundle: PolicyBundle, contacts: Contacts, lang: Lang
) -> dict[str, Any]:
    case_id = case.case_id
    tracked = await track_complaint(tx, case_id)
    messages = await tx.fetch(
        "select direction, channel, created_at as at, subject, text, state from intake.message"
        " where case_id = $1 and staff_id is null and state in ('sent', 'delivered', 'failed', 'received') order by id",
        case_id,
    )
    acts = await tx.fetch(
        "select action, at, words, rating, confidence, medium from intake.complainant_action where case_id = $1"
        " order by at, id",
        case_id,
    )
    looks = await tx.fetch("select at from intake.identity_look where case_id = $1 order by at, id", case_id)
    addresses = await tx.fetch(
        "select channel, address, at from intake.reply_address where case_id = $1 order by channel", case_id
    )
    files = [file for file in await files_of_case(tx, case_id, public=False) if not file.internal or _own(file.origin)]
    who = await read_identity(tx, case_id, contacts)
    return {
        **{name: tracked.complaint[name] for name in _COMPLAINT},
        "category_label": _label(bundle, "categories", tracked.complaint["category"], lang),
        "channel_label": _label(bundle, "channels", tracked.complaint["channel"], lang),
        "state": tracked.state,
        "state_label": status_label(tracked.state, lang),
        "who": {name: said for name, said in who.items() if name != "complaint_id"},
        "reached_at": [
            {
                "channel": row["channel"],
                "address": contacts.read(row["address"], "reply_address", "address", case_id, row["channel"]),
                "since": row["at"],
            }
            for row in addresses
        ],
        "timeline": _timeline(tracked, bundle, lang),
        "messages": [dict(row) for row in messages],
        "acts": [dict(row) for row in acts],
        "files": [
            {"id": file.id, "name": file.name, "media_type": file.media_type, "size": file.size,
             "sha256": file.sha256.hex(), "at": file.at, "state": file.state}
            for file in files
        ],
        "identity_opened_at": [row["at"] for row in looks],
    }  # fmt: skip


def _own(origin: str) -> bool:
    return origin == "mail-raw"


def _label(bundle: PolicyBundle, group: Any, code: str | None, lang: Lang) -> str | None:
    return bundle.label_of(group, code, lang) if code else None


def _timeline(tracked: Tracked, bundle: PolicyBundle, lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "at": step.at,
            "what": step_label(step.code, step.detail, bundle, lang, restricted=tracked.restricted),
            "words": step.words,
        }
        for step in tracked.steps
    ]
