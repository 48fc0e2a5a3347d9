"""The policy bundle: everything an enterprise decides about its complaint handling, as one validated document.

Units, categories, rules, calendars, targets, escalation, entitlements, KPI targets, texts and retention in one version
(ISO 10002 clauses 5 and 6; SE-AM 5.3). What the charter publishes is what the clocks enforce: both read this bundle.
"""

import hashlib
import json
from typing import Any, Self

from pydantic import ValidationError, model_validator
from pydantic_core import InitErrorDetails

from schemas.policy_calendar import WEEKDAYS, Calendar, ClosedDay, ExceptionDay, Week
from schemas.policy_case import PolicyCase
from schemas.policy_kpi import KPI_CATALOGUE, LEVEL_ORDER, Direction, KpiDefinition, KpiTarget
from schemas.policy_organisation import (
    Category,
    Cause,
    Channel,
    Customers,
    KindLabel,
    Level,
    Organisation,
    Ratings,
    Segment,
    ServicePoint,
    Unit,
)
from schemas.policy_publication import (
    PLACEHOLDERS,
    Approval,
    Consent,
    DataRequests,
    Emergency,
    Publication,
    Recourse,
    Retention,
    Step,
    Template,
)
from schemas.policy_recovery import Budget, Entitlement, Limit, Recovery, Remedy
from schemas.policy_rules import BY_CATEGORY, BY_SERVICE_POINT, Rule, RuleThen, RuleWhen
from schemas.policy_sla import (
    ESCALATION_LEVELS,
    Alerts,
    CallBack,
    EscalationLevel,
    EscalationStep,
    EscalationWhen,
    Lifecycle,
    Priority,
    QuietHours,
    RatingMinimum,
    SeverityMatrix,
    SeverityRule,
    Silence,
    Target,
)
from schemas.policy_soundness import mistakes_in
from schemas.policy_suggestions import Suggestions
from schemas.policy_words import (
    Baht,
    Code,
    Identity,
    Interval,
    Kind,
    Lang,
    LevelName,
    Line,
    PolicyPart,
    Span,
    TargetName,
    Text,
    label,
)


class PolicyBundle(PolicyCase):
    """One version of the policy, whose parts fit together. Load with `PolicyBundle.model_validate`.

    A ValidationError names each place (`loc`) and, in `ctx`, the remedy.
    """

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        details = [InitErrorDetails(type=mistake.error(), loc=mistake.loc, input=None) for mistake in mistakes_in(self)]
        if details:
            raise ValidationError.from_exception_data("PolicyBundle", details)
        return self

    def public_view(self, lang: str) -> dict[str, Any]:
        """What `GET /api/v1/policy` answers: nothing about restricted units, rules, limits or people. JSON-ready."""
        open_units = [unit for unit in self.units if not unit.restricted]
        return {
            "version": self.version,
            "sample": self.sample,
            "language": lang,
            "organisation": {
                "code": self.organisation.code,
                "name": self.organisation.name.say(lang),
                "short": self.organisation.short.say(lang),
                "centre": self.organisation.centre.say(lang),
                "phone": self.organisation.phone,
                "email": self.organisation.email,
                "website": self.organisation.website,
            },
            "kinds": [{"code": k.code, "label": k.label.say(lang)} for k in self.kinds if k.code != "spam"],
            "categories": [{"code": c.code, "label": c.label.say(lang), "parent": c.parent} for c in self.categories],
            "service_points": [
                {"code": p.code, "label": p.name.say(lang), "area": p.area, "phone": p.phone}
                for p in self.service_points
                if not self.unit(p.unit).restricted
            ],
            "units": [
                {"code": u.code, "label": u.name.say(lang), "short": (u.short or u.name).say(lang), "level": u.level}
                for u in open_units
            ],
            "segments": [{"code": s.code, "label": s.label.say(lang)} for s in self.segments],
            "channels": [
                {"code": c.code, "label": c.label.say(lang), "address": c.address.say(lang) if c.address else None}
                for c in self.channels
                if c.open
            ],
            "consent": {
                "version": self.consent.version,
                "text": self.consent.text.say(lang),
                "lawful_basis": self.consent.lawful_basis.say(lang),
            },
            "privacy_notice": self.privacy_notice.say(lang),
            "emergency": {"phone": self.emergency.phone, "text": self.emergency.text.say(lang)},
            "targets": [
                {
                    "target": t.target,
                    "priority": t.priority,
                    "kinds": list(t.kinds),
                    "within": str(t.within),
                    "label": t.within.say(lang),
                }
                for t in self.targets
            ],
        }


def target_for(bundle: PolicyBundle, kind: str, target: str, priority: str | None) -> Target | None:
    """The target of a kind and priority: that of the priority itself, else the one for any priority, else None."""
    places = bundle._targets
    return places.get((kind, target, priority)) or places.get((kind, target, None))


def content_digest(bundle: PolicyBundle) -> str:
    """SHA-256 (hex) of what the policy says, however it is written; the approval record is about it, so not in it."""
    content = bundle.model_dump(mode="json", exclude={"approval"})
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


__all__ = [
    "BY_CATEGORY",
    "BY_SERVICE_POINT",
    "ESCALATION_LEVELS",
    "KPI_CATALOGUE",
    "LEVEL_ORDER",
    "PLACEHOLDERS",
    "WEEKDAYS",
    "Alerts",
    "Approval",
    "Baht",
    "Budget",
    "Calendar",
    "CallBack",
    "Category",
    "Cause",
    "Channel",
    "ClosedDay",
    "Code",
    "Consent",
    "Customers",
    "DataRequests",
    "Direction",
    "Emergency",
    "Entitlement",
    "EscalationLevel",
    "EscalationStep",
    "EscalationWhen",
    "ExceptionDay",
    "Identity",
    "Interval",
    "Kind",
    "KindLabel",
    "KpiDefinition",
    "KpiTarget",
    "Lang",
    "Level",
    "LevelName",
    "Lifecycle",
    "Limit",
    "Line",
    "Organisation",
    "PolicyBundle",
    "PolicyPart",
    "Priority",
    "Publication",
    "QuietHours",
    "RatingMinimum",
    "Ratings",
    "Recourse",
    "Recovery",
    "Remedy",
    "Retention",
    "Rule",
    "RuleThen",
    "RuleWhen",
    "Segment",
    "ServicePoint",
    "SeverityMatrix",
    "SeverityRule",
    "Silence",
    "Span",
    "Step",
    "Suggestions",
    "Target",
    "TargetName",
    "Template",
    "Text",
    "Unit",
    "Week",
    "content_digest",
    "label",
    "target_for",
]
