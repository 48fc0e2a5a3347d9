"""The words of the copies, as the search finds them: cut once for each wording, not once for each copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.cli.demo.multiply.templates import Cell, Column, Connection, Template, write_template
from services.kit.database import Database
from services.routing.search.index_words import TEXTS, facts_of, index_words
from services.routing.search.segmenter import Segmenter
from services.routing.search.terms import fact

AT_ONCE = 200
TABLE = "routing.case_words"

NUMBER_WORDS = (
    "regexp_split_to_array(regexp_replace(lower(m.tracking_number),"
    " '^(\\w+)-(\\d+)-(\\d+)-(\\w)$', '\\1 \\2\\3 \\4'), ' ')"
)
"""The words that a tracking number is cut into, `FIO-69-00001-F` into `fio`, `6900001` and `f`."""

CURSORS = """
    insert into routing.words_cursor (bucket, position) select bucket, position from routing.bucket
        on conflict (bucket) do update set position = excluded.position
"""
"""The copies' words are there, so the job that reads words has nothing to read."""


async def read_all_words(url: str, segmenter: Segmenter) -> None:
    """Let the search read everything there is."""
    database = Database(url, "routing")
    try:
        while await index_words(database, segmenter):
            pass
    finally:
        await database.connections.close()


async def make_words(connection: Connection, cells: Mapping[int, Sequence[Cell]], segmenter: Segmenter) -> Template:
    """The template of the words: those of each cell, to which every copy adds its own number."""
    numbers = {of_one[0].original.case_id: number for number, of_one in cells.items()}
    made: list[list[Any]] = []
    for row in await connection.fetch(TEXTS, list(numbers)):
        of_one = cells[numbers[row["id"]]]
        number, facts = numbers[row["id"]], facts_of(dict(row))
        text = row["words"].replace(of_one[0].original.tracking_number, " ")
        for begin in range(0, len(of_one), AT_ONCE):
            part = of_one[begin : begin + AT_ONCE]
            found = await segmenter.cut([cell.wording().within(text) for cell in part])
            made += [
                [cell.variant, number, None, row["received_at"] + cell.shift, [*_placed(cell, facts), *words]]
                for cell, words in zip(part, found, strict=True)
            ]
    template = Template(
        TABLE,
        "case_id",
        [
            Column("case_id", "uuid", "uuid", "m.case_id"),
            Column("received_at", "timestamptz", "timestamptz", "t.received_at"),
            Column(
                "words", "tsvector", "text[]",
                f"array_to_tsvector(t.words || {NUMBER_WORDS})",
            ),
        ],
    )  # fmt: skip
    await write_template(connection, template, made, template.columns)
    return template


def _placed(cell: Cell, facts: Sequence[str]) -> list[str]:
    """The facts, with the place that the cell is at."""
    if cell.swap is None:
        return list(facts)
    old, new = fact("service_point", cell.swap.old), fact("service_point", cell.swap.new)
    return [new if one == old else one for one in facts]
