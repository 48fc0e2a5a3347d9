"""Requests about people's own data, as those who answer them see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.intake.contacts.keeping import Contacts
from services.intake.subjects.find_subject import SubjectCase, cases_by_id
from services.intake.subjects.rules import Standing, days_left, standing_of
from services.kit.copies import Fetches
from services.kit.errors import NotFound
from services.kit.i18n import N_
from services.kit.paging import Key
from services.kit.scope import Scope, scope_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class Request:
    """A request. `row` is its row by column name, without the contact."""

    row: Mapping[str, Any]
    standing: Standing
    days: int
    """Calendar days until the day it is due."""
    cases: int

    @property
    def open(self) -> bool:
        """Whether it waits for an answer."""
        return bool(self.row["state"] == "open")


@dataclass(frozen=True, slots=True)
class RequestInView:
    """One request with its cases and its history."""

    request: Request
    contact: str | None
    cases: Sequence[tuple[SubjectCase, str]]
    """Each case within the viewer's scope, and what was done with it."""
    hidden: int
    """Cases of the request that are not within the viewer's scope."""
    steps: Sequence[Mapping[str, Any]]


def sees_restricted(scope: Scope) -> bool:
    """Whether somebody answers the requests about restricted cases: they, and nobody else."""
    return bool(scope.restricted_units)


def seen_kinds(member: StaffMember, bundle: PolicyBundle) -> list[bool]:
    """Which requests a member sees: ordinary ones (False), those about restricted cases (True)."""
    ordinary = not {"privacy", "auditor"}.isdisjoint(member.roles)
    return [False] * ordinary + [True] * sees_restricted(scope_of(bundle, member))


async def list_requests(
    source: Fetches, member: StaffMember, bundle: PolicyBundle, now: datetime, *, open_only: bool,
    after: Key | None = None,
) -> tuple[list[Request], Key | None]:  # fmt: skip
    """Open requests by the day they are due, or all of them newest first; and the key of the next page."""
    order = "due_at, id" if open_only else "received_at desc, id desc"
    wanted = " and state = 'open'" if open_only else ""
    beyond = "(due_at, id) > ($2, $3)" if open_only else "(received_at, id) < ($2, $3)"
    rows = await source.fetch(
        "select r.*, (select count(*) from intake.subject_request_case c where c.request_id = r.id) as cases"
        f" from intake.subject_request r where restricted = any($1::bool[]){wanted}"
        f" and ($2::timestamptz is null or {beyond}) order by {order} limit {PAGE + 1}",
        seen_kinds(member, bundle),
        after[0] if after else None,
        after[1] if after else None,
    )
    shown = [_request(dict(row), bundle, now) for row in rows[:PAGE]]
    moment = "due_at" if open_only else "received_at"
    last = shown[-1].row if len(rows) > PAGE else None
    return shown, (last[moment], last["id"]) if last else None


def _request(row: dict[str, Any], bundle: PolicyBundle, now: datetime) -> Request:
    row.pop("contact")
    standing = standing_of(row["state"], row["warn_at"], row["due_at"], row["settled_at"], now)
    return Request(row, standing, days_left(row["due_at"], now, bundle.zone), row.pop("cases", 0))


async def read_request(
    source: Fetches, request_id: UUID, member: StaffMember, bundle: PolicyBundle, contacts: Contacts, now: datetime
) -> RequestInView:
    """One request.

    Raises:
        NotFound: there is none, or it is not theirs to see: the two look alike.
    """
    rows = await source.fetch("select *, 0 as cases from intake.subject_request where id = $1", request_id)
    if not rows or rows[0]["restricted"] not in seen_kinds(member, bundle):
        raise NotFound(N_("There is no such request."), N_("Start again from the list."))
    contact = contacts.read(rows[0]["contact"], "subject_request", "contact", request_id)
    done = {
        row["case_id"]: row["done"]
        for row in await source.fetch(
            "select case_id, done from intake.subject_request_case where request_id = $1", request_id
        )
    }
    scope = scope_of(bundle, member)
    cases = await cases_by_id(source, list(done))
    seen = [(case, done[case.case_id]) for case in cases if case.visible_to(scope)]
    steps = await source.fetch(
        "select at, by, what, detail, reason from intake.subject_request_step where request_id = $1 order by at, id",
        request_id,
    )
    row = {**dict(rows[0]), "cases": len(cases)}
    return RequestInView(
        _request(row, bundle, now), contact, seen, len(cases) - len(seen), [dict(step) for step in steps]
    )
