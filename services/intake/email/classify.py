"""What kind of mail it is, as far as that decides whether it is registered and whether it may ever be answered. Pure.

An automatic answer is never answered (RFC 3834), a delivery report (RFC 3464) tells of one of our own messages, and
what comes back to us from ourselves is a loop. What a machine wrote but may have passed on for a person, such as the
form of another web site, is kept for a person to decide.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from services.intake.email.parse_message import ParsedMessage

MailKind = Literal["person", "bounce", "auto_reply", "auto_generated", "list", "loop"]

_DAEMON = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon|mdaemon|double-bounce|bounces?(?:[-+=].*)?)$", re.I)
_AWAY = re.compile(
    r"^\s*(?:\[?(?:auto(?:matic|mated)?[\s:-]*(?:reply|response|answer)|autoreply|auto:|out of (?:the )?office"
    r"|on (?:vacation|leave))\b|ตอบกลับอัตโนมัติ|การตอบกลับอัตโนมัติ|ข้อความตอบกลับอัตโนมัติ|ตอบอัตโนมัติ|ไม่อยู่ที่สำนักงาน|ลาพักร้อน)",
    re.IGNORECASE,
)
_UNDELIVERED = re.compile(
    r"undeliver|delivery status notification|delivery (?:has )?fail|returned mail|mail delivery (?:failed|system)"
    r"|failure notice|could not be delivered|ส่งไม่สำเร็จ|ไม่สามารถส่ง",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Ours:
    """By what our own mail is known."""

    addresses: Collection[str]
    """Lower-case addresses that our mail leaves from."""
    message_ids: Collection[str]
    """Those ids a message names or bears that are ids of messages we sent."""


@dataclass(frozen=True, slots=True)
class MailClass:
    """A kind with its reason, in words without personal data."""

    kind: MailKind
    reason: str

    @property
    def answered(self) -> bool:
        """Whether it may ever get an automatic answer."""
        return self.kind == "person"


def classify(mail: ParsedMessage, ours: Ours, *, envelope_from: str | None = None) -> MailClass:
    """The kind of a mail. `envelope_from` is the sender in the envelope: empty for what must not be answered."""
    fields = mail.fields
    if mail.message_id is not None and mail.message_id in ours.message_ids:
        return MailClass("loop", "our own message came back")
    if _is_report(mail, envelope_from):
        return MailClass("bounce", "delivery report")
    if mail.sender is not None and mail.sender.address.casefold() in ours.addresses:
        return MailClass("loop", "from our own address")
    if "x-redress" in fields:
        return MailClass("loop", "marked as ours")
    submitted = fields.get("auto-submitted", "").split(";")[0].strip().casefold()
    if submitted.startswith("auto-replied"):
        return MailClass("auto_reply", "Auto-Submitted: auto-replied")
    if any(name in fields for name in ("x-autoreply", "x-autorespond", "x-auto-reply-from")):
        return MailClass("auto_reply", "marked as an automatic answer")
    precedence = fields.get("precedence", "").strip().casefold()
    if precedence == "auto_reply" or _AWAY.match(mail.subject):
        return MailClass("auto_reply", "automatic answer")
    if submitted and submitted != "no":
        return MailClass("auto_generated", f"Auto-Submitted: {_word(submitted)}")
    if any(name in fields for name in ("list-id", "list-post", "list-unsubscribe")):
        return MailClass("list", "mailing list")
    if precedence in ("bulk", "list", "junk"):
        return MailClass("list", f"Precedence: {precedence}")
    if envelope_from == "":
        return MailClass("auto_generated", "empty envelope sender")
    return MailClass("person", "written by a person")


def failed_reports(mail: ParsedMessage) -> list[tuple[str, str]]:
    """Message id and status of each of the messages that a report says will never arrive. A delay is no failure."""
    found = [
        (one, report.status or "5.0.0")
        for report in mail.reports
        if report.action == "failed"
        for one in report.original_ids
    ]
    if not mail.reports and _UNDELIVERED.search(mail.subject):
        found += [(one, "5.0.0") for one in (*mail.in_reply_to, *mail.references)]
    return list(dict(found).items())


def _is_report(mail: ParsedMessage, envelope_from: str | None) -> bool:
    if mail.reports or "x-failed-recipients" in mail.fields:
        return True
    kind = mail.fields.get("content-type", "").casefold()
    if kind.startswith("multipart/report") and "disposition-notification" not in kind:
        return True
    daemon = mail.sender is not None and _DAEMON.match(mail.sender.address.rpartition("@")[0]) is not None
    nobody = envelope_from == "" or mail.fields.get("return-path", "").strip() == "<>"
    return (daemon or nobody) and _UNDELIVERED.search(mail.subject) is not None


def _word(text: str) -> str:
    return re.sub(r"[^a-z-]", "", text)[:30]
