"""What happened in the life of a case, as far as its clocks care: the facts from which they follow. Pure.

A life is filled fact by fact, and the same facts give the same life in whatever order the two journals were read and
however often: what intake says and what routing says stand in different fields, and within routing the version orders.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from schemas.complaints import History


class Move(NamedTuple):
    """The case went to a state. `until`: how long the clock may stand still at most, with `awaiting_complainant`."""

    version: int
    at: datetime
    to: str
    until: datetime | None = None


class Contact(NamedTuple):
    """A person of the enterprise spoke to the complainant; `progress`: and told them how the case stands."""

    at: datetime
    progress: bool


class Class(NamedTuple):
    """Kind and priority from a moment on: what decides which targets apply."""

    at: datetime
    kind: str
    priority: str | None


class Holder(NamedTuple):
    """Who answered for the case from a moment on."""

    at: datetime
    unit: str | None
    owner: UUID | None


@dataclass(slots=True)
class Life:
    """The facts of one case. Times are UTC; `received_at` is None until the complaint itself has been read."""

    received_at: datetime | None = None
    told_at: datetime | None = None
    """When that time of receipt was recorded, or corrected to be this: nobody could know its deadlines before."""
    unit: str | None = None
    """The unit the rules place it with at receipt. Its calendar holds for the whole life, as the receipt promised."""
    service_point: str | None = None
    kind: str = "complaint"
    priority: str | None = None
    """Kind and priority at receipt."""
    acknowledged_at: datetime | None = None
    history: History | None = None
    """What an import knows of it; its clocks are judged by these times and by nothing else."""
    contacts: list[Contact] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    classes: list[Class] = field(default_factory=list)
    holders: list[Holder] = field(default_factory=list)

    def acknowledge(self, at: datetime | None) -> None:
        """The complainant was told that the complaint arrived; the earliest time stands."""
        if at is not None and (self.acknowledged_at is None or at < self.acknowledged_at):
            self.acknowledged_at = at

    def contact(self, at: datetime, progress: bool) -> None:
        """A contact; told twice it is still one."""
        found = Contact(at, progress)
        if found not in self.contacts:
            self.contacts.append(found)
            self.contacts.sort()

    def move(self, move: Move) -> None:
        """A move; told twice it is still one."""
        if all(known.version != move.version for known in self.moves):
            self.moves.append(move)
            self.moves.sort(key=lambda known: known.version)

    def classify(self, at: datetime, kind: str, priority: str | None) -> None:
        """Kind and priority as routing has them from `at` on; a priority not said yet is the one there was."""
        last = self.classes[-1] if self.classes else None
        if priority is None and last is not None:
            priority = last.priority
        if last is None or (last.kind, last.priority) != (kind, priority):
            self.classes.append(Class(at, kind, priority))

    def hold(self, at: datetime, unit: str | None, owner: UUID | None) -> None:
        """Unit and owner from `at` on."""
        last = self.holders[-1] if self.holders else None
        if last is None or (last.unit, last.owner) != (unit, owner):
            self.holders.append(Holder(at, unit, owner))

    def holder_at(self, at: datetime) -> tuple[str | None, UUID | None]:
        """Unit and owner at a moment; before the first of them, the first."""
        held = [holder for holder in self.holders if holder.at <= at] or self.holders[:1]
        return (held[-1].unit or self.unit, held[-1].owner) if held else (self.unit, None)

    def to_json(self) -> dict[str, Any]:
        """The life as a JSON value; what is empty is left out."""
        found: dict[str, Any] = {
            "received_at": self.received_at,
            "told_at": self.told_at,
            "unit": self.unit,
            "service_point": self.service_point,
            "kind": self.kind,
            "priority": self.priority,
            "acknowledged_at": self.acknowledged_at,
            "history": self.history and self.history.model_dump(mode="json", exclude_none=True),
            "contacts": [list(each) for each in self.contacts],
            "moves": [list(each) for each in self.moves],
            "classes": [list(each) for each in self.classes],
            "holders": [list(each) for each in self.holders],
        }
        return {key: value for key, value in found.items() if value not in (None, [])}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Life:
        """The life that `to_json` wrote."""
        known = dict(value)
        for name in ("received_at", "told_at", "acknowledged_at"):
            known[name] = moment(known.get(name))
        known["history"] = History.model_validate(known["history"]) if known.get("history") else None
        known["contacts"] = [Contact(at=_sure(at), progress=progress) for at, progress in known.get("contacts", [])]
        known["moves"] = [
            Move(version, _sure(at), to, moment(until)) for version, at, to, until in known.get("moves", [])
        ]
        known["classes"] = [Class(_sure(at), kind, priority) for at, kind, priority in known.get("classes", [])]
        known["holders"] = [
            Holder(_sure(at), unit, UUID(owner) if owner else None) for at, unit, owner in known.get("holders", [])
        ]
        return cls(**known)


def moment(value: str | datetime | None) -> datetime | None:
    """A time as JSON carries it."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _sure(value: str | datetime) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
