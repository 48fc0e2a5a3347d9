"""Register cases of another system as history: thousands at a time, once each by their identifier there.

Nobody is messaged or alerted because of history; it is judged by its own timestamps where it has them (issue 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID, uuid4

import orjson

from schemas.complaints import ComplaintFiled, History, Identity, Kind
from schemas.envelope import FreeText
from schemas.policy import PolicyBundle
from services.intake.contacts.keeping import Contacts
from services.intake.filing import without_unseen
from services.intake.filing_statement import COMPLAINT_COLUMNS, column_type, complaint_row
from services.intake.serials import take_many
from services.intake.tracking_number import make_number
from services.kit.database import Transaction, new_id
from services.kit.journal import columns
from services.kit.placing import Facts, place
from services.kit.promises import promised

NO_SECRET = b""
"""The digest of no secret at all: history is not tracked by its complainant."""


@dataclass(frozen=True, slots=True)
class HistoricalFiling:
    """A case as another system tells it. Codes are those of the policy; times are aware."""

    system: str
    """Name of the system it comes from; within it `external_reference` is unique."""
    external_reference: str
    narrative: str
    received_at: datetime
    history: History
    kind: Kind = "complaint"
    channel: str = "other"
    category: str | None = None
    service_point: str | None = None
    area: str | None = None
    segment: str | None = None
    location: str | None = None
    reference: str | None = None
    remedy_sought: str | None = None
    happened_at: datetime | None = None
    identity: Identity = "anonymous"
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    language: Literal["th", "en"] = "th"


class Registered(NamedTuple):
    """What came of a batch: cases registered now, and cases that had been registered before (or twice in the batch)."""

    registered: int
    duplicates: int


async def file_history(
    tx: Transaction, batch: Sequence[HistoricalFiling], *, bundle: PolicyBundle, contacts: Contacts, now: datetime
) -> Registered:
    """Register what is new in the batch and announce it as historical, set-based, in the caller's transaction.

    Args:
        bundle: the policy whose codes the batch uses and by which the cases are judged.
        contacts: how contacts are sealed, and digested so that repeats of one are linked.
    """
    fresh = {(filing.system, filing.external_reference): filing for filing in reversed(batch)}
    ids = {key: new_id() for key in reversed(fresh)}
    claimed = await tx.fetch(
        "insert into intake.imported (system, reference, complaint_id)"
        " select * from unnest($1::text[], $2::text[], $3::uuid[]) on conflict do nothing returning complaint_id",
        *columns([(*key, case_id) for key, case_id in ids.items()], 3),
    )
    new = {row["complaint_id"] for row in claimed}
    filings = {case_id: fresh[key] for key, case_id in ids.items() if case_id in new}
    refs = await _references(tx, filings, contacts, now)
    serials = await take_many(tx, len(filings))
    rows = []
    for case_id, filing in filings.items():
        number = make_number(bundle.organisation.tracking_prefix, filing.received_at, next(serials), bundle.zone)
        fact, unit, restricted = _fact(filing, bundle, number, refs.get(case_id), now)
        row = list(complaint_row(case_id, fact, NO_SECRET, unit, restricted, historical=True))
        row[_PROMISED] = orjson.dumps(row[_PROMISED]).decode()
        rows.append(row)
        tx.announce(fact, case_id=case_id, at=filing.received_at, historical=True)
    await tx.execute(_INSERT, *columns(rows, len(COMPLAINT_COLUMNS)))
    await _keep_identities(tx, filings, contacts)
    return Registered(len(filings), len(batch) - len(filings))


def _fact(
    filing: HistoricalFiling, bundle: PolicyBundle, number: str, ref: UUID | None, now: datetime
) -> tuple[ComplaintFiled, str, bool]:
    narrative = without_unseen(filing.narrative)
    facts = Facts(
        kind=filing.kind,
        channel=filing.channel,
        narrative=narrative,
        category=filing.category,
        service_point=filing.service_point,
        area=filing.area,
        segment=filing.segment,
        identity=filing.identity,
    )
    placed = place(bundle, facts)
    unit = filing.history.unit or placed.unit
    due = promised(
        bundle,
        filing.received_at,
        kind=filing.kind,
        priority=filing.history.priority or placed.priority,
        unit=unit,
        service_point=filing.service_point,
    )
    fact = ComplaintFiled(
        tracking_number=number,
        kind=filing.kind,
        channel=filing.channel,
        narrative=FreeText.of(narrative),
        remedy_sought=FreeText.of(without_unseen(filing.remedy_sought)) if filing.remedy_sought else None,
        location=FreeText.of(without_unseen(filing.location)) if filing.location else None,
        category=filing.category,
        service_point=filing.service_point,
        area=filing.area,
        segment=filing.segment,
        reference=without_unseen(filing.reference) if filing.reference else None,
        identity=filing.identity,
        complainant_ref=ref,
        language=filing.language,
        happened_at=filing.happened_at,
        received_at=filing.received_at,
        recorded_at=now,
        acknowledged_at=filing.history.acknowledged_at,
        policy_version=bundle.version,
        promised=due,
        external_reference=f"{filing.system}:{filing.external_reference}",
        history=filing.history,
    )
    return fact, unit, placed.restricted


async def _references(
    tx: Transaction, filings: dict[UUID, HistoricalFiling], contacts: Contacts, now: datetime
) -> dict[UUID, UUID]:
    """The complainant reference of every filing that has a contact or a name; the same for the same contact."""
    by_case = {
        case_id: [
            contacts.digest(kind, value) for kind, value in (("phone", filing.phone), ("email", filing.email)) if value
        ]
        for case_id, filing in filings.items()
        if filing.identity != "anonymous"
    }
    digests = sorted({digest for given in by_case.values() for digest in given})
    rows = await tx.fetch(
        "insert into intake.contact as c (digest, ref, known_since)"
        " select digest, ref, $3::timestamptz from unnest($1::bytea[], $2::uuid[]) as n(digest, ref)"
        " on conflict (digest) do update set digest = excluded.digest returning digest, ref",
        digests,
        [uuid4() for _ in digests],
        now,
    )
    known = {row["digest"]: row["ref"] for row in rows}
    return {case_id: known[given[0]] if given else uuid4() for case_id, given in by_case.items()}


async def _keep_identities(tx: Transaction, filings: dict[UUID, HistoricalFiling], contacts: Contacts) -> None:
    rows = [
        (
            case_id,
            *(
                contacts.sealed(getattr(filing, column), "identity", column, case_id)
                for column in ("name", "phone", "email")
            ),
            contacts.digest("phone", filing.phone) if filing.phone else None,
            contacts.digest("email", filing.email) if filing.email else None,
            contacts.seal.newest,
        )
        for case_id, filing in filings.items()
        if filing.identity != "anonymous" and (filing.name or filing.phone or filing.email)
    ]
    await tx.execute(
        "insert into intake.identity (complaint_id, name, phone, email, phone_digest, email_digest, sealed_by)"
        " select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::bytea[], $7::text[])",
        *columns(rows, 7),
    )


_PROMISED = COMPLAINT_COLUMNS.index("promised")
_INSERT = (
    f"insert into intake.complaint ({', '.join(COMPLAINT_COLUMNS)}) select "
    + ", ".join("promised::jsonb" if name == "promised" else name for name in COMPLAINT_COLUMNS)
    + " from unnest("
    + ", ".join(
        f"${place}::{'text' if name == 'promised' else column_type(name)}[]"
        for place, name in enumerate(COMPLAINT_COLUMNS, 1)
    )
    + f") as n({', '.join(COMPLAINT_COLUMNS)})"
)
