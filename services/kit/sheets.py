"""Cells of the tables we hand out, so that no spreadsheet takes a complainant's words for a formula."""

from __future__ import annotations

import re
from typing import Any

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


def inert(cell: Any) -> Any:
    """The cell as it may stand in a CSV or XLSX file: what could be a formula is led by an apostrophe."""
    if isinstance(cell, str) and cell.startswith(_STARTS) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return "" if cell is None else cell
