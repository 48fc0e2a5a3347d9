"""The words of a text that say what it is about. PyThaiNLP, loaded when first asked, cuts Thai into words."""

from __future__ import annotations

import re
from functools import cache, lru_cache

REMEMBERED = 50_000
"""So many texts are remembered with their words, since the same queue lines are compared again and again."""

_WORD = re.compile(r"[^\W_]")
_THAI_MARKS = re.compile(r"^[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]+$")


@cache
def _stop_words() -> frozenset[str]:
    from pythainlp.corpus import thai_stopwords

    return frozenset(thai_stopwords()) | {"the", "and", "for", "was", "with", "that", "this", "not", "but"}


@lru_cache(maxsize=REMEMBERED)
def words_of(text: str) -> frozenset[str]:
    """The words of a text, lower case, without those that say nothing. The first call takes a second."""
    from pythainlp.tokenize import word_tokenize

    found = (word.strip().casefold() for word in word_tokenize(text, engine="newmm", keep_whitespace=False))
    return frozenset(word for word in found if _tells(word))


def _tells(word: str) -> bool:
    return len(word) > 1 and bool(_WORD.search(word)) and not _THAI_MARKS.match(word) and word not in _stop_words()
