"""Rows of the queue as the desk shows them: chip, clock, place, state and owner in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies, Staff
from services.kit.i18n import N_, Lang, translate
from services.routing.lifecycle import STATE_LABELS
from services.routing.queue.tag_case import tags_of
from services.routing.queue.watch_case import watched_by
from services.routing.read_cases import QueueRow
from services.routing.read_clocks import NextClock, bundles_of, calendar_of, next_clocks, pauses_of, place_calendar
from services.routing.store import Fetches
from services.routing.time_left import PAUSED, TimeLeft, time_left
from services.routing.words import SHORT_TARGETS, progress_of, short_number, unit_name


@dataclass(frozen=True, slots=True)
class QueueView:
    """What rows are shown with: the policy in force, that of each clock, the staff, who looks, in which language."""

    bundle: PolicyBundle
    bundles: Mapping[str, PolicyBundle]
    clocks: Mapping[UUID, NextClock]
    staff: Staff
    viewer: StaffMember
    lang: Lang
    now: datetime
    tags: Mapping[UUID, list[str]] = field(default_factory=dict)
    watched: frozenset[UUID] = frozenset()

    def row(self, row: QueueRow) -> dict[str, Any]:
        """The row for the macro `queue_row`."""
        owner = self.staff.get(row.owner)
        return {
            "id": str(row.id),
            "value": f"{row.id}:{row.version}",
            "href": f"/cases/{row.tracking_number}",
            "number": short_number(row.tracking_number, self.bundle, self.now),
            "gist": row.gist or translate(self.lang, N_("(the words of this case were erased)")),
            **self._due(row),
            "place": self.bundle.label_of("service_points", row.service_point, self.lang) if row.service_point else "",
            "unit": unit_name(self.bundle, row.unit, self.lang),
            "state": {"label": translate(self.lang, STATE_LABELS[row.state]), "progress": progress_of(row.state)},
            "channel": {"kind": row.channel, "label": self.bundle.label_of("channels", row.channel, self.lang)},
            "owner": {"name": owner.display_name, "mine": owner.staff_id == self.viewer.staff_id} if owner else None,
            "category": self.bundle.label_of("categories", row.category, self.lang) if row.category else "",
            "priority": self.bundle.label_of("priorities", row.priority, self.lang) if row.priority else "",
            "received": row.received_at,
            # Given to whoever looks, and not begun yet.
            "unread": row.owner == self.viewer.staff_id and row.state == "assigned",
            "tags": self._tags(row),
        }

    def left(self, row: QueueRow) -> TimeLeft | None:
        """What is left until the next deadline of a case; None where no clock runs."""
        if not row.is_open or row.due_at is None:
            return None
        if row.paused:
            return PAUSED
        clock = self.clocks.get(row.id)
        bundle = self.bundles.get(clock.policy_version if clock else row.policy_version, self.bundle)
        calendar = (calendar_of(clock, bundle) if clock else None) or place_calendar(
            bundle, row.unit, row.service_point
        )
        return time_left(
            row.due_started_at, row.due_at, calendar, self.now, pauses_of(clock, row.waiting, self.now) if clock else ()
        )

    def _due(self, row: QueueRow) -> dict[str, Any]:
        lang, left = self.lang, self.left(row)
        if left is None:
            if row.is_open:
                return {"due": {"state": "ok", "text": translate(lang, N_("No deadline"))}, "clock": ""}
            said = translate(lang, N_("Ended"))
            return {"due": {"state": "met", "text": said}, "clock": "", "due_at": row.ended_at or row.changed_at}
        due = {"state": left.standing, "text": left.say(lang, short=True)}
        if left.standing == "wait":
            until = (row.waiting or {}).get("pause_until")
            at = datetime.fromisoformat(until) if until else None
            return {"due": due, "clock": translate(lang, N_("Reply awaited")), "due_at": at}
        clock = SHORT_TARGETS.get(row.due_target or "", "")
        return {"due": due, "clock": translate(lang, clock) if clock else "", "due_at": row.due_at}

    def _tags(self, row: QueueRow) -> list[dict[str, str]]:
        tags = []
        if row.safety:
            tags.append({"kind": "safety", "text": translate(self.lang, "Safety")})
        if row.restricted:
            tags.append({"icon": "lock", "text": translate(self.lang, N_("Restricted"))})
        if row.reopened_count:
            text = translate(self.lang, N_("Reopened %(times)s"), times=row.reopened_count)
            tags.append({"kind": "again", "text": text})
        if row.kind != "complaint":
            tags.append({"text": self.bundle.label_of("kinds", row.kind, self.lang)})
        if row.id in self.watched:
            tags.append({"icon": "watch", "text": translate(self.lang, N_("Watched"))})
        return [*tags, *({"icon": "tag", "text": tag} for tag in self.tags.get(row.id, ()))]


async def view_queue(
    source: Fetches,
    copies: Copies,
    rows: list[QueueRow],
    *,
    bundle: PolicyBundle,
    viewer: StaffMember,
    lang: Lang,
    now: datetime,
) -> QueueView:
    """What is needed to show these rows: few reads, however many there are."""
    ids = [row.id for row in rows]
    clocks, tags = await next_clocks(source, ids), await tags_of(source, ids)
    watched = await watched_by(source, viewer.staff_id, ids)
    versions = {clock.policy_version for clock in clocks.values()} | {row.policy_version for row in rows}
    bundles = await bundles_of(copies, source, versions, bundle)
    return QueueView(bundle, bundles, clocks, await copies.staff(source), viewer, lang, now, tags, watched)
