"""What a classifier looks at in a text: its words, its pairs of words, and runs of letters. Pure.

Training and suggesting use the same function, so that a model never meets features made another way.
"""

from __future__ import annotations

from itertools import pairwise

from services.routing.search.segment_worker import segment
from services.routing.search.terms import LONGEST_WORD, plain

CHARACTERS = 1500
"""Of a text that are looked at."""

LETTERS = (3, 4)


def features(text: str) -> list[str]:
    """The features of a text, each as often as it occurs."""
    text = plain(text[:CHARACTERS])
    words = [word for token in segment(text) if (word := token.strip()) and len(word) <= LONGEST_WORD]
    pairs = [f"{one}\x01{two}" for one, two in pairwise(words)]
    runs = [
        f"\x02{run[at : at + size]}" for run in text.split() for size in LETTERS for at in range(len(run) - size + 1)
    ]
    return [*words, *pairs, *runs]
