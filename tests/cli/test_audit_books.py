"""The checker of the books: silent on books that hold, and exact about each way in which they may not."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import pytest

from schemas.clocks import AlertRaised
from schemas.complaints import ComplaintAcknowledged
from services.cli.books.audit import audit_books
from services.cli.books.findings import Books
from services.kit.database import Database
from services.kit.listening import decoded
from tests.journeys.whole import Whole


async def audited(system: Whole, **asked: object) -> Books:
    """The books as they are now."""
    contexts, services = system.runtime.contexts, system.runtime.services
    return await audit_books(
        {name: context.database for name, context in contexts.items()},
        {name: service.subscriptions for name, service in services.items()},
        now=system.clock,
        **asked,  # type: ignore[arg-type]
    )


def wrong(books: Books) -> set[tuple[str, UUID | None]]:
    """The checks that found something, with the case."""
    return {(finding.check, finding.case_id) for finding in books.findings}


async def change(database: Database, sql: str, *args: object) -> None:
    """Write into a database behind the system's back."""
    async with database.connections.one() as held:
        await held.raw.execute(sql, *args)


async def a_case(system: Whole, where: str = "true") -> UUID:
    """A case with a resolution clock."""
    rows = await system.database.read(
        f"select case_id from sla.clock k where target = 'resolve' and {where} order by case_id limit 1"
    )
    found: UUID = rows[0]["case_id"]
    return found


async def test_books_that_hold_give_no_finding_and_say_what_was_looked_at(lived: Whole) -> None:
    books = await audited(lived, wait=5.0)
    assert [(finding.check, finding.what) for finding in books.findings] == []
    assert books.hold
    for check in ("registered", "acknowledged", "alerts", "breaches", "deadlines", "projected", "figures", "journals"):
        assert books.looked_at[check], check
    assert books.says["readers"] == "none is behind"


TAMPERED: Sequence[tuple[str, str, str, str]] = [
    (
        "registered",
        "a case that routing lost",
        "update routing.\"case\" set tracking_number = 'X' where id = $1",
        "true",
    ),
    ("registered", "a case that sla lost", "update sla.case_copy set filed = false where case_id = $1", "true"),
    (
        "registered",
        "a case that reporting lost",
        "update reporting.case_fact set filed = false where case_id = $1",
        "true",
    ),
    (
        "deadlines",
        "a deadline that is a second late",
        "update sla.clock set due_at = due_at + interval '1 second' where case_id = $1 and target = 'resolve'",
        "true",
    ),
    (
        "breaches",
        "a breach of a clock that was met in time",
        "update sla.clock set missed = true, state = 'met_late' where case_id = $1 and target = 'acknowledge'",
        "true",
    ),
    (
        "breaches",
        "a breach that was passed over",
        "update sla.clock set missed = false, state = 'running' where case_id = $1 and target = 'resolve'",
        "state = 'missed'",
    ),
    (
        "projected",
        "a clock that reporting shows otherwise",
        "update reporting.clock_fact set missed = not missed where case_id = $1 and target = 'resolve'",
        "true",
    ),
    (
        "projected",
        "a clock that routing lost",
        "delete from routing.clock_copy where case_id = $1 and target = 'resolve'",
        "true",
    ),
    (
        "alerts",
        "an alert that is no longer kept",
        "update sla.alert set id = gen_random_uuid() where id ="
        " (select id from sla.alert where case_id = $1 and sent_at is not null limit 1)",
        "state = 'missed'",
    ),
    (
        "acknowledged",
        "an acknowledgement at another time",
        "update intake.complaint set acknowledged_at = acknowledged_at + interval '1 second' where id = $1",
        "true",
    ),
]


@pytest.mark.parametrize(("check", "what", "sql", "where"), TAMPERED, ids=[row[1] for row in TAMPERED])
async def test_what_does_not_hold_is_named_with_its_case(
    lived: Whole, check: str, what: str, sql: str, where: str
) -> None:
    case_id = await a_case(lived, where)
    tables = ('routing."case"', "sla.case_copy", "sla.clock", "sla.alert", "reporting.case_fact",
              "reporting.clock_fact", "routing.clock_copy", "intake.complaint")  # fmt: skip
    for table in tables:
        await change(lived.database, f"create table public.kept_{tables.index(table)} as select * from {table}")
    try:
        await change(lived.database, sql, case_id)
        assert (check, case_id) in wrong(await audited(lived)), what
    finally:
        for place, table in enumerate(tables):
            columns = await lived.database.read(
                "select string_agg(quote_ident(attname), ', ' order by attnum) as names from pg_attribute"
                " where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''",
                table,
            )
            names = columns[0]["names"]
            await change(lived.database, f"delete from {table}")
            await change(lived.database, f"insert into {table} ({names}) select {names} from public.kept_{place}")
            await change(lived.database, f"drop table public.kept_{place}")


async def test_a_message_that_was_handed_over_twice_is_found(lived: Whole) -> None:
    case_id = await a_case(lived)
    rows = await lived.database.read(
        "insert into intake.message (id, direction, case_id, template, language, state, urgent, not_before, created_at)"
        " values (gen_random_uuid(), 'out', $1, 'acknowledgement', 'th', 'sent', false, now(), now()),"
        " (gen_random_uuid(), 'out', $1, 'acknowledgement', 'th', 'sent', false, now(), now()) returning id",
        case_id,
    )
    for row in rows:
        for attempt in (1, 2):
            await change(
                lived.database,
                "insert into intake.message_attempt (message_id, attempt, channel, at, outcome)"
                " values ($1, $2, 'email', now(), 'sent')",
                row["id"],
                attempt,
            )
    found = [finding.what for finding in (await audited(lived)).findings if finding.check == "messages"]
    assert len(found) == 3
    await change(lived.database, "delete from intake.message_attempt")
    await change(lived.database, "delete from intake.message where id = any($1::uuid[])", [row["id"] for row in rows])


async def test_a_second_acknowledgement_or_alert_in_the_journal_is_found(lived: Whole) -> None:
    case_id = await a_case(lived, "state = 'missed'")
    rows = await lived.database.read(
        "select * from sla.journal where case_id = $1 and type = 'alert-raised' order by position limit 1", case_id
    )
    from services.kit.journal import event_of

    alert = decoded(event_of("sla", rows[0]))
    assert isinstance(alert, AlertRaised)
    async with lived.database.beside("sla").transaction() as tx:
        tx.announce(alert, case_id=case_id, at=lived.clock.now)
    async with lived.database.beside("intake").transaction() as tx:
        fact = ComplaintAcknowledged(acknowledged_at=lived.clock.now, medium="phone")
        tx.announce(fact, case_id=case_id, at=lived.clock.now)
    found = wrong(await audited(lived))
    assert ("alerts", case_id) in found
    assert ("acknowledged", case_id) in found
