"""One row of another system's export as a historical filing. Pure: mapping, policy and row in, filing or reason out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

from schemas.cases import State
from schemas.complaints import History, Kind
from schemas.policy import PolicyBundle
from services.intake.import_history import HistoricalFiling
from services.intake.importing.mapping import Column, ImportMapping
from services.kit.thai import parse_datetime, parse_digits

STATES = frozenset(get_args(State))
KINDS = frozenset(get_args(Kind))
MOMENTS = ("acknowledged_at", "first_contact_at", "decided_at", "closed_at")
NARRATIVE_LIMIT = 20_000


class RowRefused(Exception):
    """The row cannot become a complaint; the message says what to mend."""


@dataclass(frozen=True, slots=True)
class Converter:
    """Everything that stays the same from row to row."""

    mapping: ImportMapping
    bundle: PolicyBundle
    now: datetime

    def filing(self, cells: Mapping[str, str]) -> HistoricalFiling:
        """The filing in a row.

        Raises:
            RowRefused: a required value is missing, or one is not understood.
        """
        columns = self.mapping.columns
        received_at = self._moment(cells, "received_at", columns.received_at)
        reference = self._required(cells, "external_reference", columns.external_reference)
        narrative = self._required(cells, "narrative", columns.narrative).replace("\x00", "")
        if received_at is None:
            raise RowRefused("received_at is missing: a complaint without its date cannot be judged")
        if received_at > self.now:
            raise RowRefused(f"received_at {received_at.isoformat()} lies in the future")
        if len(narrative) > NARRATIVE_LIMIT:
            raise RowRefused(f"the narrative has {len(narrative):,} characters; {NARRATIVE_LIMIT:,} is the limit")
        area = self._text(cells, "area", columns.area)
        return HistoricalFiling(
            system=self.mapping.source,
            external_reference=reference,
            narrative=narrative,
            received_at=received_at,
            history=self._history(cells, received_at),
            kind=self._one_of(cells, "kind", columns.kind, KINDS) or "complaint",  # type: ignore[arg-type]
            channel=self._code(cells, "channel", columns.channel, "channels") or "other",
            category=self._code(cells, "category", columns.category, "categories"),
            service_point=self._service_point(cells, area),
            area=area,
            segment=self._code(cells, "segment", columns.segment, "segments"),
            location=self._text(cells, "location", columns.location),
            reference=self._text(cells, "reference", columns.reference),
            remedy_sought=self._text(cells, "remedy_sought", columns.remedy_sought),
        )

    def _history(self, cells: Mapping[str, str], received_at: datetime) -> History:
        columns = self.mapping.columns
        state = self._one_of(cells, "state", columns.state, STATES)
        if state is None:
            raise RowRefused("state is missing")
        moments: dict[str, Any] = {}
        for name in MOMENTS:
            at = self._moment(cells, name, getattr(columns, name))
            if at is not None and at < received_at:
                raise RowRefused(f"{name} {at.isoformat()} lies before received_at {received_at.isoformat()}")
            moments[name] = at
        original = (cells.get(columns.state.column or "") or "").strip()
        return History(
            state=state,
            unit=self._code(cells, "unit", columns.unit, "units"),
            priority=self._code(cells, "priority", columns.priority, "priorities"),
            cause=self._code(cells, "cause", columns.cause, "causes"),
            rating=self._whole(cells, "rating", columns.rating, 1, 5),
            reopened_count=self._whole(cells, "reopened_count", columns.reopened_count, 0, 1000) or 0,
            out_of_scope=original in self.mapping.out_of_scope,
            **moments,
        )

    def _text(self, cells: Mapping[str, str], name: str, column: Column | None) -> str | None:
        if column is None:
            return None
        try:
            return column.take(cells)
        except KeyError as problem:
            raise RowRefused(f"{name} {problem.args[0]!r} is not in the mapping's values; add it there") from problem

    def _required(self, cells: Mapping[str, str], name: str, column: Column) -> str:
        value = self._text(cells, name, column)
        if not value:
            raise RowRefused(f"{name} is empty (column {column.column})")
        return value

    def _one_of(self, cells: Mapping[str, str], name: str, column: Column | None, known: frozenset[str]) -> str | None:
        value = self._text(cells, name, column)
        if value is not None and value not in known:
            raise RowRefused(f"{name} {value!r} is none of {', '.join(sorted(known))}; translate it in the mapping")
        return value

    def _code(self, cells: Mapping[str, str], name: str, column: Column | None, group: str) -> str | None:
        value = self._text(cells, name, column)
        if value is not None and not self.bundle.has(group, value):
            raise RowRefused(f"{name} {value!r} is not among the policy's {group}; translate it in the mapping")
        return value

    def _service_point(self, cells: Mapping[str, str], area: str | None) -> str | None:
        named = self._code(cells, "service_point", self.mapping.columns.service_point, "service_points")
        if named is None and area is not None:
            found = self.bundle.service_point_for_area(area)
            return found.code if found else None
        return named

    def _moment(self, cells: Mapping[str, str], name: str, column: Column | None) -> datetime | None:
        text = self._text(cells, name, column)
        if not text:
            return None
        zone = ZoneInfo(self.mapping.zone)
        try:
            at = datetime.fromisoformat(text)
            if at.year >= 2400:
                raise ValueError
        except ValueError:
            try:
                at = parse_datetime(text, zone)
            except ValueError as problem:
                raise RowRefused(f"{name} {text!r} is no date and time, such as 2022-07-13 09:15") from problem
        return at if at.tzinfo else at.replace(tzinfo=zone)

    def _whole(self, cells: Mapping[str, str], name: str, column: Column | None, least: int, most: int) -> int | None:
        text = self._text(cells, name, column)
        if not text:
            return None
        try:
            number = int(float(parse_digits(text)))
        except ValueError as problem:
            raise RowRefused(f"{name} {text!r} is no number") from problem
        if not least <= number <= most:
            raise RowRefused(f"{name} {number} is not between {least} and {most}")
        return number
