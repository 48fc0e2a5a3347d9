"""The files of a form that is not sent yet: kept on the server under the form's own key, for this browser alone.

With scripts each is sent at once with its progress shown; without, they come with the step. Both end here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import FormData, UploadFile

from services.intake.allowances import take, too_often
from services.intake.files.attach import drop_from_draft, within
from services.intake.files.keep_file import FileRef, file_store, prepare_file, record_file
from services.intake.files.limits import FileLimits, limits_of
from services.intake.files.read_files import file_by_id, no_such_file
from services.intake.form_defence import defence_of
from services.intake.pages.file_answers import file_answer
from services.kit.access import FRAMED, Allow
from services.kit.database import Transaction
from services.kit.errors import RedressError
from services.kit.service import Context
from services.kit.tokens import keyed_digest


class Draft(NamedTuple):
    """Whose files they are: a digest over the form's key and the browser's cookie."""

    key: bytes
    limits: FileLimits


def draft_of(context: Context, request: Request, once: str, framed: bool) -> Draft:
    """The draft of a form in this browser; in a frame, where there is no cookie, of whoever knows the form's key."""
    browser = FRAMED if framed else request.cookies.get("browser", "")
    key = keyed_digest(context.settings.digest_key, "draft", f"{browser}:{once}")
    return Draft(key, limits_of(context.settings))


def files_in(form: FormData, name: str = "files") -> list[UploadFile]:
    """The files of a form; an empty field is none."""
    found = form.getlist(name)
    return [file for file in found if isinstance(file, UploadFile) and (file.filename or file.size)]


async def keep_files(
    context: Context, request: Request, draft: Draft, files: Sequence[UploadFile]
) -> list[tuple[str, RedressError]]:
    """Keep the files of a step; answers which were refused, by name, and why. The others are kept."""
    refused: list[tuple[str, RedressError]] = []
    for file in files:
        try:
            await keep_in_draft(context, request, draft, file)
        except RedressError as problem:
            refused.append((file.filename or "", problem))
    return refused


async def keep_in_draft(context: Context, request: Request, draft: Draft, file: UploadFile) -> FileRef:
    """Keep one file in the draft; the same content again is the same file.

    Raises:
        FileRefused: see `keep_file`.
        TooLarge: there are as many as one form may have.
        TooOften: too many came from this address.
    """
    now, limit = context.now(), defence_of(context.settings).uploads
    async with context.database.transaction() as tx:
        within(draft.limits, await _count(tx, draft), 1)
        who = request.client.host if request.client else ""
        allowed = await take(tx, context.settings.digest_key, limit, who, now)
    if not allowed:
        raise too_often(limit, "")
    prepared = await prepare_file(file_store(context), content=file.file, name=file.filename, origin="web")
    same = f"{draft.key.hex()}:{prepared.arrived_sha256.hex()}"
    async with context.database.transaction() as tx:
        # One at a time for a draft, so that files sent side by side do not exceed the number together.
        await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", draft.key.hex())
        within(draft.limits, await _count(tx, draft), 1)
        await tx.execute(
            "update intake.stored_file set origin_id = null where origin = 'web' and origin_id = $1 and draft is null",
            same,
        )
        return await record_file(tx, prepared, case_id=None, origin_id=same, at=now, draft=draft.key)


async def _count(tx: Transaction, draft: Draft) -> int:
    count: int = await tx.fetchval(
        "select count(*) from intake.stored_file where draft = $1 and state in ('kept', 'held')", draft.key
    )
    return count


def form_files_router(context: Context) -> APIRouter:
    """The routes of the upload script, and the small pictures of a draft; each for `/` and for `/embed`."""
    router = APIRouter(include_in_schema=False)
    for base, framed in (("", False), ("/embed", True)):
        _routes(router, context, base, framed)
    return router


def _routes(router: APIRouter, context: Context, base: str, framed: bool) -> None:
    scope = "the files of the one form that is open in this browser"
    rule = Depends(Allow(context, scope=scope, framed=framed))

    @router.post(f"{base}/draft/{{once}}/files", dependencies=[rule], name=f"add_to_draft{base}")
    async def add(request: Request, once: str) -> Response:
        draft = draft_of(context, request, once, framed)
        files = files_in(await request.form())
        if len(files) != 1:
            raise no_such_file()
        ref = await keep_in_draft(context, request, draft, files[0])
        file = await file_by_id(context.database, ref.id)
        told = {"id": str(ref.id), "name": ref.name, "size": ref.size, "small": file.viewable}
        return Response(orjson.dumps(told), 201, {"cache-control": "no-store"}, "application/json")

    @router.post(f"{base}/draft/{{once}}/files/{{file_id}}/drop", dependencies=[rule], name=f"drop_from_draft{base}")
    async def drop(request: Request, once: str, file_id: UUID) -> Response:
        async with context.database.transaction() as tx:
            await drop_from_draft(tx, draft_of(context, request, once, framed).key, file_id)
        return Response(status_code=204)

    @router.get(f"{base}/draft/{{once}}/files/{{file_id}}/small", dependencies=[rule], name=f"small_of_draft{base}")
    async def small(request: Request, once: str, file_id: UUID) -> Response:
        file = await file_by_id(context.database, file_id)
        if file.draft is None or file.draft != draft_of(context, request, once, framed).key:
            raise no_such_file()
        return await file_answer(context, file, "small")


def id_in(text: str) -> UUID:
    """The id of a file in a form.

    Raises:
        NotFound: it is none.
    """
    try:
        return UUID(text)
    except ValueError:
        raise no_such_file() from None
