"""The second step of signing in: set up, asked for, never taken twice, taken away, demanded of roles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pyotp
import pytest

from schemas.policy import PolicyBundle
from services.governance.add_staff import NewMember, add_staff
from services.governance.resting import REST, TRIES
from services.governance.second_step.change_second_step import replace_recovery_codes, take_away, turn_off
from services.governance.second_step.codes import matching_interval
from services.governance.second_step.sealed_secret import SecretUnreadable
from services.governance.second_step.set_up import begin_own_set_up, begin_set_up, confirm_set_up
from services.governance.sign_in import (
    CodeRefused,
    CodeWanted,
    SetUpWanted,
    SignedIn,
    StepExpired,
    finish_sign_in,
    set_up_and_sign_in,
    sign_in,
)
from services.kit.database import Database, new_id
from services.kit.errors import Conflict, InvalidInput
from services.kit.settings import Settings, SettingWrong
from tests.governance.conftest import PASSWORD, SECRET, SETTINGS

NOW = datetime(2026, 11, 20, 7, 5, tzinfo=UTC)
INTERVAL = timedelta(seconds=30)
DEMANDING = Settings(secret=SECRET, data=SETTINGS.data, options={"REDRESS_SECOND_STEP_ROLES": "administrator, officer"})


@pytest.fixture
async def member(database: Database, bundle: PolicyBundle) -> UUID:
    """An officer with the user name `somchai`."""
    async with database.transaction() as tx:
        new = NewMember("somchai", "สมชาย ใจดี", "lodging", ("officer",), PASSWORD)
        return await add_staff(tx, new, bundle, now=NOW, by=None)


async def attempt(
    database: Database,
    code: str | None = None,
    now: datetime = NOW,
    settings: Settings = SETTINGS,
    password: str = PASSWORD,
) -> SignedIn:
    """One sign-in."""
    return await sign_in(database, settings, "somchai", password, code=code, now=now)


async def with_app(database: Database, member: UUID, now: datetime = NOW) -> tuple[pyotp.TOTP, list[str]]:
    """Set up an app a minute before `now`; the app and the recovery codes."""
    before = now - 2 * INTERVAL
    setup = await begin_own_set_up(database, SETTINGS, member, PASSWORD, organisation="ตัวอย่าง", now=before)
    app = pyotp.TOTP(setup.secret)
    async with database.transaction() as tx:
        return app, await confirm_set_up(tx, SETTINGS, member, app.at(before), now=before)


async def test_whoever_has_set_up_no_app_signs_in_by_password_alone(database: Database, member: UUID) -> None:
    session = await attempt(database)
    assert (session.second_step, session.set_up_until) == (False, None)


async def test_an_app_asks_for_a_code_only_once_a_code_has_confirmed_it(database: Database, member: UUID) -> None:
    setup = await begin_own_set_up(database, SETTINGS, member, PASSWORD, organisation="x", now=NOW)
    await attempt(database)
    with pytest.raises(InvalidInput):
        async with database.transaction() as tx:
            await confirm_set_up(tx, SETTINGS, member, "000000", now=NOW)
    async with database.transaction() as tx:
        await confirm_set_up(tx, SETTINGS, member, pyotp.TOTP(setup.secret).at(NOW), now=NOW)
    with pytest.raises(CodeWanted):
        await attempt(database)


async def test_an_app_is_begun_only_with_the_password_and_never_over_another(database: Database, member: UUID) -> None:
    with pytest.raises(InvalidInput):
        await begin_own_set_up(database, SETTINGS, member, "not it at all", organisation="x", now=NOW)
    await with_app(database, member)
    with pytest.raises(Conflict):
        await begin_own_set_up(database, SETTINGS, member, PASSWORD, organisation="x", now=NOW)


async def test_a_code_of_the_app_is_the_second_step(database: Database, member: UUID) -> None:
    app, _ = await with_app(database, member)
    with pytest.raises(CodeWanted) as wanted:
        await attempt(database)
    typed = app.at(NOW).translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    session = await finish_sign_in(database, SETTINGS, wanted.value.step, f"{typed[:3]} {typed[3:]}", now=NOW)
    assert session.second_step


async def test_a_code_is_never_taken_twice(database: Database, member: UUID) -> None:
    app, _ = await with_app(database, member)
    code = app.at(NOW)
    await attempt(database, code)
    for later in (NOW, NOW + INTERVAL):
        with pytest.raises(CodeRefused):
            await attempt(database, code, later)
    await attempt(database, app.at(NOW + INTERVAL), NOW + INTERVAL)


def test_a_telephones_clock_may_be_half_a_minute_off_and_no_more() -> None:
    secret = pyotp.random_base32()
    app, present = pyotp.TOTP(secret), pyotp.TOTP(secret).timecode(NOW)
    for off in (-2, -1, 0, 1, 2):
        found = matching_interval(secret, app.at(NOW, counter_offset=off), now=NOW, after=0)
        assert found == (present + off if abs(off) < 2 else None)


async def test_a_recovery_code_is_good_once_and_only_its_digest_is_kept(database: Database, member: UUID) -> None:
    _, codes = await with_app(database, member)
    assert len(set(codes)) == 10
    await attempt(database, codes[3].upper().replace("-", " "))
    with pytest.raises(CodeRefused):
        await attempt(database, codes[3])
    await attempt(database, codes[4])
    stored = str([dict(row) for row in await database.read("select * from governance.recovery_code")])
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)


async def test_wrong_codes_put_the_account_to_rest_as_wrong_passwords_do(database: Database, member: UUID) -> None:
    app, _ = await with_app(database, member)
    for _ in range(TRIES):
        with pytest.raises(CodeRefused):
            await attempt(database, "000000" if app.at(NOW) != "000000" else "000001")
    with pytest.raises(Exception, match="do not fit"):
        await attempt(database, app.at(NOW))
    await attempt(database, app.at(NOW + REST), NOW + REST)


async def test_codes_tried_by_the_pass_of_the_first_step_are_counted_too(database: Database, member: UUID) -> None:
    app, _ = await with_app(database, member)
    with pytest.raises(CodeWanted) as wanted:
        await attempt(database)
    for _ in range(TRIES):
        with pytest.raises(CodeRefused):
            await finish_sign_in(database, SETTINGS, wanted.value.step, "nothing", now=NOW)
    with pytest.raises(CodeRefused):
        await finish_sign_in(database, SETTINGS, wanted.value.step, app.at(NOW), now=NOW)


async def test_the_pass_of_the_first_step_ends_by_time_by_a_new_password_and_is_no_session(
    database: Database, member: UUID
) -> None:
    app, _ = await with_app(database, member)
    with pytest.raises(CodeWanted) as wanted:
        await attempt(database)
    step = wanted.value.step
    for broken in (step[:-4] + "AAAA", "", "x.y.z", (await attempt(database, app.at(NOW))).token):
        with pytest.raises(StepExpired):
            await finish_sign_in(database, SETTINGS, broken, app.at(NOW + INTERVAL), now=NOW)
    late = NOW + timedelta(minutes=11)
    with pytest.raises(StepExpired):
        await finish_sign_in(database, SETTINGS, step, app.at(late), now=late)
    async with database.transaction() as tx:
        await tx.execute("update governance.staff set password_hash = 'another'")
    with pytest.raises(StepExpired):
        await finish_sign_in(database, SETTINGS, step, app.at(NOW + INTERVAL), now=NOW + INTERVAL)


async def test_the_secret_lies_sealed_and_bound_to_its_account(
    database: Database, member: UUID, bundle: PolicyBundle
) -> None:
    app, _ = await with_app(database, member)
    sealed = (await database.read("select secret from governance.second_step"))[0]["secret"]
    assert app.secret.encode() not in sealed
    async with database.transaction() as tx:
        await tx.execute("update governance.second_step set staff_id = $1", new_id())
        other = NewMember("malee", "มาลี", "lodging", ("officer",), PASSWORD)
        await tx.execute(
            "update governance.second_step set staff_id = $1", await add_staff(tx, other, bundle, now=NOW, by=None)
        )
    with pytest.raises(SecretUnreadable):
        await sign_in(database, SETTINGS, "malee", PASSWORD, code=app.at(NOW), now=NOW)


async def test_the_owner_turns_it_off_or_makes_new_recovery_codes_by_a_code(database: Database, member: UUID) -> None:
    app, codes = await with_app(database, member)
    session = await attempt(database, codes[0])
    with pytest.raises(InvalidInput):
        await turn_off(database, SETTINGS, member, "000000", session_id=session.session_id, now=NOW)
    fresh = await replace_recovery_codes(database, SETTINGS, member, app.at(NOW), now=NOW)
    with pytest.raises(CodeRefused):
        await attempt(database, codes[1])
    await turn_off(database, SETTINGS, member, fresh[0], session_id=session.session_id, now=NOW)
    await attempt(database)
    with pytest.raises(Conflict):
        await replace_recovery_codes(database, SETTINGS, member, fresh[1], now=NOW)


async def test_an_administrator_takes_it_away_and_every_session_ends(database: Database, member: UUID) -> None:
    _, codes = await with_app(database, member)
    await attempt(database, codes[0])
    async with database.transaction() as tx:
        assert await take_away(tx, "somchai", now=NOW, by=None)
    async with database.transaction() as tx:
        assert not await take_away(tx, "somchai", now=NOW, by=None)
    open_sessions = "select count(*) as n from governance.session where ended_at is null"
    assert (await database.read(open_sessions))[0]["n"] == 0
    await attempt(database)


async def test_a_role_that_demands_it_has_a_time_of_grace_from_the_first_sign_in(
    database: Database, member: UUID
) -> None:
    first = await attempt(database, settings=DEMANDING)
    assert first.set_up_until == NOW + timedelta(days=7)
    again = await attempt(database, settings=DEMANDING, now=NOW + timedelta(days=6))
    assert again.set_up_until == first.set_up_until
    with pytest.raises(SetUpWanted):
        await attempt(database, settings=DEMANDING, now=NOW + timedelta(days=7))


async def test_after_the_grace_the_app_is_set_up_while_signing_in(database: Database, member: UUID) -> None:
    at_once = Settings(secret=SECRET, options={**DEMANDING.options, "REDRESS_SECOND_STEP_GRACE_DAYS": "0"})
    with pytest.raises(SetUpWanted) as wanted:
        await attempt(database, settings=at_once)
    async with database.transaction() as tx:
        setup = await begin_set_up(tx, at_once, member, organisation="x", now=NOW)
    code = pyotp.TOTP(setup.secret).at(NOW)
    session, codes = await set_up_and_sign_in(database, at_once, wanted.value.step, code, now=NOW)
    assert session.second_step
    await attempt(database, codes[0], settings=at_once)


@pytest.mark.parametrize(
    "options", [{"REDRESS_SECOND_STEP_ROLES": "boss"}, {**DEMANDING.options, "REDRESS_SECOND_STEP_GRACE_DAYS": "soon"}]
)
async def test_a_setting_that_cannot_hold_says_so(database: Database, member: UUID, options: dict[str, str]) -> None:
    with pytest.raises(SettingWrong):
        await attempt(database, settings=Settings(secret=SECRET, options=options))
