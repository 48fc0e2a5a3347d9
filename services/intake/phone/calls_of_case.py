"""Read how a case came in by voice or on paper: its calls with their recordings, and the date of its letter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.kit.copies import Fetches


@dataclass(frozen=True, slots=True)
class CaseCall:
    """A call about a case. `recording` is an address or an id where it is to be heard; nothing is fetched."""

    began_at: datetime
    seconds: int | None
    agent: UUID | None
    recording: str | None

    @property
    def address(self) -> str | None:
        """The recording as a link, where it is an address of the web."""
        return self.recording if self.recording and self.recording.startswith(("https://", "http://")) else None


@dataclass(frozen=True, slots=True)
class CameIn:
    """How a case came in, beside its files."""

    calls: list[CaseCall]
    letter_dated: date | None


async def came_in(source: Fetches, case_id: UUID) -> CameIn:
    """The calls of a case, the first on top, and the date that stands on its letter."""
    calls = await source.fetch(
        "select began_at, extract(epoch from ended_at - answered_at)::int as seconds, agent, recording"
        " from intake.phone_call where case_id = $1 order by began_at limit 50",
        case_id,
    )
    letters = await source.fetch("select dated from intake.letter_in where case_id = $1", case_id)
    return CameIn([CaseCall(**dict(row)) for row in calls], letters[0]["dated"] if letters else None)
