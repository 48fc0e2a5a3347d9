"""Requests about one's own data, put into words."""

from __future__ import annotations

from services.kit.i18n import N_

KINDS = {
    "access": N_("see and get a copy"),
    "correct": N_("have it corrected"),
    "erase": N_("have it erased"),
}

KINDS_OF_CONTACT = {
    "phone": N_("Telephone"),
    "email": N_("E-mail"),
    "line": N_("LINE user id"),
    "case": N_("Case number"),
}

DONE = {
    "found": N_("found"),
    "exported": N_("given as a copy"),
    "corrected": N_("corrected"),
    "erased": N_("erased"),
    "forgotten": N_("name and contacts erased"),
    "waiting": N_("to be erased when it has ended"),
}

_ENDS = {
    "closed": N_("closed"),
    "not_accepted": N_("not accepted"),
    "referred": N_("referred"),
    "merged": N_("merged"),
    "withdrawn": N_("withdrawn"),
}


def standing_words(state: str) -> str:
    """How a case stands, as far as it matters here: whether and how it has ended."""
    return _ENDS.get(state, N_("still open"))


STEPS = {
    "recorded": N_("Written down; %(cases)s cases found"),
    "export": N_("A copy was made of %(cases)s cases"),
    "correct": N_("Corrected in %(cases)s cases"),
    "erase": N_("Erased: %(erased)s; waiting for their end: %(waiting)s"),
    "forget": N_("Name and contacts erased: %(forgotten)s; waiting for their end: %(waiting)s"),
    "ended": N_("A case had ended: erased as asked"),
    "done": N_("Answered"),
    "refused": N_("Refused"),
}
