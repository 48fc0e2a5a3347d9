"""Reading the rows of a CSV or XLSX file, one at a time, whatever their number."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException, ReadOnlyWorkbookException

from services.intake.importing.mapping import ImportMapping
from services.kit.errors import RedressError
from services.kit.i18n import N_
from services.kit.sheets import UNREADABLE, cell_text

MAX_CELL = 1_000_000

_WORKBOOK = (InvalidFileException, ReadOnlyWorkbookException)


class FileUnreadable(RedressError):
    """The file to import cannot be read as CSV or XLSX."""

    status = 422
    code = "file-unreadable"


class Row(NamedTuple):
    """A row by its line in the file (the head is line 1); `broken` says why it could not be read."""

    line: int
    cells: Mapping[str, str]
    broken: str = ""


def read_rows(file: Path, mapping: ImportMapping) -> Iterator[Row]:
    """Every row below the head, in order.

    Raises:
        FileUnreadable: no such file, not CSV or XLSX, or a mapped column is missing.
    """
    try:
        if file.suffix.lower() in (".xlsx", ".xlsm"):
            yield from _from_workbook(file, mapping)
        else:
            yield from _from_csv(file, mapping)
    except (*UNREADABLE, *_WORKBOOK) as problem:
        raise FileUnreadable(
            N_("%(file)s cannot be read: %(why)s"),
            N_("Give a CSV file in the encoding the mapping names, or an XLSX workbook."),
            params={"file": file.name, "why": getattr(problem, "strerror", None) or str(problem) or "it is cut off"},
        ) from problem


def _from_csv(file: Path, mapping: ImportMapping) -> Iterator[Row]:
    csv.field_size_limit(MAX_CELL)
    with file.open(encoding=mapping.encoding, errors="replace", newline="") as text:
        lines = csv.reader(text, delimiter=mapping.delimiter, strict=False)
        head = [cell.strip() for cell in next(lines, [])]
        _check_head(head, mapping, file)
        while True:
            try:
                cells = next(lines)
            except StopIteration:
                return
            except csv.Error as problem:
                yield Row(lines.line_num, {}, f"not readable as CSV: {problem}")
                continue
            if not cells:
                continue
            if len(cells) != len(head):
                yield Row(lines.line_num, {}, f"{len(cells)} cells where the head has {len(head)}")
                continue
            values = dict(zip(head, cells, strict=True))
            broken = "not in the encoding the mapping names" if any("\ufffd" in cell for cell in cells) else ""
            yield Row(lines.line_num, values, broken)


def _from_workbook(file: Path, mapping: ImportMapping) -> Iterator[Row]:
    book = load_workbook(file, read_only=True, data_only=True)
    sheet = book[mapping.sheet] if mapping.sheet else book.worksheets[0]
    lines = sheet.iter_rows(values_only=True)
    head = [str(cell or "").strip() for cell in next(lines, ())]
    _check_head(head, mapping, file)
    for number, cells in enumerate(lines, start=2):
        if any(cell is not None for cell in cells):
            yield Row(number, {name: cell_text(cell) for name, cell in zip(head, cells, strict=False)})


def _check_head(head: list[str], mapping: ImportMapping, file: Path) -> None:
    wanted = {
        column.column for name in type(mapping.columns).model_fields if (column := getattr(mapping.columns, name))
    } - {None}
    missing = sorted(str(name) for name in wanted - set(head))
    if missing:
        raise FileUnreadable(
            N_("%(file)s lacks the columns %(missing)s."),
            N_("Its head has %(head)s. Correct the mapping or the file."),
            params={"file": file.name, "missing": ", ".join(missing), "head": ", ".join(head[:40])},
        )
