"""Fill a template: placeholders by their words, and a line whose placeholders are all empty left out. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

SAID = frozenset({"decision", "reason", "request", "progress", "remedy", "recourse"})
"""Placeholders that carry words about what happened; never in the subject of a confidential complainant's message."""


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled in one pass: words somebody wrote are never read as placeholders."""
    lines = []
    for line in text.strip().splitlines():
        names = _PLACEHOLDER.findall(line)
        if names and not any(values.get(name) for name in names):
            continue
        lines.append(_PLACEHOLDER.sub(lambda found: values.get(found.group(1), ""), line).rstrip())
    return "\n".join(lines).strip()


def subject_line(text: str, values: Mapping[str, str], *, confidential: bool) -> str:
    """A subject on one line; of a confidential complaint it says nothing of what happened."""
    told = {name: words for name, words in values.items() if not (confidential and name in SAID)}
    return " ".join(fill(text, told).split())
