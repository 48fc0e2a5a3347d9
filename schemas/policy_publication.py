"""What is published and said: templates, privacy, retention, the charter page and the record of approval."""

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.policy_mistakes import wrong
from schemas.policy_words import Code, Kind, Line, PolicyPart, TargetName, Text

PLACEHOLDERS = frozenset(
    {
        "tracking_number", "organisation", "centre", "phone", "link", "kind", "status", "unit", "officer",
        "received_at", "due", "old_due", "today", "reason", "request", "decision", "remedy", "recourse", "progress",
        "days", "survey_link", "secret",
    }
)  # fmt: skip
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
NO_RECOURSE = ("enquiry", "suggestion", "compliment")
"""Kinds that are no complaint: what they are told never speaks of recourse (domain §2)."""


class Template(PolicyPart):
    """A message ready to be filled in. The most specific template of a purpose is used: by kind, then by channel.

    Placeholders stand in braces, as {tracking_number}; PLACEHOLDERS lists them, and no personal data is among them.
    """

    code: Code
    purpose: Code
    kind: Kind | None = None
    channel: Code | None = None
    subject: Text
    body: Text

    @property
    def placeholders(self) -> frozenset[str]:
        """The placeholders that stand in it, in either language."""
        return frozenset(name for text in self._texts() for name in _PLACEHOLDER.findall(text))

    def _texts(self) -> tuple[str, ...]:
        return (self.subject.th, self.subject.en or "", self.body.th, self.body.en or "")

    @model_validator(mode="after")
    def _no_recourse_where_nothing_was_complained_of(self) -> Self:
        if self.kind in NO_RECOURSE and "recourse" in self.placeholders:
            raise wrong(
                "recourse",
                "A template for %(kind)s speaks of recourse, which only a complaint has.",
                "Take {recourse} out of it.",
                kind=self.kind,
            )
        return self

    @model_validator(mode="after")
    def _placeholders_are_known(self) -> Self:
        texts = self._texts()
        unknown = sorted({name for text in texts for name in _PLACEHOLDER.findall(text)} - PLACEHOLDERS)
        if unknown:
            raise wrong(
                "placeholder",
                "Unknown placeholder %(names)s.",
                "Use only %(known)s.",
                names=", ".join(f"{{{name}}}" for name in unknown),
                known=", ".join(sorted(PLACEHOLDERS)),
            )
        return self


class Consent(PolicyPart):
    """The consent text shown when filing; a complaint is never refused for want of it (FAQ 4)."""

    version: Line
    text: Text
    lawful_basis: Text


class Retention(PolicyPart):
    """How long something is kept, in years after closing."""

    what: Code
    label: Text
    years: Annotated[int, Field(ge=0, le=100)]


class DataRequests(PolicyPart):
    """Requests of people about their own data (personal-data law): how soon they are answered. (check)"""

    answer_days: Annotated[int, Field(ge=1, le=90)] = 30
    """Calendar days from the day after it came in; a request is due at the end of the last one."""
    warn_days: Annotated[int, Field(ge=0, le=60)] = 7
    """How many days before that those who answer are warned."""


class Step(PolicyPart):
    """A step of the process as told to the public; its time is a text of its own or that of a target."""

    label: Text
    time: Text | None = None
    target: TargetName | None = None
    note: Text | None = None


class Recourse(PolicyPart):
    """A body outside to which a complainant may turn."""

    name: Text
    phone: Line | None = None
    url: Line | None = None


class Publication(PolicyPart):
    """The texts of the policy and charter pages (ISO 10002 clause 7.1)."""

    intro: Text
    how: Text | None = None
    steps: tuple[Step, ...]
    remedies: tuple[Text, ...]
    late: Text | None = None
    review: Text | None = None
    personal_data: Text | None = None
    recourse: tuple[Recourse, ...]


class Emergency(PolicyPart):
    """Whom to call when someone is hurt or in danger."""

    phone: Line
    text: Text


class Approval(PolicyPart):
    """Who approved this policy: the board, or a formally delegated committee with board members (FAQ rulings)."""

    body: Text
    body_kind: Literal["board", "committee"]
    delegation_instrument: Line | None = None
    delegation_date: date | None = None
    board_members: bool = False
    powers_written: bool = False
    resolution_number: Line
    resolution_date: date
    minutes: Line | None = None
    signed_by: Line
    effective_from: date

    @model_validator(mode="after")
    def _committee_is_delegated(self) -> Self:
        if self.body_kind == "committee" and not (
            self.delegation_instrument and self.delegation_date and self.board_members and self.powers_written
        ):
            raise wrong(
                "delegation",
                "A committee may approve only when it is formally delegated, has board members and written powers.",
                "Give delegation_instrument and delegation_date; board_members and powers_written must be true.",
            )
        if self.effective_from < self.resolution_date:
            raise wrong(
                "effective_from",
                "The policy takes effect before it was approved.",
                "Set effective_from to resolution_date or later.",
            )
        return self
