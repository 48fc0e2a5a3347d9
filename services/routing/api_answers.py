"""Cases as the API tells them: rows of the queue, and one case with clocks, allowed steps and timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Staff
from services.kit.i18n import Lang, translate
from services.routing.allowed import allowed_steps
from services.routing.case import Case
from services.routing.lifecycle import STATE_LABELS
from services.routing.nobody_can import explained
from services.routing.read_case import CaseFile, ClockRow, TaskRow, TimelineRow
from services.routing.read_cases import QueueRow
from services.routing.timeline import label_of_line


def iso(at: datetime | None) -> str | None:
    """A moment as ISO 8601 in UTC, as stored."""
    return at.isoformat() if at else None


def _owner(staff: Staff, owner: UUID | None) -> dict[str, Any]:
    member = staff.get(owner)
    return {
        "owner": member.username if member else (str(owner) if owner else None),
        "owner_id": str(owner) if owner else None,
        "owner_name": member.display_name if member else None,
    }


def row_as_json(row: QueueRow, bundle: PolicyBundle, staff: Staff, lang: Lang, now: datetime) -> dict[str, Any]:
    """A line of the queue."""
    return {
        "id": str(row.id),
        "tracking_number": row.tracking_number,
        "kind": row.kind,
        "state": row.state,
        "state_label": translate(lang, STATE_LABELS[row.state]),
        "unit": row.unit,
        "unit_label": bundle.label_of("units", row.unit, lang),
        "approving_unit": row.approving_unit,
        **_owner(staff, row.owner),
        "priority": row.priority,
        "category": row.category,
        "service_point": row.service_point,
        "channel": row.channel,
        "safety": row.safety,
        "restricted": row.restricted,
        "received_at": iso(row.received_at),
        "due_at": iso(row.due_at),
        "due_target": row.due_target,
        "paused": row.paused,
        "overdue": row.overdue(now),
        "missed": row.missed,
        "gist": row.gist,
        "version": row.version,
    }


def case_as_json(
    found: CaseFile, member: StaffMember, bundle: PolicyBundle, staff: Staff, lang: Lang, now: datetime
) -> dict[str, Any]:
    """One case with everything."""
    case, filed = found.case, found.filed
    return {
        **_standing(case, bundle, staff, lang),
        "gist": filed.gist,
        "narrative": filed.narrative,
        "remedy_sought": filed.remedy_sought,
        "location": filed.location,
        "reference": filed.reference,
        "identity": filed.identity,
        "happened_at": iso(filed.happened_at),
        "recorded_at": iso(filed.recorded_at),
        "acknowledged_at": iso(filed.acknowledged_at),
        "rule": filed.rule,
        "due_at": iso(found.due_at),
        "due_target": found.due_target,
        "paused": found.paused,
        "missed": found.missed,
        "ratings": case.ratings,
        "proposal": case.proposal,
        "decision": case.decision,
        "waiting": case.waiting,
        "outcome": case.outcome,
        "clocks": [_clock(clock) for clock in found.clocks],
        "tasks": [_task(task, staff) for task in found.tasks],
        "links": [
            {
                "id": str(link.id),
                "case": link.tracking_number,
                "sort": link.sort,
                "outward": link.outward,
                "state": link.state,
                "reason": link.reason,
            }
            for link in found.links
        ],
        "recoveries": [
            {"id": str(r.recovery_id), "number": r.number, "state": r.state, "remedy": r.remedy}
            for r in found.recoveries
        ],
        "allowed": [
            step.as_json(case, bundle, lang)
            for step in explained(allowed_steps(case, member, bundle, now), case, bundle, staff, now)
        ],
        "timeline": [_line(line, bundle, staff, lang) for line in found.timeline],
    }


def _standing(case: Case, bundle: PolicyBundle, staff: Staff, lang: Lang) -> dict[str, Any]:
    return {
        "id": str(case.id),
        "tracking_number": case.tracking_number,
        "kind": case.kind,
        "state": case.state,
        "state_label": translate(lang, STATE_LABELS[case.state]),
        "version": case.version,
        "unit": case.unit,
        "unit_label": bundle.label_of("units", case.unit, lang),
        "approving_unit": case.approving_unit,
        **_owner(staff, case.owner),
        "priority": case.priority,
        "category": case.category,
        "service_point": case.service_point,
        "channel": case.channel,
        "segment": case.segment,
        "safety": case.safety,
        "restricted": case.restricted,
        "cause": case.cause,
        "policy_version": case.policy_version,
        "received_at": iso(case.received_at),
        "decided_at": iso(case.decided_at),
        "ended_at": iso(case.ended_at),
        "transfers": case.transfers,
        "reopened_count": case.reopened_count,
        "historical": case.historical,
    }


def _clock(clock: ClockRow) -> dict[str, Any]:
    return {
        "target": clock.target,
        "cycle": clock.cycle,
        "started_at": iso(clock.started_at),
        "due_at": iso(clock.due_at),
        "state": clock.state,
        "met_at": iso(clock.met_at),
        "missed": clock.missed,
        "paused_seconds": clock.paused_seconds,
    }


def _task(task: TaskRow, staff: Staff) -> dict[str, Any]:
    return {
        "id": str(task.id),
        "what": task.what,
        **_owner(staff, task.owner),
        "due_at": iso(task.due_at),
        "remedy": task.remedy,
        "status": task.status,
        "done_at": iso(task.done_at),
    }


def _line(line: TimelineRow, bundle: PolicyBundle, staff: Staff, lang: Lang) -> dict[str, Any]:
    return {
        "at": iso(line.at),
        "label": label_of_line(line, bundle, staff, lang),
        "kind": line.kind,
        "from": line.came_from,
        "to": line.to_state,
        "by": staff.name(line.by) or None,
        "actor": line.actor,
        "rule": line.rule,
        "reason": line.reason,
        "fields": line.fields,
        "texts": line.texts,
        "public": line.public,
    }
