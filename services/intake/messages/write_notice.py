"""Alerts to staff outside the program: what falls due together is one message, with case, what is late, whose, a link.

Quiet hours and batches were kept by sla before it announced an alert; one whose step ignores them comes at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from schemas.clocks import AlertRaised
from schemas.policy import PolicyBundle
from services.intake.messages.compose import Written
from services.kit.database import Transaction, new_id
from services.kit.i18n import N_, Lang, translate, translate_plural
from services.kit.journal import columns
from services.kit.listening import Received
from services.kit.service import Context
from services.kit.thai import format_datetime

TOGETHER = timedelta(seconds=5)
"""How long the first alert waits for others that were sent with it."""

AT_MOST = 30
"""Alerts that one message lists; how many more there are is said below them."""

TARGETS: Mapping[str, str] = {
    "acknowledge": N_("acknowledgement"),
    "first_contact": N_("first contact"),
    "progress": N_("progress report"),
    "resolve": N_("decision"),
    "call_back": N_("call back"),
}


THE_TELEPHONE = N_("Telephone")
"""In the place of a case's number, where it is about calling somebody back."""


async def follow_staff_alerts(tx: Transaction, received: Sequence[Received]) -> None:
    """Note each alert that somebody is to be told of; a repeat adds nothing."""
    rows = []
    for item in received:
        fact: AlertRaised = item.fact
        if fact.recipient is None or item.event.historical:
            continue
        urgent = fact.level.startswith("safety") or fact.clock.missed
        rows.append(
            (
                fact.alert_id, fact.recipient, item.event.case_id, fact.level, fact.clock.target, fact.clock.due_at,
                fact.clock.missed, fact.clock.unit or fact.recipient_unit, fact.clock.owner, urgent, fact.sent_at,
            )
        )  # fmt: skip
    if not rows:
        return
    await tx.execute(
        "insert into intake.staff_notice (alert_id, staff_id, case_id, level, target, due_at, missed, unit, owner,"
        " urgent, raised_at, learned_at)"
        " select n.alert_id, n.staff_id, n.case_id, n.level, n.target, n.due_at, n.missed, n.unit, n.owner, n.urgent,"
        " n.raised_at, n.raised_at from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[],"
        " $6::timestamptz[], $7::bool[], $8::text[], $9::uuid[], $10::bool[], $11::timestamptz[])"
        " as n(alert_id, staff_id, case_id, level, target, due_at, missed, unit, owner, urgent, raised_at)"
        " where not exists (select 1 from intake.complaint c where c.id = n.case_id and c.historical)"
        " on conflict do nothing",
        *columns(rows, 11),
    )


async def bundle_notices(tx: Transaction, now: datetime) -> None:
    """Make one message of all that waits for a member of staff, once the first of it has waited for the others."""
    rows = await tx.fetch(
        "select staff_id, bool_or(urgent) as urgent, array_agg(alert_id) as alerts from intake.staff_notice"
        " where message_id is null group by staff_id having min(learned_at) <= $1",
        now - TOGETHER,
    )
    for row in rows:
        message_id = new_id()
        taken = await tx.fetch(
            "update intake.staff_notice set message_id = $2 where alert_id = any($1::uuid[]) and message_id is null"
            " returning 1",
            row["alerts"],
            message_id,
        )
        if not taken:
            continue
        await tx.execute(
            "insert into intake.message (id, direction, staff_id, template, language, state, urgent, not_before,"
            " created_at) values ($1, 'out', $2, 'alert', 'th', 'queued', $3, $4, $4)",
            message_id,
            row["staff_id"],
            row["urgent"],
            now,
        )


async def write_notice(
    tx: Transaction, row: Mapping[str, Any], policy: PolicyBundle, context: Context, lang: Lang, now: datetime
) -> Written:
    """The message to a member of staff about all its alerts, the latest deadlines first to matter on top."""
    alerts = await tx.fetch(
        "select n.*, c.tracking_number, c.restricted or coalesce(t.restricted, false) as restricted"
        " from intake.staff_notice n left join intake.complaint c on c.id = n.case_id"
        " left join intake.tracking t on t.case_id = n.case_id where n.message_id = $1"
        " order by n.missed desc, n.due_at, c.tracking_number",
        row["id"],
    )
    staff = await context.copies.staff(tx)
    lines = [_line(dict(alert), staff.name(alert["owner"]), policy, context, lang) for alert in alerts[:AT_MOST]]
    if len(alerts) > AT_MOST:
        lines.append(translate(lang, "and %(count)s more: %(link)s", count=len(alerts) - AT_MOST, link=_desk(context)))
    missed = sum(1 for alert in alerts if alert["missed"])
    if len(alerts) == 1:
        only = alerts[0]
        what = translate(lang, TARGETS.get(only["target"], only["target"]))
        pattern = N_("%(number)s: %(what)s overdue") if only["missed"] else N_("%(number)s: %(what)s falls due")
        subject = translate(lang, pattern, number=only["tracking_number"] or translate(lang, THE_TELEPHONE), what=what)
    elif missed:
        subject = translate_plural(lang, "%(num)s deadline missed", "%(num)s deadlines missed", missed)
    else:
        subject = translate_plural(lang, "%(num)s deadline falls due", "%(num)s deadlines fall due", len(alerts))
    return Written(subject, "\n\n".join(lines))


def _line(alert: Mapping[str, Any], owner: str, policy: PolicyBundle, context: Context, lang: Lang) -> str:
    what = translate(lang, TARGETS.get(alert["target"], alert["target"]))
    due = format_datetime(alert["due_at"], lang, policy.zone) if alert["due_at"] else "–"
    pattern = N_("%(number)s · %(what)s overdue since %(due)s") if alert["missed"] else N_(
        "%(number)s · %(what)s due %(due)s"
    )  # fmt: skip
    whose = " · ".join(part for part in (policy.label_of("units", alert["unit"] or "", lang), owner) if part)
    number = alert["tracking_number"] or translate(lang, THE_TELEPHONE)
    first = translate(lang, pattern, number=number, what=what, due=due)
    place = f"cases/{alert['tracking_number']}" if alert["tracking_number"] else "desk/call-backs"
    link = f"{context.settings.public_url}/{place}"
    return "\n".join(part for part in (first, whose or translate(lang, "nobody yet"), link) if part)


def _desk(context: Context) -> str:
    return f"{context.settings.public_url}/alerts"
