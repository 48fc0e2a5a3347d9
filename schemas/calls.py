"""What intake announces of telephone calls that nobody answered: the task to call back, and what came of it.

A call-back is no case: nobody has complained of anything yet. In the envelope it stands in the place of the case, by an
id of its own. Numbers never leave intake.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from schemas.complaints import IntakeFact

CallBackOutcome = Literal["filed", "added", "reached", "unreachable", "needless"]
"""`filed` a case came of it · `added` it was about an open case · `reached` spoken with, nothing to file ·
`unreachable` given up after ringing in vain · `needless` the caller was answered in the meantime."""


class CallBackOpened(IntakeFact):
    """Somebody rang and was not answered, so that they are owed a call (SE-AM 5.1, compliance with the standards)."""

    TYPE: ClassVar[str] = "call-back-opened"

    rang_at: datetime
    why: Literal["missed", "out_of_hours"]
    due_at: datetime
    policy_version: str
    calendar: str
    within: str
    """The span of working time promised, as the policy writes it."""


class CallBackTaken(IntakeFact):
    """A member of staff took the task, and with it saw the number."""

    TYPE: ClassVar[str] = "call-back-taken"

    by: UUID
    at: datetime


class CallBackAlerted(IntakeFact):
    """The clock of the task reached a warning or its deadline, and somebody was told. Once for each level."""

    TYPE: ClassVar[str] = "call-back-alerted"

    level: str
    """`warn75` at 75 % of the working time, `missed` at the deadline."""
    threshold_at: datetime
    recipients: list[UUID] = Field(default_factory=list)
    """Empty when nobody holds a role that is told; the list of call-backs shows it to everybody."""


class CallBackClosed(IntakeFact):
    """The task is done. `missed`: only after its deadline, whenever that was noticed."""

    TYPE: ClassVar[str] = "call-back-closed"

    outcome: CallBackOutcome
    at: datetime
    by: UUID | None = None
    tries: int = 0
    """How often they were rung in vain before."""
    missed: bool = False
    case: UUID | None = None
    """The case that came of it, or that it was added to."""
