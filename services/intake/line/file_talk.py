"""File what a talk confirmed: the complaint, then its evidence, then the receipt; each step safe to repeat.

The event that confirmed it is the arrival, and its id the key of the filing: however often this is begun, there is one
complaint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.policy import PolicyBundle
from services.intake import arrivals
from services.intake.contacts.keeping import contacts_of
from services.intake.contacts.seal import seal_of
from services.intake.file_complaint import Receipt, file_complaint, key_of
from services.intake.filing import Filing, read_filing
from services.intake.filing_checks import check
from services.intake.line.carrier import reply_extra
from services.intake.line.client import LineClient
from services.intake.line.content import into_case
from services.intake.line.flex import receipt_flex
from services.intake.line.follow_talk import settle_event
from services.intake.line.options import REPLY_TOKEN_FRESH
from services.intake.line.reading import reply_token
from services.intake.line.take_back import note_said
from services.intake.line.take_in import event_of
from services.intake.line.talk import Talk, from_json
from services.intake.line.users import contact_key, keep_name, read_user
from services.intake.line.wording import NOTHING_SAID
from services.intake.line.your_cases import track_url
from services.intake.messages.addresses import keep_reply_address
from services.intake.messages.carriers import Refused, TryLater
from services.intake.messages.queue_message import queue_message
from services.intake.serials import Serials
from services.kit.i18n import N_, Lang, language, translate
from services.kit.service import Context

NAMELESS = N_("LINE user")


async def file_talk(context: Context, client: LineClient, serials: Serials, event_id: str) -> None:
    """File the draft of an event in the state `filing`."""
    rows = await context.database.read(
        "select e.*, u.user_id, u.name, u.language from intake.line_event e"
        " join intake.line_user u on u.talker = e.talker where e.id = $1 and e.state = 'filing'",
        event_id,
    )
    if not rows:
        return
    contacts = contacts_of(context.settings)
    row, now = read_user(dict(rows[0]), contacts), context.now()
    draft = from_json(row["draft"])
    bundle = await context.copies.in_force(context.database, now)
    filing = _filing(draft, await _name(context, client, row), language(row["language"]), bundle)
    checked = check(filing, bundle, await context.copies.staff(context.database), now)
    # Received when it was sent, also when it is worked out later (domain §4.14).
    checked = replace(checked, received_at=row["at"], contact_key=contact_key(row["user_id"]))
    receipt = await file_complaint(
        context.database,
        checked,
        bundle=bundle,
        serials=serials,
        settings=context.settings,
        now=now,
        key=key_of(context.settings.digest_key, "line", event_id, b""),
    )
    await _register(context, row, draft, receipt, bundle)


async def _register(
    context: Context, row: Mapping[str, Any], draft: Talk, receipt: Receipt, bundle: PolicyBundle
) -> None:
    """Put evidence and way back to the case, and queue the receipt; from then on the event is done."""
    now, lang, case_id = context.now(), language(row["language"]), receipt.complaint_id
    async with context.database.transaction() as tx:
        state = await tx.fetchval("select state from intake.line_event where id = $1 for update", row["id"])
        if state != "filing":
            return  # another was a moment faster
        await keep_reply_address(tx, case_id, "line", row["user_id"], now, contacts_of(context.settings))
        await into_case(tx, draft.contents(), case_id)
        for piece in draft.pieces:
            if not piece.has_content:
                await note_said(tx, row["talker"], piece.message_id, piece.kind, case_id, row["at"])
        await arrivals.registered(tx, "line", row["id"], case_id, now)
        await queue_message(
            tx,
            case_id=case_id,
            template="acknowledgement",
            language=lang,
            extra={
                "flex": receipt_flex(
                    receipt, bundle, lang, track_url(context.settings.public_url, receipt.tracking_number)
                ),
                **reply_extra(reply_token(event_of(row, seal_of(context.settings))), row["at"], REPLY_TOKEN_FRESH),
            },
            urgent=True,
            dedupe=f"acknowledgement:{case_id}",
            now=now,
        )
        await settle_event(tx, row["id"], now)


def _filing(draft: Talk, name: str, lang: Lang, bundle: PolicyBundle) -> Filing:
    """The body that the API would take."""
    category = draft.category if draft.category and bundle.has("categories", draft.category) else None
    return read_filing(
        {
            "narrative": draft.narrative(translate(lang, NOTHING_SAID)),
            "kind": draft.kind,
            "category": category,
            "location": draft.location(),
            "identity": draft.identity or "confidential",
            "complainant": {"name": name},
            "contact_preference": "line",
            "language": lang,
            "channel": "line" if bundle.has("channels", "line") else None,
            "consent": True,
        }
    )


async def _name(context: Context, client: LineClient, row: Mapping[str, Any]) -> str:
    """The name they go by on LINE; asked for once, and no reason to wait when LINE does not tell it now."""
    if row["name"]:
        return str(row["name"])
    try:
        name = await client.display_name(row["user_id"])
    except (TryLater, Refused):
        name = None
    if name:
        async with context.database.transaction() as tx:
            await keep_name(tx, row["talker"], name, contacts_of(context.settings))
    return name or translate(language(row["language"]), NAMELESS)
