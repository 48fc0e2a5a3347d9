"""The pages of the figures: the report with its tiles, charts and cascade, and the cases behind each figure."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from schemas.governance import ROLES
from schemas.policy import KPI_CATALOGUE, LevelName
from services.kit.access import Allow, Viewer, signed_in
from services.kit.copies import Staff
from services.kit.errors import NotFound
from services.kit.i18n import N_
from services.kit.service import Context
from services.kit.web import language_of
from services.reporting import words
from services.reporting.api import SCOPE
from services.reporting.ask_figures import Asked, ask, open_figure
from services.reporting.draw_report import CASCADED, Wanted, draw_report, lower_levels
from services.reporting.list_cases import Part, list_cases
from services.reporting.period import label_of
from services.reporting.report_page import Links, ReportPage, key_name
from services.reporting.sight import sees_key
from services.reporting.trends import Trends


def router(context: Context) -> APIRouter:
    """`/reports` and `/reports/cases`."""
    routes = APIRouter(prefix="/reports", include_in_schema=False)
    rule = Depends(Allow(context, *ROLES, scope=SCOPE))
    trends = Trends()

    @routes.get("")
    async def report(
        request: Request,
        first: Annotated[str | None, Query(alias="from")] = None,
        end: Annotated[str | None, Query(alias="to")] = None,
        through: str | None = None,
        level: LevelName = "organisation",
        key: str | None = None,
        kpi: int = 4,
        channel: str | None = None,
        category: str | None = None,
        viewer: Viewer | None = rule,
    ) -> HTMLResponse:
        person = signed_in(viewer)
        asked = await ask(context, person, first, end, (channel or None, category or None, None), through)
        staff = await context.copies.staff(context.database)
        wanted = chosen(asked, staff, level, key or None, kpi)
        links = Links(asked, wanted.level, wanted.key, wanted.level if key else level, bool(key), wanted.cascade)
        drawn = await draw_report(
            context.database, context.copies, trends, asked.bundle, asked.scope, asked.question, wanted
        )
        page = ReportPage(asked, drawn, links, staff, language_of(request))
        return context.web.page(
            request, "reporting/reports.html", policy=asked.bundle, viewer=person, now=asked.question.as_of,
            zone=asked.bundle.zone, **page.data(),
        )  # fmt: skip

    @routes.get("/cases")
    async def cases(
        request: Request,
        kpi: int,
        first: Annotated[str | None, Query(alias="from")] = None,
        end: Annotated[str | None, Query(alias="to")] = None,
        level: LevelName = "organisation",
        key: str | None = None,
        measure: str | None = None,
        part: Part = "all",
        channel: str | None = None,
        category: str | None = None,
        service_point: str | None = None,
        cursor: str | None = None,
        viewer: Viewer | None = rule,
    ) -> HTMLResponse:
        person = signed_in(viewer)
        asked = await ask(context, person, first, end, (channel or None, category or None, service_point or None))
        drill = await open_figure(context, asked, kpi, measure or None, level, key or None, part)
        listed = await list_cases(
            context.database, context.copies, asked.bundle, asked.question, asked.scope, drill, cursor=cursor
        )
        lang, staff = language_of(request), await context.copies.staff(context.database)
        links = Links(asked, drill.level, drill.key, drill.level, bool(key) and drill.level != "organisation")
        here = {"measure": measure or "", "service_point": service_point or ""}
        return context.web.page(
            request, "reporting/cases.html", policy=asked.bundle, viewer=person, now=asked.question.as_of,
            zone=asked.bundle.zone, name=words.name_of(asked.bundle, kpi, drill.measure.code, lang),
            whose=key_name(asked.bundle, staff, drill.level, drill.key, lang),
            period=label_of(asked.bundle, asked.question.period, lang), listed=listed, part=part, staff=staff,
            states=words.STATES, bundle=asked.bundle,
            parts=[(p, label, links.cases(kpi, part=p, **here)) for p, label in PARTS],
            following=links.cases(kpi, part=part, cursor=listed.next_cursor, **here) if listed.next_cursor else "",
            first_page=links.cases(kpi, part=part, **here) if cursor else "",
            back=links.report(), csv=links.csv(kpi, part=part, **here),
        )  # fmt: skip

    return routes


PARTS: tuple[tuple[Part, str], ...] = (
    ("all", N_("All of the figure")),
    ("hit", N_("In the numerator")),
    ("rest", N_("Not in the numerator")),
    ("left_out", N_("Left out, time unknown")),
)


def chosen(asked: Asked, staff: Staff, level: LevelName, key: str | None, kpi: int) -> Wanted:
    """What the reader chose, held to what there is and what they may see.

    Raises:
        NotFound: the unit or person is out of sight.
    """
    if key is not None and not sees_key(asked.scope, asked.bundle, level, key, staff):
        raise NotFound(N_("There is no such report."), N_("Start from the report of the organisation."))
    rows: tuple[LevelName, ...]
    if key is None:
        have = lower_levels(asked.bundle)
        rows = tuple(lower for lower in UNIT_LEVELS if lower in have) if level == "organisation" else (level,)
        level, key = "organisation", asked.bundle.root.code
    else:
        rows = BELOW.get(level, ())
    cascade = kpi if kpi in CASCADED and {level, *rows} & set(KPI_CATALOGUE[kpi].levels) else 4
    return Wanted(level, key, rows, cascade)


UNIT_LEVELS: tuple[LevelName, ...] = ("line", "department")
BELOW: dict[LevelName, tuple[LevelName, ...]] = {"line": ("department",), "department": ("person",)}
