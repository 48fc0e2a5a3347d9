"""`/files/{id}`: one file, for staff within whose scope its case is; `/files/case/{case}`: those of a case, shown."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from services.intake.email.keep_mail import RAW_ORIGIN
from services.intake.files.read_files import KeptFile, file_by_id, no_such_file
from services.intake.look_at_identity import case_in_view
from services.intake.pages.file_answers import As, file_answer
from services.kit.access import Allow, Viewer, signed_in
from services.kit.service import Context

SEEING = (
    "officer", "approver", "verifier", "supervisor", "centre", "reviewer", "unit_head", "integrity", "privacy",
    "executive", "auditor", "administrator",
)  # fmt: skip
"""Roles that see cases, each within its scope; the files of a case are part of it."""

UNCASED = ("centre", "administrator")
"""Roles that may open what belongs to no case yet, such as a mail that a person has to register."""


def files_router(context: Context) -> APIRouter:
    """Files for staff."""
    router = APIRouter(prefix="/files", include_in_schema=False)
    seeing = Allow(context, *SEEING, scope="files of cases within their scope; without a case: centre, administrator")

    async def give(file_id: UUID, viewer: Viewer, given: As) -> Response:
        return await file_answer(context, await seen_file(context, file_id, viewer), given)

    @router.get("/{file_id}")
    async def download(file_id: UUID, viewer: Viewer | None = Depends(seeing)) -> Response:
        return await give(file_id, signed_in(viewer), "download")

    @router.get("/{file_id}/picture")
    async def picture(file_id: UUID, viewer: Viewer | None = Depends(seeing)) -> Response:
        return await give(file_id, signed_in(viewer), "picture")

    @router.get("/{file_id}/small")
    async def small(file_id: UUID, viewer: Viewer | None = Depends(seeing)) -> Response:
        return await give(file_id, signed_in(viewer), "small")

    @router.get("/{file_id}/frame")
    async def frame(file_id: UUID, viewer: Viewer | None = Depends(seeing)) -> Response:
        return await give(file_id, signed_in(viewer), "frame")

    return router


async def seen_file(context: Context, file_id: UUID, viewer: Viewer) -> KeptFile:
    """A file that the viewer may see.

    Raises:
        NotFound: there is none, or its case is not within their scope: the two look alike.
    """
    file = await file_by_id(context.database, file_id)
    if file.case_id is None:
        if file.draft is not None or not viewer.has(*UNCASED):
            raise no_such_file()
        return file
    if file.origin == RAW_ORIGIN:
        raise no_such_file()  # names its sender: `/mails/{id}` gives it for a reason
    bundle = await context.copies.in_force(context.database, context.now())
    await case_in_view(context.database, file.case_id, viewer.member, bundle)
    return file
