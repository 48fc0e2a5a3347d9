"""What a complainant reads about their case, in plain words: no internal terms, no names of staff. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.policy import PolicyBundle
from services.kit.i18n import N_, Lang, translate

STATUS: Mapping[str, str] = {
    "received": N_("We have your case"),
    "assessed": N_("First assessment done"),
    "assigned": N_("Handed to the office responsible"),
    "investigating": N_("Finding out what happened"),
    "awaiting_complainant": N_("Waiting for information from you"),
    "awaiting_third_party": N_("Waiting for another organisation"),
    "response_proposed": N_("Preparing the answer"),
    "decision_communicated": N_("Outcome told, waiting for your answer"),
    "implementing": N_("Carrying out what was decided"),
    "internal_review": N_("Being reviewed by others"),
    "external_dispute": N_("With a body outside"),
    "closed": N_("Case closed"),
    "reopened": N_("Opened again"),
    "not_accepted": N_("Cannot be taken up here"),
    "referred": N_("Passed to the body in charge"),
    "merged": N_("Joined with another case"),
    "withdrawn": N_("Withdrawn by you"),
}
"""A state in a complainant's words."""

_STEPS: Mapping[str, str] = {
    "received": N_("We received your case, by %(channel)s"),
    "acknowledged": N_("We confirmed to you that we have your case"),
    "assessed": N_("We made the first assessment"),
    "assigned": N_("%(unit)s now looks after your case"),
    "reassigned": N_("%(unit)s has taken over your case"),
    "investigating": N_("We are finding out what happened"),
    "resumed": N_("We go on finding out what happened"),
    "awaiting_complainant": N_("We need something from you"),
    "awaiting_third_party": N_("We are waiting for another organisation"),
    "response_proposed": N_("We are preparing the answer"),
    "decision_communicated": N_("We told you the outcome"),
    "implementing": N_("We are carrying out what was decided"),
    "internal_review": N_("People who had no part in it review the outcome"),
    "review_told": N_("We told you the outcome of the review"),
    "external_dispute": N_("The case went to a body outside"),
    "closed": N_("The case is closed"),
    "reopened": N_("The case is open again"),
    "not_accepted": N_("We cannot take up your case"),
    "referred": N_("We passed your case to the body in charge"),
    "merged": N_("Your case was joined with another about the same matter"),
    "separated": N_("Your case goes on by itself again"),
    "withdrawn": N_("Your case is withdrawn"),
    "contact": N_("We wrote to you or called you"),
    "missed": N_("We missed the date we promised. We are sorry"),
    "recovery": N_("We began to make up for what went wrong"),
    "recovery_offered": N_("We offered you something to make up for it"),
    "recovery_completed": N_("What we offered has been delivered"),
    "receipt_corrected": N_("We corrected when your case was received"),
    "act_accept": N_("You said it is fixed"),
    "act_contest": N_("You asked for a review of the outcome"),
    "act_reopen": N_("You asked to open the case again"),
    "act_withdraw": N_("You withdrew the case"),
    "act_add": N_("You sent us more"),
    "act_taken_back": N_("You took back a message"),
    "act_rate": N_("You rated how we handled it"),
    "refused_accept": N_("Your answer came after the case had moved on and changed nothing"),
    "refused_contest": N_("The review could not be started any more"),
    "refused_reopen": N_("The case could not be opened again"),
    "refused_withdraw": N_("The case could not be withdrawn any more"),
    "refused_add": N_("What you sent could not be added any more"),
}


def status_label(state: str, lang: Lang) -> str:
    """A state in the complainant's words."""
    return translate(lang, STATUS.get(state, state))


def step_label(code: str, detail: Mapping[str, Any], bundle: PolicyBundle, lang: Lang, *, restricted: bool) -> str:
    """A line of the timeline. Of a restricted case only the complaint centre is named."""
    words = _STEPS.get(code, code)
    if "%(unit)s" in words:
        return translate(lang, words, unit=office_name(bundle, detail.get("unit"), lang, restricted=restricted))
    if "%(channel)s" in words:
        return translate(lang, words, channel=bundle.label_of("channels", detail.get("channel") or "web", lang))
    return translate(lang, words)


def office_name(bundle: PolicyBundle, unit: str | None, lang: Lang, *, restricted: bool) -> str:
    """The office responsible, as the public knows it."""
    if restricted or unit is None or not bundle.has_unit(unit) or bundle.unit(unit).restricted:
        return bundle.organisation.centre.say(lang)
    return bundle.unit(unit).name.say(lang)
