"""What goes over the broker: events as CloudEvents in JSON, marks that say how far a journal has been relayed, and
questions and answers of a replay. Only bytes in and out; nothing here speaks to a broker.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from schemas.envelope import Event
from services.kit.journal_pages import Stretch

MARK = "redress.mark.v1"
"""The type of a mark, where an event carries its own."""


class NotOurs(Exception):
    """A message that none of us wrote, or a damaged one. What it left out is asked for again at the next mark."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a relay vouches for: of each bucket, everything recorded before `at` (UTC) lies before this message, up to
    the position given. A reader whose cursor stands lower has missed something."""

    source: str
    at: datetime
    positions: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Question:
    """A reader asks a source for events of its journal."""

    id: UUID
    source: str
    answer_to: str
    stretches: Sequence[Stretch]
    limit: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A part of an answer; `last` says that it is complete."""

    question: UUID
    part: int
    last: bool
    events: Sequence[Event]


def write_row(source: str, row: Any) -> bytes:
    """The event in a journal row as `Event.to_cloudevent` has it, without taking its body apart."""
    kind, version, case = row["type"], row["version"], str(row["case_id"])
    texts, trace = row["texts"], row["traceparent"]
    tail = f',"texts":{texts}' if texts else ""
    if trace:
        tail += f',"traceparent":{json.dumps(trace)}'
    return (
        f'{{"specversion":"1.0","id":"{row["id"]}","source":"/redress/{source}",'
        f'"type":"redress.{source}.{kind}.v{version}","subject":"{case}","time":"{row["recorded_at"].isoformat()}",'
        f'"datacontenttype":"application/json","dataschema":"/schemas/{kind}.v{version}.json","caseid":"{case}",'
        f'"bucket":{row["bucket"]},"position":{row["position"]},"occurredat":"{row["occurred_at"].isoformat()}",'
        f'"historical":{"true" if row["historical"] else "false"},"data":{row["body"]}{tail}}}'
    ).encode()


def write_mark(mark: Mark) -> bytes:
    """A mark as bytes."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "type": MARK,
            "source": f"/redress/{mark.source}",
            "at": mark.at.isoformat(),
            "positions": {str(bucket): position for bucket, position in mark.positions.items()},
        }
    )


def read(value: bytes | None) -> Event | Mark:
    """What a message of a journal's topic holds.

    Raises:
        NotOurs: neither an event nor a mark.
    """
    try:
        found = orjson.loads(value or b"")
        if found["type"] == MARK:
            source = str(found["source"]).rsplit("/", 1)[-1]
            positions = {int(bucket): int(position) for bucket, position in found["positions"].items()}
            return Mark(source, datetime.fromisoformat(found["at"]), positions)
        return Event.from_cloudevent(found)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise NotOurs(type(problem).__name__) from problem


def write_question(question: Question) -> bytes:
    """A question as bytes."""
    return orjson.dumps(
        {
            "id": str(question.id),
            "source": question.source,
            "answer_to": question.answer_to,
            "stretches": [[s.bucket, s.since, s.until] for s in question.stretches],
            "limit": question.limit,
        }
    )


def read_question(value: bytes | None) -> Question:
    """The question in a message. Raises NotOurs."""
    try:
        found = orjson.loads(value or b"")
        stretches = [Stretch(int(b), int(since), int(until)) for b, since, until in found["stretches"]]
        return Question(UUID(found["id"]), found["source"], found["answer_to"], stretches, int(found["limit"]))
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise NotOurs(type(problem).__name__) from problem


def write_answers(question: UUID, source: str, rows: Sequence[Any], *, most_bytes: int) -> Iterable[bytes]:
    """The rows as messages of at most `most_bytes` (or one event), the last of them marked as such."""
    parts: list[list[bytes]] = [[]]
    size = 0
    for row in rows:
        event = write_row(source, row)
        if parts[-1] and size + len(event) > most_bytes:
            parts.append([])
            size = 0
        parts[-1].append(event)
        size += len(event) + 1
    for number, part in enumerate(parts):
        last = b"true" if number == len(parts) - 1 else b"false"
        head = b'{"question":"%s","part":%d,"last":%s,"events":[' % (str(question).encode(), number, last)
        yield head + b",".join(part) + b"]}"


def read_answer(value: bytes | None) -> Answer:
    """The answer in a message. Raises NotOurs."""
    try:
        found = orjson.loads(value or b"")
        events = [Event.from_cloudevent(event) for event in found["events"]]
        return Answer(UUID(found["question"]), int(found["part"]), bool(found["last"]), events)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise NotOurs(type(problem).__name__) from problem
