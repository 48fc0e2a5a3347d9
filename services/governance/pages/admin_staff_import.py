"""`/admin/staff/import`: a table of staff, what it would do line by line, and applying it."""

from __future__ import annotations

import base64
from typing import Any

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from services.governance.import_staff.import_staff import import_staff, preview_import
from services.governance.import_staff.read_table import COLUMNS, Line, TableUnreadable, read_table
from services.governance.pages.frame import form_fields, problem_of, render
from services.governance.words import FIELDS_SHOWN, IMPORT_DEEDS, ROLES_SHOWN
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import RedressError
from services.kit.i18n import N_
from services.kit.service import Context


def staff_import_router(context: Context) -> APIRouter:
    """The form, the preview, and what came of it."""
    router = APIRouter(prefix="/admin/staff/import", include_in_schema=False)
    administrator = Allow(context, "administrator", scope="every member of staff")

    async def page(request: Request, viewer: Viewer, status: int = 200, **data: Any) -> Response:
        bundle = await context.copies.in_force(context.database, context.now())
        given: dict[str, Any] = {"plan": None, "done": None, "problem": None, "table": "", **data}
        return await render(
            context, request, "admin_staff_import.html", viewer, status=status, bundle=bundle, columns=COLUMNS,
            roles_shown=ROLES_SHOWN, fields_shown=FIELDS_SHOWN, deeds_shown=IMPORT_DEEDS, **given,
        )  # fmt: skip

    @router.get("")
    async def form(request: Request, viewer: Viewer | None = Depends(administrator)) -> Response:
        return await page(request, signed_in(viewer))

    @router.post("")
    async def preview(request: Request, viewer: Viewer | None = Depends(administrator)) -> Response:
        who, given = signed_in(viewer), (await request.form()).get("file")
        try:
            if not isinstance(given, UploadFile) or not given.filename:
                raise TableUnreadable(N_("No file was chosen."), N_("Choose a CSV file or an XLSX workbook."))
            lines = read_table(given.filename, await given.read())
            bundle = await context.copies.in_force(context.database, context.now())
            plan = await preview_import(context.database, lines, bundle)
        except RedressError as wrong:
            return await page(request, who, wrong.status, problem=problem_of(request, wrong))
        return await page(request, who, plan=plan, table=_written(lines))

    @router.post("/apply")
    async def apply(request: Request, viewer: Viewer | None = Depends(administrator)) -> Response:
        who, fields, now = signed_in(viewer), await form_fields(request), context.now()
        try:
            lines = _read(fields.get("table", ""))
            bundle = await context.copies.in_force(context.database, now)
        except RedressError as wrong:
            return await page(request, who, wrong.status, problem=problem_of(request, wrong))
        try:
            done = await import_staff(
                context.database, lines, bundle, seen=fields.get("seen", ""), now=now, by=who.staff_id
            )
        except RedressError as wrong:
            plan = await preview_import(context.database, lines, bundle)
            problem = problem_of(request, wrong)
            return await page(request, who, wrong.status, plan=plan, table=_written(lines), problem=problem)
        file = base64.b64encode(done.passwords_csv().encode("utf-8-sig")).decode()
        return await page(request, who, done=done, plan=done.plan, file=file)

    return router


def _written(lines: list[Line]) -> str:
    return orjson.dumps([[line.number, line.cells] for line in lines]).decode()


def _read(table: str) -> list[Line]:
    """The lines as the preview wrote them into its form.

    Raises:
        TableUnreadable: something else wrote them.
    """
    try:
        found = [Line(int(number), {str(k): str(v) for k, v in cells.items()}) for number, cells in orjson.loads(table)]
        if all(line.cells.keys() >= set(COLUMNS[:4]) for line in found):
            return found
    except (ValueError, TypeError, AttributeError):
        pass
    raise TableUnreadable(N_("The table did not come back whole."), N_("Send the file again."))
