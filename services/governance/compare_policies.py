"""What one policy changes against another, place by place. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.policy import PolicyBundle


@dataclass(frozen=True, slots=True)
class Change:
    """One place that differs; an empty `before` means added, an empty `after` removed."""

    path: str
    before: str
    after: str

    @property
    def part(self) -> str:
        """The part of the document it stands in."""
        return re.split(r"[.\[]", self.path, maxsplit=1)[0]


def compare_policies(old: PolicyBundle, new: PolicyBundle) -> list[Change]:
    """Every difference, in the order of the document. Entries with a code are matched by it, not by their place."""
    return list(_compare("", old.model_dump(mode="json"), new.model_dump(mode="json")))


def _compare(path: str, old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in (*old, *(key for key in new if key not in old)):
            yield from _compare(f"{path}.{key}" if path else str(key), old.get(key), new.get(key))
    elif (
        isinstance(old, Sequence)
        and isinstance(new, Sequence)
        and not isinstance(old, str)
        and not isinstance(new, str)
    ):
        yield from _compare_lists(path, old, new)
    else:
        yield Change(path, _short(old), _short(new))


def _compare_lists(path: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Change]:
    before, after = _keyed(old), _keyed(new)
    if before is None or after is None:
        yield Change(path, _short(list(old)), _short(list(new)))
        return
    for key in (*before, *(key for key in after if key not in before)):
        yield from _compare(f"{path}[{key}]", before.get(key), after.get(key))


def _keyed(items: Sequence[Any]) -> dict[str, Any] | None:
    """The entries by code or date, or None where they have neither or repeat."""
    keys = [str(item.get("code") or item.get("date")) for item in items if isinstance(item, Mapping)]
    if len(keys) != len(items) or len(set(keys)) != len(keys) or "None" in keys:
        return None
    return dict(zip(keys, items, strict=True))


def _short(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping) and set(value) <= {"th", "en"}:
        return " / ".join(str(text) for text in value.values() if text)
    text = str(value)
    return text if len(text) <= 300 else text[:297] + "…"
