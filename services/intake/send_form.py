"""Send the public form: note that it arrived, file the complaint, take its files along, settle the arrival.

Each of the three steps is committed by itself and safe to repeat, so that a crash between any two loses nothing: what
arrived holds the answers, sealed, and is registered again by itself or by the button on `/admin/channels`.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from cryptography.fernet import Fernet, InvalidToken

from services.intake.arrivals import arrived, registered
from services.intake.file_complaint import Receipt, file_complaint, key_of
from services.intake.files.attach import attach_draft
from services.intake.filing import read_filing
from services.intake.filing_checks import Checked, check
from services.intake.public_form import Answers, filing_of
from services.intake.serials import Serials
from services.kit.errors import NotFound
from services.kit.i18n import N_, Lang
from services.kit.service import Context

CHANNEL = "web"


class SentForm(NamedTuple):
    """A filled-in form: its own key, whose draft files it has, what was answered, and the language of its sender."""

    once: str
    draft: bytes
    answers: Answers
    language: Lang


async def send_form(context: Context, serials: Serials, form: SentForm, checked: Checked) -> Receipt:
    """File what the form says; sent twice it is one complaint with one receipt.

    Raises:
        KeyReused: it was sent before with other answers.
    """
    await note_arrival(context, form)
    return await register(context, serials, form, checked)


async def note_arrival(context: Context, form: SentForm) -> None:
    """Keep the answers, sealed, before anything is made of them."""
    now = context.now()
    sealed = _seal(context).encrypt(orjson.dumps({"answers": form.answers, "language": form.language}))
    async with context.database.transaction() as tx:
        if await arrived(tx, CHANNEL, form.once, now):
            await tx.execute(
                "insert into intake.web_draft (id, draft, sealed, at) values ($1, $2, $3, $4) on conflict do nothing",
                form.once,
                form.draft,
                sealed,
                now,
            )


async def register(context: Context, serials: Serials, form: SentForm, checked: Checked) -> Receipt:
    """File the complaint and settle its arrival."""
    now = context.now()
    bundle = await context.copies.in_force(context.database, now)
    secret = context.settings.digest_key
    receipt = await file_complaint(
        context.database,
        checked,
        bundle=bundle,
        serials=serials,
        settings=context.settings,
        now=now,
        key=key_of(secret, "form", form.once, repr(sorted(form.answers.items())).encode()),
    )
    async with context.database.transaction() as tx:
        await attach_draft(tx, form.draft, receipt.complaint_id)
        await registered(tx, CHANNEL, form.once, receipt.complaint_id, now)
        await tx.execute("delete from intake.web_draft where id = $1", form.once)
    return receipt


async def register_form_again(context: Context, source_id: str) -> UUID:
    """Register a form that arrived and whose complaint is missing.

    Raises:
        NotFound: its answers are not kept any more, or cannot be unsealed.
        InvalidInput: what it says cannot be filed under the policy in force now.
    """
    rows = await context.database.read("select draft, sealed, at from intake.web_draft where id = $1", source_id)
    if not rows:
        raise NotFound(N_("What this form said is not kept here."), N_("It was registered in the meantime; reload."))
    try:
        said: dict[str, Any] = orjson.loads(_seal(context).decrypt(rows[0]["sealed"]))
    except InvalidToken:
        raise NotFound(
            N_("What this form said cannot be unsealed."), N_("Set the REDRESS_SECRET_KEY that sealed it.")
        ) from None
    form = SentForm(source_id, rows[0]["draft"], said["answers"], said["language"])
    arrived_at: datetime = rows[0]["at"]
    bundle = await context.copies.in_force(context.database, arrived_at)
    staff = await context.copies.staff(context.database)
    checked = check(read_filing(filing_of(form.answers, form.language)), bundle, staff, arrived_at)
    return (await register(context, Serials(), form, checked)).complaint_id


def _seal(context: Context) -> Fernet:
    """A key of this purpose alone, from the server's secret."""
    key = hashlib.sha256(b"web-draft:" + context.settings.digest_key.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
