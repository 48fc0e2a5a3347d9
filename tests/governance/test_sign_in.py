"""Signing in and out: what fits, what looks the same, and when an account rests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from schemas.policy import PolicyBundle
from services.governance.add_staff import NewMember, add_staff
from services.governance.change_staff import StaffChange, change_staff, reset_password
from services.governance.resting import REST, TRIES
from services.governance.sessions.end_sessions import sign_out
from services.governance.sign_in import SignedIn, SignInRefused, sign_in
from services.kit.database import Database
from services.kit.tokens import read_session
from tests.governance.conftest import PASSWORD, SECRET, SETTINGS

NOW = datetime(2026, 11, 20, 7, 5, tzinfo=UTC)


@pytest.fixture
async def member(database: Database, bundle: PolicyBundle) -> UUID:
    """An officer with the user name `somchai`, and an administrator beside them."""
    async with database.transaction() as tx:
        await add_staff(tx, NewMember("root", "ผู้ดูแล", "quick", ("administrator",), PASSWORD), bundle, now=NOW, by=None)
        new = NewMember("somchai", "สมชาย ใจดี", "lodging", ("officer",), PASSWORD)
        return await add_staff(tx, new, bundle, now=NOW, by=None)


async def attempt(database: Database, password: str, now: datetime = NOW, username: str = "somchai") -> SignedIn:
    """One try."""
    return await sign_in(database, SETTINGS, username, password, now=now)


async def refused(database: Database, password: str, now: datetime = NOW, username: str = "somchai") -> SignInRefused:
    """A try that must fail."""
    with pytest.raises(SignInRefused) as problem:
        await attempt(database, password, now, username)
    return problem.value


async def test_the_right_password_starts_a_session_of_that_member(database: Database, member: UUID) -> None:
    session = await sign_in(database, SETTINGS, " Somchai ", PASSWORD, now=datetime.now(UTC))
    claims = read_session((SECRET,), session.token)
    assert claims is not None
    assert (claims.staff_id, claims.session_id) == (member, session.session_id)


async def test_a_wrong_password_and_an_unknown_user_look_the_same(database: Database, member: UUID) -> None:
    wrong, unknown = await refused(database, "not it at all"), await refused(database, PASSWORD, username="nobody")
    assert (wrong.what, wrong.remedy, wrong.status, wrong.fields) == (
        unknown.what,
        unknown.remedy,
        unknown.status,
        unknown.fields,
    )


async def test_a_null_byte_in_a_user_name_is_only_a_wrong_one(database: Database, member: UUID) -> None:
    await refused(database, PASSWORD, username="no\x00body")


async def test_an_account_rests_after_eight_wrong_passwords_even_for_the_right_one(
    database: Database, member: UUID
) -> None:
    for _ in range(TRIES - 1):
        await refused(database, "wrong password")
    assert await attempt(database, PASSWORD)
    for _ in range(TRIES):
        await refused(database, "wrong password")
    await refused(database, PASSWORD)
    await refused(database, PASSWORD, NOW + REST - timedelta(seconds=1))
    assert await attempt(database, PASSWORD, NOW + REST + timedelta(seconds=1))


async def test_wrong_passwords_while_it_rests_do_not_make_it_rest_longer(database: Database, member: UUID) -> None:
    for _ in range(TRIES * 3):
        await refused(database, "wrong password")
    assert await attempt(database, PASSWORD, NOW + REST + timedelta(seconds=1))


async def test_a_reset_lifts_the_rest_and_only_the_new_password_fits(database: Database, member: UUID) -> None:
    for _ in range(TRIES):
        await refused(database, "wrong password")
    async with database.transaction() as tx:
        await reset_password(tx, "somchai", "quite another one", now=NOW)
    await refused(database, PASSWORD)
    assert await attempt(database, "quite another one")


async def test_a_disabled_account_cannot_sign_in_and_its_sessions_end(
    database: Database, bundle: PolicyBundle, member: UUID
) -> None:
    session = await attempt(database, PASSWORD)
    async with database.transaction() as tx:
        await change_staff(tx, "somchai", StaffChange(active=False), bundle, now=NOW, by=None)
    await refused(database, PASSWORD)
    rows = await database.read(
        "select type, body::jsonb->>'session_id' as session from governance.journal where type = 'session-revoked'"
    )
    assert [row["session"] for row in rows] == [str(session.session_id)]


async def test_signing_out_twice_ends_the_session_once(database: Database, member: UUID) -> None:
    session = await attempt(database, PASSWORD)
    for _ in range(2):
        async with database.transaction() as tx:
            await sign_out(tx, session.session_id, member, now=NOW)
    rows = await database.read("select count(*) as n from governance.journal where type = 'session-revoked'")
    assert rows[0]["n"] == 1


async def test_only_a_digest_of_the_password_is_stored(database: Database, member: UUID) -> None:
    rows = await database.read("select password_hash from governance.staff where username = 'somchai'")
    assert rows[0]["password_hash"].startswith("$argon2id$")
    journal = await database.read("select body from governance.journal")
    assert not any("password" in row["body"] or PASSWORD in row["body"] for row in journal)
