"""One line of what a complaint is about, cut only where the writer left a space, so never inside a Thai word."""

from __future__ import annotations

import re

AIM = 90
"""Characters a gist aims at; the page hides what does not fit its line."""

LIMIT = 240
"""Characters at most; a text without any space is cut here, at the cost of one word."""


def gist_of(narrative: str) -> str:
    """The first sentence or so of a narrative on one line."""
    line = re.sub(r"\s+", " ", narrative).strip()
    if len(line) <= AIM:
        return line
    space = line.rfind(" ", AIM // 2, AIM)
    if space < 0:
        space = line.find(" ", AIM, LIMIT)
    return line[:space] if space > 0 else line[:LIMIT]
