"""Load the copies into the tables: one table a transaction, its indexes built afterwards.

A table is emptied and filled again in the transaction that notes that it is done, so that PostgreSQL writes no log of
it and whatever was interrupted has not begun. Journals go on where they stood, position by position and head by head.
"""

from __future__ import annotations

from schemas.envelope import BUCKETS
from services.cli.demo.multiply.templates import Connection, NotCloneable, Template

CHAIN = """
    create function multiply.link(state bytea, start bytea, digest bytea) returns bytea language sql immutable
        as $$ select sha256(coalesce(state, start) || digest) $$;
    create aggregate multiply.chain(bytea, bytea) (sfunc = multiply.link, stype = bytea);
"""
"""`chain(start, digest) over (order by position)`: the heads that follow from the one where a journal stood."""

JOURNAL = """
    insert into {table} (bucket, position, {names}, digest, head)
    select $1, $2 + row_number() over w, {values}, digest, multiply.chain($3, digest) over w
      from (
        select x.*, sha256(convert_to(x.start || x.body, 'UTF8')) as digest
          from (
            select m.ord, t.position, replace(t.start, E'\\x01', m.mark) as start, {made}
              from (select * from multiply.copy where bucket = $1 order by ord offset 0) m
              join {template} t using (variant, original)
             order by m.ord, t.position offset 0) x
        offset 0) y
    window w as (order by ord, position)
"""


async def load(connection: Connection, template: Template) -> None:
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
                f"insert into {table} ({names}) select {values} from multiply.copy m"
                f" join {template.name} t using (variant, original)"
            )
        for statement in restore:
            await connection.execute(statement)
        await connection.execute("update multiply.template set loaded = true where name = $1", table)


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
        if counter is None:
            raise NotCloneable(f"the journal of {service} has no bucket {bucket}")
        done = await connection.execute(statement, bucket, counter["position"], counter["head"])
        end = counter["position"] + int(done.split()[-1])
        await connection.execute(
            f"update {service}.bucket b set position = j.position, head = j.head from {template.table} j"
            " where b.bucket = $1 and j.bucket = $1 and j.position = $2",
            bucket,
            end,
        )
