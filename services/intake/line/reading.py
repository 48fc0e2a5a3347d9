"""A webhook event as the channel understands it. Pure, and never raises: what it does not know is `Unknown`.

LINE asks its partners to accept event types, message types and fields that do not exist yet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

MEDIA = frozenset({"image", "video", "audio", "file"})
LONGEST_ID = 100


@dataclass(frozen=True, slots=True)
class Said:
    """A text message."""

    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Showed:
    """A picture, video, voice message or file; its content is fetched by the message id."""

    message_id: str
    kind: Literal["image", "video", "audio", "file"]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A location."""

    message_id: str
    words: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """A sticker."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of ours, by its data."""

    data: str


@dataclass(frozen=True, slots=True)
class Unsent:
    """The sender took a message back."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Followed:
    """The account was added as a friend, or unblocked."""


@dataclass(frozen=True, slots=True)
class Unfollowed:
    """The account was blocked."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """Somebody in a group or room spoke to us, or we were invited there."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing for us: accepted, kept and passed over. `what` is its type."""

    what: str


Happening = Said | Showed | Placed | Stuck | Pressed | Unsent | Followed | Unfollowed | Addressed | Unknown


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any, limit: int = 5000) -> str:
    return value.replace("\x00", "")[:limit] if isinstance(value, str) else ""


def event_id(event: Mapping[str, Any]) -> str:
    """The `webhookEventId`; where there is none that could be kept, a digest of the event."""
    given = _text(event.get("webhookEventId"), LONGEST_ID + 1)
    if given and len(given) <= LONGEST_ID:
        return given
    return "sha256:" + hashlib.sha256(orjson.dumps(event, option=orjson.OPT_SORT_KEYS)).hexdigest()


def event_type(event: Mapping[str, Any]) -> str:
    """The type as LINE names it."""
    return _text(event.get("type"), 60) or "unknown"


def source_of(event: Mapping[str, Any]) -> tuple[str, str]:
    """Kind (`user`, `group`, `room` or empty) and id of where it happened."""
    source = _map(event.get("source"))
    kind = _text(source.get("type"), 20)
    return (kind, _text(source.get(f"{kind}Id"), LONGEST_ID)) if kind in ("user", "group", "room") else ("", "")


def is_redelivery(event: Mapping[str, Any]) -> bool:
    """Whether LINE says that it sent the event before."""
    return _map(event.get("deliveryContext")).get("isRedelivery") is True


def happened_at(event: Mapping[str, Any], now: datetime) -> datetime:
    """When it happened by LINE's clock; `now` where that cannot be."""
    stamp = event.get("timestamp")
    if isinstance(stamp, int) and not isinstance(stamp, bool) and 0 < stamp < 4_102_444_800_000:
        return min(datetime.fromtimestamp(stamp / 1000, UTC), now)
    return now


def reply_token(event: Mapping[str, Any]) -> str | None:
    """The token with which it can be answered once, for about a minute."""
    return _text(event.get("replyToken"), 200) or None


def message_id(event: Mapping[str, Any]) -> str | None:
    """The id of the message, sent or taken back."""
    found = _map(event.get("message")).get("id") or _map(event.get("unsend")).get("messageId")
    return _text(found, LONGEST_ID) or None


def is_for_us(event: Mapping[str, Any]) -> bool:
    """Whether a message in a group or room mentions our account."""
    mention = _map(_map(event.get("message")).get("mention"))
    mentioned = mention.get("mentionees")
    return any(_map(one).get("isSelf") is True for one in mentioned) if isinstance(mentioned, list) else False


def kept_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of an event: all of it, but of what others say among themselves in a group only that it was said."""
    kind, _ = source_of(event)
    if kind in ("group", "room") and event_type(event) == "message":
        message = _map(event.get("message"))
        # Not even of one that calls us: it is answered with the way to talk in private.
        return {**event, "message": {"id": message.get("id"), "type": message.get("type"), "forUs": is_for_us(event)}}
    return dict(event)


def read(event: Mapping[str, Any]) -> Happening:
    """What happened."""
    kind, where = source_of(event)
    what = event_type(event)
    if event.get("mode") == "standby" or not where:
        return Unknown(what)
    if kind != "user":
        called = what == "join" or (what == "message" and _map(event.get("message")).get("forUs") is True)
        return Addressed() if called else Unknown(what)
    if what == "message":
        return _message(_map(event.get("message")))
    if what == "postback" and (data := _text(_map(event.get("postback")).get("data"), 300)):
        return Pressed(data)
    if what == "unsend" and (taken := message_id(event)):
        return Unsent(taken)
    if what == "follow":
        return Followed()
    return Unfollowed() if what == "unfollow" else Unknown(what)


def _message(message: Mapping[str, Any]) -> Happening:
    identifier, kind = _text(message.get("id"), LONGEST_ID), message.get("type")
    if not identifier:
        return Unknown("message")
    if kind == "text" and (words := _text(message.get("text")).strip()):
        return Said(identifier, words)
    if kind in MEDIA:
        return Showed(identifier, kind, _text(message.get("fileName"), 200) or None)
    if kind == "location":
        return Placed(identifier, _place(message))
    return Stuck(identifier) if kind == "sticker" else Unknown(f"message {_text(kind, 20)}")


def _place(message: Mapping[str, Any]) -> str:
    """A location in words: title, address, and where on the map."""
    words = [_text(message.get(name), 300).strip() for name in ("title", "address")]
    latitude, longitude = message.get("latitude"), message.get("longitude")
    if isinstance(latitude, int | float) and isinstance(longitude, int | float):
        words.append(f"{latitude:.6f},{longitude:.6f}")
    return " · ".join(dict.fromkeys(word for word in words if word))
