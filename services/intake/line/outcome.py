"""What the conversation asks for: what is said and what is done. Plain values; `wording.py` says, `effects.py` does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from services.intake.line.talk import Piece, Talk


class Reply(NamedTuple):
    """Something to be said, put into words by `wording.py`; `about` is a tracking number, count or name in it."""

    code: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """File what was told."""

    draft: Talk


@dataclass(frozen=True, slots=True)
class Join:
    """Add what was said to an open case."""

    case_id: UUID
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Fetch:
    """Fetch the content of a message, before LINE forgets it."""

    piece: Piece


@dataclass(frozen=True, slots=True)
class Act:
    """Do what a complainant may: accept or contest an outcome, rate the handling, say more to the rating (`more`)."""

    case_id: UUID
    action: str
    rating: int | None = None
    confidence: int | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Remove what was unsent; that it was sent stays known."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Drop:
    """Forget the contents of a talk that was cancelled."""

    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Link what a one-time code stands for."""

    code: str


@dataclass(frozen=True, slots=True)
class Speak:
    """Go on in another language."""

    language: str


@dataclass(frozen=True, slots=True)
class Pushes:
    """Whether messages may be sent to the talker."""

    wanted: bool


Effect = File | Join | Fetch | Act | TakeBack | Drop | Link | Speak | Pushes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows from something that happened."""

    talk: Talk
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = field(default=())
