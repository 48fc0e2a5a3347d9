"""A talk: what was said so far and what it waits for. Plain values that are kept between two messages. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal
from uuid import UUID

from services.kit.thai import parse_digits

Step = Literal["idle", "telling", "category", "identity", "confirm", "which", "comment"]
"""`which`: something was said, and several cases are open to which it could belong. `comment`: what is said next goes
with the rating of `recent_case`."""

MOST_PIECES = 40
MOST_SIGNS = 18_000
"""Characters of a draft; an account may have 20,000, and its headings need some."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One message of a draft: words, a place in words, or something to be fetched by its id."""

    message_id: str
    kind: str
    words: str = ""

    @property
    def has_content(self) -> bool:
        """Whether it is a picture, film, sound or file."""
        return self.kind not in ("text", "place")


@dataclass(frozen=True, slots=True)
class Talk:
    """Where a talk stands. The empty one is `idle`."""

    step: Step = "idle"
    kind: str = "complaint"
    category: str | None = None
    identity: str | None = None
    pieces: tuple[Piece, ...] = ()
    page: int = 0
    """Which page of categories is shown."""
    asked_for_words: bool = False
    recent_case: str | None = None
    """The case that the last message joined by itself, or whose rating is commented on."""

    @property
    def has_words(self) -> bool:
        """Whether anything is said in words."""
        return any(piece.kind == "text" for piece in self.pieces)

    @property
    def signs(self) -> int:
        """How many characters it has."""
        return sum(len(piece.words) for piece in self.pieces)

    @property
    def is_full(self) -> bool:
        """Whether nothing more fits in."""
        return len(self.pieces) >= MOST_PIECES or self.signs >= MOST_SIGNS

    @property
    def under_way(self) -> bool:
        """Whether something is half-finished that would be missed."""
        return self.step != "idle"

    def with_piece(self, piece: Piece) -> Talk:
        """With one message more; a repeated one adds nothing, and words that do not fit in are cut."""
        if any(known.message_id == piece.message_id for known in self.pieces):
            return self
        room = max(MOST_SIGNS - self.signs, 0)
        return replace(self, pieces=(*self.pieces, replace(piece, words=piece.words[:room])))

    def without(self, message_id: str) -> Talk:
        """Without a message that was taken back."""
        return replace(self, pieces=tuple(piece for piece in self.pieces if piece.message_id != message_id))

    def narrative(self, nothing_said: str) -> str:
        """The words of the draft, in the order they were said."""
        return "\n".join(piece.words for piece in self.pieces if piece.kind == "text") or nothing_said

    def location(self) -> str | None:
        """Every place that was sent."""
        return "; ".join(piece.words for piece in self.pieces if piece.kind == "place" and piece.words)[:4000] or None

    def contents(self) -> list[str]:
        """The message ids of everything that is to be fetched."""
        return [piece.message_id for piece in self.pieces if piece.has_content]


def to_json(talk: Talk) -> dict[str, Any]:
    """A talk as it is stored."""
    return asdict(talk)


def from_json(stored: Mapping[str, Any]) -> Talk:
    """The talk that was stored."""
    known = {name: stored[name] for name in Talk.__dataclass_fields__ if name in stored}
    return Talk(**{**known, "pieces": tuple(Piece(**piece) for piece in stored.get("pieces", ()))})


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case of the talker to which something may be added."""

    case_id: UUID
    number: str
    awaits: bool = False
    """Whether we asked the complainant for something."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A category: its code and what it is called."""

    code: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facing:
    """What a talk has to know besides itself."""

    cases: tuple[OpenCase, ...] = ()
    choices: tuple[Choice, ...] = ()


# ---- words that are commands

CANCEL = frozenset({"ยกเลิก", "cancel", "ไม่เอาแล้ว", "หยุด", "stop"})
STATUS = frozenset({"สถานะ", "status", "ติดตาม", "ติดตามเรื่อง", "เรื่องของฉัน"})
HELP = frozenset({"เมนู", "menu", "help", "ช่วยเหลือ", "วิธีใช้"})
DONE = frozenset({"ครบแล้ว", "ครบ", "เสร็จ", "เสร็จแล้ว", "หมดแล้ว", "แค่นี้", "done", "finished"})
SEND = frozenset({"ส่ง", "ส่งเรื่อง", "ส่งเลย", "ยืนยัน", "ใช่", "ตกลง", "send", "confirm", "yes"})
EDIT = frozenset({"แก้ไข", "เพิ่มเติม", "ยังไม่ครบ", "edit", "more"})
NEW = {
    **dict.fromkeys(("แจ้งเรื่อง", "ร้องเรียน", "แจ้งเรื่องร้องเรียน", "เรื่องใหม่", "แจ้งเรื่องใหม่", "complain", "new"), "complaint"),
    **dict.fromkeys(("สอบถาม", "ถาม", "ขอสอบถาม", "question", "ask"), "enquiry"),
    **dict.fromkeys(("ข้อเสนอแนะ", "เสนอแนะ", "แนะนำ", "suggestion", "suggest"), "suggestion"),
    **dict.fromkeys(("ชมเชย", "คำชมเชย", "ชม", "compliment", "praise"), "compliment"),
}
LANGUAGE = {"english": "en", "eng": "en", "ภาษาอังกฤษ": "en", "ภาษาไทย": "th", "thai": "th", "ไทย": "th"}
NAMED = frozenset({"เปิดเผย", "เปิดเผยชื่อ", "เปิดเผยได้", "named", "open"})
CONFIDENTIAL = frozenset({"ปกปิด", "ปกปิดชื่อ", "ไม่เปิดเผย", "ขอปกปิดชื่อ", "confidential"})
PLEASANTRIES = frozenset(
    "สวัสดี หวัดดี ดี ขอบคุณ ขอบใจ ขอบคุณมาก โอเค ok okay เค รับทราบ จ้า จ้ะ ค่ะ ครับ คะ hi hello hey thanks thx 555 อืม "
    "ทดสอบ test ฮัลโหล มีใครอยู่ไหม".split()
)
_POLITE = re.compile(r"(?:\s|นะ|ค่ะ|คะ|ครับผม|ครับ|คับ|จ้า|จ้ะ|จ๊ะ|ๆ|[.!?~🙏😊👍❤️])+$")

_WHOLE = CANCEL | STATUS | HELP | DONE | SEND | EDIT | NAMED | CONFIDENTIAL | PLEASANTRIES | {*NEW, *LANGUAGE}
"""What is complete as it is: `สถานะ` ends like a particle of politeness."""

SHORT = 6
"""A text of fewer characters is a word, not an account."""


def plain(text: str) -> str:
    """A text as commands are compared: small letters, Arabic digits, without particles of politeness at its end."""
    words = parse_digits(text).strip().casefold()
    if words in _WHOLE:
        return words
    return _POLITE.sub("", words) or words


def is_pleasantry(text: str) -> bool:
    """Whether a text greets, thanks or tries whether somebody is there."""
    words = plain(text)
    return words in PLEASANTRIES or not any(sign.isalnum() for sign in words)


def is_one_word(text: str) -> bool:
    """Whether a text is too short to be an account of anything."""
    return len(plain(text)) < SHORT


_CODE = re.compile(r"(?:link|ลิงก์|เชื่อม|เชื่อมต่อ|รหัส)?\s*([0-9a-z]{4})-([0-9a-z]{4})", re.IGNORECASE)


def code_in(text: str) -> str | None:
    """The one-time code that a text consists of, such as `LINK 7KQ4-M2WD`; None when it is something else."""
    found = _CODE.fullmatch(parse_digits(text).strip())
    return f"{found[1]}-{found[2]}".upper() if found else None


def number_in(text: str) -> int | None:
    """The number that a text consists of, to choose from a list."""
    words = plain(text)
    return int(words) if words.isascii() and words.isdigit() and len(words) <= 2 else None
