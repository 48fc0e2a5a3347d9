"""Show a complainant how their case stands (ISO 10002 7.3): found by tracking number and secret, never by one alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.complaints import ComplainantAction
from schemas.policy import PolicyBundle
from services.intake.actions import Standing, allowed_actions
from services.intake.tracking_number import read_number
from services.intake.tracking_secret import fits
from services.intake.tracking_words import status_label, step_label
from services.kit.copies import Fetches
from services.kit.errors import NotFound
from services.kit.i18n import N_, Lang


class NoSuchCase(NotFound):
    """No case has this number and secret; which of the two is wrong is not told."""

    code = "no-such-case"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline, not yet put into words."""

    at: datetime
    code: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Tracked:
    """A case as its complainant may see it. `complaint` and `progress` are rows by column name."""

    case_id: UUID
    complaint: Mapping[str, Any]
    progress: Mapping[str, Any]
    clocks: Mapping[str, Mapping[str, Any]]
    """The newest clock of each target."""
    steps: tuple[Step, ...]
    rated: bool

    @property
    def state(self) -> str:
        """The state of the case as last learned from routing."""
        return str(self.progress.get("state") or "received")

    @property
    def restricted(self) -> bool:
        """Whether the unit that handles it is not to be named."""
        return bool(self.complaint["restricted"] or self.progress.get("restricted"))

    @property
    def unit(self) -> str:
        """The unit that has the case."""
        return str(self.progress.get("unit") or self.complaint["unit"])

    @property
    def standing(self) -> Standing:
        """What decides which actions are open."""
        return Standing(self.state, self.progress.get("decided_at"), self.progress.get("pending_action"), self.rated)

    def due(self, target: str) -> datetime | None:
        """When something is promised: by the running clock, else as it was promised at filing."""
        clock = self.clocks.get(target)
        if clock is not None and clock["state"] != "cancelled":
            return clock["due_at"]  # type: ignore[no-any-return]
        promised = self.complaint["promised"].get(target)
        return datetime.fromisoformat(promised) if promised else None


async def find_case(source: Fetches, server_secret: str, number: str, secret: str) -> UUID:
    """The case with this number and secret.

    Raises:
        NoSuchCase: alike, in content and in time, for a wrong secret, an unknown number and no number at all.
    """
    rows = await source.fetch(
        "select id, secret_digest from intake.complaint where tracking_number = $1", read_number(number) or "-"
    )
    if not fits(server_secret, secret, rows[0]["secret_digest"] if rows else None):
        raise NoSuchCase(
            N_("No case has this tracking number and secret."),
            N_("Check both on your receipt: the secret has eight signs, as in 7KQ4-M2WD. If it is lost, call us."),
        )
    case_id: UUID = rows[0]["id"]
    return case_id


async def case_by_number(source: Fetches, number: str) -> UUID | None:
    """The case with this number, for staff."""
    rows = await source.fetch("select id from intake.complaint where tracking_number = $1", read_number(number) or "-")
    return rows[0]["id"] if rows else None


async def track_complaint(source: Fetches, case_id: UUID) -> Tracked:
    """Everything the complainant may see of a case that `find_case` found."""
    complaint = (await source.fetch("select * from intake.complaint where id = $1", case_id))[0]
    progress = await source.fetch("select * from intake.tracking where case_id = $1", case_id)
    clocks = await source.fetch(
        "select distinct on (target) * from intake.tracking_clock where case_id = $1 order by target, cycle desc",
        case_id,
    )
    # What happened at the same moment stands as it was announced: event ids begin with the time they were made.
    rows = await source.fetch(
        "select at, code, detail, words from intake.tracking_step where case_id = $1"
        " order by at, left(event_id::text, 13), position",
        case_id,
    )
    rated = await source.fetch(
        "select 1 from intake.complainant_action a left join intake.tracking t on t.case_id = a.case_id"
        " where a.case_id = $1 and a.action = 'rate' and a.closure = coalesce(t.reopened_count, 0)",
        case_id,
    )
    first = Step(complaint["received_at"], "received", {"channel": complaint["channel"]})
    steps = tuple(Step(row["at"], row["code"], row["detail"], row["words"]) for row in rows)
    return Tracked(
        case_id=case_id,
        complaint=dict(complaint),
        progress=dict(progress[0]) if progress else {},
        clocks={row["target"]: dict(row) for row in clocks},
        steps=(first, *steps),
        rated=bool(rated),
    )


def shown(tracked: Tracked, bundle: PolicyBundle, lang: Lang, now: datetime) -> dict[str, Any]:
    """The answer of `GET /api/v1/complaints/{n}`."""
    actions: list[ComplainantAction] = allowed_actions(tracked.standing, bundle, now)
    return {
        "tracking_number": tracked.complaint["tracking_number"],
        "status": tracked.state,
        "status_label": status_label(tracked.state, lang),
        "received_at": tracked.complaint["received_at"],
        "due": {"acknowledge": tracked.due("acknowledge"), "resolve": tracked.due("resolve")},
        "actions": actions,
        "timeline": [
            {"at": step.at, "label": step_label(step.code, step.detail, bundle, lang, restricted=tracked.restricted)}
            for step in tracked.steps
        ],
    }
