"""What carries a message out on one channel: the contract between the outbox and e-mail, LINE and SMS."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, NamedTuple, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One attempt to tell somebody something.

    A repeated attempt carries the same `message_id`, which is the provider's retry key, or makes the Message-ID.
    """

    message_id: UUID
    case_id: UUID | None
    tracking_number: str | None
    channel: str
    """`email`, `line`, `sms` or `in_app`."""
    to: str
    """An e-mail address, LINE user id or telephone number. Never logged."""
    language: Literal["th", "en"]
    template: str | None
    subject: str | None
    text: str
    html: str | None = None
    urgent: bool = False
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    """The provider's ids of earlier messages of the case on this channel, newest last."""
    extra: dict[str, Any] = field(default_factory=dict)
    """What only the channel understands: `{"flex": …}`, `{"reply_token": …, "reply_until": …}`."""
    attempt: int = 1


class Sent(NamedTuple):
    """What the provider said: its id of the message, and whether it is known to have reached the person.

    A 250 of the mail server counts as delivered until a bounce says otherwise (`messages.delivery.mark_failed`).
    """

    provider_id: str | None
    delivered: bool


class TryLater(Exception):
    """It did not work now: 429, 5xx, a time-out. `after` is the provider's Retry-After, where it gave one."""

    def __init__(self, reason: str = "", after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Refused(Exception):
    """It never will: blocked, unknown recipient. The text is the reason, without personal data."""


class Carrier(Protocol):
    """A channel that messages leave by. Built in `channels.py` where its settings are there; otherwise it is off."""

    channel: str

    async def send(self, outgoing: Outgoing) -> Sent:
        """Hand the message over.

        Raises:
            TryLater: it may work later; tried again with the same `message_id`.
            Refused: it never will on this channel; the next channel is taken.
        """
        ...

    async def check(self) -> str | None:
        """None when the channel is well, else what is wrong and the remedy: a text of the catalogue."""
        ...

    def left(self) -> int | None:
        """How many messages may still be sent this month; None where there is no limit."""
        ...
