"""Every alert once: in sla's journal, in its table and in reporting."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from schemas.clocks import AlertRaised
from services.cli.books.findings import Books
from services.cli.books.gathering import Page

REPORT = "Somebody was warned twice or not at all. Report it with the log of sla."


def check_alerts(page: Page, books: Books) -> None:
    """Hold the alerts that were announced against those that were kept and those that are counted."""
    sla, reporting = page.seen["sla"], page.seen["reporting"]
    for case_id in page.told.keys() | sla.alerts.keys():
        told = (
            [it for it in page.facts(case_id, "sla") if isinstance(it.fact, AlertRaised)]
            if case_id in page.told
            else []
        )
        raised = [it.fact for it in told if isinstance(it.fact, AlertRaised)]
        books.saw("alerts", len(raised))
        _once(case_id, raised, books)
        kept = {row["id"]: row for row in sla.alerts.get(case_id, ())}
        announced = {fact.alert_id for fact in raised}
        for alert_id, row in kept.items():
            if row["sent_at"] is not None and alert_id not in announced:
                books.wrong("alerts", f"the alert {_name(row)} was sent but never announced", REPORT, case_id)
        for fact in raised:
            if fact.alert_id not in kept:
                books.wrong("alerts", f"the alert {fact.level} was announced but is not kept", REPORT, case_id)
        counted = Counter(row["id"] for row in reporting.alerts.get(case_id, ()))
        for it in told:
            if isinstance(it.fact, AlertRaised) and reporting.applied(it.event) and not counted[it.fact.alert_id]:
                remedy = "`redress rebuild reporting` makes it anew."
                books.wrong("alerts", f"reporting does not count the alert {it.fact.level}", remedy, case_id)


def _once(case_id: UUID, raised: list[AlertRaised], books: Books) -> None:
    keys = Counter((fact.clock.target, fact.clock.cycle, fact.level) for fact in raised)
    ids = Counter(fact.alert_id for fact in raised)
    for (target, cycle, level), count in keys.items():
        if count > 1:
            books.wrong("alerts", f"the alert {level} of {target}/{cycle} was raised {count} times", REPORT, case_id)
    for alert_id, count in ids.items():
        if count > 1:
            books.wrong("alerts", f"the alert {alert_id} was announced {count} times", REPORT, case_id)


def _name(row: object) -> str:
    return f"{row['level']} of {row['target']}/{row['cycle']}"  # type: ignore[index]
