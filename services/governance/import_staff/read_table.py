"""Read a table of staff as people make them: CSV or XLSX, heads in English or Thai, line numbers as they see them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from services.kit.errors import InvalidInput
from services.kit.i18n import N_
from services.kit.sheets import UNREADABLE, cell_text

COLUMNS = ("username", "display_name", "unit", "roles", "capacity", "email", "active")
NEEDED = COLUMNS[:4]
MOST_LINES = 2_000
MOST_BYTES = 1_500_000

_HEADS = {
    "ชื่อผู้ใช้": "username", "ชื่อ": "display_name", "ชื่อที่แสดง": "display_name", "name": "display_name", "หน่วยงาน": "unit",
    "บทบาท": "roles", "role": "roles", "ภาระเต็ม": "capacity", "อีเมล": "email", "e-mail": "email", "ใช้งาน": "active",
}  # fmt: skip


class TableUnreadable(InvalidInput):
    """The file is no table of staff."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file, `number` counting the head; `cells` by column, only those whose head is there."""

    number: int
    cells: dict[str, str]


def read_table(name: str, content: bytes) -> list[Line]:
    """The lines below the head; empty ones are passed over.

    Raises:
        TableUnreadable: it is neither CSV nor XLSX, too large, empty, or lacks a column.
    """
    if len(content) > MOST_BYTES:
        raise TableUnreadable(
            N_("The table is larger than %(size)s bytes."),
            N_("Divide it and import one part after the other."),
            params={"size": f"{MOST_BYTES:,}"},
        )
    try:
        rows = list(_sheet(content) if content[:2] == b"PK" else _csv(content))
    except (*UNREADABLE, csv.Error) as problem:
        raise TableUnreadable(
            N_("%(file)s cannot be read as a table."),
            N_("Give a CSV file in UTF-8 or an XLSX workbook."),
            params={"file": name},
        ) from problem
    return _lines(name, rows)


def _csv(content: bytes) -> Iterator[list[str]]:
    text = content.decode("utf-8-sig")
    if "\x00" in text:
        raise ValueError("a null character")
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    yield from csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)


def _sheet(content: bytes) -> Iterator[list[str]]:
    from openpyxl import load_workbook  # a start should not wait for it

    sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
    for number, row in enumerate(sheet.iter_rows(values_only=True)):
        if number > MOST_LINES * 2:
            return
        yield [cell_text(cell) for cell in row]


def _lines(name: str, rows: Iterable[list[str]]) -> list[Line]:
    numbered = [(number, [cell.strip() for cell in row]) for number, row in enumerate(rows, 1)]
    filled = [(number, row) for number, row in numbered if any(row)]
    if len(filled) < 2:
        raise TableUnreadable(N_("%(file)s has no rows below its head."), N_("Check the file."), params={"file": name})
    if len(filled) > MOST_LINES + 1:
        raise TableUnreadable(
            N_("The table has more than %(lines)s lines."),
            N_("Divide it and import one part after the other."),
            params={"lines": f"{MOST_LINES:,}"},
        )
    head = [_HEADS.get(cell.lower(), cell.lower().replace(" ", "_")) for cell in filled[0][1]]
    if missing := [column for column in NEEDED if column not in head]:
        raise TableUnreadable(
            N_("The head of %(file)s lacks %(columns)s."),
            N_("The first line names them: username, display_name, unit, roles; capacity, email, active if wanted."),
            params={"file": name, "columns": ", ".join(missing)},
        )
    return [
        Line(number, {column: cell for column, cell in zip_longest(head, row, fillvalue="") if column in COLUMNS})
        for number, row in filled[1:]
    ]
