"""Audit the books: every check, over services that may each have a database of their own. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from services.cli.books.alerts import check_alerts
from services.cli.books.clocks import Policies, check_clocks
from services.cli.books.figures import check_figures
from services.cli.books.findings import Books
from services.cli.books.gathering import Databases, pages
from services.cli.books.messages import check_messages
from services.cli.books.readers import Sources, check_journals, check_parked, check_readers
from services.cli.books.registered import check_expected, check_registered
from services.kit.copies import Copies
from services.kit.listening import Subscriptions
from services.sla.editions import Editions

Progress = Callable[[str, int], object]
"""Told what is being looked at, and how many of it were done."""

BY_CASE = ("registered", "acknowledged", "messages", "alerts", "breaches", "deadlines", "projected")


async def audit_books(
    databases: Databases,
    subscriptions: Mapping[str, Subscriptions],
    *,
    now: Callable[[], datetime],
    expect: Sequence[str] | None = None,
    wait: float | None = None,
    days: tuple[str | None, str | None] = (None, None),
    progress: Progress = lambda _what, _done: None,
) -> Books:
    """Hold what every service shows against what the journals say happened.

    Args:
        now: the clock the services use.
        databases: each of the five services' database; several may be one.
        subscriptions: what each service listens to.
        expect: tracking numbers that were answered with 201.
        wait: seconds to wait at most for readers to read what there is now; still being behind is then wrong. None: a
            running system is judged up to where its readers stand.
        days: first day (in) and day after the last (out) of the period whose KPIs are checked; else this quarter.
    """
    books = Books(now())
    sources: Sources = {name: subscribed.sources for name, subscribed in subscriptions.items()}
    await check_readers(databases, sources, books, wait)
    await check_parked(databases, books, now())
    await check_journals(databases, books, lambda what: progress(what, 1))
    books.begin(*BY_CASE)
    editions = Editions(Copies("sla"))
    async for page in pages(databases, now):
        # Anew for each page: a policy adopted meanwhile is known to whoever read it.
        policies = await _policies(databases, editions, subscriptions["sla"])
        check_registered(page, books)
        check_clocks(page, policies, books)
        check_alerts(page, books)
        check_messages(page, books)
        progress("cases", len(page.filed_rows))
    if expect is not None:
        await check_expected(databases, expect, books)
    await check_figures(
        databases, Copies("reporting"), books, now(), days, lambda events: progress("events behind the figures", events)
    )
    if books.in_flight:
        books.says["registered"] = f"{books.in_flight:,} were under way and are judged next time"
    return books


async def _policies(databases: Databases, editions: Editions, listened: Subscriptions) -> Policies:
    sla = databases["sla"]
    known = await editions.all(sla)
    rows = await sla.read("select version from sla.calendar_edit where done_at is not null")
    done = {row["version"] for row in rows}
    first = known[0].version if known else ""
    return Policies(known, frozenset(e.version for e in known if e.version not in done | {first}), listened)
