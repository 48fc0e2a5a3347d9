"""A mail as a complaint is filed: its words as the narrative, its sender as the complainant. Pure."""

from __future__ import annotations

from services.intake.email.incoming import CHANNEL, Incoming
from services.intake.email.parse_message import ParsedMessage
from services.intake.email.thread_token import without_marks
from services.intake.filing import NARRATIVE_LIMIT, Filing, read_filing
from services.kit.errors import InvalidInput

MORE = {
    "th": "(ข้อความยาวเกินกว่าที่แสดง ส่วนที่เหลืออยู่ในจดหมายต้นฉบับ)",
    "en": "(The message is longer; the rest is in the original mail.)",
}
FILES_ONLY = {"th": "(ไม่มีข้อความ มีเพียงไฟล์แนบ)", "en": "(No text, only attachments.)"}
NO_SUBJECT = frozenset({"", "(no subject)", "no subject", "(ไม่มีเรื่อง)", "ไม่มีเรื่อง"})


def filing_of(incoming: Incoming, mail: ParsedMessage) -> Filing:
    """The filing of a mail.

    Raises:
        InvalidInput: nothing is written in it and nothing attached to it.
    """
    sender = mail.sender
    body = {
        "narrative": narrative_of(mail),
        "identity": "anonymous" if sender is None else "named",
        "language": mail.language,
        "channel": CHANNEL,
        "received_at": incoming.received_at.isoformat(),
    }
    if sender is None:
        return read_filing(body)
    name = (sender.name or sender.address)[:300]
    try:
        who = {"name": name, "email": sender.address}
        return read_filing(body | {"complainant": who, "contact_preference": "email"})
    except InvalidInput as problem:
        if any(field.field != "complainant.email" for field in problem.fields):
            raise
        # An address that nothing can be sent to, such as one within a company's own network: kept as the name.
        return read_filing(body | {"complainant": {"name": f"{name} <{sender.address}>"[:300]}})


def narrative_of(mail: ParsedMessage) -> str:
    """What the complaint says: the subject, unless the text begins with it, and what is new in the text."""
    subject, text = without_marks(mail.subject), mail.folded.new.strip()
    if not text and mail.attachments:
        text = FILES_ONLY["th" if mail.language == "th" else "en"]
    if subject.casefold() in NO_SUBJECT or text.casefold().startswith(subject.casefold()):
        subject = ""
    return shortened(f"{subject}\n\n{text}".strip(), mail.language)


def shortened(text: str, language: str, limit: int = NARRATIVE_LIMIT) -> str:
    """A text within a limit; where something is cut off it says so."""
    if len(text) <= limit:
        return text
    note = MORE["th" if language == "th" else "en"]
    return f"{text[: limit - len(note) - 2].rstrip()}\n\n{note}"


def folded_of(mail: ParsedMessage) -> str | None:
    """What was folded away of a mail: quotation, then signature."""
    parts = [part for part in (mail.folded.quoted, mail.folded.signature) if part.strip()]
    return "\n\n".join(parts)[:200_000] or None
