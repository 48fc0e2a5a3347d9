"""Members of staff: who may be added, what may be changed, and what every service then knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from schemas.governance import ROLES
from schemas.policy import PolicyBundle
from services.cli.runtime import Runtime
from services.governance.add_staff import NewMember, add_staff, sample_members
from services.governance.change_own_password import change_own_password
from services.governance.change_staff import StaffChange, change_staff, set_duty
from services.governance.list_staff import list_staff, read_member, staff_figures
from services.governance.sign_in import SignInRefused, sign_in
from services.kit.database import Database
from services.kit.errors import Conflict, InvalidInput, NotFound
from tests.governance.conftest import PASSWORD, SETTINGS, sample

NOW = datetime(2026, 11, 20, 7, 5, tzinfo=UTC)
SOMCHAI = NewMember("somchai", "สมชาย ใจดี", "lodging", ("officer",), PASSWORD)


async def add(database: Database, bundle: PolicyBundle, new: NewMember = SOMCHAI) -> UUID:
    """Add somebody."""
    async with database.transaction() as tx:
        return await add_staff(tx, new, bundle, now=NOW, by=None)


async def change(database: Database, bundle: PolicyBundle, username: str = "somchai", **what: Any) -> None:
    """Change somebody."""
    async with database.transaction() as tx:
        await change_staff(tx, username, StaffChange(**what), bundle, now=NOW, by=None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "Somchai"),
        ("username", "สมชาย"),
        ("username", "som chai"),
        ("username", ""),
        ("display_name", "  "),
        ("display_name", "ก" * 121),
        ("display_name", "สมชาย\u202eใจดี"),
        ("display_name", "สมชาย\x00"),
        ("unit", "nowhere"),
        ("roles", ()),
        ("roles", ("officer", "boss")),
        ("password", "short"),
        ("capacity", 0),
        ("capacity", 1001),
    ],
)
async def test_a_wrong_field_of_a_new_member_is_named(
    database: Database, bundle: PolicyBundle, field: str, value: Any
) -> None:
    with pytest.raises(InvalidInput) as problem:
        await add(database, bundle, replace(SOMCHAI, **{field: value}))
    assert [each.field for each in problem.value.fields] == [field]


async def test_a_user_name_is_given_once(database: Database, bundle: PolicyBundle) -> None:
    await add(database, bundle)
    with pytest.raises(InvalidInput) as problem:
        await add(database, bundle, replace(SOMCHAI, display_name="สมชาย อีกคน"))
    assert [each.field for each in problem.value.fields] == ["username"]


async def test_a_change_is_told_with_a_higher_version(runtime: Runtime, bundle: PolicyBundle) -> None:
    database = runtime.contexts["governance"].database
    staff_id = await add(database, bundle)
    await change(database, bundle, unit="sales", roles=("officer", "approver"), capacity=5)
    await runtime.drain()
    for context in runtime.contexts.values():
        member = (await context.copies.staff(context.database)).get(staff_id)
        assert member is not None
        assert (member.unit, member.roles, member.capacity, member.version) == ("sales", ("officer", "approver"), 5, 2)


async def test_a_change_to_an_unknown_unit_or_role_changes_nothing(database: Database, bundle: PolicyBundle) -> None:
    await add(database, bundle)
    for wrong in ({"unit": "nowhere"}, {"roles": ("boss",)}, {"display_name": " "}, {"capacity": 0}):
        with pytest.raises(InvalidInput):
            await change(database, bundle, **wrong)
    account = await read_member(database, "somchai")
    assert (account.unit, account.roles, account.display_name) == ("lodging", ("officer",), "สมชาย ใจดี")


async def test_somebody_unknown_cannot_be_changed(database: Database, bundle: PolicyBundle) -> None:
    with pytest.raises(NotFound):
        await change(database, bundle, "nobody", active=False)
    with pytest.raises(NotFound):
        await read_member(database, "nobody")


async def test_the_last_administrator_can_be_neither_disabled_nor_given_other_roles(
    database: Database, bundle: PolicyBundle
) -> None:
    await add(database, bundle, replace(SOMCHAI, username="root", roles=("administrator",)))
    for wanted in ({"active": False}, {"roles": ("officer",)}):
        with pytest.raises(Conflict, match="last administrator"):
            await change(database, bundle, "root", **wanted)
    await add(database, bundle, replace(SOMCHAI, username="root2", roles=("administrator",)))
    await change(database, bundle, "root", active=False)
    with pytest.raises(Conflict, match="last administrator"):
        await change(database, bundle, "root2", active=False)


async def test_going_off_duty_twice_is_told_once(database: Database, bundle: PolicyBundle) -> None:
    staff_id = await add(database, bundle)
    for _ in range(2):
        async with database.transaction() as tx:
            await set_duty(tx, "somchai", False, now=NOW, by=staff_id)
    assert not (await read_member(database, "somchai")).on_duty
    rows = await database.read("select count(*) as n from governance.journal where body::jsonb->>'what' = 'off_duty'")
    assert rows[0]["n"] == 1


async def test_ones_own_password_needs_the_present_one_and_ends_every_other_session(
    database: Database, bundle: PolicyBundle
) -> None:
    staff_id = await add(database, bundle)
    here = await sign_in(database, SETTINGS, "somchai", PASSWORD, now=NOW)
    elsewhere = await sign_in(database, SETTINGS, "somchai", PASSWORD, now=NOW)
    for present, new, field in (("wrong", "another password", "present"), (PASSWORD, "short", "new")):
        with pytest.raises(InvalidInput) as problem:
            await change_own_password(database, staff_id, present, new, session_id=here.session_id, now=NOW)
        assert [each.field for each in problem.value.fields] == [field]
    await change_own_password(database, staff_id, PASSWORD, "another password", session_id=here.session_id, now=NOW)
    ended = await database.read("select session_id from governance.session where ended_at is not null")
    assert [row["session_id"] for row in ended] == [elsewhere.session_id]
    with pytest.raises(SignInRefused):
        await sign_in(database, SETTINGS, "somchai", PASSWORD, now=NOW)


async def test_the_list_pages_by_user_name_and_finds_by_name_unit_and_role(runtime: Runtime) -> None:
    database = runtime.contexts["governance"].database
    everybody: list[str] = []
    after: str | None = ""
    while after is not None:
        found, after = await list_staff(database, after=after, limit=7)
        everybody += [account.username for account in found]
    figures = await staff_figures(database, NOW)
    assert everybody == sorted(set(everybody))
    assert len(everybody) == figures.all
    found, _ = await list_staff(database, words="officer1.", unit="sales")
    assert [account.username for account in found] == ["officer1.sales"]
    found, _ = await list_staff(database, role="auditor")
    assert [account.username for account in found] == ["auditor"]
    assert await list_staff(database, words="%") == ([], None)


@pytest.mark.parametrize("name", ["fio", "traffy", "quick"])
def test_the_sample_people_hold_every_role_and_staff_every_unit(name: str) -> None:
    bundle = sample(name)
    members = list(sample_members(bundle, lambda: str(uuid4())))
    assert {role for member in members for role in member.roles} == set(ROLES)
    assert len({member.username for member in members}) == len(members)
    for unit in bundle.units:
        of_unit = [member for member in members if member.unit == unit.code]
        assert any("officer" in member.roles for member in of_unit), unit.code
        assert any("approver" in member.roles for member in of_unit), unit.code
        approvers = [m for m in members if m.unit == bundle.approving_unit(unit.code) and "approver" in m.roles]
        assert approvers, f"nobody decides for {unit.code}"
