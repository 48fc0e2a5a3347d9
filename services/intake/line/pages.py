"""Where a LINE account is linked: from a case's tracking page, and from the account of a member of staff."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from schemas.governance import ROLES
from services.intake.line.carrier import line_client
from services.intake.line.client import Account
from services.intake.line.linking import HOLDS, make_code, unlink
from services.intake.line.users import staff_linked
from services.intake.messages.carriers import Refused, TryLater
from services.intake.pages.cookies import pass_of
from services.intake.receipt_view import qr_code
from services.intake.tracking_number import read_number
from services.kit.access import Allow, Viewer, signed_in
from services.kit.i18n import translate
from services.kit.service import Context
from services.kit.web import language_of


def linking_router(context: Context) -> APIRouter:
    """The two pages and their buttons."""
    router = APIRouter(include_in_schema=False)
    with_pass = Depends(Allow(context, scope="the one case whose secret was given in this browser"))
    staff = Allow(context, *ROLES, scope="their own account")

    @router.get("/track/{number}/line", dependencies=[with_pass])
    async def ask(request: Request, number: str) -> Response:
        if await _case_of(context, request, number) is None:
            return RedirectResponse(f"/track?n={read_number(number) or ''}", 303)
        return await show(request, number=read_number(number) or "")

    @router.post("/track/{number}/line", dependencies=[with_pass])
    async def case_code(request: Request, number: str) -> Response:
        case_id = await _case_of(context, request, number)
        if case_id is None:
            return RedirectResponse(f"/track?n={read_number(number) or ''}", 303)
        async with context.database.transaction() as tx:
            code = await make_code(tx, context.settings.digest_key, context.now(), case_id=case_id)
        return await show(request, number=read_number(number) or "", code=code)

    @router.get("/account/line")
    async def see(request: Request, viewer: Viewer | None = Depends(staff)) -> Response:
        return await show(request, viewer=signed_in(viewer))

    @router.post("/account/line")
    async def staff_code(request: Request, viewer: Viewer | None = Depends(staff)) -> Response:
        async with context.database.transaction() as tx:
            code = await make_code(tx, context.settings.digest_key, context.now(), staff_id=signed_in(viewer).staff_id)
        return await show(request, viewer=signed_in(viewer), code=code)

    @router.post("/account/line/unlink")
    async def no_more(request: Request, viewer: Viewer | None = Depends(staff)) -> Response:
        async with context.database.transaction() as tx:
            await unlink(tx, signed_in(viewer).staff_id)
        return RedirectResponse("/account/line?done=unlinked", 303)

    async def show(request: Request, *, number: str = "", viewer: Viewer | None = None, code: str = "") -> Response:
        now, lang = context.now(), language_of(request)
        bundle = await context.copies.in_force(context.database, now)
        client = line_client(context)
        account: Account | None = None
        if client is not None:
            try:
                account = await client.account()
            except (TryLater, Refused):
                pass  # the page then shows the code without the way to the account
        link = f"https://line.me/R/ti/p/{account.basic_id}" if account else ""
        linked = viewer is not None and await staff_linked(context.database, viewer.staff_id)
        done = request.query_params.get("done") == "unlinked"
        return context.web.page(
            request,
            "intake/line_link.html",
            policy=bundle,
            viewer=viewer,
            now=now,
            zone=bundle.zone,
            on=client is not None,
            account=account,
            link=link,
            qr=qr_code(link) if link else None,
            number=number,
            code=code,
            linked=linked,
            minutes=int(HOLDS.total_seconds() // 60),
            notice={"kind": "done", "text": translate(lang, "Your LINE account is no longer linked.")}
            if done
            else None,
        )

    return router


async def _case_of(context: Context, request: Request, number: str) -> UUID | None:
    """The case of the pass, if it is the one in the address."""
    case_id = pass_of(context, request, "tracking", context.now())
    if case_id is None:
        return None
    rows = await context.database.read("select tracking_number from intake.complaint where id = $1", case_id)
    return case_id if rows and rows[0]["tracking_number"] == read_number(number) else None
