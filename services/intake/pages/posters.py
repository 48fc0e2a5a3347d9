"""`/p/{service_point}/poster`: a sheet to hang up, with a code that opens the form for that place; `/admin/posters`."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.intake.embedding import embedded_by, embedding_line
from services.intake.pages.cookies import address_of
from services.kit.access import Allow, Viewer
from services.kit.errors import NotFound
from services.kit.i18n import N_, translate
from services.kit.qr import qr_code
from services.kit.service import Context
from services.kit.web import language_of


def posters_router(context: Context) -> APIRouter:
    """Posters and the embedded form."""
    router = APIRouter(include_in_schema=False)
    anybody = Depends(Allow(context, scope="what anybody may print and hang up"))
    overseer = Allow(context, "administrator", "auditor", "centre", scope="addresses only")

    @router.get("/p/{service_point}/poster", dependencies=[anybody])
    async def poster(request: Request, service_point: str) -> Response:
        now, lang = context.now(), language_of(request)
        bundle = await context.copies.in_force(context.database, now)
        place = next((one for one in bundle.service_points if one.code == service_point), None)
        if place is None:
            raise NotFound(N_("There is no such service point."), N_("The list of posters names them all."))
        address = address_of(context, request, f"/p/{place.code}")
        return context.web.page(
            request, "intake/poster.html", policy=bundle, now=now, zone=bundle.zone, place=place, address=address,
            code=qr_code(address, translate(lang, "QR code that opens the form for this place")),
            phone=place.phone or bundle.organisation.phone or "",
        )  # fmt: skip

    @router.get("/admin/posters")
    async def posters(request: Request, viewer: Viewer | None = Depends(overseer)) -> Response:
        now = context.now()
        bundle = await context.copies.in_force(context.database, now)
        return context.web.page(
            request, "intake/posters.html", policy=bundle, viewer=viewer, now=now, zone=bundle.zone,
            places=bundle.service_points, address=address_of(context, request, ""),
            line=embedding_line(address_of(context, request, "")), embedded_by=embedded_by(context.settings),
        )  # fmt: skip

    return router
