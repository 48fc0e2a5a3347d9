"""Warnings and breaches reach staff outside the program: once each, bundled, with case, what is late, whose, a link."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import httpx

from schemas.clocks import AlertRaised, Clock
from services.cli.runtime import Runtime
from tests.intake.conftest import Clock as TestClock
from tests.intake.conftest import add_staff
from tests.intake.messages.conftest import MailServer, case_of, file, rows, send
from tests.intake.progress import announced


def alert(recipient: UUID, at: TestClock, *, missed: bool = True) -> AlertRaised:
    """An alert about the decision of a case."""
    clock = Clock(
        target="resolve", state="missed" if missed else "running", started_at=at() - timedelta(days=20),
        due_at=at() - timedelta(hours=1), missed=missed, policy_version="quick-1", unit="lodging",
    )  # fmt: skip
    return AlertRaised(
        clock=clock, version=1, alert_id=uuid4(), level="unit_head:missed" if missed else "warn90",
        threshold_at=at(), sent_at=at(), recipient=recipient, recipient_unit="lodging",
    )  # fmt: skip


async def test_what_falls_due_together_comes_as_one_mail_with_links(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer, clock: TestClock
) -> None:
    head, _ = await add_staff(runtime, "head", "lodging", "unit_head")
    context = runtime.contexts["intake"]
    await context.database.statement(
        'update intake.staff_copy set body = body || \'{"email": "head@quick.example"}\' where staff_id = $1', head
    )
    receipts = [await file(client, identity="anonymous", complainant=None) for _ in range(2)]
    for receipt in receipts:
        fact = alert(head, clock)
        for _ in range(2):
            await announced(runtime, context.database, await case_of(runtime, receipt), [fact], clock())
    await send(runtime)
    assert mail.taken == [], "the first waits a moment for the others"
    clock.move(seconds=10)
    await send(runtime)
    await send(runtime)
    assert mail.to == ["head@quick.example"]
    (taken,) = mail.taken
    body = taken.get_body(("plain",))
    assert body is not None
    for receipt in receipts:
        assert body.get_content().count(f"https://redress.test/cases/{receipt['tracking_number']}") == 1
    assert "[#" not in str(taken["Subject"])


async def test_staff_without_an_address_are_told_in_the_program_only(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer, clock: TestClock
) -> None:
    officer, _ = await add_staff(runtime, "officer", "lodging", "officer")
    case_id = await case_of(runtime, await file(client, identity="anonymous", complainant=None))
    await announced(runtime, runtime.contexts["intake"].database, case_id, [alert(officer, clock)], clock())
    clock.move(seconds=10)
    await send(runtime)
    assert mail.taken == []
    assert [row["state"] for row in await rows(runtime, "select state from intake.message")] == ["dropped"]
