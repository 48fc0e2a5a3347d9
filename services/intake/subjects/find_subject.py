"""Find what is kept of a person: by telephone number, e-mail address, LINE id, or the number of a case of theirs.

Contacts are found by their keyed digests, which need no unsealing; names are sealed and cannot be searched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from schemas.cases import ENDED
from services.intake.contacts.keeping import Contacts
from services.intake.filing import Complainant, invalid
from services.intake.tracking_number import read_number
from services.kit.copies import Fetches
from services.kit.errors import FieldProblem, InvalidInput
from services.kit.i18n import N_
from services.kit.scope import Scope

MOST = 500
"""Cases of one person that are found at once."""

_LINE_ID = re.compile(r"U[0-9a-f]{32}")


class Sought(NamedTuple):
    """What a person is sought by: `phone`, `email`, `line` or `case`, and its value in the spelling of the store."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class SubjectCase:
    """A case of the person, and what is still kept of them there."""

    case_id: UUID
    number: str
    received_at: datetime
    channel: str
    identity: str
    state: str
    unit: str
    restricted: bool
    subject_unit: str | None
    subject_person: str | None
    has_identity: bool
    erased_at: datetime | None

    @property
    def ended(self) -> bool:
        """Whether the case has ended, so that its words may be erased."""
        return self.state in ENDED

    def visible_to(self, scope: Scope) -> bool:
        """Whether it is within somebody's scope: a complaint about their own conduct is not."""
        return scope.sees(
            unit=self.unit,
            restricted=self.restricted,
            subject_unit=self.subject_unit,
            subject_person=self.subject_person,
        )


def read_sought(text: str) -> Sought:
    """What somebody typed.

    Raises:
        InvalidInput: it is neither a number, an address nor a LINE id.
    """
    plain = text.strip()
    if number := read_number(plain):
        return Sought("case", number)
    if _LINE_ID.fullmatch(plain):
        return Sought("line", plain)
    try:
        given = Complainant(name=None, phone=None, email=plain) if "@" in plain else Complainant(
            name=None, phone=plain or "-", email=None
        )  # fmt: skip
    except ValueError:
        raise unclear() from None
    if given.email:
        return Sought("email", given.email)
    if given.phone:
        return Sought("phone", given.phone)
    raise unclear()


def unclear() -> InvalidInput:
    """Said when nobody can be sought by what was typed."""
    return invalid(
        [
            FieldProblem(
                "contact",
                N_("A person cannot be found by this."),
                N_("Give a telephone number, an e-mail address, a LINE user id or the number of a case."),
            )
        ]
    )


_COLUMNS = """
    select c.id as case_id, c.tracking_number as number, c.received_at, c.channel, c.identity,
           coalesce(t.state, 'received') as state, coalesce(t.unit, c.unit) as unit,
           c.restricted or coalesce(t.restricted, false) as restricted,
           coalesce(t.subject_unit, c.subject_unit) as subject_unit,
           coalesce(t.subject_person, c.subject_person) as subject_person,
           exists (select 1 from intake.identity i where i.complaint_id = c.id) as has_identity, c.erased_at
      from intake.complaint c left join intake.tracking t on t.case_id = c.id
"""

_FIND = f"""
    with own as (
        select complaint_id as id from intake.identity where phone_digest = $1
        union select complaint_id from intake.identity where email_digest = $1
        union select case_id from intake.reply_address where digest = $1
        union select id from intake.complaint where tracking_number = $2
    ), linked as (
        select p.other_id as id from intake.person_link p join own on own.id = p.case_id
         where p.undone_at is null and not p.refused
        union select p.case_id from intake.person_link p join own on own.id = p.other_id
         where p.undone_at is null and not p.refused
    )
    {_COLUMNS} where c.id in (select id from own union select id from linked)
    order by c.received_at desc, c.id desc limit {MOST}
"""


async def find_subject(source: Fetches, sought: Sought, contacts: Contacts) -> list[SubjectCase]:
    """Every case of the person, newest first; also those that staff linked to one of them."""
    by_number = sought.kind == "case"
    digest = None if by_number else contacts.digest(sought.kind, sought.value)
    return _cases(await source.fetch(_FIND, digest, sought.value if by_number else None))


async def cases_by_id(source: Fetches, case_ids: Sequence[UUID]) -> list[SubjectCase]:
    """Cases as `find_subject` gives them, newest first."""
    return _cases(
        await source.fetch(
            f"{_COLUMNS} where c.id = any($1::uuid[]) order by c.received_at desc, c.id desc", list(case_ids)
        )
    )


def _cases(rows: Sequence[Mapping[str, Any]]) -> list[SubjectCase]:
    return [SubjectCase(**dict(row)) for row in rows]
