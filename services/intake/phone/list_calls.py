"""Read the calls on an agent's screen: those that ring for them, those they are in, those they have not settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from schemas.policy import PolicyBundle
from services.intake.contacts.keeping import contacts_of
from services.intake.phone.caller import in_groups, opened_number
from services.kit.access import Viewer
from services.kit.copies import Fetches
from services.kit.errors import NotFound
from services.kit.i18n import N_
from services.kit.settings import Settings

SHOWN = 20
RECENT = timedelta(hours=24)
"""What is older waits on `/admin/channels`, where everything that is held is shown."""


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call as the screen shows it."""

    id: UUID
    source_id: str
    number: str | None
    shown: str
    state: str
    began_at: datetime
    answered_at: datetime | None
    mine: bool
    dialled: str | None
    known: int
    """How many cases there are of this number, of any state; the caller's panel shows those one may see."""
    owed: bool
    recording: str | None
    settled: bool
    case_id: UUID | None


_LINE = (
    "select p.*, (select count(*) from intake.contact k join intake.complaint c on c.complainant_ref = k.ref"
    " where k.digest = p.caller) as known,"
    " exists (select 1 from intake.call_back b where b.caller = p.caller and b.state = 'open') as owed"
    " from intake.phone_call p"
)


def at_desk(bundle: PolicyBundle, viewer: Viewer) -> bool:
    """Whether the viewer answers for the telephone: the calls that ring for nobody in particular are theirs."""
    return viewer.has("centre") or viewer.member.unit == bundle.triage_unit


async def list_calls(
    source: Fetches, settings: Settings, bundle: PolicyBundle, viewer: Viewer, now: datetime
) -> list[CallLine]:
    """The calls of the last day that wait for the viewer, the newest first."""
    rows = await source.fetch(
        f"{_LINE} where p.settled_at is null and p.direction = 'in' and p.state <> 'missed' and p.began_at > $1"
        " and (p.agent = $2 or (p.agent is null and $3))"
        f" order by p.began_at desc, p.id desc limit {SHOWN}",
        now - RECENT,
        viewer.staff_id,
        at_desk(bundle, viewer),
    )
    return [_line(dict(row), settings, viewer) for row in rows]


async def call_of(source: Fetches, settings: Settings, bundle: PolicyBundle, viewer: Viewer, call_id: UUID) -> CallLine:
    """One call that is the viewer's to work on.

    Raises:
        NotFound: there is none, or another agent answered it.
    """
    rows = await source.fetch(
        f"{_LINE} where p.id = $1 and (p.agent = $2 or p.agent is null or $3)",
        call_id,
        viewer.staff_id,
        at_desk(bundle, viewer),
    )
    if not rows:
        raise NotFound(N_("There is no such call."), N_("Another agent may have answered it; reload the page."))
    return _line(dict(rows[0]), settings, viewer)


async def extension_of(source: Fetches, staff_id: UUID) -> str:
    """The extension a member of staff answers at; empty when they have not said."""
    rows = await source.fetch("select extension from intake.phone_desk where staff_id = $1", staff_id)
    return rows[0]["extension"] if rows else ""


def _line(row: dict[str, Any], settings: Settings, viewer: Viewer) -> CallLine:
    number = opened_number(contacts_of(settings), row["number"], "phone_call", row["id"])
    return CallLine(
        id=row["id"],
        source_id=row["source_id"],
        number=number,
        shown=in_groups(number) if number else "",
        state=row["state"],
        began_at=row["began_at"],
        answered_at=row["answered_at"],
        mine=row["agent"] == viewer.staff_id,
        dialled=row["dialled"],
        known=row["known"],
        owed=row["owed"],
        recording=row["recording"],
        settled=row["settled_at"] is not None,
        case_id=row["case_id"],
    )
