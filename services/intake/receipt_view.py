"""The receipt as it is shown: number, promise drawn as a strip of working days, QR code, what comes next. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
from markupsafe import Markup

from schemas.policy import PolicyBundle
from services.intake.tracking_words import office_name
from services.kit.i18n import Lang
from services.kit.promises import promise_for
from services.kit.working_time import Explanation, WorkingCalendar, explain


@dataclass(frozen=True, slots=True)
class Office:
    """The office responsible, as the public may know it."""

    name: str
    phone: str


def office_of(bundle: PolicyBundle, unit: str | None, lang: Lang, *, restricted: bool) -> Office:
    """Name and telephone of the office; of a restricted case, those of the complaint centre."""
    hidden = restricted or unit is None or not bundle.has_unit(unit) or bundle.unit(unit).restricted
    phone = None if hidden or unit is None else bundle.unit(unit).phone
    return Office(office_name(bundle, unit, lang, restricted=restricted), phone or bundle.organisation.phone)


def resolve_calendar(bundle: PolicyBundle, row: Mapping[str, Any], unit: str) -> WorkingCalendar | None:
    """The calendar in which the decision date of a complaint (a row of `intake.complaint`) is counted."""
    promise = promise_for(
        bundle, "resolve", kind=row["kind"], priority=None, unit=unit, service_point=row["service_point"]
    ) or next(
        (
            found
            for priority in bundle.priorities
            if (
                found := promise_for(
                    bundle,
                    "resolve",
                    kind=row["kind"],
                    priority=priority.code,
                    unit=unit,
                    service_point=row["service_point"],
                )
            )
        ),
        None,
    )
    return promise.calendar if promise else None


def explained(
    bundle: PolicyBundle, row: Mapping[str, Any], unit: str, due: datetime | None, now: datetime
) -> Explanation | None:
    """Why the decision date is when it is; None where nothing is promised."""
    calendar = resolve_calendar(bundle, row, unit)
    if due is None or calendar is None:
        return None
    return explain(row["received_at"], due, calendar, now=now)


def qr_code(address: str) -> Markup:
    """The address as a QR code, inline SVG without styles, dark on white in every theme."""
    code = segno.make(address, error="m", micro=False)
    svg = code.svg_inline(dark="#14392f", border=0, omitsize=True)
    return Markup(svg)  # noqa: S704 - made of the code's own path, never of the address
