"""What the pages of governance share: rendering in the shell, reading forms, notices after a redirect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.kit.access import Viewer
from services.kit.errors import RedressError
from services.kit.i18n import N_, translate
from services.kit.service import Context
from services.kit.web import language_of, problem_document

NOTICES: Mapping[str, str] = {
    "saved": N_("Your changes are saved."),
    "disabled": N_("The account is disabled and its sessions have ended."),
    "enabled": N_("The account is enabled."),
    "on-duty": N_("On duty: new cases are assigned again."),
    "off-duty": N_("Off duty: no new cases are assigned; those owned stay."),
    "password": N_("The password is changed; every other session has ended."),
    "second-step-off": N_("The second step is off; every other session has ended."),
    "second-step-taken": N_("The second step is taken away; they sign in by password alone and can set it up anew."),
    "second-step-due": N_("Your roles demand an authenticator app: set it up below, under “Signing in in two steps”."),
    "leave-noted": N_("The leave is noted; nothing new is assigned while it lasts."),
    "leave-cancelled": N_("The leave is cancelled."),
    "session-ended": N_("The session has ended; within two seconds nobody is signed in by it."),
    "sessions-ended": N_("Every other session has ended."),
    "all-sessions-ended": N_("Every session of this member has ended."),
    "adopted": N_("The policy is adopted and told to every service."),
    "dropped": N_("The draft is deleted."),
    "signed-out": N_("You are signed out."),
}


async def render(
    context: Context, request: Request, template: str, viewer: Viewer | None, *, status: int = 200, **data: Any
) -> Response:
    """A page in the shell, under the policy in force, with the notice that the address asks for."""
    now = context.now()
    bundle = await context.copies.in_force(context.database, now)
    told = NOTICES.get(request.query_params.get("done", ""))
    lang = language_of(request)
    given = {"policy": bundle, "zone": bundle.zone, **data}
    if told and "notice" not in given:
        given["notice"] = {"kind": "done", "text": translate(lang, told)}
    return context.web.page(request, f"governance/{template}", viewer=viewer, now=now, status=status, **given)


def problem_of(request: Request, error: RedressError) -> dict[str, Any]:
    """What is wrong with a form, in the reader's language, to stand above it and beside its fields."""
    return problem_document(error, language_of(request), "")


async def form_fields(request: Request) -> dict[str, str]:
    """The text fields of a posted form; of those given several times, the last."""
    return {name: value for name, value in (await request.form()).multi_items() if isinstance(value, str)}


async def form_choices(request: Request, name: str) -> list[str]:
    """Every value of a field that may be given several times."""
    return [value for value in (await request.form()).getlist(name) if isinstance(value, str)]


def see(address: str, done: str = "") -> Response:
    """Go and look at a page after a form was taken (post, redirect, get)."""
    return RedirectResponse(f"{address}?{urlencode({'done': done})}" if done else address, 303)
