"""The HTTP API of the figures: `GET /api/v1/kpis` and the cases behind each of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from schemas.governance import ROLES
from schemas.policy import KPI_CATALOGUE, LevelName, PolicyBundle
from services.kit.access import Allow, Viewer, signed_in
from services.kit.service import Context
from services.kit.sheets import inert
from services.kit.web import language_of
from services.reporting.ask_figures import ask, every_case, open_figure
from services.reporting.compute_kpis import Figure, compute_kpis
from services.reporting.list_cases import CaseRow, Part, list_cases
from services.reporting.sight import as_uuid, sees_key

SCOPE = "the organisation's figures; those of units and persons of their own unit and below; restricted cases never"
FIGURE_COLUMNS = (
    "kpi", "label", "measure", "level", "key", "key_label", "numerator", "denominator", "value", "unit", "n", "target",
    "better", "met", "withheld", "left_out",
)  # fmt: skip
CASE_COLUMNS = (
    "id", "tracking_number", "at", "hit", "state", "unit", "owner", "category", "channel", "service_point",
    "received_at",
)  # fmt: skip
Format = Literal["json", "csv"]


def router(context: Context) -> APIRouter:
    """The routes of the figures."""
    routes = APIRouter(prefix="/api/v1/kpis", tags=["kpis"])
    rule = Depends(Allow(context, *ROLES, scope=SCOPE))

    @routes.get("", summary="Figures of a period at a level")
    async def kpis(
        request: Request,
        first: Annotated[str | None, Query(alias="from", description="first day, either era")] = None,
        end: Annotated[str | None, Query(alias="to", description="day after the last, either era")] = None,
        level: LevelName = "organisation",
        key: Annotated[str | None, Query(description="a unit's code, or a staff id")] = None,
        kpi: Annotated[list[int] | None, Query(description="only these KPIs")] = None,
        channel: str | None = None,
        category: str | None = None,
        service_point: str | None = None,
        format: Format = "json",
        viewer: Viewer | None = rule,
    ) -> Response:
        asked = await ask(context, signed_in(viewer), first, end, (channel, category, service_point))
        figures = await compute_kpis(
            context.database, context.copies, asked.bundle, asked.question, level, kpis=kpi, keys=[key] if key else None
        )
        staff = await context.copies.staff(context.database)
        seen = [f for f in figures if sees_key(asked.scope, asked.bundle, level, f.key, staff)]
        lang = language_of(request)
        items = [figure_json(asked.bundle, figure, lang, staff.name(as_uuid(figure.key))) for figure in seen]
        if format == "csv":
            return csv_response("kpis", FIGURE_COLUMNS, items)
        return JSONResponse({**asked.head(), "level": level, "items": items})

    @routes.get("/{kpi}/cases", summary="The cases behind a figure")
    async def cases(
        kpi: int,
        first: Annotated[str | None, Query(alias="from")] = None,
        end: Annotated[str | None, Query(alias="to")] = None,
        level: LevelName = "organisation",
        key: str | None = None,
        measure_code: Annotated[str | None, Query(alias="measure")] = None,
        part: Part = "all",
        channel: str | None = None,
        category: str | None = None,
        service_point: str | None = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        format: Format = "json",
        viewer: Viewer | None = rule,
    ) -> Response:
        asked = await ask(context, signed_in(viewer), first, end, (channel, category, service_point))
        drill = await open_figure(context, asked, kpi, measure_code, level, key, part)
        if format == "csv":
            rows = await every_case(context, asked, drill)
            return csv_response(f"kpi-{kpi}-cases", CASE_COLUMNS, [case_json(row) for row in rows])
        listed = await list_cases(
            context.database,
            context.copies,
            asked.bundle,
            asked.question,
            asked.scope,
            drill,
            cursor=cursor,
            limit=limit,
        )
        items = [case_json(row) for row in listed.rows]
        return JSONResponse({**asked.head(), "kpi": kpi, "items": items, "next_cursor": listed.next_cursor})

    return routes


def figure_json(bundle: PolicyBundle, figure: Figure, lang: str, person: str) -> dict[str, Any]:
    """A figure as the API and CSV give it."""
    definition = KPI_CATALOGUE[figure.kpi]
    return {
        "kpi": figure.kpi,
        "label": definition.label.say(lang),
        "measure": figure.measure,
        "level": figure.level,
        "key": figure.key,
        "key_label": person if figure.level == "person" else bundle.label_of("units", figure.key, lang),
        "numerator": _number(figure.numerator),
        "denominator": _number(figure.denominator),
        "value": None if figure.value is None else round(figure.value, 4),
        "unit": figure.unit,
        "n": figure.n,
        "target": _number(figure.target.value) if figure.target else None,
        "better": definition.better,
        "met": figure.met,
        "withheld": figure.withheld,
        "left_out": figure.left_out,
    }


def case_json(row: CaseRow) -> dict[str, Any]:
    """A case behind a figure as the API and CSV give it."""
    return {
        "id": str(row.case_id),
        "tracking_number": row.tracking_number,
        "at": row.at.isoformat(),
        "hit": row.hit,
        "state": row.state,
        "unit": row.unit,
        "owner": None if row.owner is None else str(row.owner),
        "category": row.category,
        "channel": row.channel,
        "service_point": row.service_point,
        "received_at": _iso(row.received_at),
    }


def csv_response(name: str, columns: Sequence[str], items: Sequence[dict[str, Any]]) -> Response:
    """CSV as spreadsheets read it: with a byte-order mark, and no cell that could be taken for a formula."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(columns)
    writer.writerows([inert(item[column]) for column in columns] for item in items)
    headers = {"content-disposition": f'attachment; filename="{name}.csv"', "cache-control": "no-store"}
    return Response("\ufeff" + sheet.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _number(value: int | Decimal | None) -> int | float | None:
    return float(value) if isinstance(value, Decimal) else value


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
