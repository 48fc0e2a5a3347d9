"""Multiply what a data folder holds: each case many times, in every table of every service, set-based.

Journals go on where they stood, position by position and head by head, so that `redress journal verify` holds. A table
is emptied and filled again in one transaction and its indexes are built afterwards, so PostgreSQL writes no log of it.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from bench.copies import STEP, Copy, Plan
from bench.templates import CLONED, Connection, NotCloneable, Original, Template, check_tables, make_template
from schemas.envelope import BUCKETS
from schemas.policy import PolicyBundle
from services.kit.copies import parsed
from services.kit.journal import columns
from services.reporting.facts import CaseFile
from services.reporting.project_facts import ADD
from services.reporting.rules import contributions
from services.reporting.tables import CASES, CLOCKS, SPANS

Told = Callable[[str], None]

SERVICES = ("intake", "routing", "sla", "reporting")
WORKERS = 2
QUIET = timedelta(hours=6)
"""What falls due sooner than this is not copied: while something is measured, a sweep shall find nothing."""

FOR_LOADING = {
    "wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "8GB", "fsync": "off", "full_page_writes": "off",
    "synchronous_commit": "off", "autovacuum": "off", "shared_buffers": "1GB", "work_mem": "256MB",
    "maintenance_work_mem": "1GB", "max_parallel_maintenance_workers": "0", "checkpoint_timeout": "1h",
}  # fmt: skip
"""Settings of the server while it is loaded; afterwards it runs with its usual ones."""

CHAIN = """
    create function bench.link(state bytea, start bytea, digest bytea) returns bytea language sql immutable
        as $$ select sha256(coalesce(state, start) || digest) $$;
    create aggregate bench.chain(bytea, bytea) (sfunc = bench.link, stype = bytea);
"""
"""`chain(start, digest) over (order by position)`: the heads that follow from the one where a journal stood."""

MAP = """
    create unlogged table bench.copy (ord int, bucket smallint, variant int, original int, mark text, case_id uuid,
                                      tracking_number text, secret bytea)
"""

JOURNAL = """
    insert into {table} (bucket, position, {names}, digest, head)
    select $1, $2 + row_number() over w, {values}, digest, bench.chain($3, digest) over w
      from (
        select x.*, sha256(convert_to(x.start || x.body, 'UTF8')) as digest
          from (
            select m.ord, t.position, replace(t.start, E'\\x01', m.mark) as start, {made}
              from (select * from bench.copy where bucket = $1 order by ord offset 0) m
              join {template} t using (variant, original)
             order by m.ord, t.position offset 0) x
        offset 0) y
    window w as (order by ord, position)
"""


async def multiply(url: str, server_secret: str, cases: int, now: datetime, told: Told) -> int:
    """Make `cases` more cases out of those there are; returns how many stand there then.

    Raises:
        NotCloneable: the folder is not as it has to be; the message says how.
    """
    connections = [await asyncpg.connect(url) for _ in range(WORKERS)]
    first = connections[0]
    try:
        await check_tables(first)
        await _check_drained(first)
        await first.execute("drop schema if exists bench cascade; create schema bench;" + CHAIN + MAP)
        staff = {row["staff_id"] for row in await first.fetch("select staff_id from routing.staff_copy")}
        bundle = await _bundle(first)
        plan = Plan(*await _originals(first, now), cases)
        serial = await first.fetchval("select nextval('intake.serial')")
        taken: set[str] = set()
        templates = await _templates(first, plan, staff, taken)
        told(f"templates of {len(plan.ended)} ended and {len(plan.open)} open cases")
        copies = await _write_map(first, plan.copies(bundle, server_secret, now, serial, taken))
        await first.execute("select setval('intake.serial', $1)", serial + cases + 64)
        told("numbers and identifiers")
        await _in_parallel(connections, templates, lambda connection, one: _load(connection, one, told))
        await _move_cursors(first)
        await _add_sums(first, [*plan.ended, *plan.open], copies, bundle)
        await first.execute("drop schema bench cascade")
        told("vacuum")
        await _in_parallel(connections, templates, lambda c, one: c.execute(f"vacuum (freeze, analyze) {one.table}"))
        await first.execute("vacuum (analyze)")
        await first.execute("checkpoint")
        total: int = await first.fetchval("select count(*) from routing.case")
        return total
    finally:
        for connection in connections:
            await connection.close()


async def _in_parallel(
    connections: Sequence[Connection],
    templates: Sequence[Template],
    work: Callable[[Connection, Template], Awaitable[Any]],
) -> None:
    """Do the work for every table, the largest first, one table a connection."""
    waiting = list(templates)

    async def go_on(connection: Connection) -> None:
        while waiting:
            await work(connection, waiting.pop(0))

    await asyncio.gather(*(go_on(connection) for connection in connections))


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


async def _originals(connection: Connection, now: datetime) -> tuple[list[Original], list[Original]]:
    """The cases that are copied, ended and open ones; not those that something falls due for soon."""
    rows = await connection.fetch(
        "select c.id, c.tracking_number, c.complainant_ref, not c.is_open as ended from routing.case c"
        " where not exists (select 1 from sla.clock k where k.case_id = c.id and k.next_at < $1)"
        " and not exists (select 1 from sla.alert a where a.case_id = c.id and a.sent_at is null and a.dropped is null)"
        " and not exists (select 1 from reporting.recovery_fact r where r.complaint_id = c.id)"
        " and (c.silence_at is null or c.silence_at > $1) order by c.received_at",
        now + QUIET,
    )
    found = [
        Original(place, row["id"], row["tracking_number"], row["complainant_ref"], row["ended"])
        for place, row in enumerate(rows)
    ]
    ended = [case for case in found if case.ended]
    if not ended:
        raise NotCloneable("no case has ended yet; there is nothing to make history of")
    return ended, [case for case in found if not case.ended]


async def _write_map(connection: Connection, copies: Iterator[Copy]) -> Counter[tuple[int, int]]:
    """Write which copies there are; how many there are of each variant of each original."""
    counted = Counter[tuple[int, int]]()

    def each() -> Iterator[Copy]:
        for copy in copies:
            counted[copy.variant, copy.original] += 1
            yield copy

    await connection.copy_records_to_table("copy", schema_name="bench", records=each(), columns=Copy._fields)
    await connection.execute("create index on bench.copy (bucket, ord)")
    await connection.execute("analyze bench.copy")
    return counted


async def _templates(connection: Connection, plan: Plan, staff: Collection[UUID], taken: set[str]) -> list[Template]:
    """The templates of every table, those of the largest tables first."""
    originals = [*plan.ended, *plan.open]
    made = [await make_template(connection, table, originals, staff, taken, plan.shifts) for table in CLONED]
    sizes = {one.table: await connection.fetchval(f"select pg_total_relation_size('{one.name}')") for one in made}
    return sorted(made, key=lambda one: -sizes[one.table])


async def _load(connection: Connection, template: Template, told: Told) -> None:
    """Fill a table: what stood there, then the copies; then build its indexes."""
    table = template.table
    names = ", ".join(column.name for column in template.columns)
    async with connection.transaction():
        await connection.execute(f"create temp table kept on commit drop as select {names} from {table}")
        restore = await _drop_indexes(connection, table)
        await connection.execute(f"truncate {table}")
        await connection.execute(f"insert into {table} ({names}) select {names} from kept")
        if table.endswith(".journal"):
            await _load_journal(connection, template)
        else:
            values = ", ".join(column.how for column in template.columns)
            await connection.execute(
                f"insert into {table} ({names}) select {values} from bench.copy m"
                f" join {template.name} t using (variant, original)"
            )
        for statement in restore:
            await connection.execute(statement)
    told(table)


async def _drop_indexes(connection: Connection, table: str) -> list[str]:
    """Drop the keys and indexes of a table; the statements that make them again."""
    keys = await connection.fetch(
        "select conname as name, pg_get_constraintdef(oid) as made from pg_constraint"
        " where conrelid = $1::regclass and contype in ('p', 'u')",
        table,
    )
    indexes = await connection.fetch(
        "select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as made from pg_index i"
        " where i.indrelid = $1::regclass"
        " and not exists (select 1 from pg_constraint c where c.conindid = i.indexrelid)",
        table,
    )
    for key in keys:
        await connection.execute(f'alter table {table} drop constraint "{key["name"]}"')
    for index in indexes:
        await connection.execute(f"drop index {index['name']}")
    return [
        *(f'alter table {table} add constraint "{key["name"]}" {key["made"]}' for key in keys),
        *(index["made"] for index in indexes),
    ]


async def _load_journal(connection: Connection, template: Template) -> None:
    """Append the events of the copies, bucket by bucket, and move the counters to where the journal ends."""
    service = template.table.split(".")[0]
    written = [column for column in template.columns if column.name not in ("bucket", "position", "digest", "head")]
    statement = JOURNAL.format(
        table=template.table,
        template=template.name,
        names=", ".join(column.name for column in written),
        values=", ".join(column.name for column in written),
        made=", ".join(f"{column.how} as {column.name}" for column in written),
    )
    # A few thousand copies of a bucket against an index: hashing all templates for each bucket costs more.
    await connection.execute("set local enable_hashjoin = off; set local enable_mergejoin = off")
    for bucket in range(BUCKETS):
        counter = await connection.fetchrow(f"select position, head from {service}.bucket where bucket = $1", bucket)
        assert counter is not None
        done = await connection.execute(statement, bucket, counter["position"], counter["head"])
        end = counter["position"] + int(done.split()[-1])
        await connection.execute(
            f"update {service}.bucket b set position = j.position, head = j.head from {template.table} j"
            " where b.bucket = $1 and j.bucket = $1 and j.position = $2",
            bucket,
            end,
        )


async def _move_cursors(connection: Connection) -> None:
    """Everybody has read everything: what the copies' events would do is done."""
    for service in SERVICES:
        for source in SERVICES:
            await connection.execute(
                f"update {service}.cursor c set position = b.position from {source}.bucket b"
                f" where c.source = '{source}' and c.bucket = b.bucket"
            )


async def _add_sums(
    connection: Connection, originals: Sequence[Original], copies: Counter[tuple[int, int]], bundle: PolicyBundle
) -> None:
    """Add to the daily sums what each original contributes, on the days of its copies, as often as it was copied."""
    ids = {case.case_id: case.number for case in originals}
    files = {case_id: CaseFile.empty(case_id) for case_id in ids}
    for case in await CASES.load(connection, "reporting", list(ids)):
        files[case.case_id].case = case
    for clock in await CLOCKS.load(connection, "reporting", list(ids)):
        files[clock.case_id].clocks[clock.target, clock.cycle] = clock
    for span in await SPANS.load(connection, "reporting", list(ids)):
        files[span.case_id].spans[span.number] = span
    sums = {ids[case_id]: contributions(file, ZoneInfo(bundle.zone)) for case_id, file in files.items()}
    added: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for (variant, original), times in copies.items():
        days = (STEP * max(variant - 1, 0)).days
        for place, (numerator, denominator) in sums[original].items():
            total = added[place._replace(day=place.day - days)]
            total[0] += numerator * times
            total[1] += denominator * times
    rows = [(*place, *values) for place, values in sorted(added.items())]
    await connection.execute(ADD.format(schema="reporting"), *columns(rows, 10))
