"""`/api/v1/complaints/{n}/files` with the secret: a complainant's files; `/api/v1/cases/{id}/files`: for staff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response

from services.intake.add_files import add_files
from services.intake.api.bodies import answer
from services.intake.api.staff import seen_case
from services.intake.files.attach import within
from services.intake.files.keep_file import file_store, prepare_file
from services.intake.files.read_files import KeptFile, file_by_id, files_of_case, no_such_file
from services.intake.files.refusing import FileRefused
from services.intake.pages.file_answers import file_answer
from services.intake.pages.files import SEEING
from services.intake.pages.form_files import files_in
from services.intake.track_complaint import find_case, track_complaint
from services.kit.access import Allow, Viewer, signed_in
from services.kit.i18n import N_
from services.kit.service import Context
from services.kit.web import language_of

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        "text": {"type": "string", "maxLength": 10000},
                    },
                }
            }
        },
    }
}


def api_files_router(context: Context) -> APIRouter:
    """Files by the API."""
    router = APIRouter(tags=["files"])
    with_secret = Depends(Allow(context, scope="the one case whose secret is given"))
    seeing = Allow(context, *SEEING, scope="cases within their scope")

    @router.post("/api/v1/complaints/{number}/files", status_code=201, dependencies=[with_secret], openapi_extra=_BODY)
    async def add(request: Request, number: str, x_tracking_secret: Annotated[str, Header()] = "") -> Response:
        """Add files to a case, as `multipart/form-data`: `files`, as often as needed; `text`, if there is something to
        say about them."""
        case_id = await find_case(context.database, context.settings.digest_key, number, x_tracking_secret)
        form = await request.form()
        files, store = files_in(form), file_store(context)
        if not files:
            raise FileRefused(N_("No file was sent."), N_("Send multipart/form-data with a part `files` for each."))
        within(store.limits, 0, len(files))
        ready = [await prepare_file(store, content=f.file, name=f.filename, origin="api") for f in files]
        words = form.get("text")
        async with context.database.transaction() as tx:
            tracked = await track_complaint(tx, case_id)
            bundle = await context.copies.policy(tx, tracked.complaint["policy_version"])
            await add_files(
                tx, case_id, ready, text=words if isinstance(words, str) else "", bundle=bundle,
                language=language_of(request), medium="api", now=context.now(),
            )  # fmt: skip
        return answer({"files": told(await files_of_case(context.database, case_id, public=True))}, 201)

    @router.get("/api/v1/complaints/{number}/files", dependencies=[with_secret])
    async def listed(number: str, x_tracking_secret: Annotated[str, Header()] = "") -> Response:
        """The files of the case that its complainant may see."""
        case_id = await find_case(context.database, context.settings.digest_key, number, x_tracking_secret)
        return answer({"files": told(await files_of_case(context.database, case_id, public=True))})

    @router.get("/api/v1/complaints/{number}/files/{file_id}", dependencies=[with_secret])
    async def download(number: str, file_id: UUID, x_tracking_secret: Annotated[str, Header()] = "") -> Response:
        """The content of one file."""
        case_id = await find_case(context.database, context.settings.digest_key, number, x_tracking_secret)
        file = await file_by_id(context.database, file_id)
        if file.case_id != case_id or file.internal:
            raise no_such_file()
        return await file_answer(context, file)

    @router.get("/api/v1/cases/{case}/files")
    async def of_case(case: str, viewer: Viewer | None = Depends(seeing)) -> Response:
        """The files of a case for staff; `GET /files/{id}` gives the content."""
        found, _ = await seen_case(context, case, signed_in(viewer))
        return answer({"files": told(await files_of_case(context.database, found.case_id, public=False), staff=True)})

    return router


def told(files: Sequence[KeptFile], *, staff: bool = False) -> list[dict[str, Any]]:
    """Files for the API."""
    return [
        {
            "id": str(file.id),
            "name": file.name,
            "media_type": file.media_type,
            "size": file.size,
            "sha256": file.sha256.hex(),
            "state": file.state,
            "at": file.at,
            **(
                {
                    "internal": file.internal,
                    "added_by": None if file.added_by is None else str(file.added_by),
                    "origin": file.origin,
                }
                if staff
                else {}
            ),
        }
        for file in files
    ]
