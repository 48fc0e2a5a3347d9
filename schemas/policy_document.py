"""The fields of the policy document, part by part."""

from typing import Annotated

from pydantic import Field

from schemas.policy_calendar import Calendar
from schemas.policy_kpi import KpiTarget
from schemas.policy_organisation import (
    Category,
    Cause,
    Channel,
    Customers,
    KindLabel,
    Level,
    Organisation,
    Segment,
    ServicePoint,
    Unit,
)
from schemas.policy_publication import Approval, Consent, DataRequests, Emergency, Publication, Retention, Template
from schemas.policy_recovery import Entitlement, Limit, Recovery, Remedy
from schemas.policy_rules import Rule
from schemas.policy_sla import Alerts, CallBack, EscalationStep, Lifecycle, Priority, SeverityMatrix, Target
from schemas.policy_suggestions import Suggestions
from schemas.policy_words import Code, Line, PolicyPart, Text


class PolicyDocument(PolicyPart):
    """What stands in the document, each part valid by itself; PolicyBundle also checks that the parts fit together."""

    version: Line
    sample: bool = False
    organisation: Organisation
    zone: Line = "Asia/Bangkok"
    fiscal_year_first_month: Annotated[int, Field(ge=1, le=12)] = 1
    levels: tuple[Level, ...]
    units: Annotated[tuple[Unit, ...], Field(min_length=1)]
    triage_unit: Code
    restricted_unit: Code
    approval_fallback: Code
    review_unit: Code | None = None
    service_points: tuple[ServicePoint, ...] = ()
    segments: tuple[Segment, ...] = ()
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    kinds: tuple[KindLabel, ...]
    categories: Annotated[tuple[Category, ...], Field(min_length=1)]
    causes: tuple[Cause, ...] = ()
    priorities: Annotated[tuple[Priority, ...], Field(min_length=1)]
    severity: SeverityMatrix
    calendars: Annotated[tuple[Calendar, ...], Field(min_length=1)]
    default_calendar: Code
    targets: tuple[Target, ...]
    escalation: tuple[EscalationStep, ...] = ()
    alerts: Alerts = Alerts()
    call_back: CallBack = CallBack()
    rules: tuple[Rule, ...] = ()
    suggestions: Suggestions = Suggestions()
    lifecycle: Lifecycle
    settlement_limits: tuple[Limit, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    entitlements: tuple[Entitlement, ...] = ()
    recovery: Recovery
    kpi_targets: tuple[KpiTarget, ...] = ()
    customers: tuple[Customers, ...] = ()
    templates: tuple[Template, ...] = ()
    consent: Consent
    privacy_notice: Text
    retention: tuple[Retention, ...] = ()
    data_requests: DataRequests = DataRequests()
    publication: Publication
    emergency: Emergency
    approval: Approval | None = None
