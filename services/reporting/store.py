"""Rows of facts, in and out of the database set-based: one select, one upsert for a whole batch.

A table is declared once, by its dataclass; columns, types and statements follow from it. Every statement takes the
schema, since a rebuild fills tables of the same shape beside the live ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, ClassVar, Generic, Protocol, TypeVar, get_args, get_type_hints
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Float, Index, MetaData, Numeric, Table, Text, Uuid
from sqlalchemy.types import TypeEngine

from services.kit.copies import Fetches
from services.kit.database import Transaction
from services.kit.journal import columns


class IsDataclass(Protocol):
    """A dataclass, as `dataclasses.fields` wants it."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


Row = TypeVar("Row", bound=IsDataclass)

_TYPES: dict[Any, tuple[str, type[TypeEngine[Any]] | TypeEngine[Any]]] = {
    UUID: ("uuid", Uuid),
    str: ("text", Text),
    int: ("bigint", BigInteger),
    bool: ("boolean", Boolean),
    float: ("double precision", Float),
    datetime: ("timestamptz", DateTime(timezone=True)),
    Decimal: ("numeric(14,2)", Numeric(14, 2)),
}


@dataclass(frozen=True, slots=True)
class Store(Generic[Row]):
    """A table of rows of one dataclass."""

    name: str
    row: type[Row]
    key: tuple[str, ...]
    casts: tuple[str, ...]
    """PostgreSQL type of each column, in the order of the fields."""
    reader: Callable[[Row], tuple[Any, ...]]
    """A row's values in the order of the fields."""

    def select(self, schema: str, where: str) -> str:
        """A select of whole rows."""
        return f"select {', '.join(self.column_names())} from {schema}.{self.name} where {where}"

    def column_names(self) -> list[str]:
        """The columns, in the order of the fields."""
        return [field.name for field in fields(self.row)]

    def upsert(self, schema: str, *, guard: str = "") -> str:
        """The statement that writes rows given as columns; `guard` may refuse an older one."""
        names = self.column_names()
        values = ", ".join(f"${n}::{cast}[]" for n, cast in enumerate(self.casts, 1))
        changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in self.key)
        return (
            f"insert into {schema}.{self.name} as t ({', '.join(names)}) select * from unnest({values})"
            f" on conflict ({', '.join(self.key)}) do update set {changed} {guard}"
        )

    async def load(self, source: Fetches, schema: str, case_ids: Sequence[UUID]) -> list[Row]:
        """The rows of some cases."""
        rows = await source.fetch(self.select(schema, "case_id = any($1::uuid[])"), case_ids)
        return [self.row(*row) for row in rows]

    def values(self, row: Row) -> tuple[Any, ...]:
        """A row as it is written."""
        return self.reader(row)

    async def save(self, tx: Transaction, schema: str, rows: Iterable[Row], *, guard: str = "") -> None:
        """Write rows, new or changed."""
        written = [self.reader(row) for row in rows]
        if written:
            await tx.execute(self.upsert(schema, guard=guard), *columns(written, len(self.casts)))


def store(metadata: MetaData, name: str, row: type[Row], key: tuple[str, ...], *indexes: Index) -> Store[Row]:
    """Declare the table of a dataclass and give the store over it."""
    hints = get_type_hints(row)
    described: list[Column[Any]] = []
    casts: list[str] = []
    for field in fields(row):
        hint = hints[field.name]
        inner = [part for part in get_args(hint) if part is not type(None)]
        cast, kind = _TYPES[inner[0] if inner else hint]
        described.append(
            Column(
                field.name,
                kind,
                primary_key=field.name in key,
                nullable=bool(inner),
                autoincrement=False,
            )
        )
        casts.append(cast)
    Table(name, metadata, *described, *indexes)
    return Store(name, row, key, tuple(casts), attrgetter(*(field.name for field in fields(row))))
