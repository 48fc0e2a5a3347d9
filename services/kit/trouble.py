"""What went wrong outside our own rules: what passes by itself, what the sender can mend, and what is a fault of ours.

Messages of exceptions may quote what they failed on (a row, a field, a parameter), so neither a log nor a parked event
carries them: `told` says what happened without a value, `where` in which lines of ours.
"""

from __future__ import annotations

import traceback
from pathlib import Path

import asyncpg
import pydantic
import sqlalchemy.exc

from services.kit.errors import InvalidInput, RedressError, StorageFull, Unavailable
from services.kit.i18n import N_

_OURS = Path(__file__).parents[2]

_PASSING = (
    OSError,  # a refused or broken connection, a timeout (TimeoutError is one), no room on the disk
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    sqlalchemy.exc.TimeoutError,
)

_UNKEPT = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)

_PLAIN = (AttributeError, TypeError, NameError, ImportError, AssertionError, RuntimeError)
"""Errors of a program; their messages name code, not data."""


def _origin(problem: BaseException) -> BaseException:
    """What the driver said, where SQLAlchemy has wrapped it."""
    while isinstance(problem, sqlalchemy.exc.DBAPIError) and problem.orig is not None:
        problem = problem.orig
    return problem.__cause__ if _from_dialect(problem) and problem.__cause__ is not None else problem


def _from_dialect(problem: BaseException) -> bool:
    return type(problem).__module__.startswith("sqlalchemy.dialects")


def passes(problem: BaseException) -> bool:
    """Whether the trouble is the database's or the machine's and not the matter's: then the same is tried again."""
    origin = _origin(problem)
    # asyncpg reports an argument of the wrong kind as an InterfaceError too; that one would fail again for ever.
    return isinstance(origin, _PASSING) and not isinstance(origin, ValueError)


def known(problem: BaseException) -> RedressError | None:
    """The problem as somebody who sent a request can act on it; None for a fault of ours."""
    if isinstance(problem, RedressError):
        return problem
    if isinstance(problem.__cause__, RedressError):  # the framework wraps what reading a body raises
        return problem.__cause__
    origin = _origin(problem)
    if isinstance(origin, _UNKEPT):
        return InvalidInput(
            N_("The text holds a null character, which cannot be kept."),
            N_("Remove the character U+0000 and send it again."),
        )
    if isinstance(origin, asyncpg.DiskFullError):
        return no_room()
    if passes(origin):
        return Unavailable(
            N_("The database does not answer just now."),
            N_(
                "Wait a minute and look whether it was kept; if not, send it again. With an Idempotency-Key it is never"
                " kept twice."
            ),
        )
    return None


def no_room() -> StorageFull:
    """The refusal of whatever would write while the disk is full."""
    return StorageFull(
        N_("The disk is full: nothing more can be kept just now."),
        N_("Nothing was saved. Send it again later; whoever runs the system must free some space."),
    )


def told(problem: BaseException) -> str:
    """What happened, without any value that a message might quote."""
    origin = _origin(problem)
    name = type(origin).__name__
    if isinstance(origin, asyncpg.PostgresError):
        places = (getattr(origin, key, None) for key in ("table_name", "column_name", "constraint_name"))
        return " ".join([name, str(origin.sqlstate or ""), *(str(place) for place in places if place)]).strip()
    if isinstance(origin, pydantic.ValidationError):
        return f"{name}: {origin.error_count()} mistakes in {origin.title}"
    if isinstance(origin, OSError):
        return f"{name}: {origin.strerror or origin.errno or 'no answer'}"
    if isinstance(origin, RedressError):
        return f"{name}: {origin.what}"
    return f"{name}: {origin}" if isinstance(origin, _PLAIN) else name


def where(problem: BaseException, most: int = 8) -> list[str]:
    """The lines of ours that led to the problem, the innermost last."""
    steps = []
    for step in traceback.extract_tb(problem.__traceback__):
        file = Path(step.filename)
        if file.is_relative_to(_OURS / "services") or file.is_relative_to(_OURS / "schemas"):
            steps.append(f"{file.relative_to(_OURS)}:{step.lineno} {step.name}")
    return steps[-most:]
