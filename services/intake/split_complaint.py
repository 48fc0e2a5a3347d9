"""Register a part of a complaint as one of its own: same person, same receipt, a number of its own (ISO 10002 7.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.cases import CaseSplit
from schemas.envelope import Event, words
from schemas.policy import PolicyBundle
from services.intake.contacts.keeping import contacts_of
from services.intake.contacts.read_identity import read_identity
from services.intake.file_complaint import file_complaint, key_of
from services.intake.filing import read_filing
from services.intake.filing_checks import check
from services.intake.messages.addresses import keep_reply_address
from services.intake.serials import Serials
from services.kit.database import Transaction
from services.kit.service import Context

ERASED = "–"
"""What stands for words that were erased before they could be registered."""


async def split_complaint(context: Context, tx: Transaction, event: Event, fact: CaseSplit) -> UUID | None:
    """File the part that staff took out of a complaint, once however often it is told. Returns its case.

    The complainant has the acknowledgement of the first complaint and is told the new number as of any that is filed.
    """
    row = await tx.fetchrow("select * from intake.complaint where id = $1", event.case_id)
    if row is None or event.historical:
        return None
    now, contacts = context.now(), contacts_of(context.settings)
    bundle = await context.copies.in_force(tx, now)
    who = await read_identity(tx, event.case_id, contacts)
    answers = {
        each["channel"]: contacts.read(each["address"], "reply_address", "address", event.case_id, each["channel"])
        for each in await tx.fetch(
            "select channel, address from intake.reply_address where case_id = $1 and stopped_at is null", event.case_id
        )
    }
    body = _body(dict(row), who, fact, bundle)
    checked = check(read_filing(body), bundle, await context.copies.staff(tx), now)
    # Received when the first was: to the microsecond, which a form does not say.
    checked = replace(checked, received_at=row["received_at"], happened_at=row["happened_at"])
    if answers.get("line"):
        checked = replace(checked, contact_key=f"line:{answers['line']}")
    secret = context.settings.digest_key
    receipt = await file_complaint(
        context.database,
        checked,
        bundle=bundle,
        serials=Serials(),
        settings=context.settings,
        now=max(now, row["received_at"]),
        filed_by=fact.by,
        key=key_of(secret, "split", str(fact.request), b""),
        split_from=event.case_id,
    )
    await _answer_there_too(tx, receipt.complaint_id, answers, now, context)
    return receipt.complaint_id


def _body(row: Mapping[str, Any], who: Mapping[str, Any], fact: CaseSplit, bundle: PolicyBundle) -> dict[str, Any]:
    """The filing: what was said of the first complaint holds for the part, but for what it is about."""
    body: dict[str, Any] = {
        "narrative": words(fact.narrative) or ERASED,
        "kind": row["kind"],
        "language": row["language"],
        "identity": row["identity"],
        "channel": row["channel"] if bundle.has("channels", row["channel"]) else bundle.channels[0].code,
        "reference": row["reference"],
        "location": row["location"],
        "contact_preference": who.get("contact_preference"),
    }
    for name, group in (("service_point", "service_points"), ("segment", "segments")):
        body[name] = row[name] if row[name] and bundle.has(group, row[name]) else None
    body["category"] = fact.category if fact.category and bundle.has("categories", fact.category) else None
    given = {name: who[name] for name in ("name", "phone", "email") if who.get(name)}
    if given and row["identity"] != "anonymous":
        body["complainant"] = given
    elif row["identity"] != "anonymous":
        # Who they are was erased: nothing is left to be known by.
        body["identity"] = "anonymous"
        body["contact_preference"] = None
    if who.get("representative_name"):
        body["representative"] = {name: who.get(f"representative_{name}") for name in ("name", "relation", "authority")}
    subject = {"unit": row["subject_unit"], "person": row["subject_person"]}
    if row["subject_person"] or (subject["unit"] and bundle.has_unit(subject["unit"])):
        body["subject"] = subject
    return body


async def _answer_there_too(
    tx: Transaction, case_id: UUID, answers: Mapping[str, str | None], now: datetime, context: Context
) -> None:
    contacts = contacts_of(context.settings)
    for channel, address in answers.items():
        if address:
            await keep_reply_address(tx, case_id, channel, address, now, contacts)
