"""Which other cases are of the same person: linked by staff, or suggested to them by a contact the cases share.

A suggestion is *proven* when the same contact was proven on both cases, and *stated* when it was only given on one of
them or both. Nothing is linked by itself: a stated number may be a typing error, or somebody else's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.intake.look_at_identity import TRUSTED
from services.intake.subjects.find_subject import SubjectCase, cases_by_id
from services.kit.copies import Fetches
from services.kit.scope import scope_of

MOST = 30
"""Cases shown of one person; one with more is found by a data request."""

_CONTACTS = """
    select i.complaint_id as case_id, i.phone_digest as digest, 'phone' as kind from intake.identity i
     where i.phone_digest is not null
    union all
    select i.complaint_id, i.email_digest, 'email' from intake.identity i where i.email_digest is not null
    union all
    select r.case_id, r.digest, r.channel from intake.reply_address r where r.digest is not null
"""

_PROVEN = (
    "(c.kind = 'line' or exists (select 1 from intake.contact_proof p where p.case_id = c.case_id"
    " and p.digest = c.digest))"
)
"""LINE signs what comes from an account, so an account that a case is reached by is proven."""

_SHARED = f"""
    with mine as (select c.digest, c.kind, {_PROVEN} as proven from ({_CONTACTS}) c where c.case_id = $1)
    select c.case_id, c.kind, bool_or(mine.proven and {_PROVEN}) as proven
      from mine join lateral (
        select i.complaint_id as case_id, i.phone_digest as digest, 'phone' as kind from intake.identity i
         where i.phone_digest = mine.digest
        union all
        select i.complaint_id, i.email_digest, 'email' from intake.identity i where i.email_digest = mine.digest
        union all
        select r.case_id, r.digest, r.channel from intake.reply_address r where r.digest = mine.digest
      ) c on c.case_id <> $1
     group by c.case_id, c.kind
     order by proven desc, c.case_id desc limit {MOST * 3}
"""

_LINKS = """
    select case when case_id = $1 then other_id else case_id end as case_id, id, evidence, reason, by, at, refused
      from intake.person_link where (case_id = $1 or other_id = $1) and undone_at is null
"""


@dataclass(frozen=True, slots=True)
class SamePerson:
    """Another case of the person. `link` is the row of the link; None while it is only suggested."""

    case: SubjectCase
    kinds: tuple[str, ...]
    """The contacts that both cases share."""
    proven: bool
    link: dict[str, Any] | None = None


async def same_person(
    source: Fetches, case_id: UUID, member: StaffMember, bundle: PolicyBundle
) -> tuple[list[SamePerson], list[SamePerson]]:
    """The linked cases and the suggested ones that the member may see; proven suggestions first."""
    links = {row["case_id"]: dict(row) for row in await source.fetch(_LINKS, case_id)}
    shared: dict[UUID, list[tuple[str, bool]]] = {}
    for row in await source.fetch(_SHARED, case_id):
        shared.setdefault(row["case_id"], []).append((row["kind"], row["proven"]))
    scope = scope_of(bundle, member)
    trusted = not set(TRUSTED).isdisjoint(member.roles)
    linked, suggested = [], []
    for case in await cases_by_id(source, [*links, *shared]):
        if not case.visible_to(scope) or case.erased_at is not None:
            continue
        if case.identity == "confidential" and not trusted:
            continue  # that it is the same person says who it is
        link, contacts = links.get(case.case_id), shared.get(case.case_id, [])
        proven = any(is_proven for _, is_proven in contacts)
        found = SamePerson(case, tuple(sorted({kind for kind, _ in contacts})), proven, link)
        if link is None:
            suggested.append(found)
        elif not link["refused"]:
            linked.append(found)
    return linked[:MOST], sorted(suggested, key=lambda it: not it.proven)[:MOST]
