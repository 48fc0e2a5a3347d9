"""Members of staff over HTTP: import of a table, as JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from services.governance.import_staff.import_staff import import_staff, preview_import
from services.governance.import_staff.read_table import MOST_LINES, Line
from services.kit.access import Allow, Viewer, signed_in
from services.kit.service import Context

Short = Annotated[str, Field(max_length=500)]


class ImportLine(BaseModel):
    """One member as a table tells of them; an empty text leaves a thing as it is."""

    username: Short
    display_name: Short
    unit: Short
    roles: Short
    """Roles parted by commas."""
    capacity: Short = ""
    email: Short = ""
    active: Short = ""
    """`yes`, `no`, or empty."""


class ImportTable(BaseModel):
    """The lines, in order; problems name them by number, the first being 1."""

    lines: Annotated[list[ImportLine], Field(min_length=1, max_length=MOST_LINES)]


class ImportedLine(BaseModel):
    """What comes of a line: `add`, `change`, `disable`, `enable`, `same` or `wrong`."""

    line: int
    username: str
    deed: str
    problems: list[str]
    password: str | None = Field(default=None, repr=False)
    """The first password of somebody added, told only now."""


def staff_router(context: Context) -> APIRouter:
    """The route of importing staff."""
    routes = APIRouter(prefix="/api/v1/staff", tags=["staff"])
    administrator = Allow(context, "administrator", scope="every member of staff")

    @routes.post("/import")
    async def import_table(
        table: ImportTable,
        preview: Annotated[bool, Query(description="Only say what would happen.")] = False,
        viewer: Viewer | None = Depends(administrator),
    ) -> list[ImportedLine]:
        """Add, change and disable members from a table: all lines or, where one is wrong, none."""
        now = context.now()
        bundle = await context.copies.in_force(context.database, now)
        lines = [Line(number, line.model_dump()) for number, line in enumerate(table.lines, 1)]
        passwords: dict[str, str] = {}
        if preview:
            plan = await preview_import(context.database, lines, bundle)
        else:
            done = await import_staff(context.database, lines, bundle, now=now, by=signed_in(viewer).staff_id)
            plan, passwords = done.plan, {member.username: member.password for member in done.members}
        return [
            ImportedLine(
                line=line.number,
                username=line.username,
                deed=line.deed,
                problems=[f"{each.field}: {each.what} {each.remedy}" for each in line.problems],
                password=passwords.get(line.username),
            )
            for line in plan.lines
        ]

    return routes
