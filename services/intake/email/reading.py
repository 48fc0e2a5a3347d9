"""The body of a mail: what a person would read of it, and what hangs on it. Pure.

Of alternatives the plain text is taken, unless it is empty or a mere hint at the other one; then the HTML, made text.
Everything that is not read as text is an attachment, so that nothing of a message is out of sight.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.message import Message

from tnefparse import TNEF

from services.intake.email.charsets import decode_text
from services.intake.email.headers import one_line, parameter, text_field
from services.intake.email.html_text import sanitised, text_of_html
from services.intake.email.parts import content_of, content_type

TEXT_LIMIT = 200_000
"""Characters of text that are taken out of a message: a hundred pages. The raw message keeps the rest."""

ATTACHMENTS_LIMIT = 200
"""Attachments that are taken out; more stay within the raw message, and the text says so."""

NESTED_LIMIT = 10

_STUB = re.compile(
    r"(?:this (?:message|e-?mail) (?:is|contains|requires|was sent) .{0,40}html|view (?:this|it) .{0,30}browser"
    r"|html-enabled)",
    re.IGNORECASE,
)
_TEXT_TYPES = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text/calendar", "text/markdown"})
_REPORTS = frozenset(
    {"message/delivery-status", "text/rfc822-headers", "message/disposition-notification", "message/feedback-report"}
)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,60}>")
_UNSAFE_NAME = re.compile(r"[\\/:*?\"<>|\x00-\x1f]+")
_MORE = "[+] {number}"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a mail. What it says to be is not believed; it is typed by its content when kept."""

    name: str | None
    media_type: str
    content: bytes = field(repr=False)
    inline: bool = False
    """Whether it is a picture shown within the text."""


@dataclass(slots=True)
class Reading:
    """What has been read so far."""

    pieces: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    left_inside: int = 0
    """Attachments beyond the limit."""
    room: int = TEXT_LIMIT

    @property
    def text(self) -> str:
        """Everything a person would read, in order."""
        return "\n\n".join(piece for piece in self.pieces if piece.strip()).strip("\n")

    @property
    def html(self) -> str | None:
        """The HTML parts, safe to show."""
        return "<hr>".join(self.htmls) or None

    def say(self, text: str) -> None:
        """Add text, as far as there is room."""
        plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip("\n")[: self.room]
        if plain.strip():
            self.pieces.append(plain)
            self.room -= len(plain)

    def attach(self, attachment: Attachment) -> None:
        """Add a file, as far as there is room."""
        if len(self.attachments) < ATTACHMENTS_LIMIT:
            self.attachments.append(attachment)
        else:
            self.left_inside += 1


def read_body(message: Message) -> Reading:
    """Read a message."""
    reading = Reading()
    _read(message, reading, 0)
    return reading


def _read(part: Message, reading: Reading, nested: int) -> None:
    kind = content_type(part)
    below = part.get_payload()
    if kind in _REPORTS:
        _report(part, kind, reading)
    elif kind.startswith("message/") and isinstance(below, list) and below and isinstance(below[0], Message):
        _nested(part, below[0], reading, nested)
    elif isinstance(below, list):
        parts = [one for one in below if isinstance(one, Message)]
        if kind == "multipart/alternative":
            parts = _alternative(parts, reading)
        for one in parts:
            _read(one, reading, nested)
    elif kind.startswith("multipart/"):
        _text(part, "text/plain", reading)  # its boundary is nowhere: what is there is read as it stands
    elif kind in _TEXT_TYPES and not _is_attachment(part):
        _text(part, kind, reading)
    elif kind in ("application/ms-tnef", "application/vnd.ms-tnef"):
        _tnef(part, reading)
    else:
        _attach(part, kind, reading)


def _alternative(parts: list[Message], reading: Reading) -> list[Message]:
    """The one of several forms of the same text that is read; the HTML form is kept to be shown."""
    plain = [part for part in parts if content_type(part) == "text/plain" and not _is_attachment(part)]
    others = [part for part in parts if part not in plain]
    words = _decoded(plain[0]).strip() if plain else ""
    if not words or (len(words) < 400 and _STUB.search(words)):
        rich = [p for p in others if content_type(p) != "text/calendar"]
        return [*(rich or plain), *(p for p in others if p not in rich)]
    for part in others:
        if content_type(part) == "text/html":
            _keep_html(part, reading)
    # Beside the text only what is no other form of it: attachments, invitations, or HTML with pictures.
    return plain[:1] + [
        _without_text(p) for p in others if content_type(p) not in ("text/html", "text/enriched", "text/richtext")
    ]


def _without_text(part: Message) -> Message:
    """The pictures and files of a `multipart/related` whose HTML is another form of text already read."""
    below = part.get_payload()
    if content_type(part) not in ("multipart/related", "multipart/mixed") or not isinstance(below, list):
        return part
    rest = Message()
    rest["Content-Type"] = "multipart/mixed"
    rest.set_payload(
        [p for p in below if isinstance(p, Message) and not (content_type(p) == "text/html" and not _is_attachment(p))]
    )
    return rest


def _decoded(part: Message) -> str:
    return decode_text(content_of(part)[: 4 * TEXT_LIMIT], parameter(part, "Content-Type", "charset") or None)


def _text(part: Message, kind: str, reading: Reading) -> None:
    text = _decoded(part)
    if kind == "text/html" or (kind == "text/plain" and re.match(r"\s*<(?:!doctype html|html)\b", text, re.IGNORECASE)):
        _keep_html(part, reading)
        reading.say(text_of_html(text))
    elif kind in ("text/enriched", "text/richtext"):
        reading.say(_TAG.sub("", text))
    elif kind == "text/calendar":
        reading.say(invitation(text))
        _attach(part, kind, reading)
    else:
        reading.say(_unflowed(text) if parameter(part, "Content-Type", "format").casefold() == "flowed" else text)
        if len(text) > TEXT_LIMIT:
            _attach(part, kind, reading)


def _unflowed(text: str) -> str:
    """Lines that a sender broke softly (RFC 3676), joined again."""
    lines: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        soft = lines and lines[-1].endswith(" ") and lines[-1] != "-- " and not line.startswith((">", "-- "))
        if soft and not lines[-1].startswith(">"):
            lines[-1] += line
        else:
            lines.append(line)
    return "\n".join(lines)


def _keep_html(part: Message, reading: Reading) -> None:
    if len(reading.htmls) < 20:
        reading.htmls.append(sanitised(_decoded(part)))


def invitation(text: str) -> str:
    """What an invitation (RFC 5545) says to a person: what, when, where."""
    unfolded = re.sub(r"\r?\n[ \t]", "", text)
    wanted = ("SUMMARY", "DTSTART", "DTEND", "LOCATION", "DESCRIPTION")
    lines: list[str] = []
    inside = False
    for line in unfolded.splitlines():
        inside = (inside or line.startswith("BEGIN:VEVENT")) and not line.startswith("END:VEVENT")
        name = re.split(r"[;:]", line, maxsplit=1)[0].upper()
        if inside and name in wanted and ":" in line:
            value = (
                line.split(":", 1)[1].replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";")
            )
            lines.append(value.strip() if name in ("SUMMARY", "DESCRIPTION") else f"{name}: {value.strip()}")
    return "\n".join(line for line in lines if line)


def _nested(part: Message, inner: Message, reading: Reading, nested: int) -> None:
    """A message within the message: its head, its words and its files, and the whole of it as a file."""
    try:
        whole = inner.as_bytes()
    except Exception:
        whole = str(inner.get_payload()).encode("utf-8", "replace")
    name = _name(part) or f"{_UNSAFE_NAME.sub(' ', text_field(inner, 'Subject')).strip()[:100] or 'message'}.eml"
    reading.attach(Attachment(name, "message/rfc822", whole))
    if nested >= NESTED_LIMIT:
        return
    heads = [f"{field}: {value}" for field in ("From", "Date", "Subject") if (value := text_field(inner, field))]
    reading.say("\n".join(["---------- Forwarded message ----------", *heads]))
    _read(inner, reading, nested + 1)


def _report(part: Message, kind: str, reading: Reading) -> None:
    """A part for machines: shown as it is, since it says why something was not delivered."""
    below = part.get_payload()
    blocks = [one for one in below if isinstance(one, Message)] if isinstance(below, list) else []
    if blocks:
        text = "\n\n".join(
            "\n".join(f"{key}: {one_line(str(value)[:2000])}" for key, value in b.items()) for b in blocks[:50]
        )
    else:
        text = _decoded(part)[:20_000]
    reading.attach(Attachment(f"{kind.rpartition('/')[2]}.txt", kind, text.encode("utf-8", "replace")))


def _tnef(part: Message, reading: Reading) -> None:
    """What Outlook wraps into `winmail.dat`; what cannot be unwrapped stays a file."""
    content = content_of(part)
    try:
        wrapped = TNEF(content, do_checksum=False)
        files = [
            (str(a.long_filename() or a.name or ""), bytes(a.data or b""))
            for a in wrapped.attachments[:ATTACHMENTS_LIMIT]
        ]
        body, html = wrapped.body, wrapped.htmlbody
    except Exception:
        reading.attach(Attachment(_name(part) or "winmail.dat", "application/ms-tnef", content))
        return
    if body or html:
        plain = _as_text(body) if body else ""
        reading.say(plain if plain.strip() else text_of_html(_as_text(html)))
    if html:
        reading.htmls.append(sanitised(_as_text(html)))
    if not (body or html):
        reading.attach(Attachment(_name(part) or "winmail.dat", "application/ms-tnef", content))
    for name, data in files:
        reading.attach(Attachment(clean_name(name), "application/octet-stream", data))


def _as_text(given: object) -> str:
    return decode_text(given, None) if isinstance(given, bytes) else str(given or "")


def _is_attachment(part: Message) -> bool:
    disposition = str(part.get("Content-Disposition", "")).strip().casefold()
    return disposition.startswith("attachment") or (disposition.startswith("inline") and bool(_name(part)) and (
        content_type(part) not in ("text/plain", "text/html")))  # fmt: skip


def _attach(part: Message, kind: str, reading: Reading) -> None:
    content = content_of(part)
    name = _name(part)
    if not content and not name:
        return
    inline = part.get("Content-ID") is not None and kind.startswith("image/")
    reading.attach(Attachment(name, kind, content, inline))


def _name(part: Message) -> str | None:
    for field_name, parameter_name in (("Content-Disposition", "filename"), ("Content-Type", "name")):
        if part.get(field_name) is not None and (found := clean_name(parameter(part, field_name, parameter_name))):
            return found
    location = one_line(str(part.get("Content-Location", "")))
    return clean_name(location.rsplit("/", 1)[-1]) if location else None


def clean_name(name: str) -> str | None:
    """A file's name without folders and characters that no file system or page should meet."""
    plain = _UNSAFE_NAME.sub("_", one_line(name.replace("\\", "/").rsplit("/", 1)[-1])).strip(" .")
    if len(plain) > 150:
        stem, dot, end = plain.rpartition(".")
        plain = f"{stem[:140]}.{end}" if dot and len(end) <= 8 else plain[:150]
    return plain or None
