"""The process that cuts texts into words: JSON lines come in, JSON lines go out; it ends when nothing comes any more.

PyThaiNLP and its dictionary take some forty megabytes, which the program at rest shall not hold. What comes in is
`{"cut": [text, …]}`, `{"mark": {"texts": […], "words": […]}}`, or `{"suggest": {"model": path, "texts": [text, …]}}`,
which needs numpy besides; what goes out is `{"done": […]}` or `{"failed": "…"}`.
"""

from __future__ import annotations

import json
import resource
import select
import sys
from functools import cache, lru_cache
from typing import Any

from services.routing.search.terms import kept, plain

IDLE_SECONDS = 120.0
MEMORY_BYTES = 2 * 1024**3


class Dictionary:
    """The words of PyThaiNLP's own dictionary, found by set: made in a twentieth of the time its trie takes."""

    def __init__(self, words: frozenset[str]) -> None:
        self.words = words
        self.longest: dict[str, int] = {}
        for word in words:
            begin = word[:2]
            self.longest[begin] = max(self.longest.get(begin, 0), len(word))

    def __len__(self) -> int:
        return len(self.words)

    def prefixes(self, text: str, start: int = 0) -> list[str]:
        """The words that begin at a place of a text, the shortest first, as the trie gives them."""
        words, most = self.words, self.longest.get(text[start : start + 2], 1)
        end = min(start + most, len(text))
        return [word for stop in range(start + 1, end + 1) if (word := text[start:stop]) in words]


@cache
def dictionary() -> Dictionary:
    """PyThaiNLP's dictionary."""
    from pythainlp.corpus import thai_words

    return Dictionary(frozenset(word.strip() for word in thai_words()))


def segment(text: str) -> list[str]:
    """The tokens of a text, spaces included, by PyThaiNLP's maximal matching."""
    from pythainlp.tokenize.newmm import segment as newmm

    return list(newmm(text, dictionary(), safe_mode=True))  # type: ignore[arg-type]  # asks for no more than `Trie` does


@lru_cache(maxsize=20_000)
def cut_line(line: str) -> tuple[str, ...]:
    """The words of one line. Lines come again and again: templates, words of a demo, cases read anew."""
    return tuple(kept(segment(plain(line))))


def cut(text: str) -> list[str]:
    """The words of a text, each once."""
    return kept(word for line in text.splitlines() for word in cut_line(line))


def mark(line: str, words: list[str]) -> list[tuple[str, bool]]:
    """A line in pieces, with whether each is one of the words or begins with one; half words at its ends left out."""
    tokens = segment(line)
    if line.startswith("…"):
        tokens = ["…", *tokens[2:]]
    if line.endswith("…"):
        tokens = [*tokens[:-2], "…"]
    pieces: list[tuple[str, bool]] = []
    for token in tokens:
        bare = plain(token).strip()
        hit = bool(bare) and any(bare.startswith(word) for word in words)
        if pieces and pieces[-1][1] == hit:
            pieces[-1] = pieces[-1][0] + token, hit
        else:
            pieces.append((token, hit))
    return pieces


def answer(asked: dict[str, Any]) -> Any:
    """What is answered to one line."""
    if "cut" in asked:
        return [cut(text) for text in asked["cut"]]
    if "mark" in asked:
        return [mark(line, asked["mark"]["words"]) for line in asked["mark"]["texts"]]
    from services.routing.suggest.predict import suggest_all

    return suggest_all(asked["suggest"]["model"], asked["suggest"]["texts"])


def main() -> None:
    """Answer until nothing has come for a while, or whoever asked is gone."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    source, target = sys.stdin.buffer, sys.stdout.buffer
    dictionary()
    segment("อุ่นเครื่อง")
    while select.select([source], [], [], IDLE_SECONDS)[0]:
        line = source.readline()
        if not line:
            return
        try:
            said = {"done": answer(json.loads(line))}
        except Exception as problem:  # said to whoever asked, who tells it; the words themselves are not repeated
            said = {"failed": type(problem).__name__}
        target.write(json.dumps(said, ensure_ascii=False).encode() + b"\n")
        target.flush()


if __name__ == "__main__":
    main()
