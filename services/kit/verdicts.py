"""What the failure of an event means: tried again by itself, parked for a person, or the machine's own trouble."""

from __future__ import annotations

import pydantic

from schemas.envelope import UnknownEvent
from services.kit.errors import RedressError
from services.kit.listening import NotYet
from services.kit.trouble import passes, told


class FeedSkipped(Exception):
    """A feed left out a position. Nothing is applied; the feed has to begin again after the cursor."""


def verdict_on(problem: Exception) -> tuple[str, str]:
    """The status an event is parked with, `not_yet` or `failed`, and the reason, which tells nothing of its body."""
    if isinstance(problem, NotYet):
        return "not_yet", str(problem)
    if isinstance(problem, UnknownEvent):  # names type and version, nothing of the body
        return "failed", str(problem)
    if isinstance(problem, pydantic.ValidationError):
        return "failed", f"the body does not fit its version: {problem.error_count()} mistakes"
    if isinstance(problem, RedressError):
        return "failed", f"{problem} {problem.remedy}".strip()
    return "failed", told(problem)


def outcome_of(problem: Exception, status: str) -> str:
    """The outcome as it is counted: what this release does not know is told from what failed."""
    if isinstance(problem, UnknownEvent):
        return "unknown"
    return "parked" if status == "not_yet" else "failed"


def is_passing(problem: Exception) -> bool:
    """Whether the trouble is the database's or the machine's, not the event's: then the batch is tried again."""
    return isinstance(problem, FeedSkipped) or passes(problem)
