"""What must hold before a step (domain §3): each guard gives None, or the reason why not and what to do. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.i18n import N_, Lang, translate
from services.kit.working_days import compile_calendar
from services.kit.working_time import due_at
from services.routing.actors import granted, limit_of, worth
from services.routing.case import Case


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why a step cannot be taken now, and what would make it possible (message ids)."""

    what: str
    remedy: str
    params: Mapping[str, object] = field(default_factory=dict)

    def say(self, lang: Lang) -> str:
        """Both in words."""
        say = [translate(lang, text, **self.params) if self.params else translate(lang, text) for text in self._texts()]
        return " ".join(say)

    def _texts(self) -> tuple[str, ...]:
        return (self.what, self.remedy) if self.remedy else (self.what,)


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody wants to take a step: the case, who (None: the complainant or the system), the policy, the moment.

    `fields` is what the step records, once it is known.
    """

    case: Case
    member: StaffMember | None
    bundle: PolicyBundle
    now: datetime
    fields: Mapping[str, Any] = field(default_factory=dict)


Guard = Callable[[Ask], Blocked | None]


# ---- four eyes and conflicts of interest


def not_the_subject(ask: Ask) -> Blocked | None:
    """Nobody handles a complaint about themselves (ISO 10002 4)."""
    if ask.member is not None and ask.case.subject_person == ask.member.username:
        return Blocked(N_("The complaint is about you."), N_("Somebody else has to handle it."))
    return None


def not_the_owner(ask: Ask) -> Blocked | None:
    """Who decides, or takes a case out of the count, is not its owner."""
    if ask.member is not None and ask.case.owner == ask.member.staff_id:
        return Blocked(N_("You own this case."), N_("Somebody who does not own it has to take this step."))
    return None


def not_the_proposer(ask: Ask) -> Blocked | None:
    """Nobody approves a response of their own (7.7)."""
    if ask.member is not None and ask.case.proposed_by == ask.member.staff_id:
        return Blocked(N_("You proposed this response."), N_("Another approver has to decide."))
    return None


def outside_the_unit(ask: Ask) -> Blocked | None:
    """The decision is made outside the responsible unit."""
    if ask.member is not None and ask.member.unit == ask.case.unit:
        return Blocked(N_("You belong to the unit responsible."), N_("An approver outside it has to decide."))
    return None


def not_below_the_subject(ask: Ask) -> Blocked | None:
    """Neither the unit complained of nor one below it decides on the complaint."""
    about = ask.case.subject_unit
    if ask.member is None or about is None or not ask.bundle.has_unit(about):
        return None
    if ask.member.unit != ask.case.unit and ask.member.unit in ask.bundle.subtree(about):
        return Blocked(N_("The complaint is about your unit or one above."), N_("Somebody outside has to handle it."))
    return None


def not_the_decider(ask: Ask) -> Blocked | None:
    """A review is not made by whoever made the decision under review (7.9)."""
    if ask.member is not None and ask.case.decided_by == ask.member.staff_id:
        return Blocked(N_("You made the decision under review."), N_("Another member of the review body has to do it."))
    return None


def not_the_deliverer(ask: Ask) -> Blocked | None:
    """Who delivered a remedy does not prove its delivery (7.9)."""
    if ask.member is not None and ask.member.staff_id in ask.case.deliverers:
        return Blocked(N_("You delivered the remedy."), N_("A verifier who did not deliver it has to close the case."))
    return None


def within_the_limit(ask: Ask) -> Blocked | None:
    """The sum is within what the member's roles may settle (5.4).

    In a review, what the decision under review grants was settled by somebody who may: only more needs a limit.
    """
    if ask.member is None:
        return None
    limit = limit_of(ask.bundle, ask.member.roles)
    sum_ = Decimal(str(ask.fields.get("baht") or worth(ask.case)))
    if limit is not None and sum_ > max(limit, granted(ask.case)):
        return Blocked(
            N_("%(sum)s baht is over your settlement limit of %(limit)s baht."),
            N_("Somebody with a higher limit has to decide, or the sum has to be lower."),
            {"sum": f"{sum_:,.2f}", "limit": f"{limit:,.2f}"},
        )
    return None


# ---- closing (7.9)


def has_a_decision(ask: Ask) -> Blocked | None:
    """No close without a decision. One that came in as history was decided elsewhere, maybe at no known time."""
    if ask.case.decided_at is None and not ask.case.historical:
        return Blocked(N_("No decision has been communicated."), N_("Propose a response and have it decided."))
    return None


def has_a_cause(ask: Ask) -> Blocked | None:
    """No complaint is closed without a cause code."""
    if ask.case.is_complaint and not ask.case.cause:
        return Blocked(N_("The root cause is not coded."), N_("Code it under classification, or propose a response."))
    return None


def tasks_are_finished(ask: Ask) -> Blocked | None:
    """No close with unfinished tasks. Open remedies are finished by the verifier's proof of their delivery."""
    left = ask.case.open_tasks - ask.case.open_remedies
    if left > 0:
        return Blocked(N_("%(count)s tasks are not finished."), N_("Finish or drop them first."), {"count": left})
    return None


def nothing_is_owed(ask: Ask) -> Blocked | None:
    """The system closes a silent case only when no task at all is left, remedies included."""
    if ask.case.open_tasks:
        return Blocked(
            N_("%(count)s tasks are not finished."), N_("Finish or drop them first."), {"count": ask.case.open_tasks}
        )
    return None


def was_given_notice(ask: Ask) -> Blocked | None:
    """Silence closes a case only after the notices and the days that the policy sets."""
    silence = ask.bundle.lifecycle.silence
    told = ask.case.told_at
    if ask.case.notices < len(silence.notices) or told is None:
        return Blocked(N_("Not every notice has gone out."), N_("The case closes by itself after the last one."))
    if ask.now < told + timedelta(days=silence.close_after_days):
        return Blocked(N_("The complainant still has time to answer."), N_("The case closes by itself afterwards."))
    return None


# ---- waiting (7.3)


def pause_ends(case: Case, bundle: PolicyBundle, now: datetime) -> datetime:
    """Until when (UTC) the clock may stand still if a wait for the complainant began now.

    All waits together may take the policy's `pause_cap` of working time: a clock that runs only while the case waits.
    """
    point = case.service_point if case.service_point and bundle.has("service_points", case.service_point) else None
    unit = case.unit if bundle.has_unit(case.unit) else None
    calendar = compile_calendar(bundle.calendar_for(unit, point))
    waits = [(begun, until or now) for begun, until in case.pauses()]
    if not waits:
        return due_at(now, bundle.lifecycle.pause_cap, calendar)
    between = [*zip([until for _, until in waits], [begun for begun, _ in waits[1:]] + [now], strict=True)]
    return due_at(waits[0][0], bundle.lifecycle.pause_cap, calendar, between, now)


def pause_is_left(ask: Ask) -> Blocked | None:
    """The clock may stand still only so long in all."""
    if pause_ends(ask.case, ask.bundle, ask.now) <= ask.now:
        return Blocked(
            N_("The clock has stood still as long as the policy allows (%(cap)s)."),
            N_("Ask the complainant without pausing, or decide on what there is."),
            {"cap": str(ask.bundle.lifecycle.pause_cap)},
        )
    return None


# ---- the complainant's windows (7.9, domain §4.7)


def contest_is_in_time(ask: Ask) -> Blocked | None:
    """A decision can be contested for so many days after it was communicated."""
    days = ask.bundle.lifecycle.contest_days
    if ask.case.told_at is not None and ask.now > ask.case.told_at + timedelta(days=days):
        return Blocked(
            N_("The decision could be contested for %(days)s days."),
            N_("Turn to the recourse named in it."),
            {"days": days},
        )
    return None


def reopening_is_in_time(ask: Ask) -> Blocked | None:
    """A case can be reopened for so many days after its decision, whatever was edited since."""
    days = ask.bundle.lifecycle.reopen_window_days
    since = ask.case.told_at or ask.case.decided_at or ask.case.ended_at
    if since is not None and ask.now > since + timedelta(days=days):
        return Blocked(
            N_("The case could be reopened for %(days)s days after the decision."),
            N_("File a new complaint and name this number."),
            {"days": days},
        )
    return None
