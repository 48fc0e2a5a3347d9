"""Find a caller by their number: their cases, the open ones first, and whether they are owed a call.

Only what whoever asks may see: a case outside their scope is neither shown nor counted. The name behind a number is
not told; the agent asks for it, and a look at a case's identity has its own page and its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schemas.cases import ENDED
from schemas.policy import PolicyBundle
from services.intake.phone.caller import digest_of, in_groups
from services.kit.access import Viewer
from services.kit.copies import Fetches
from services.kit.gist import gist_of
from services.kit.scope import scope_of
from services.kit.settings import Settings
from services.kit.thai import normalise_phone

LOOKED_AT = 60
SHOWN = 12


@dataclass(frozen=True, slots=True)
class CallersCase:
    """A case of the caller."""

    case_id: UUID
    tracking_number: str
    gist: str
    kind: str
    state: str
    open: bool
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Caller:
    """What is known of a number. `owed_since`: since when they wait to be called back."""

    number: str
    shown: str
    cases: tuple[CallersCase, ...]
    calls: int
    owed_since: datetime | None

    @property
    def open_cases(self) -> tuple[CallersCase, ...]:
        """Those that are not ended."""
        return tuple(case for case in self.cases if case.open)


async def find_caller(
    source: Fetches, settings: Settings, bundle: PolicyBundle, viewer: Viewer, typed: str
) -> Caller | None:
    """What is known of a number as typed (+66, ๐–๙, spaces and dashes are understood); None when it is no number."""
    try:
        number = normalise_phone(typed)
    except ValueError:
        return None
    digest = digest_of(settings, number)
    rows = await source.fetch(
        "select c.id, c.tracking_number, c.narrative, c.received_at, coalesce(t.kind, c.kind) as kind,"
        " coalesce(t.state, 'received') as state, coalesce(t.unit, c.unit) as unit, t.owner, t.approving_unit,"
        " c.restricted or coalesce(t.restricted, false) as restricted,"
        " coalesce(t.subject_unit, c.subject_unit) as subject_unit,"
        " coalesce(t.subject_person, c.subject_person) as subject_person"
        " from intake.contact k join intake.complaint c on c.complainant_ref = k.ref"
        " left join intake.tracking t on t.case_id = c.id where k.digest = $1"
        f" order by c.received_at desc limit {LOOKED_AT}",
        digest,
    )
    scope = scope_of(bundle, viewer.member)
    cases = [
        CallersCase(
            row["id"],
            row["tracking_number"],
            gist_of(row["narrative"] or ""),
            row["kind"],
            row["state"],
            row["state"] not in ENDED,
            row["received_at"],
        )
        for row in rows
        if scope.sees(
            unit=row["unit"],
            owner=row["owner"],
            approving_unit=row["approving_unit"],
            restricted=row["restricted"],
            subject_unit=row["subject_unit"],
            subject_person=row["subject_person"],
        )
    ]
    cases.sort(key=lambda case: not case.open)
    (more,) = await source.fetch(
        "select (select count(*) from intake.phone_call where caller = $1 and direction = 'in') as calls,"
        " (select rang_at from intake.call_back where caller = $1 and state = 'open') as owed",
        digest,
    )
    return Caller(number, in_groups(number), tuple(cases[:SHOWN]), more["calls"], more["owed"])
