"""Accept a complaint (ISO 10002 7.2): from the answer on it can no longer be lost.

The hot path. Complaint, identity, contact, idempotency key, bucket counter and journal row are written by one
statement in one round trip. The complainant's reference is found or made inside it, so the event's body is completed
and digested there too (`docs/decisions/0006-hot-paths.md`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from schemas.complaints import ComplaintFiled, Promised
from schemas.envelope import FreeText, bucket_of, digest_head
from schemas.policy import PolicyBundle
from services.intake.contacts.digests import contact_digest
from services.intake.contacts.seal import Seal, place_of, seal_of
from services.intake.contacts.sealed_columns import IDENTITY_TEXTS
from services.intake.filing import Filing
from services.intake.filing_checks import Checked
from services.intake.filing_statement import FILE, FILE_WITH_KEY, complaint_row
from services.intake.serials import Serials
from services.intake.tracking_number import make_number
from services.intake.tracking_secret import digest_of_plain, secret_of
from services.kit import tracing
from services.kit.database import Database, new_id
from services.kit.errors import InvalidInput, Unavailable
from services.kit.i18n import N_
from services.kit.placing import Facts, place
from services.kit.promises import promised
from services.kit.settings import Settings
from services.kit.tokens import keyed_digest


class KeyReused(InvalidInput):
    """The same `Idempotency-Key` came with another body. Use a fresh key for another complaint."""

    code = "idempotency-key-reused"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What whoever filed is told; `repeated` when the very same filing had been accepted before."""

    complaint_id: UUID
    tracking_number: str
    secret: str
    received_at: datetime
    acknowledged_at: datetime | None
    promised: Promised
    repeated: bool = False


class Key(NamedTuple):
    """An `Idempotency-Key` and the body it came with, both digested."""

    key: bytes
    body: bytes


def key_of(server_secret: str, scope: str, key: str, body: bytes) -> Key:
    """The key of a filing; `scope` keeps the keys of one sender apart from those of another."""
    return Key(keyed_digest(server_secret, "idempotency", f"{scope}:{key}"), hashlib.sha256(body).digest())


async def file_complaint(
    database: Database,
    checked: Checked,
    *,
    bundle: PolicyBundle,
    serials: Serials,
    settings: Settings,
    now: datetime,
    filed_by: UUID | None = None,
    key: Key | None = None,
    split_from: UUID | None = None,
) -> Receipt:
    """Accept a complaint and announce it.

    Args:
        settings: hold the keys that seal who filed it and that key the digests stored.
        split_from: the case that it was a part of.

    Raises:
        KeyReused: the idempotency key came before with another body.
    """
    server_secret = settings.digest_key
    if key is not None and (known := await answered_before(database, key, server_secret)) is not None:
        return known
    number = make_number(bundle.organisation.tracking_prefix, now, await serials.take(database), bundle.zone)
    case_id = new_id()
    secret = secret_of(server_secret, case_id)
    fact, unit, restricted = filed_fact(checked, bundle, number, now, filed_by)
    if split_from is not None:
        fact = fact.model_copy(update={"split_from": split_from})
    row = await database.statement(
        FILE if key is None else FILE_WITH_KEY,
        *_arguments(
            case_id, fact, checked, unit, restricted, digest_of_plain(server_secret, secret.replace("-", "")), settings
        ),
        *(() if key is None else (key.key, key.body)),
        announces=True,
    )
    if row is None:
        # Another request with this key was a moment faster; what it wrote is committed by now.
        known = await answered_before(database, key, server_secret) if key is not None else None
        if known is not None:
            return known
        raise Unavailable(
            N_("The complaint could not be written."), N_("Nothing was saved; send it again in a moment.")
        )
    return Receipt(case_id, number, secret, fact.received_at, fact.acknowledged_at, fact.promised)


def filed_fact(
    checked: Checked, bundle: PolicyBundle, number: str, now: datetime, filed_by: UUID | None
) -> tuple[ComplaintFiled, str, bool]:
    """The event of a filing, the unit the rules place it with, and whether that makes it a restricted case."""
    filing = checked.filing
    facts = Facts(
        kind=filing.kind,
        channel=checked.channel.code,
        narrative=checked.narrative,
        category=filing.category,
        service_point=filing.service_point,
        area=checked.area,
        segment=filing.segment,
        identity=filing.identity,
        subject=checked.subject,
    )
    placed = place(bundle, facts, subject_unit=checked.subject_unit)
    due = promised(
        bundle,
        checked.received_at,
        kind=filing.kind,
        priority=placed.priority,
        unit=placed.unit,
        service_point=filing.service_point,
    )
    fact = ComplaintFiled(
        tracking_number=number,
        kind=filing.kind,
        channel=checked.channel.code,
        narrative=FreeText.of(checked.narrative),
        remedy_sought=FreeText.of(filing.remedy_sought) if filing.remedy_sought else None,
        location=FreeText.of(filing.location) if filing.location else None,
        category=filing.category,
        service_point=filing.service_point,
        area=checked.area,
        segment=filing.segment,
        reference=filing.reference,
        subject=checked.subject,
        identity=filing.identity,
        complainant_ref=None if filing.identity == "anonymous" else uuid4(),
        represented=filing.representative is not None,
        language=filing.language,
        happened_at=checked.happened_at,
        received_at=checked.received_at,
        recorded_at=now,
        acknowledged_at=checked.received_at if checked.channel.acknowledge_on_receipt else None,
        policy_version=bundle.version,
        promised=due,
        external_reference=filing.external_reference,
        filed_by=filed_by,
    )
    return fact, placed.unit, placed.restricted


def contact_digests(server_secret: str, checked: Checked) -> list[bytes]:
    """Keyed digests of telephone number, e-mail address and account, sorted: two filings never wait in a ring."""
    who = checked.filing.complainant
    given = [] if who is None else [("phone", who.phone), ("email", who.email)]
    if checked.contact_key and checked.filing.identity != "anonymous":
        kind, _, account = checked.contact_key.partition(":")
        given.append((kind, account))
    return sorted(contact_digest(server_secret, kind, value) for kind, value in given if value)


NOBODY = (None,) * (len(IDENTITY_TEXTS) + 4)
"""In place of what `sealed_identity` gives, where nothing is kept."""


def sealed_identity(case_id: UUID, filing: Filing, server_secret: str, seal: Seal) -> tuple[Any, ...]:
    """Who filed it as it is stored: six sealed texts, the preference, the digests by which they are found, the key."""
    who, by = filing.complainant, filing.representative
    said = {
        **({"name": who.name, "phone": who.phone, "email": who.email} if who else {}),
        **({f"representative_{name}": getattr(by, name) for name in ("name", "relation", "authority")} if by else {}),
    }
    return (
        *(seal.text(said.get(column), place_of("identity", column, case_id)) for column in IDENTITY_TEXTS),
        filing.contact_preference,
        contact_digest(server_secret, "phone", who.phone) if who and who.phone else None,
        contact_digest(server_secret, "email", who.email) if who and who.email else None,
        seal.newest,
    )


def _arguments(
    case_id: UUID,
    fact: ComplaintFiled,
    checked: Checked,
    unit: str,
    restricted: bool,
    secret: bytes,
    settings: Settings,
) -> tuple[Any, ...]:
    body, texts = fact.to_wire()
    event_id = new_id()
    tracing.about(case_id, event_id)
    filing = checked.filing
    # Of whoever files anonymously nothing is kept; a representative gave their own name.
    anonymous = filing.identity == "anonymous" and filing.representative is None
    return (
        *complaint_row(
            case_id,
            fact,
            secret,
            unit,
            restricted,
            subject_unit=checked.subject_unit,
            consent=filing.agreed_to(checked.consent_version),
        ),
        contact_digests(settings.digest_key, checked),
        not anonymous,
        *(NOBODY if anonymous else sealed_identity(case_id, filing, settings.digest_key, seal_of(settings))),
        bucket_of(case_id),
        event_id,
        fact.TYPE,
        fact.VERSION,
        fact.received_at,
        body,
        texts,
        digest_head(event_id, case_id, fact.TYPE, fact.VERSION, fact.received_at, False),
        tracing.current(),
    )


async def answered_before(database: Database, key: Key, server_secret: str) -> Receipt | None:
    """What was answered to a filing with this key before. Raises KeyReused when its body was another."""
    rows = await database.read(
        # From the journal, so that the answer is the same even when the receipt was corrected since.
        "select i.body_digest, i.complaint_id, j.body, j.texts from intake.idempotency i"
        " join intake.journal j on j.case_id = i.complaint_id and j.type = 'complaint-filed' where i.key = $1",
        key.key,
    )
    if not rows:
        return None
    row = rows[0]
    if row["body_digest"] != key.body:
        raise KeyReused(
            N_("This Idempotency-Key was used before with another body."),
            N_("Send a new key for a new complaint, or the same body to get the same answer."),
        )
    fact = ComplaintFiled.from_wire(row["body"], row["texts"])
    case_id: UUID = row["complaint_id"]
    secret = secret_of(server_secret, case_id)
    return Receipt(
        case_id, fact.tracking_number, secret, fact.received_at, fact.acknowledged_at, fact.promised, repeated=True
    )


async def forget_keys(database: Database, now: datetime, keep: timedelta = timedelta(days=30)) -> None:
    """Forget idempotency keys nobody will repeat any more."""
    await database.statement("delete from intake.idempotency where at < $1", now - keep)
