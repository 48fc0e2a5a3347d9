"""Multiply the cases of a data folder, in steps each of which is done whole or not at all.

What is to be done is written down first, in the schema `multiply` beside the services' own: the cells, the copies, the
templates of every table. Each table notes in its own transaction that it was loaded, so a run that was killed is gone
on with by calling this again. The schema goes when everything stands.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

import asyncpg

from schemas.policy import PolicyBundle
from services.cli.demo.multiply.loading import CHAIN, load
from services.cli.demo.multiply.plan import Copy, Plan
from services.cli.demo.multiply.sums import add_sums
from services.cli.demo.multiply.templates import (
    CLONED,
    Cell,
    Column,
    Connection,
    NotCloneable,
    Original,
    Template,
    check_tables,
    make_template,
)
from services.cli.demo.multiply.wording import TOLD, Tale
from services.cli.demo.multiply.words import CURSORS, TABLE, make_words, read_all_words
from services.kit.copies import parsed
from services.kit.thai import local
from services.routing.search.segmenter import Segmenter

Told = Callable[[str, float], None]
"""Told what is being done, and which share of everything is done by then."""

SERVICES = ("intake", "routing", "sla", "reporting")
WORKERS = 2
QUIET = timedelta(hours=6)
"""What falls due sooner than this is not copied: nobody is alerted of ten thousand cases in the first hour."""

PREPARED = 0.25
"""The share of the work that writing down what is to be done takes; loading takes the rest but for a tenth."""

FOR_LOADING: Mapping[str, str] = {
    "wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "8GB", "fsync": "off", "full_page_writes": "off",
    "synchronous_commit": "off", "autovacuum": "off", "shared_buffers": "1GB", "work_mem": "256MB",
    "maintenance_work_mem": "1GB", "max_parallel_maintenance_workers": "0", "checkpoint_timeout": "1h",
}  # fmt: skip
"""Settings of the server while it is loaded; afterwards it runs with its usual ones."""

TABLES = """
    create table multiply.cell (variant int, original int, case_id uuid, shift interval, copies int,
                                old_point text, new_point text);
    create table multiply.copy (ord int, bucket smallint, variant int, original int, mark text, case_id uuid,
                                tracking_number text, secret bytea);
    create table multiply.template (place int, name text primary key, key text, columns text,
                                    loaded bool not null default false);
    create table multiply.finished (step text primary key);
"""

ORIGINALS = """
    select c.id, c.tracking_number, c.complainant_ref, not c.is_open as ended, c.received_at,
           greatest((select max(due_at) from sla.clock where case_id = c.id),
                    (select max(at) from routing.case_event where case_id = c.id), c.received_at) as until,
           c.narrative, c.gist, c.remedy_sought, c.location, c.reference, c.kind, c.language, c.happened_at,
           c.service_point
      from routing.case c
     where not exists (select 1 from sla.clock k where k.case_id = c.id and k.next_at < $1)
       and not exists (select 1 from sla.alert a where a.case_id = c.id and a.sent_at is null and a.dropped is null)
       and not exists (select 1 from reporting.recovery_fact r where r.complaint_id = c.id)
       and (c.silence_at is null or c.silence_at > $1)
       and c.state <> 'merged'
       and not exists (select 1 from routing.case_event e where e.case_id = c.id and e.kind = 'merged')
     order by c.received_at, c.id
"""
"""The cases that are copied: not those that something falls due for soon, and not what hangs together with another."""


async def begun(url: str) -> bool:
    """Whether a multiplication was begun there and is not finished."""
    connection = await asyncpg.connect(url)
    try:
        return await _begun(connection)
    finally:
        await connection.close()


async def multiply(url: str, server_secret: str, cases: int, now: datetime, told: Told) -> int:
    """Make `cases` more cases out of those there are; returns how many stand there then.

    Goes on where an interrupted call stopped; `cases` and `now` are then those of that call.

    Raises:
        NotCloneable: the folder is not as it has to be; the message says how.
    """
    connections = [await asyncpg.connect(url) for _ in range(WORKERS)]
    first = connections[0]
    try:
        if not await _begun(first):
            await check_tables(first)
            await _check_drained(first)
            await _prepare(first, url, server_secret, cases, now, told)
        templates = await _templates(first)
        await _load_all(connections, [one for one, loaded in templates if not loaded], len(templates), told)
        await _once(first, "readers", _move_cursors)
        told("figures of every day", 0.9)
        bundle = await _bundle(first)
        await _once(first, "sums", lambda connection: add_sums(connection, bundle))
        told("statistics for the database", 0.92)
        await _vacuum(connections, [one for one, _ in templates])
        await first.execute("drop schema multiply cascade")
        await first.execute("checkpoint")
        total: int = await first.fetchval("select count(*) from routing.case")
        told("done", 1.0)
        return total
    finally:
        for connection in connections:
            await connection.close()


async def _begun(connection: Connection) -> bool:
    return bool(await connection.fetchval("select to_regclass('multiply.template') is not null"))


async def _prepare(connection: Connection, url: str, server_secret: str, cases: int, now: datetime, told: Told) -> None:
    """Write down what is to be done, in one transaction."""
    segmenter = Segmenter()
    try:
        told("words of the cases there are", 0.0)
        await read_all_words(url, segmenter)
        async with connection.transaction():
            await connection.execute("drop schema if exists multiply cascade; create schema multiply;" + CHAIN + TABLES)
            bundle = await _bundle(connection)
            plan = Plan.of(await _originals(connection, now), cases, bundle, now)
            cells = plan.cells_of()
            taken = await _write_templates(connection, cells, segmenter, told)
            told("numbers and identifiers", PREPARED * 0.8)
            serial = await connection.fetchval("select nextval('intake.serial')")
            await _write_copies(connection, plan.copies(bundle, server_secret, serial, taken))
            await connection.execute("select setval('intake.serial', $1)", serial + cases + 64)
            await connection.copy_records_to_table(
                "cell", schema_name="multiply",
                records=[
                    (
                        cell.variant, cell.original.number, cell.original.case_id, cell.shift, cell.copies,
                        cell.swap.old if cell.swap else None, cell.swap.new if cell.swap else None,
                    )
                    for cell in plan.cells
                ],
            )  # fmt: skip
    finally:
        segmenter.close()


async def _check_drained(connection: Connection) -> None:
    for service in SERVICES:
        behind = [
            f"select count(*) from {service}.cursor c join {source}.bucket b using (bucket)"
            f" where c.source = '{source}' and c.position < b.position"
            for source in SERVICES
        ]
        if await connection.fetchval(f"select ({') + ('.join(behind)}) + (select count(*) from {service}.parked)"):
            raise NotCloneable(f"{service} has not read everything, or has parked events; let it finish first")


async def _bundle(connection: Connection) -> PolicyBundle:
    rows = await connection.fetch("select version, bundle from intake.policy_copy")
    if len(rows) != 1:
        raise NotCloneable("more than one policy version is known; start from a new folder")
    return parsed(rows[0]["version"], rows[0]["bundle"])


async def _originals(connection: Connection, now: datetime) -> list[Original]:
    rows = await connection.fetch(ORIGINALS, now + QUIET)
    return [
        Original(
            place,
            row["id"],
            row["tracking_number"],
            row["complainant_ref"],
            row["ended"],
            row["received_at"],
            row["until"],
            _tale(row),
            row["service_point"],
        )
        for place, row in enumerate(rows)
    ]


def _tale(row: asyncpg.Record) -> Tale:
    happened = row["happened_at"]
    return Tale(
        {name: row[name] for name in TOLD},
        row["tracking_number"],
        row["kind"],
        row["language"],
        local(happened).date() if happened else None,
        row["gist"],
    )


async def _write_templates(
    connection: Connection, cells: Mapping[int, Sequence[Cell]], segmenter: Segmenter, told: Told
) -> set[str]:
    """Write the templates of every table; the last digits that no copy may have."""
    staff = {row["staff_id"] for row in await connection.fetch("select staff_id from routing.staff_copy")}
    taken: set[str] = set()
    sizes: dict[str, int] = {}
    made: list[Template] = []
    for place, table in enumerate(CLONED):
        told(f"what to write into {table}", PREPARED * 0.8 * place / len(CLONED))
        if table == TABLE:
            template = await make_words(connection, cells, segmenter)
        else:
            template = await make_template(connection, table, cells, staff, taken)
        sizes[table] = await connection.fetchval(f"select pg_total_relation_size('{template.name}')")
        made.append(template)
    made.sort(key=lambda one: -sizes[one.table])
    await connection.executemany(
        "insert into multiply.template (place, name, key, columns) values ($1, $2, $3, $4)",
        [
            (place, one.table, one.key, json.dumps([asdict(column) for column in one.columns]))
            for place, one in enumerate(made)
        ],
    )
    return taken


async def _write_copies(connection: Connection, copies: Iterator[Copy]) -> None:
    await connection.copy_records_to_table("copy", schema_name="multiply", records=copies, columns=Copy._fields)
    await connection.execute("create index on multiply.copy (bucket, ord)")
    await connection.execute("analyze multiply.copy")


async def _templates(connection: Connection) -> list[tuple[Template, bool]]:
    """The templates as they were written down, the largest first, and whether each was loaded."""
    return [
        (Template(row["name"], row["key"], [Column(**one) for one in json.loads(row["columns"])]), row["loaded"])
        for row in await connection.fetch("select * from multiply.template order by place")
    ]


async def _load_all(connections: Sequence[Connection], waiting: list[Template], of: int, told: Told) -> None:
    done = of - len(waiting)

    async def one_table(connection: Connection, template: Template) -> None:
        nonlocal done
        await load(connection, template)
        done += 1
        told(template.table, PREPARED + (0.9 - PREPARED) * done / of)

    told("tables", PREPARED + (0.9 - PREPARED) * done / of)
    await _in_parallel(connections, waiting, one_table)


async def _in_parallel(
    connections: Sequence[Connection],
    templates: Sequence[Template],
    work: Callable[[Connection, Template], Awaitable[object]],
) -> None:
    """Do the work for every table, the largest first, one table a connection."""
    waiting = list(templates)

    async def go_on(connection: Connection) -> None:
        while waiting:
            await work(connection, waiting.pop(0))

    await asyncio.gather(*(go_on(connection) for connection in connections))


async def _once(connection: Connection, step: str, work: Callable[[Connection], Awaitable[None]]) -> None:
    """Do a step in a transaction that notes it, unless it was done."""
    async with connection.transaction():
        new = await connection.fetchval(
            "insert into multiply.finished (step) values ($1) on conflict do nothing returning step", step
        )
        if new is not None:
            await work(connection)


async def _move_cursors(connection: Connection) -> None:
    """Everybody has read everything: what the copies' events would do is done."""
    for service in SERVICES:
        for source in SERVICES:
            await connection.execute(
                f"update {service}.cursor c set position = b.position from {source}.bucket b"
                f" where c.source = '{source}' and c.bucket = b.bucket"
            )
    await connection.execute(CURSORS)


async def _vacuum(connections: Sequence[Connection], templates: Sequence[Template]) -> None:
    await _in_parallel(
        connections, templates, lambda connection, one: connection.execute(f"vacuum (freeze, analyze) {one.table}")
    )
    await connections[0].execute("vacuum (analyze)")
