"""Note a leave, with who stands in for the time. Every service is told, and obeys it from the first moment on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.governance.change_staff import announce_member, find_staff
from services.governance.leave.rules import LONGEST, may_note, period
from services.governance.tables import LeavePeriod, StaffAccount
from services.kit.database import Transaction, new_id
from services.kit.errors import FieldProblem, InvalidInput, NotFound
from services.kit.i18n import N_
from services.kit.thai import parse_date


@dataclass(frozen=True, slots=True)
class LeaveWanted:
    """A leave to be noted: whole days in the enterprise's zone, both included. `substitute` is a user name."""

    first: date
    last: date
    substitute: str | None = None
    hand_over: bool = False


def leave_typed(fields: Mapping[str, str]) -> LeaveWanted:
    """A leave as typed, days in either era.

    Raises:
        InvalidInput: a day is none.
    """
    problems: list[FieldProblem] = []
    days: list[date] = []
    for name in ("first", "last"):
        try:
            days.append(parse_date(fields.get(name, "")))
        except ValueError:
            problems.append(FieldProblem(name, N_("This is not a day."), N_("Choose a day of the calendar.")))
    if problems:
        raise InvalidInput(N_("The leave was not noted."), fields=problems)
    return LeaveWanted(days[0], days[1], fields.get("substitute") or None, fields.get("hand_over") == "true")


async def note_leave(
    tx: Transaction,
    username: str,
    wanted: LeaveWanted,
    bundle: PolicyBundle,
    *,
    viewer: StaffMember | None,
    now: datetime,
) -> UUID:
    """Note a leave; returns its id. `viewer` None is the operator at the command line.

    Raises:
        NotFound: no such account, or none of somebody the viewer leads; the two look the same.
        InvalidInput: the days or the substitute will not do.
    """
    account = await account_within(tx, username, bundle, viewer)
    starts, ends = period(wanted.first, wanted.last, bundle.zone)
    problems = _wrong_days(starts, ends, now)
    if not problems and await _overlaps(tx, account.staff_id, starts, ends):
        problems.append(
            FieldProblem(
                "first", N_("There is a leave in these days already."), N_("Cancel that one, or mend the days.")
            )
        )
    substitute = None
    if wanted.substitute:
        substitute = await _substitute(tx, wanted.substitute)
        problems += await _wrong_substitute(tx, account, substitute, viewer, starts, ends)
    if wanted.hand_over and not wanted.substitute:
        problems.append(
            FieldProblem(
                "substitute",
                N_("Nobody is named who could take the cases."),
                N_("Name a substitute, or keep the cases."),
            )
        )
    if problems:
        raise InvalidInput(N_("The leave was not noted."), fields=problems)
    leave = LeavePeriod(
        leave_id=new_id(),
        staff_id=account.staff_id,
        starts_at=starts,
        ends_at=ends,
        substitute=substitute["staff_id"] if substitute else None,
        hand_over=wanted.hand_over,
        noted_by=viewer.staff_id if viewer else None,
        noted_at=now,
    )
    tx.session.add(leave)
    await tx.session.flush()
    await announce_member(tx, account, "leave_noted", now=now, by=leave.noted_by)
    return leave.leave_id


async def account_within(
    tx: Transaction, username: str, bundle: PolicyBundle, viewer: StaffMember | None
) -> StaffAccount:
    """The account, locked, of somebody whose leave the viewer may note.

    Raises:
        NotFound: there is none.
    """
    account = await find_staff(tx, username)
    if viewer is not None and not may_note(viewer, account.staff_id, account.unit, bundle):
        raise NotFound(
            N_("No member of staff has the user name %(username)s."),
            N_("/account/people lists the people you lead."),
            params={"username": username},
        )
    return account


def _wrong_days(starts: datetime, ends: datetime, now: datetime) -> list[FieldProblem]:
    if starts >= ends:
        return [FieldProblem("last", N_("The last day is before the first."), N_("Mend one of the two."))]
    if ends <= now:
        return [FieldProblem("last", N_("These days are over."), N_("Give days that are still to come."))]
    if ends - starts > LONGEST:
        return [
            FieldProblem("last", N_("This is longer than a year."), N_("Disable the account of somebody who has left."))
        ]
    return []


async def _overlaps(tx: Transaction, staff_id: UUID, starts: datetime, ends: datetime) -> bool:
    found = await tx.fetchval(
        "select true from governance.leave where staff_id = $1 and cancelled_at is null and starts_at < $3"
        " and ends_at > $2 limit 1",
        staff_id,
        starts,
        ends,
    )
    return bool(found)


async def _substitute(tx: Transaction, username: str) -> Any:
    return await tx.fetchrow(
        "select staff_id, unit, active from governance.staff where username = $1",
        username.replace("\x00", "").strip().lower(),
    )


async def _wrong_substitute(
    tx: Transaction, account: StaffAccount, other: Any, viewer: StaffMember | None, starts: datetime, ends: datetime
) -> list[FieldProblem]:
    if other is None or not other["active"] or other["staff_id"] == account.staff_id or other["unit"] != account.unit:
        return [
            FieldProblem("substitute", N_("They cannot stand in."), N_("Name another active member of the same unit."))
        ]
    if viewer and other["staff_id"] == viewer.staff_id and "administrator" not in viewer.roles:
        # Standing in lends roles: nobody lends them to themselves.
        return [
            FieldProblem(
                "substitute",
                N_("You cannot name yourself."),
                N_("Have the member themselves or an administrator do it."),
            )
        ]
    if await _overlaps(tx, other["staff_id"], starts, ends):
        return [
            FieldProblem("substitute", N_("They are on leave in these days themselves."), N_("Name somebody else."))
        ]
    return []
