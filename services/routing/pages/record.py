"""`/api/v1/cases/…/findings`, `…/split` and `…/dossier`: the record of an investigation, and what is made of a case."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Header
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from services.kit.access import Allow, Viewer, signed_in
from services.kit.service import Context
from services.routing.api import SCOPE, WORKERS, changed
from services.routing.dossier.ask_dossier import ask_dossier
from services.routing.if_match import expected_version
from services.routing.merging.split_case import split_case
from services.routing.record_finding import record_finding


class FindingBody(BaseModel):
    """Something that was found out: what it is, where from or who said it, what it shows."""

    sort: str
    source: str
    text: str
    found_at: str | None = None
    reference: str | None = None


class SplitBody(BaseModel):
    """A part of a case that becomes one of its own."""

    narrative: str
    category: str | None = None
    reason: str


class DossierBody(BaseModel):
    """What a dossier is for."""

    reason: str


def record_routes(context: Context) -> APIRouter:
    """The API of what is recorded and made beside the steps."""
    api = APIRouter(prefix="/api/v1/cases", tags=["cases"])
    working = Allow(context, *WORKERS, scope=SCOPE)

    @api.post("/{ident}/findings", status_code=201)
    async def findings(ident: str, body: FindingBody, viewer: Viewer | None = Depends(working)) -> JSONResponse:
        async with context.database.transaction() as tx:
            moved = await record_finding(
                tx, context.copies, ident, sort=body.sort, source=body.source, text=body.text,
                found_at=body.found_at, reference=body.reference, viewer=signed_in(viewer).member, now=context.now(),
            )  # fmt: skip
        return changed(moved, 201)

    @api.post("/{ident}/split", status_code=202)
    async def split(
        ident: str, body: SplitBody, viewer: Viewer | None = Depends(working), if_match: str | None = Header(None)
    ) -> JSONResponse:
        async with context.database.transaction() as tx:
            moved = await split_case(
                tx, context.copies, ident, narrative=body.narrative, category=body.category, reason=body.reason,
                viewer=signed_in(viewer).member, expected_version=expected_version(if_match), now=context.now(),
            )  # fmt: skip
        return changed(moved, 202)

    @api.post("/{ident}/dossier", status_code=202)
    async def dossier(ident: str, body: DossierBody, viewer: Viewer | None = Depends(working)) -> JSONResponse:
        async with context.database.transaction() as tx:
            moved = await ask_dossier(
                tx, context.copies, ident, reason=body.reason, viewer=signed_in(viewer).member, now=context.now()
            )
        return changed(moved, 202)

    return api
