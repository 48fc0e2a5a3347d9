"""Names that pages of governance show for roles, targets and deeds; English source texts of the catalogue."""

from __future__ import annotations

from services.kit.i18n import N_

ROLES_SHOWN = {
    "officer": N_("Case officer"),
    "approver": N_("Approver of decisions"),
    "verifier": N_("Verifier of remedies"),
    "supervisor": N_("Case supervisor"),
    "centre": N_("Staff of the complaint centre"),
    "reviewer": N_("Member of the review body"),
    "unit_head": N_("Head of the unit"),
    "line_manager": N_("Head of the line"),
    "executive": N_("Chief executive"),
    "integrity": N_("Integrity officer"),
    "auditor": N_("Auditor"),
    "privacy": N_("Data protection officer"),
    "administrator": N_("System administrator"),
    "owner": N_("Owner of the case"),
}
"""Roles and, for the escalation chain, the owner."""

ROLES_EXPLAINED = {
    "officer": N_("works the cases of the unit"),
    "approver": N_("decides for the units that name this one"),
    "verifier": N_("proves remedies and closes cases"),
    "supervisor": N_("takes cases out of the count, corrects receipts, reopens"),
    "centre": N_("sorts what no rule matched, files for others, sees every ordinary case"),
    "reviewer": N_("reviews contested decisions"),
    "unit_head": N_("is alerted and reads what is below"),
    "line_manager": N_("is alerted and reads the whole line"),
    "executive": N_("is alerted last and reads everything ordinary"),
    "integrity": N_("handles restricted cases of the integrity unit"),
    "auditor": N_("reads all ordinary cases and every log, changes nothing"),
    "privacy": N_("looks after identities and erasure"),
    "administrator": N_("policy, staff, channels and parked events"),
}

TARGETS_SHOWN = {
    "acknowledge": N_("acknowledgement"),
    "first_contact": N_("first contact"),
    "progress": N_("progress report"),
    "resolve": N_("telling the outcome"),
}

DEEDS_SHOWN = {
    "policy-adopted": N_("adopted a policy version"),
    "added": N_("added a member of staff"),
    "changed": N_("changed a member of staff"),
    "disabled": N_("disabled an account"),
    "enabled": N_("enabled an account"),
    "on_duty": N_("put on duty"),
    "off_duty": N_("took off duty"),
    "password_reset": N_("reset a password"),
    "password_changed": N_("changed their own password"),
    "second_step_on": N_("set up the second step of signing in"),
    "second_step_off": N_("turned the second step of signing in off"),
    "recovery_codes_made": N_("made new recovery codes"),
    "leave_noted": N_("noted a leave"),
    "leave_cancelled": N_("cancelled a leave"),
    "session-started": N_("signed in"),
    "session-revoked": N_("ended a session"),
}

FIELDS_SHOWN = {
    "username": N_("user name"),
    "display_name": N_("name"),
    "unit": N_("unit"),
    "roles": N_("roles"),
    "capacity": N_("full load"),
    "email": N_("e-mail"),
    "active": N_("account active"),
    "on_duty": N_("on duty"),
}

IMPORT_DEEDS = {
    "add": N_("is added"),
    "change": N_("is changed"),
    "disable": N_("is disabled"),
    "enable": N_("is enabled"),
    "same": N_("stays as it is"),
    "wrong": N_("must be mended"),
}
"""What comes of a line of an imported table."""

SECTIONS_SHOWN = {
    "version": N_("Version"),
    "sample": N_("Sample"),
    "organisation": N_("Organisation"),
    "zone": N_("Time zone"),
    "fiscal_year_first_month": N_("Fiscal year"),
    "levels": N_("Levels"),
    "units": N_("Units"),
    "triage_unit": N_("Triage desk"),
    "restricted_unit": N_("Restricted unit"),
    "approval_fallback": N_("Approving unit of last resort"),
    "review_unit": N_("Review body"),
    "service_points": N_("Service points"),
    "segments": N_("Customer segments"),
    "channels": N_("Channels"),
    "kinds": N_("Kinds"),
    "categories": N_("Categories"),
    "causes": N_("Root causes"),
    "priorities": N_("Priorities"),
    "severity": N_("Severity matrix"),
    "calendars": N_("Working hours"),
    "default_calendar": N_("Ordinary calendar"),
    "targets": N_("Time limits"),
    "escalation": N_("Escalation"),
    "alerts": N_("How alerts are sent"),
    "call_back": N_("Calling back"),
    "suggestions": N_("Suggestions by a classifier"),
    "rules": N_("Routing rules"),
    "lifecycle": N_("Limits of a case's life"),
    "settlement_limits": N_("Settlement limits"),
    "remedies": N_("Forms of remedy"),
    "entitlements": N_("Entitlements when we are late"),
    "recovery": N_("Service recovery rules"),
    "kpi_targets": N_("KPI targets"),
    "customers": N_("Customers served"),
    "templates": N_("Message templates"),
    "consent": N_("Consent"),
    "privacy_notice": N_("Privacy notice"),
    "retention": N_("Retention"),
    "data_requests": N_("Requests about one's own data"),
    "publication": N_("Texts of the charter"),
    "emergency": N_("Emergency"),
    "approval": N_("Approval record"),
}
"""The parts of the policy document, as a list of changes names them."""
