"""How much alike two cases are: by their words, each weighed by how rare it is, by place and by category. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

REPEATS_WITHIN = timedelta(days=90)
"""A complaint of the same person, or about the same contract or order, within these is a repeat (KPI 11)."""

TEXT, PLACE, CATEGORY = 0.7, 0.2, 0.1
"""What each counts for, of one."""

ALIKE_FROM = 0.4
"""Below this two cases are not called alike."""

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much alike a case is, from 0 to 1, and by what."""

    score: float
    words: bool
    place: bool
    category: bool


def weights_of(all_words: Iterable[frozenset[str]]) -> Mapping[str, float]:
    """The weight of each word: the fewer of the cases have it, the more."""
    found = list(all_words)
    counts = Counter(word for words in found for word in words)
    return {word: math.log(1 + len(found) / count) for word, count in counts.items()}


def text_likeness(one: frozenset[str], other: frozenset[str], weights: Mapping[str, float]) -> float:
    """The cosine of two sets of weighed words: 0 for none in common, 1 for the same."""
    both = sum(weights[word] ** 2 for word in one & other)
    lengths = math.sqrt(sum(weights[w] ** 2 for w in one) * sum(weights[w] ** 2 for w in other))
    return both / lengths if lengths else 0.0


def likeness(text: float, *, place: bool, category: bool) -> Likeness:
    """How much alike, all together."""
    return Likeness(TEXT * text + PLACE * place + CATEGORY * category, text >= 0.3, place, category)


def is_repeat(
    received_at: datetime, other_received_at: datetime, *, same_person: bool, same_reference: bool, same_matter: bool
) -> bool:
    """Whether the later of two cases repeats the earlier: the same person or asset, the same matter, within 90 days."""
    return (same_person or same_reference) and same_matter and abs(received_at - other_received_at) <= REPEATS_WITHIN


def best(scored: Sequence[tuple[Key, Likeness]], most: int) -> list[tuple[Key, Likeness]]:
    """The most alike, best first."""
    fitting = [pair for pair in scored if pair[1].score >= ALIKE_FROM]
    return sorted(fitting, key=lambda pair: -pair[1].score)[:most]
