"""Members of staff over HTTP: import of a table, as JSON, and leave."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from schemas.governance import ROLES
from services.governance.import_staff.import_staff import import_staff, preview_import
from services.governance.import_staff.read_table import MOST_LINES, Line
from services.governance.leave.cancel_leave import cancel_leave
from services.governance.leave.list_leave import list_leave
from services.governance.leave.note_leave import LeaveWanted, account_within, note_leave
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


class LeaveBody(BaseModel):
    """Days away, both included; `substitute` is a user name of the same unit."""

    first: date
    last: date
    substitute: Annotated[str | None, Field(max_length=100)] = None
    hand_over: bool = False


class LeaveAnswer(BaseModel):
    """A leave that is not over. `ends_at` is the first moment they are back, `substitute` a display name."""

    leave_id: UUID
    starts_at: datetime
    ends_at: datetime
    substitute: str | None
    hand_over: bool


def leave_router(context: Context) -> APIRouter:
    """The routes of leave."""
    routes = APIRouter(prefix="/api/v1/staff", tags=["staff"])
    staff = Allow(
        context, *ROLES, scope="their own leave; leaders and administrators also that of the people they lead"
    )

    @routes.get("/{username}/leave")
    async def listed(username: str, viewer: Viewer | None = Depends(staff)) -> list[LeaveAnswer]:
        """Present and coming leave of a member."""
        bundle = await context.copies.in_force(context.database, context.now())
        async with context.database.transaction() as tx:
            account = await account_within(tx, username, bundle, signed_in(viewer).member)
            staff_id = account.staff_id
        found = (await list_leave(context.database, [staff_id], context.now())).get(staff_id, ())
        return [LeaveAnswer(**asdict(each)) for each in found]

    @routes.post("/{username}/leave", status_code=201)
    async def note(username: str, body: LeaveBody, viewer: Viewer | None = Depends(staff)) -> dict[str, UUID]:
        """Note a leave: nothing new is assigned, alerts and decisions go to the substitute."""
        now = context.now()
        bundle = await context.copies.in_force(context.database, now)
        wanted = LeaveWanted(body.first, body.last, body.substitute, body.hand_over)
        async with context.database.transaction() as tx:
            leave_id = await note_leave(tx, username, wanted, bundle, viewer=signed_in(viewer).member, now=now)
        return {"leave_id": leave_id}

    @routes.delete("/{username}/leave/{leave_id}", status_code=204)
    async def cancel(username: str, leave_id: UUID, viewer: Viewer | None = Depends(staff)) -> None:
        """Cancel a leave, or come back early."""
        now = context.now()
        bundle = await context.copies.in_force(context.database, now)
        async with context.database.transaction() as tx:
            await cancel_leave(tx, username, leave_id, bundle, viewer=signed_in(viewer).member, now=now)

    return routes


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
