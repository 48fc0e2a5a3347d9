"""Add staff: one at a time, or the sample people of a sample organisation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.governance import ROLES, StaffChanged, StaffMember, staff_stream
from schemas.policy import PolicyBundle
from services.governance.passwords import MINIMUM_LENGTH, digest_password
from services.governance.sample_people import sample_names
from services.governance.tables import StaffAccount
from services.kit.database import Transaction, new_id
from services.kit.errors import FieldProblem, InvalidInput
from services.kit.i18n import N_

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
EMAIL = re.compile(r"[^\s@<>,;\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
NAME_LENGTH = 120
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Characters that steer a terminal or turn the direction of writing: with them a name passes for another."""


@dataclass(frozen=True, slots=True)
class NewMember:
    """Somebody to be added."""

    username: str
    display_name: str
    unit: str
    roles: tuple[str, ...]
    password: str = field(repr=False)
    capacity: int = 20
    email: str | None = None


def problems_of(new: NewMember, bundle: PolicyBundle) -> list[FieldProblem]:
    """What is wrong with a new member's data, field by field."""
    found = []
    name = new.username
    if not USERNAME.fullmatch(name):
        found.append(FieldProblem("username", N_("Only a–z, 0–9, dot, dash."), N_("Write it in lower case.")))
    if not 0 < len(new.display_name.strip()) <= NAME_LENGTH:
        found.append(FieldProblem("display_name", N_("A name is needed."), N_("Write the name colleagues know.")))
    if _UNSEEN.search(new.display_name):
        found.append(
            FieldProblem(
                "display_name",
                N_("The name holds characters that nobody sees."),
                N_("Type it anew instead of copying it."),
            )
        )
    if not bundle.has("units", new.unit):
        found.append(FieldProblem("unit", N_("The policy has no such unit."), N_("Use a unit code of the policy.")))
    if not new.roles or set(new.roles) - set(ROLES):
        found.append(FieldProblem("roles", N_("Unknown or missing role."), N_("Use roles of the list of roles.")))
    if not 1 <= new.capacity <= 1000:
        found.append(
            FieldProblem("capacity", N_("This is not a number of cases."), N_("Write a number from 1 to 1000."))
        )
    if new.email is not None and not EMAIL.fullmatch(new.email):
        found.append(
            FieldProblem(
                "email", N_("This is not an e-mail address."), N_("Write it as name@example.go.th, or leave it.")
            )
        )
    if len(new.password) < MINIMUM_LENGTH:
        found.append(FieldProblem("password", N_("Too short."), N_("Use at least ten characters.")))
    return found


async def add_staff(tx: Transaction, new: NewMember, bundle: PolicyBundle, *, now: datetime, by: UUID | None) -> UUID:
    """Add a member of staff and tell every service.

    Raises:
        InvalidInput: a field is wrong, or the user name is taken.
    """
    problems = problems_of(new, bundle)
    if await tx.fetchval("select true from governance.staff where username = $1", new.username):
        problems.append(FieldProblem("username", N_("This user name is taken."), N_("Choose another.")))
    if problems:
        raise InvalidInput(N_("This member of staff could not be added."), fields=problems)
    return await store_member(tx, new, digest_password(new.password), now=now, by=by)


async def store_member(tx: Transaction, new: NewMember, digest: str, *, now: datetime, by: UUID | None) -> UUID:
    """Write a member whose data was found right, with the digest of their first password, and tell every service."""
    staff_id = new_id()
    tx.session.add(
        StaffAccount(
            staff_id=staff_id,
            username=new.username,
            display_name=new.display_name,
            unit=new.unit,
            roles=list(new.roles),
            capacity=new.capacity,
            email=new.email,
            password_hash=digest,
            created_at=now,
        )
    )
    member = StaffMember(
        staff_id=staff_id,
        username=new.username,
        display_name=new.display_name,
        unit=new.unit,
        roles=new.roles,
        capacity=new.capacity,
        email=new.email,
    )
    tx.announce(StaffChanged(member=member, by=by, what="added"), case_id=staff_stream(staff_id), at=now)
    return staff_id


def sample_members(bundle: PolicyBundle, password: Callable[[], str]) -> Iterator[NewMember]:
    """The people of a sample organisation: two officers, an approver and a head in every unit, and every other role.

    A restricted unit has two approvers. An approver may also verify: the verifier must not be the deliverer, but may be
    who approved (ISO 10002 7.9).
    """
    names = iter(sample_names())

    def person(username: str, unit: str, *roles: str) -> NewMember:
        return NewMember(username, next(names), unit, roles, password())

    for unit in bundle.units:
        extra = ("integrity",) if unit.restricted else ()
        name = unit.code.lower().replace("_", "-")
        for number in (1, 2):
            yield person(f"officer{number}.{name}", unit.code, "officer", *extra)
        yield person(f"approver.{name}", unit.code, "approver", "verifier", *extra)
        if unit.restricted:
            # Nobody outside may review what is decided here, and nobody reviews what they decided themselves.
            yield person(f"approver2.{name}", unit.code, "approver", "verifier", *extra)
        head = {"organisation": "executive", "line": "line_manager"}.get(unit.level, "unit_head")
        roles = dict.fromkeys((head, "unit_head", "supervisor", *extra))
        yield person(f"head.{name}", unit.code, *roles)
    centre, root = bundle.triage_unit, bundle.root.code
    yield person("centre", centre, "centre", "officer")
    yield person("supervisor", centre, "centre", "supervisor")
    yield person("verifier", centre, "centre", "verifier")
    yield person("reviewer", bundle.reviewing_unit(centre), "reviewer")
    yield person("auditor", root, "auditor")
    yield person("privacy", root, "privacy")
    yield person("administrator", root, "administrator")


async def sample_staff(
    tx: Transaction, bundle: PolicyBundle, password: Callable[[], str], *, now: datetime
) -> list[dict[str, Any]]:
    """Add the sample people; returns their log-ins, to be written to a file only the owner can read."""
    members: Sequence[NewMember] = list(sample_members(bundle, password))
    with ThreadPoolExecutor(2) as pool:  # argon2 lets go of the interpreter lock
        digests = list(pool.map(digest_password, (member.password for member in members)))
    for member, digest in zip(members, digests, strict=True):
        await store_member(tx, member, digest, now=now, by=None)
    return [{"username": m.username, "password": m.password, "roles": list(m.roles), "unit": m.unit} for m in members]
