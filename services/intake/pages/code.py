"""`/track/code`: a one-time code to the contact on file opens the tracking page for whoever has lost the secret."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.background import BackgroundTask

from services.intake.access_code import enter_code, send_code, wrong_code
from services.intake.pages.cookies import give_pass
from services.intake.pages.form import client_of
from services.intake.track_complaint import NoSuchCase
from services.intake.tracking_number import read_number
from services.kit.access import Allow
from services.kit.errors import RedressError
from services.kit.service import Context


def code_router(context: Context) -> APIRouter:
    """Asking for a code and entering it."""
    router = APIRouter(prefix="/track/code", include_in_schema=False)
    anybody = Depends(Allow(context, scope="anybody; the answer is the same whether there is such a case"))

    @router.get("", dependencies=[anybody])
    async def ask(request: Request) -> Response:
        return await show(request, request.query_params.get("n", ""))

    @router.post("", dependencies=[anybody])
    async def send(request: Request) -> Response:
        number = str((await request.form()).get("number") or "")[:40]

        async def later() -> None:
            # After the answer has left, so that its time does not tell whether there was anything to send.
            async with context.database.transaction() as tx:
                await send_code(tx, context.settings.digest_key, number, client_of(request), context.now())

        response = await show(request, number, sent=True)
        response.background = BackgroundTask(later)
        return response

    @router.post("/enter", dependencies=[anybody])
    async def enter(request: Request) -> Response:
        form = await request.form()
        number, code = (str(form.get(name) or "")[:40] for name in ("number", "code"))
        now = context.now()
        problem: NoSuchCase | None = None
        async with context.database.transaction() as tx:
            try:
                case_id = await enter_code(tx, context.settings.digest_key, number, code, client_of(request), now)
            except NoSuchCase as wrong:
                problem = wrong  # kept inside, so that the try stays counted
        if problem is not None:
            return await show(request, number, sent=True, problem=wrong_code())
        response = RedirectResponse(f"/track/{read_number(number)}", 303)
        give_pass(context, response, "tracking", case_id, now)
        return response

    async def show(request: Request, number: str, **more: Any) -> Response:
        now = context.now()
        problem: RedressError | None = more.get("problem")
        bundle = await context.copies.in_force(context.database, now)
        data: dict[str, Any] = {"sent": False, "problem": None, **more}
        return context.web.page(
            request,
            "intake/code.html",
            policy=bundle,
            now=now,
            zone=bundle.zone,
            status=problem.status if problem else 200,
            number=read_number(number) or number,
            **data,
        )

    return router
