"""What is made of words before they are compared: digits, telephone numbers, spelling, and what is left out. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from services.kit.thai import normalise_phone, parse_digits

LONGEST_WORD = 60
MOST_WORDS = 2000
"""Different words that are kept of one case: enough for a case of a hundred pages."""

FACT = "="
"""Begins what stands for a fact of a case, such as `=unit:marketing`; no word of a text begins so."""

_NUMBER = re.compile(r"\b([A-Z]{2,5})-?(\d{2})-?(\d{5,12})-?([A-Z])\b", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w+])(?:\+66|0066|0)[\d\s\-()]{7,14}\d(?!\d)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_KEPT = re.compile(r"\w", re.UNICODE)
_STRAY = frozenset("ๆฯ")
_DOUBLE_E = "เเ"
_SPLIT_AM = re.compile("ํ([่-๋]?)า")
_TONE_FIRST = re.compile("([่-๋])([ัิ-ู])")


def plain(text: str) -> str:
    """A text as it is cut into words: ๐–๙ as 0–9, one spelling of each letter, small letters, numbers in one piece.

    A telephone number in any spelling (+66, spaces, dashes) and a tracking number with or without dashes become the
    same word each.
    """
    text = parse_digits(unicodedata.normalize("NFKC", text.replace("\x00", "").replace("\u0e33", "\ue033")))
    text = text.replace("\ue033", "\u0e33").replace(_DOUBLE_E, "แ").replace("\u200b", "")
    text = _TONE_FIRST.sub(r"\2\1", _SPLIT_AM.sub("\\1\u0e33", text))
    text = _NUMBER.sub(lambda found: f" {''.join(found.groups())} ", text)
    text = _PHONE.sub(_phone, text)
    return _THOUSANDS.sub("", text).lower()


def _phone(found: re.Match[str]) -> str:
    try:
        return f" {normalise_phone(found[0])} "
    except ValueError:
        return found[0]


def kept(tokens: Iterable[str]) -> list[str]:
    """The words among tokens, each once, in their order; spaces, marks and what is too long are left out."""
    found = dict.fromkeys(word for token in tokens if (word := token.strip(" \t\r\n.,-_'\"")) and _is_word(word))
    return list(found)[:MOST_WORDS]


def _is_word(word: str) -> bool:
    return len(word) <= LONGEST_WORD and _KEPT.search(word) is not None and word not in _STRAY


def fact(name: str, value: object) -> str:
    """The word that stands for a fact."""
    return f"{FACT}{name}:{value}"


def quoted(word: str, *, prefix: bool = False) -> str:
    """A word as it stands in a `tsquery`; `prefix`: also what begins with it."""
    inner = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{inner}'{':*' if prefix else ''}"
