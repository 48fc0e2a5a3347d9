"""What each step of a case's life records (domain §3, ISO 10002 clause 7): a step is a form, not a drop-down."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from schemas.policy import PolicyBundle, Ratings
from services.kit.errors import FieldProblem
from services.kit.i18n import N_, Lang
from services.routing.case import Case
from services.routing.forms import Field, Form, causes, group, media, units_for

NOTHING = Form("nothing")


def _reason(hint: str = "") -> Field:
    return Field("reason", N_("Reason"), "words", required=True, hint=hint, free=True)


# ---- assessment and assignment (7.5, 5.4)


def _rating(name: str, title: str, hint: str) -> Field:
    return Field(name, title, "rating", required=True, hint=hint)


RATINGS = (
    _rating("severity", N_("Severity"), N_("How serious the consequence is, 1 (least) to 5 (most).")),
    _rating("safety", N_("Safety"), N_("How far people's safety is touched, 1 (not) to 5 (danger now).")),
    _rating("complexity", N_("Complexity"), N_("How hard it is to establish the facts, 1 to 5.")),
    _rating("impact", N_("Impact"), N_("How many people or how much is affected, 1 to 5.")),
    _rating("urgency", N_("Urgency"), N_("How soon something has to be done, 1 to 5.")),
)


def _priority_is_reasoned(case: Case, bundle: PolicyBundle, values: Mapping[str, Any]) -> list[FieldProblem]:
    """Another priority than the ratings propose needs its reason (7.5)."""
    proposed = bundle.severity.priority_for(Ratings(**{one.name: values[one.name] for one in RATINGS}))
    if values.get("priority") in (None, proposed) or values.get("priority_reason"):
        return []
    return [
        FieldProblem(
            "priority_reason",
            N_("The ratings propose another priority: %(priority)s."),
            N_("Say why yours is right, or leave the priority to the ratings."),
            {"priority": bundle.label_of("priorities", proposed, "th")},
        )
    ]


ASSESS = Form(
    "assess",
    (
        *RATINGS,
        Field(
            "priority",
            N_("Priority"),
            "choice",
            options=group("priorities"),
            hint=N_("Left empty, as the ratings propose."),
        ),
        Field("priority_reason", N_("Why another priority than proposed"), "words", free=True),
        Field(
            "immediate_action",
            N_("Immediate action"),
            "words",
            hint=N_("What can be done at once, if anything."),
            free=True,
        ),
    ),
    check=_priority_is_reasoned,
)

ASSIGN = Form(
    "assign",
    (
        Field("unit", N_("Unit responsible"), "choice", required=True, options=units_for),
        Field(
            "owner",
            N_("Owner"),
            "member",
            hint=N_("A user name; left empty, the least loaded officer on duty."),
        ),
    ),
)

RETURN = Form("return", (_reason(N_("Why the case does not belong here, and where it might.")),))


# ---- investigation (7.6)

NO_CONFLICT = Field(
    "no_conflict",
    N_("I have no conflict of interest in this case"),
    "yes",
    required=True,
    must=True,
    hint=N_("Not related to the complainant or the subject, and no gain from the outcome."),
)

INVESTIGATE = Form("investigate", (NO_CONFLICT,))

WAIT_FOR_COMPLAINANT = Form(
    "wait_for_complainant",
    (
        Field("what", N_("What we ask for"), "words", required=True, free=True, hint=N_("The complainant reads this.")),
        Field(
            "until",
            N_("Until when"),
            "moment",
            required=True,
            future=True,
            hint=N_("The clock stands still at most until then, and no longer than the policy allows."),
        ),
    ),
)

WAIT_FOR_OTHERS = Form(
    "wait_for_others",
    (
        Field("what", N_("What we wait for"), "words", required=True, free=True),
        Field("from_whom", N_("From whom"), "line", required=True, free=True),
        Field("until", N_("Until when"), "moment", required=True, future=True, hint=N_("The clock keeps running.")),
    ),
)

RESUME = Form("resume", (Field("reason", N_("What came in"), "words", free=True),))


# ---- response and decision (7.7, 7.8)

REMEDY = (
    Field("remedy", N_("Remedy"), "choice", options=group("remedies"), hint=N_("Leave empty when none is granted.")),
    Field("baht", N_("Value in baht"), "baht"),
    Field(
        "authority",
        N_("Authorising rule"),
        "line",
        hint=N_("Regulation and clause (ระเบียบ/ข้อ) that allows the payment."),
    ),
    Field(
        "deliver_by",
        N_("Remedy promised by"),
        "moment",
        future=True,
        hint=N_("Left empty, the time the policy sets for delivery."),
    ),
)


def _remedy_fits(case: Case, bundle: PolicyBundle, values: Mapping[str, Any]) -> list[FieldProblem]:
    problems = []
    costs = Decimal(values.get("baht") or 0) > 0
    if costs and not values.get("remedy"):
        problems.append(
            FieldProblem("remedy", N_("There is a sum but no remedy."), N_("Choose what the sum is paid for."))
        )
    if costs and not values.get("authority"):
        problems.append(
            FieldProblem(
                "authority", N_("There is a sum but no rule that allows it."), N_("Give regulation and clause.")
            )
        )
    return problems


PROPOSE = Form(
    "propose",
    (
        Field("findings", N_("Findings"), "words", required=True, free=True, hint=N_("What happened, as established.")),
        Field("evidence", N_("Evidence"), "words", free=True, hint=N_("What the findings rest on.")),
        Field("cause", N_("Root cause"), "choice", required=True, options=causes),
        Field("correction", N_("Correction now"), "words", required=True, free=True),
        Field("prevention", N_("Prevention later"), "words", free=True),
        *REMEDY,
    ),
    check=_remedy_fits,
)

PROPOSE_ANSWER = Form(
    "propose_answer",
    (
        Field("findings", N_("Answer"), "words", required=True, free=True),
        Field("evidence", N_("What it rests on"), "words", free=True),
        Field("cause", N_("Root cause"), "choice", options=causes),
        Field("correction", N_("What we do about it"), "words", free=True),
        Field("prevention", N_("Prevention later"), "words", free=True),
    ),
)
"""For a suggestion, an enquiry or a compliment."""

SEND_BACK = Form("send_back", (_reason(N_("What has to be clearer or different.")),))


def recourse_of(case: Case, bundle: PolicyBundle, lang: Lang) -> str:
    """Where a complainant can turn who does not agree, in the words the charter publishes."""
    published = bundle.publication
    lines = [published.review.say(lang)] if published.review else []
    for body in published.recourse:
        lines.append(f"{body.name.say(lang)} {body.phone or body.url or ''}".strip())
    return "\n".join(lines)


def _own_channel(case: Case, bundle: PolicyBundle, lang: Lang) -> str:
    return case.channel if bundle.has("channels", case.channel) else bundle.channels[0].code


MEDIUM = Field("medium", N_("Told by"), "choice", required=True, options=media, default=_own_channel)
LETTER = Field("letter_number", N_("Letter number"), "line", hint=N_("That of the outgoing letter, if there is one."))
RECOURSE = Field(
    "recourse",
    N_("Recourse"),
    "words",
    required=True,
    free=True,
    default=recourse_of,
    hint=N_("Where the complainant can turn who does not agree."),
)

DECIDE = Form(
    "decide",
    (
        Field("reasons", N_("Reasons"), "words", required=True, free=True, hint=N_("The complainant reads this.")),
        RECOURSE,
        MEDIUM,
        LETTER,
    ),
)

ANSWER = Form(
    "answer",
    (
        Field("reasons", N_("Our answer"), "words", required=True, free=True, hint=N_("The complainant reads this.")),
        MEDIUM,
        LETTER,
    ),
)
"""An enquiry is never answered with a letter of recourse (domain §2)."""

REVIEW = Form("review", (*DECIDE.fields, *REMEDY), check=_remedy_fits)


# ---- after the decision (7.9)


CLOSE = Form(
    "close",
    (
        Field(
            "proof",
            N_("Proof"),
            "words",
            required=True,
            free=True,
            hint=N_("What shows that the decision was carried out. Open remedies are recorded as delivered with it."),
        ),
        Field("delivered_at", N_("Remedy delivered on"), "moment", hint=N_("Left empty, now.")),
    ),
)

DISPUTE = Form(
    "dispute",
    (
        Field("body", N_("Outside body"), "line", required=True),
        Field("letter_number", N_("Letter number"), "line"),
        _reason(N_("What is disputed, and who brought it there.")),
    ),
)

DISPUTE_SETTLED = Form(
    "dispute_settled",
    (
        _reason(N_("What the outside body decided.")),
        Field("letter_number", N_("Letter number"), "line"),
    ),
)

DISPUTE_CLOSED = Form(
    "dispute_closed",
    (_reason(N_("What the outside body decided.")), *CLOSE.fields),
)

REOPEN = Form("reopen", (_reason(),))
RESUME_REOPENED = Form("resume_reopened", INVESTIGATE.fields)


# ---- out of the count (7.5)

NOT_ACCEPT = Form(
    "not_accept",
    (_reason(N_("The complainant reads this.")), RECOURSE, MEDIUM, LETTER),
)

REFER = Form(
    "refer",
    (
        Field("body", N_("Body it is referred to"), "line", required=True),
        LETTER,
        Field(
            "share_identity",
            N_("The complainant permits us to share who they are"),
            "yes",
            hint=N_("Without permission the case goes without the identity."),
        ),
        _reason(N_("The complainant reads this.")),
        RECOURSE,
    ),
)

MERGE = Form(
    "merge",
    (
        Field("into", N_("Tracking number of the case it joins"), "line", required=True),
        _reason(N_("The complainant reads this.")),
    ),
)

UNMERGE = Form("unmerge", (_reason(N_("The complainant reads this.")),))

WITHDRAW = Form(
    "withdraw",
    (
        Field("confirmed", N_("The complainant confirmed it"), "yes", required=True, must=True),
        Field("reason", N_("Reason"), "words", free=True),
    ),
)

COMPLAINANT_REASON = Form("complainant_reason", (Field("reason", N_("Reason"), "words", free=True),))

FOR_OTHER_KINDS: Mapping[str, Form] = {"propose": PROPOSE_ANSWER, "decide": ANSWER, "review": ANSWER}


def form_for(form: Form, case: Case) -> Form:
    """The form of a step for this case: what is not a complaint has answers instead, and never a recourse.

    A response is proposed by nobody who has not declared to have no conflict of interest.
    """
    if form.code == "propose" and case.declared_by is None:
        # Whoever took the case over since has not declared it yet (7.6).
        form = Form(form.code, (NO_CONFLICT, *form.fields), form.check)
    if case.is_complaint:
        return form
    other = FOR_OTHER_KINDS.get(form.code, form)
    return Form(other.code, tuple(one for one in other.fields if one.name != "recourse"), other.check)


FORMS: Mapping[str, Form] = {
    form.code: form
    for form in (
        NOTHING, ASSESS, ASSIGN, RETURN, INVESTIGATE, WAIT_FOR_COMPLAINANT, WAIT_FOR_OTHERS, RESUME, PROPOSE,
        PROPOSE_ANSWER, SEND_BACK, DECIDE, ANSWER, REVIEW, CLOSE, DISPUTE, DISPUTE_SETTLED, DISPUTE_CLOSED, REOPEN,
        RESUME_REOPENED, NOT_ACCEPT, REFER, MERGE, UNMERGE, WITHDRAW, COMPLAINANT_REASON,
    )
}  # fmt: skip
"""Every form by its code."""
