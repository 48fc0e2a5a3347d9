"""Tell those who answer requests that one falls due, and that one is overdue: each once, by message."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.intake.subjects.read_requests import seen_kinds
from services.kit.copies import Staff
from services.kit.database import Transaction, new_id
from services.kit.i18n import N_, translate
from services.kit.service import Context
from services.kit.thai import format_date

SUBJECTS = {
    "warned": N_("Data request %(number)s falls due on %(date)s"),
    "overdue": N_("Data request %(number)s is overdue since %(date)s"),
}
TEXT = N_("The person has a right to an answer by then. Open it here: %(link)s")


async def warn_of_requests(context: Context, now: datetime) -> int:
    """The job: what is new to be told of; returns how many requests."""
    async with context.database.transaction() as tx:
        rows = await tx.fetch(
            "select id, number, restricted, due_at, case when due_at < $1 then 'overdue' else 'warned' end as level"
            " from intake.subject_request where state = 'open' and warn_at <= $1"
            " and (told is null or (told = 'warned' and due_at < $1)) order by due_at for update skip locked",
            now,
        )
        staff = await context.copies.staff(tx)
        for row in rows:
            await _tell(tx, dict(row), staff, context, now)
            await tx.execute("update intake.subject_request set told = $2 where id = $1", row["id"], row["level"])
    return len(rows)


async def _tell(tx: Transaction, row: dict[str, Any], staff: Staff, context: Context, now: datetime) -> None:
    bundle = await context.copies.in_force(tx, now)
    date = format_date(row["due_at"], "th", bundle.zone)
    link = f"{context.settings.public_url}/admin/data-requests/{row['id']}"
    for member in staff.by_id.values():
        answers = "integrity" in member.roles if row["restricted"] else "privacy" in member.roles
        if not (member.active and answers and row["restricted"] in seen_kinds(member, bundle)):
            continue
        await tx.execute(
            "insert into intake.message (id, direction, staff_id, template, language, state, urgent, not_before,"
            " created_at, subject, text, dedupe) values ($1, 'out', $2, 'data_request', 'th', 'queued', false, $3, $3,"
            " $4, $5, $6) on conflict (dedupe) do nothing",
            new_id(),
            member.staff_id,
            now,
            translate("th", SUBJECTS[row["level"]], number=row["number"], date=date),
            translate("th", TEXT, link=link),
            f"data-request:{row['id']}:{row['level']}:{member.staff_id}",
        )
