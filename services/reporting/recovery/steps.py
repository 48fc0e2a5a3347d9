"""What each step of a recovery record records (domain §6, SE-AM 5.1): a step is a form, not a drop-down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from schemas.policy import PolicyBundle
from services.kit.errors import FieldProblem
from services.kit.i18n import N_, Lang, translate
from services.kit.working_time import due_at
from services.reporting.recovery.form import Default, Field, Form, Options
from services.reporting.recovery.record import Record, calendar_of

NOTHING = Form("nothing")

TRIGGER_LABELS: Mapping[str, str] = {
    "complaint": N_("A complaint"),
    "in_service": N_("Noticed in service, before a complaint"),
    "monitor": N_("Found by monitoring the standard"),
    "bcm": N_("Continuity plan activated"),
}
MODE_LABELS: Mapping[str, str] = {"normal": N_("Ordinary failure"), "abnormal": N_("Abnormal situation")}


# ---- choices and defaults


def group(name: str) -> Options:
    """The codes of a group of the policy, with their labels."""

    def options(record: Record, bundle: PolicyBundle, lang: Lang) -> Sequence[tuple[str, str]]:
        return [(entry.code, bundle.label_of(name, entry.code, lang)) for entry in getattr(bundle, name)]

    return options


def words_of(labels: Mapping[str, str]) -> Options:
    """Codes with message ids as their labels."""

    def options(record: Record, bundle: PolicyBundle, lang: Lang) -> Sequence[tuple[str, str]]:
        return [(code, translate(lang, text)) for code, text in labels.items()]

    return options


def units(record: Record, bundle: PolicyBundle, lang: Lang) -> Sequence[tuple[str, str]]:
    """The units that may answer for a record; a restricted one only for a record that is restricted already."""
    return [(u.code, u.name.say(lang)) for u in bundle.units if record.restricted or not u.restricted]


def kept(name: str) -> Default:
    """What the record holds already."""
    return lambda record, bundle, now: getattr(record, name)


def _now(record: Record, bundle: PolicyBundle, now: datetime) -> datetime:
    return now


def _expiry(record: Record, bundle: PolicyBundle, now: datetime) -> datetime:
    return due_at(now, bundle.recovery.offer_expires, calendar_of(record, bundle))


def _medium(record: Record, bundle: PolicyBundle, now: datetime) -> str | None:
    open_ones = [channel.code for channel in bundle.channels if channel.open]
    return next(
        (code for code in ("phone", "email", "letter") if code in open_ones), open_ones[0] if open_ones else None
    )


def _reason(hint: str) -> Field:
    return Field("reason", N_("Reason"), "words", required=True, hint=hint)


# ---- opening

TOUCH_POINT = Field(
    "touch_point", N_("Touch point"), "line", hint=N_("Where in the service it failed: booking, payment, delivery …")
)
STANDARD = Field(
    "standard", N_("Standard broken"), "line", hint=N_("The service standard or promise that was not kept.")
)
AFFECTED = Field("customers_affected", N_("Customers affected"), "count", default=kept("customers_affected"))
VULNERABLE = Field(
    "vulnerable",
    N_("Vulnerable customers"),
    "words",
    hint=N_("Who among those affected needs more care, and what is done for them."),
    default=kept("vulnerable"),
)


def _fits_trigger(record: Record, bundle: PolicyBundle, values: Mapping[str, Any]) -> list[FieldProblem]:
    problems = []
    if values["trigger"] == "complaint" and not values.get("tracking_number"):
        problems.append(
            FieldProblem("tracking_number", N_("No complaint is named."), N_("Give its number, or another trigger."))
        )
    if values["trigger"] == "bcm" and values["mode"] != "abnormal":
        problems.append(
            FieldProblem("mode", N_("An activated continuity plan is an abnormal situation."), N_("Choose it."))
        )
    if values["mode"] == "abnormal":
        for name in ("bcm_number", "declared_at"):
            if not values.get(name):
                problems.append(
                    FieldProblem(name, N_("An abnormal situation needs this."), N_("Take it from the activation."))
                )
    return problems


OPEN = Form(
    "open",
    (
        Field("what_failed", N_("What went wrong"), "words", required=True, hint=N_("As the customer met it.")),
        Field("trigger", N_("How we know"), "choice", True, options=words_of(TRIGGER_LABELS), default=kept("trigger")),
        Field("tracking_number", N_("Number of the complaint"), "line", default=kept("tracking_number")),
        Field("unit", N_("Unit responsible"), "choice", required=True, options=units, default=kept("unit")),
        Field("service_point", N_("Service point"), "choice", options=group("service_points")),
        TOUCH_POINT,
        STANDARD,
        AFFECTED,
        Field("remedy", N_("Remedy thought of"), "choice", options=group("remedies")),
        Field("mode", N_("Kind of situation"), "choice", True, options=words_of(MODE_LABELS), default=kept("mode")),
        Field("bcm_number", N_("Number of the continuity-plan activation"), "line"),
        Field("declared_at", N_("Declared at"), "moment"),
        VULNERABLE,
    ),
    check=_fits_trigger,
)


# ---- containment and plan

CONTAIN = Form(
    "contain",
    (
        Field("containment", N_("Containment"), "words", required=True, hint=N_("What stops it from getting worse.")),
        Field(
            "apology",
            N_("Apology"),
            "words",
            required=True,
            hint=N_("How and by whom the customer was told we are sorry."),
        ),
        Field("explanation", N_("Explanation"), "words", hint=N_("What the customer was told about why it happened.")),
        AFFECTED,
        VULNERABLE,
    ),
)


def _sum_is_backed(record: Record, bundle: PolicyBundle, values: Mapping[str, Any]) -> list[FieldProblem]:
    if not values.get("baht"):
        return []
    problems = []
    if not values.get("authority") and not values.get("entitlement"):
        problems.append(
            FieldProblem(
                "authority", N_("There is a sum but no rule that allows it."), N_("Give regulation and clause.")
            )
        )
    if not values.get("cost_centre"):
        problems.append(
            FieldProblem("cost_centre", N_("There is a sum but no cost centre."), N_("Say whose budget pays."))
        )
    return problems


PLAN = Form(
    "plan",
    (
        Field("remedy", N_("Remedy"), "choice", required=True, options=group("remedies"), default=kept("remedy")),
        Field("baht", N_("Value in baht"), "baht", default=kept("baht")),
        Field("plan", N_("What will be done"), "words", required=True, default=kept("plan")),
        Field(
            "entitlement",
            N_("Entitlement"),
            "choice",
            options=group("entitlements"),
            hint=N_("The rule by which the customer is owed it, if one is."),
            default=kept("entitlement"),
        ),
        Field(
            "authority",
            N_("Authorising rule"),
            "line",
            hint=N_("Regulation and clause (ระเบียบ/ข้อ) that allows the payment."),
            default=kept("authority"),
        ),
        Field("cost_centre", N_("Cost centre"), "line", hint=N_("Whose budget pays."), default=kept("cost_centre")),
        Field(
            "owner",
            N_("Owner"),
            "member",
            hint=N_("A user name; left empty, whoever plans it."),
        ),
        replace(TOUCH_POINT, default=kept("touch_point")),
        replace(STANDARD, default=kept("standard")),
    ),
    check=_sum_is_backed,
)

APPROVE = Form("approve", (Field("reason", N_("Note"), "words"),))
SEND_BACK = Form("send_back", (_reason(N_("What has to be clearer or different.")),))


# ---- offer and answer


def _after_the_offer(record: Record, bundle: PolicyBundle, values: Mapping[str, Any]) -> list[FieldProblem]:
    latest = values["answered_at"]
    if record.offered_at is not None and latest < record.offered_at:
        return [
            FieldProblem("answered_at", N_("This is before the offer was made."), N_("Give the time of the answer."))
        ]
    return []


OFFER = Form(
    "offer",
    (
        Field("offer", N_("What we offer"), "words", required=True, hint=N_("As the customer is told.")),
        Field("offer_medium", N_("Told by"), "choice", required=True, options=group("channels"), default=_medium),
        Field(
            "offer_expires_at",
            N_("The offer holds until"),
            "moment",
            required=True,
            future=True,
            hint=N_("Left empty, the time the policy sets."),
            default=_expiry,
        ),
    ),
)
_ANSWERED = Field("answered_at", N_("Answered at"), "moment", required=True, default=_now, hint=N_("Left empty, now."))
ACCEPT = Form("accept", (Field("answer", N_("What the customer said"), "words"), _ANSWERED), check=_after_the_offer)
DECLINE = Form(
    "decline",
    (
        Field(
            "answer", N_("What the customer said"), "words", required=True, hint=N_("Why, and what they would want.")
        ),
        _ANSWERED,
    ),
    check=_after_the_offer,
)


# ---- delivery and proof


def _done_after_answer(record: Record, bundle: PolicyBundle, values: Mapping[str, Any]) -> list[FieldProblem]:
    if record.answered_at is not None and values["completed_at"] < record.answered_at:
        return [
            FieldProblem("completed_at", N_("This is before the offer was accepted."), N_("Give the time it was done."))
        ]
    return []


DELIVER = Form(
    "deliver",
    (
        Field(
            "deliverer",
            N_("Who delivers"),
            "member",
            hint=N_("A user name; left empty, the owner. They cannot verify it."),
        ),
    ),
)
COMPLETE = Form(
    "complete",
    (
        Field("evidence", N_("Evidence"), "words", required=True, hint=N_("What shows that the customer has it.")),
        Field("completed_at", N_("Completed at"), "moment", required=True, default=_now, hint=N_("Left empty, now.")),
    ),
    check=_done_after_answer,
)
_SATISFACTION = Field(
    "satisfaction",
    N_("Satisfaction afterwards"),
    "rating",
    hint=N_("What the customer says about how it was put right, 1 to 5."),
    default=kept("satisfaction"),
)
VERIFY = Form(
    "verify",
    (
        Field(
            "verification", N_("What was checked"), "words", required=True, hint=N_("With whom, and what it showed.")
        ),
        _SATISFACTION,
    ),
)
_CAUSE = Field("cause", N_("Root cause"), "choice", required=True, options=group("causes"), default=kept("cause"))
_LESSON = Field(
    "lesson", N_("Correction and prevention"), "words", hint=N_("What is changed so that it does not recur.")
)
STOOD_DOWN = Field("stood_down_at", N_("Stood down at"), "moment", required=True, default=kept("stood_down_at"))
CLOSE = Form("close", (_CAUSE, _LESSON, _SATISFACTION, STOOD_DOWN))
GIVE_UP = Form(
    "give_up",
    (
        Field(
            "outcome",
            N_("Why nothing is delivered"),
            "words",
            required=True,
            hint=N_("The complaint itself stays open."),
        ),
        _CAUSE,
        _LESSON,
        STOOD_DOWN,
    ),
)
CANCEL = Form("cancel", (Field("outcome", N_("Why nothing is owed"), "words", required=True),))

ABNORMAL_ONLY = frozenset({"vulnerable", "stood_down_at"})


def form_for(form: Form, record: Record) -> Form:
    """The form of a step for this record: some things are asked only in an abnormal situation."""
    if record.abnormal or form is OPEN:
        return form
    return Form(form.code, tuple(one for one in form.fields if one.name not in ABNORMAL_ONLY), form.check)
