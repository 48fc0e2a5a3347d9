"""The managers' page: what is overdue, what will be, who knows of it, and what the days ahead hold."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from schemas.policy import PolicyBundle
from services.kit import i18n
from services.kit.access import Allow, Viewer, signed_in
from services.kit.chart_lines import LoadDay
from services.kit.service import Context
from services.kit.thai import DAYS_EN, DAYS_TH
from services.kit.web import language_of
from services.sla.api import ANSWERING, READERS
from services.sla.editions import Editions
from services.sla.read_overview import Overview, read_overview
from services.sla.see_case import see_case
from services.sla.words import REACHED, TARGETS, waits_for
from services.sla.workload import overloaded


def router(context: Context, editions: Editions) -> APIRouter:
    """`/alerts`."""
    routes = APIRouter(prefix="/alerts", include_in_schema=False)
    database, copies = context.database, context.copies
    reading = Allow(context, *READERS, scope="cases within one's scope")
    answering = Allow(context, *ANSWERING, scope="alerts of cases within one's scope")

    @routes.get("")
    async def alerts(request: Request, whole: bool = False, viewer: Viewer | None = Depends(reading)) -> HTMLResponse:
        now, person = context.now(), signed_in(viewer)
        bundle = await copies.in_force(database, now)
        staff = await copies.staff(database)
        known = await editions.all(database)
        overview = await read_overview(database, staff, bundle, known, person, now, whole=whole)
        return context.web.page(
            request,
            "sla/alerts.html",
            policy=bundle,
            viewer=person,
            now=now,
            zone=bundle.zone,
            whole=whole,
            answers=person.has(*ANSWERING),
            **shown(overview, bundle, person, language_of(request)),
        )

    @routes.post("/cases/{case_id}/seen")
    async def seen(request: Request, case_id: UUID, viewer: Viewer | None = Depends(answering)) -> RedirectResponse:
        now = context.now()
        async with database.transaction() as tx:
            await see_case(tx, await copies.in_force(tx, now), signed_in(viewer), case_id, now)
        whole = "?whole=1" if request.query_params.get("whole") else ""
        return RedirectResponse(f"/alerts{whole}", 303)

    return routes


def shown(overview: Overview, bundle: PolicyBundle, viewer: Viewer, lang: i18n.Lang) -> dict[str, Any]:
    """What the template needs beside the overview: words, days and the chart."""
    above = overloaded(overview.lines, overview.days)
    names = DAYS_TH if lang == "th" else DAYS_EN
    totals = [sum(line.due[place] for line in overview.lines) for place in range(len(overview.days))]
    capacity = sum(line.capacity for line in overview.lines)
    return {
        "overview": overview,
        "targets": TARGETS,
        "reached": REACHED,
        "waits_for": waits_for,
        "unit_name": lambda code: _unit_name(bundle, code, lang),
        "place_name": lambda code: bundle.label_of("service_points", code, lang) if code else "",
        "whose": _unit_name(bundle, viewer.member.unit, lang),
        "weekdays": names,
        "overloaded": above,
        "worst": max(above, key=lambda pair: pair[1])[0].date if above else None,
        "load_days": [
            LoadDay(names[day.date.weekday()], str(day.date.day), totals[place], 0, capacity or None, day.today)
            for place, day in enumerate(overview.days)
        ],
    }


def _unit_name(bundle: PolicyBundle, code: str | None, lang: i18n.Lang) -> str:
    if not code or not bundle.has_unit(code):
        return code or ""
    unit = bundle.unit(code)
    return (unit.short or unit.name).say(lang)
