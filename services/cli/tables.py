"""Printing a table as a person, a program or a spreadsheet wants it."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.kit.sheets import inert

_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Format(StrEnum):
    """`--format`."""

    table = "table"
    json = "json"
    csv = "csv"


FORMAT = typer.Option(Format.table, "--format", "-f", help="How to print: table, json or csv.")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _cell(value: Any) -> Text:
    """A cell of a table on a terminal: nothing in it is markup, nor does it steer the terminal."""
    return Text("" if value is None else _STEERING.sub("", str(_plain(value))))


def show(rows: Sequence[Mapping[str, Any]], form: Format, *, title: str = "", columns: Sequence[str] = ()) -> None:
    """Print `rows`; `columns` fixes their order and is needed when there may be none."""
    names = list(columns) or (list(rows[0]) if rows else [])
    if form is Format.json:
        plain = [{name: _plain(row.get(name)) for name in names} for row in rows]
        print(json.dumps(plain, ensure_ascii=False, indent=2))
    elif form is Format.csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(names)
        writer.writerows([inert(_plain(row.get(name))) for name in names] for row in rows)
    else:
        table = Table(title=Text(title) if title else None, header_style="bold")
        for name in names:
            table.add_column(name.replace("_", " "))
        for row in rows:
            table.add_row(*(_cell(row.get(name)) for name in names))
        console = Console()
        Console(width=None if console.is_terminal else 200).print(table)
