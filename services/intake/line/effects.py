"""Do what the conversation asks for, in the transaction of the talk; what is to be said about it comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.policy import PolicyBundle
from services.intake.act_on_complaint import NotNow, act_on_complaint, read_action
from services.intake.amend_rating import amend_rating
from services.intake.contacts.keeping import contacts_of
from services.intake.line.content import forget, into_case, to_fetch
from services.intake.line.linking import use_code
from services.intake.line.outcome import Act, Drop, Effect, Fetch, Join, Link, Pushes, Reply, Speak, TakeBack
from services.intake.line.take_back import note_said, take_back
from services.intake.line.users import set_following
from services.intake.messages.addresses import cases_at
from services.intake.messages.receive_message import receive_message
from services.kit.database import Transaction
from services.kit.i18n import N_, Lang, language, translate
from services.kit.service import Context

SHOWN = {
    "image": N_("Sent a photo"), "video": N_("Sent a film"), "audio": N_("Sent a voice message"),
    "file": N_("Sent a file"),
}  # fmt: skip


@dataclass(slots=True)
class Doing:
    """In which talk, for whom, when."""

    context: Context
    tx: Transaction
    talker: bytes
    user_id: str
    bundle: PolicyBundle
    lang: Lang
    at: datetime
    now: datetime


async def do(doing: Doing, effect: Effect) -> list[Reply]:
    """Do one thing; filing is not among them, since it is a transaction of its own."""
    tx = doing.tx
    if isinstance(effect, Fetch):
        piece = effect.piece
        await to_fetch(tx, doing.talker, piece.message_id, piece.kind, piece.words or None, doing.at)
    elif isinstance(effect, Join):
        await _join(doing, effect)
    elif isinstance(effect, Act):
        return await _act(doing, effect)
    elif isinstance(effect, TakeBack):
        await take_back(tx, effect.message_id, doing.talker, doing.at)
    elif isinstance(effect, Drop):
        await forget(tx, effect.message_ids, doing.now)
    elif isinstance(effect, Link):
        return await _link(doing, effect)
    elif isinstance(effect, Speak):
        doing.lang = language(effect.language)
        await tx.execute("update intake.line_user set language = $2 where talker = $1", doing.talker, doing.lang)
    elif isinstance(effect, Pushes):
        await set_following(tx, doing.talker, effect.wanted, doing.at)
    return []


async def _join(doing: Doing, effect: Join) -> None:
    """Everything said goes to the case as a message of the complainant, what was shown as evidence beside it."""
    for piece in effect.pieces:
        if piece.has_content:
            files = await into_case(doing.tx, [piece.message_id], effect.case_id)
            text = translate(doing.lang, SHOWN.get(piece.kind, SHOWN["file"]))
        else:
            files, text = [], piece.words
            await note_said(doing.tx, doing.talker, piece.message_id, piece.kind, effect.case_id, doing.at)
        await receive_message(
            doing.tx,
            case_id=effect.case_id,
            channel="line",
            text=text,
            at=doing.at,
            provider_id=piece.message_id,
            files=files,
            now=doing.now,
        )


async def _act(doing: Doing, effect: Act) -> list[Reply]:
    """What a button under an outcome or a survey asks for, if the case is theirs and it can be done now."""
    if effect.case_id not in await cases_at(doing.tx, doing.talker):
        return [Reply("menu")]
    row = await doing.tx.fetchrow(
        "select tracking_number, policy_version from intake.complaint where id = $1", effect.case_id
    )
    if row is None:
        return [Reply("menu")]
    if effect.action == "more":
        kept = await amend_rating(
            doing.tx, effect.case_id, now=doing.now, medium="line", confidence=effect.confidence, words=effect.words
        )
        if not kept:
            return [Reply("not_now")]
        return [Reply("did_more") if effect.words else Reply("did_confidence", str(effect.case_id))]
    bundle = await doing.context.copies.policy(doing.tx, row["policy_version"])
    rating = {} if effect.rating is None else {"rating": effect.rating}
    try:
        asked = read_action({"action": effect.action, **rating})
        await act_on_complaint(doing.tx, effect.case_id, asked, bundle, doing.now, medium="line")
    except NotNow:
        return [Reply("not_now")]
    about = str(effect.case_id) if effect.action == "rate" else row["tracking_number"]
    return [Reply(f"did_{effect.action}", about)]


async def _link(doing: Doing, effect: Link) -> list[Reply]:
    contacts = contacts_of(doing.context.settings)
    linked = await use_code(doing.tx, contacts, effect.code, doing.talker, doing.user_id, doing.now)
    if linked.what == "staff":
        staff = await doing.context.copies.staff(doing.tx)
        return [Reply("linked_staff", staff.name(linked.staff_id))]
    if linked.what == "case":
        number = await doing.tx.fetchval("select tracking_number from intake.complaint where id = $1", linked.case_id)
        return [Reply("linked_case", number)]
    return [Reply("too_many_codes" if linked.what == "too_many" else "bad_code")]
