"""Tell colleagues that a note names them, where they may see the case; who may not, its writer learns at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies, Staff
from services.kit.database import Transaction, new_id
from services.kit.errors import FieldProblem, InvalidInput
from services.kit.i18n import N_
from services.kit.scope import scope_of
from services.routing.case import Case
from services.routing.mentions.rules import Named, named_in

MOST = 20
"""Colleagues one note tells at most."""


def may_be_told(case: Case, member: StaffMember, policy: PolicyBundle) -> bool:
    """Whether a member of staff may see the case, and so may be told of a note in it."""
    if not member.active or set(member.roles) <= {"administrator", "privacy"}:
        return False
    return scope_of(policy, member).sees_case(case)


async def named_for(tx: Transaction, copies: Copies, case: Case, text: str, *, now: datetime) -> Named:
    """Whom a note in this case names.

    Raises:
        InvalidInput: somebody it names may not see the case, a name is that of several, or it names too many.
    """
    if "@" not in text:
        return Named((), (), ())
    staff: Staff = await copies.staff(tx)
    policy = await copies.in_force(tx, now)
    active = [member for member in staff.by_id.values() if member.active]
    within = [member for member in active if may_be_told(case, member, policy)]
    named = named_in(text, within)
    # A name of nobody within the case may still be that of a colleague: the writer believes that they are told.
    anywhere = {member.username: member for member in named_in(text, active).members}
    outside = [member for member in anywhere.values() if member not in within]
    if outside:
        raise _wrong(
            N_("%(names)s may not see this case, so nobody was told."),
            N_("Take the @ away, or have the case given to their unit."),
            ", ".join(member.display_name for member in outside),
        )
    if named.several:
        raise _wrong(
            N_("Several colleagues are called %(names)s."), N_("Choose one from the list, or write the whole name."),
            ", ".join(named.several),
        )  # fmt: skip
    if len(named.members) > MOST:
        raise _wrong(N_("A note tells at most %(names)s colleagues."), N_("Name fewer of them."), str(MOST))
    return named


def _wrong(what: str, remedy: str, names: str) -> InvalidInput:
    return InvalidInput(
        N_("Some fields need changing."),
        N_("Nothing was saved; correct the fields."),
        fields=[FieldProblem("text", what, remedy, {"names": names})],
    )


async def keep_mentions(
    tx: Transaction, case_id: UUID, line_id: UUID, members: Sequence[StaffMember], *, by: UUID, now: datetime
) -> None:
    """Keep whom a note names; nobody is told of naming themselves."""
    told = [member.staff_id for member in members if member.staff_id != by]
    if told:
        await tx.executemany(
            'insert into routing.mention (id, case_id, line_id, staff_id, "by", at) values ($1, $2, $3, $4, $5, $6)',
            [(new_id(), case_id, line_id, staff_id, by, now) for staff_id in told],
        )
