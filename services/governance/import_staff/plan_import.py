"""What importing a table would do, line by line: add, change, disable, enable, nothing, or what is wrong. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from schemas.governance import ROLES
from schemas.policy import PolicyBundle
from services.governance.add_staff import NewMember, problems_of
from services.governance.change_staff import StaffChange
from services.governance.import_staff.read_table import Line
from services.governance.list_staff import Account
from services.governance.words import ROLES_SHOWN
from services.kit.errors import FieldProblem
from services.kit.i18n import N_, translate
from services.kit.thai import parse_digits

Deed = Literal["add", "change", "disable", "enable", "same", "wrong"]

_YES = frozenset({"yes", "true", "1", "y", "active", "ใช่", "ใช้งาน"})
_NO = frozenset({"no", "false", "0", "n", "disabled", "ไม่", "ไม่ใช่", "ปิด", "ระงับ"})
_PLACEHOLDER = "not looked at"
"""Stands for the password while a line is judged; the real one is made when the table is applied."""

_ROLE_NAMES = {translate("th", shown): role for role, shown in ROLES_SHOWN.items() if role in ROLES}


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One thing that changes about a member, as it was and as it will be."""

    field: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """One line of the table and what comes of it."""

    number: int
    username: str
    display_name: str
    deed: Deed
    problems: tuple[FieldProblem, ...] = ()
    changes: tuple[FieldShown, ...] = ()
    new: NewMember | None = field(default=None, repr=False)
    change: StaffChange | None = None


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What the table would do. `digest` names exactly this, so that what was looked at is what is applied."""

    lines: tuple[PlannedLine, ...]
    digest: str

    def count(self, deed: Deed) -> int:
        """How many lines come to that."""
        return sum(line.deed == deed for line in self.lines)

    @property
    def problems(self) -> list[FieldProblem]:
        """What is wrong, by line and field."""
        return [
            FieldProblem(f"{line.number}.{each.field}", each.what, each.remedy, each.params)
            for line in self.lines
            for each in line.problems
        ]


def plan_import(lines: Sequence[Line], known: Mapping[str, Account], bundle: PolicyBundle) -> ImportPlan:
    """Hold a table against the members there are, by user name."""
    first: dict[str, int] = {}
    planned = []
    for line in lines:
        username = line.cells["username"].lower()
        one = _planned(line, username, known.get(username), bundle)
        if username in first:
            twice = FieldProblem(
                "username", N_("This user name stands on line %(line)s already."), N_("Keep one of the two lines."),
                {"line": first[username]},
            )  # fmt: skip
            one = PlannedLine(line.number, username, one.display_name, "wrong", (twice, *one.problems))
        first.setdefault(username, line.number)
        planned.append(one)
    said = repr([(line.number, line.username, line.deed, line.changes) for line in planned])
    return ImportPlan(tuple(planned), hashlib.sha256(said.encode()).hexdigest()[:32])


def _planned(line: Line, username: str, account: Account | None, bundle: PolicyBundle) -> PlannedLine:
    cells = line.cells
    wrong: list[FieldProblem] = []
    active = _active(cells.get("active", ""), wrong)
    capacity = _capacity(cells.get("capacity", ""), wrong)
    new = NewMember(
        username,
        cells["display_name"],
        _unit(cells["unit"], bundle),
        _roles(cells["roles"]),
        _PLACEHOLDER,
        capacity if capacity is not None else (account.capacity if account else 20),
        cells.get("email") or (account.email if account else None),
    )
    wrong += problems_of(new, bundle)
    if account is None and active is False:
        wrong.append(
            FieldProblem("active", N_("Nobody has this user name who could be disabled."), N_("Take the line out."))
        )
    if wrong:
        return PlannedLine(line.number, username, new.display_name, "wrong", tuple(wrong))
    if account is None:
        return PlannedLine(line.number, username, new.display_name, "add", new=new)
    changes = tuple(_changes(account, new, active))
    change = StaffChange(new.display_name, new.unit, new.roles, active, None, new.capacity, new.email)
    return PlannedLine(
        line.number, username, new.display_name, _deed(changes), changes=changes, change=change if changes else None
    )


def _deed(changes: Sequence[FieldShown]) -> Deed:
    if not changes:
        return "same"
    for change in changes:
        if change.field == "active":
            return "enable" if change.after else "disable"
    return "change"


def _changes(account: Account, new: NewMember, active: bool | None) -> list[FieldShown]:
    wanted = {
        "display_name": (account.display_name, new.display_name.strip()),
        "unit": (account.unit, new.unit),
        "roles": (tuple(sorted(account.roles)), tuple(sorted(new.roles))),
        "capacity": (account.capacity, new.capacity),
        "email": (account.email, new.email),
        "active": (account.active, account.active if active is None else active),
    }
    return [FieldShown(name, before, after) for name, (before, after) in wanted.items() if before != after]


def _unit(cell: str, bundle: PolicyBundle) -> str:
    """A unit by its code or by one of its names, as people write it."""
    if bundle.has("units", cell):
        return cell
    named = [unit.code for unit in bundle.units if cell and cell in (unit.name.th, unit.name.en)]
    return named[0] if len(named) == 1 else cell


def _roles(cell: str) -> tuple[str, ...]:
    """Roles parted by commas, semicolons or spaces; a Thai name of a role is one too."""
    parts: list[str] = []
    for part in cell.replace(";", ",").replace("/", ",").split(","):
        name = part.strip()
        parts += [_ROLE_NAMES[name]] if name in _ROLE_NAMES else name.lower().split()
    return tuple(dict.fromkeys(parts))


def _active(cell: str, wrong: list[FieldProblem]) -> bool | None:
    said = cell.lower()
    if said and said not in _YES | _NO:
        wrong.append(FieldProblem("active", N_("This is neither yes nor no."), N_("Write yes or no, or leave it.")))
    return None if said not in _YES | _NO else said in _YES


def _capacity(cell: str, wrong: list[FieldProblem]) -> int | None:
    digits = parse_digits(cell)
    if not digits:
        return None
    if digits.isascii() and digits.isdigit() and len(digits) < 6:
        return int(digits)
    wrong.append(FieldProblem("capacity", N_("This is not a number of cases."), N_("Write a number from 1 to 1000.")))
    return None
