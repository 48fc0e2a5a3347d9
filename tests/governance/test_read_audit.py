"""The audit page: who did what to whom, newest first, page by page."""

from __future__ import annotations

from datetime import timedelta

from schemas.policy import PolicyBundle
from services.cli.runtime import Runtime
from services.governance.change_staff import StaffChange, change_staff, reset_password
from services.governance.read_audit import Deed, FieldChange, read_audit
from services.governance.sessions.end_sessions import sign_out
from services.governance.sign_in import sign_in
from services.kit.database import Database
from services.kit.paging import Key
from services.kit.service import utc_now
from tests.governance.conftest import PASSWORD, SETTINGS


async def latest(database: Database, kind: str = "") -> list[Deed]:
    """The newest deeds."""
    deeds, _ = await read_audit(database, kind=kind, now=utc_now() + timedelta(minutes=1))
    return deeds


async def test_a_change_of_staff_says_who_changed_what_from_what_to_what(
    runtime: Runtime, bundle: PolicyBundle
) -> None:
    database, now = runtime.contexts["governance"].database, utc_now()
    staff = await runtime.contexts["governance"].copies.staff(database)
    by = staff.by_username["administrator"].staff_id
    async with database.transaction() as tx:
        await change_staff(tx, "officer1.sales", StaffChange(unit="lodging"), bundle, now=now, by=by)
    deed = (await latest(database, "staff-changed"))[0]
    assert (deed.what, deed.by, deed.about) == ("changed", by, staff.by_username["officer1.sales"].staff_id)
    assert deed.changes == (FieldChange("unit", "sales", "lodging"),)


async def test_a_reset_names_who_did_it_and_whose_sessions_it_ended(runtime: Runtime) -> None:
    database = runtime.contexts["governance"].database
    staff = await runtime.contexts["governance"].copies.staff(database)
    by, about = staff.by_username["administrator"].staff_id, staff.by_username["officer1.sales"].staff_id
    await sign_in(database, SETTINGS, "officer1.sales", PASSWORD, now=utc_now())
    async with database.transaction() as tx:
        await reset_password(tx, "officer1.sales", "a brand new one", now=utc_now(), by=by)
    assert [(d.what, d.by, d.about) for d in (await latest(database))[:3]] == [
        ("session-revoked", by, about),
        ("password_reset", by, about),
        ("session-started", about, about),
    ]


async def test_signing_in_and_out_are_on_the_page_and_the_policy_too(runtime: Runtime) -> None:
    database = runtime.contexts["governance"].database
    session = await sign_in(database, SETTINGS, "auditor", PASSWORD, now=utc_now())
    async with database.transaction() as tx:
        await sign_out(tx, session.session_id, session.staff_id, now=utc_now())
    assert [deed.what for deed in (await latest(database))[:2]] == ["session-revoked", "session-started"]
    adopted = await latest(database, "policy-adopted")
    assert [(deed.version, deed.by) for deed in adopted] == [("quick-1", None)]


async def test_pages_hold_every_deed_once_newest_first(runtime: Runtime) -> None:
    database, now = runtime.contexts["governance"].database, utc_now() + timedelta(minutes=1)
    for _ in range(3):
        await sign_in(database, SETTINGS, "auditor", PASSWORD, now=utc_now())
    seen: list[Deed] = []
    before: Key | None = None
    while True:
        deeds, before = await read_audit(database, before=before, now=now, limit=7)
        seen += deeds
        if before is None:
            break
    assert len({deed.deed_id for deed in seen}) == len(seen)
    assert [deed.at for deed in seen] == sorted((deed.at for deed in seen), reverse=True)
    counts = await database.read(
        "select (select count(*) from governance.journal) + (select count(*) from governance.session) as n"
    )
    assert len(seen) == counts[0]["n"]
