"""What the alerts page says of targets, levels and of what a case waits for: English sources of the catalogue."""

from __future__ import annotations

from services.kit.i18n import N_

TARGETS = {
    "acknowledge": N_("Acknowledgement"),
    "first_contact": N_("First contact"),
    "progress": N_("Progress update"),
    "resolve": N_("Decision"),
}

REACHED = {
    "owner": N_("the owner was told"),
    "unit_head": N_("reached the unit head"),
    "line_manager": N_("reached the line"),
    "executive": N_("reached the executive"),
}

WAITS_FOR = {
    "acknowledge": N_("Waits to be acknowledged"),
    "first_contact": N_("Waits for the owner to make contact"),
    "progress": N_("Waits for news to the complainant"),
    "awaiting_complainant": N_("Waits for the complainant"),
    "awaiting_third_party": N_("Waits for another agency"),
    "response_proposed": N_("Waits for the approver"),
    "nobody": N_("Waits for the unit head to assign it"),
    "resolve": N_("Waits for the owner's findings"),
}


def waits_for(state: str, target: str, owner: str) -> str:
    """What a case waits for, as a message id: what its own state says, else what its clock asks for."""
    if not owner and state in ("received", "assessed", "assigned", "investigating", "reopened"):
        return WAITS_FOR["nobody"]
    return WAITS_FOR.get(state) or WAITS_FOR[target]
