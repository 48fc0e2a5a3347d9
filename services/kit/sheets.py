"""Cells of tables: those handed out, of which no spreadsheet makes a formula, and those that are read."""

from __future__ import annotations

import re
import zlib
from datetime import date
from typing import Any
from zipfile import BadZipFile

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


def inert(cell: Any) -> Any:
    """The cell as it may stand in a CSV or XLSX file: what could be a formula is led by an apostrophe."""
    if isinstance(cell, str) and cell.startswith(_STARTS) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return "" if cell is None else cell


UNREADABLE = (OSError, LookupError, ValueError, SyntaxError, EOFError, BadZipFile, zlib.error)
"""What reading a file that is no CSV or XLSX, or a broken one, may end with."""


def cell_text(cell: object) -> str:
    """What stands in a cell that was read, as text: whole numbers without a point, days and moments as ISO 8601."""
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
