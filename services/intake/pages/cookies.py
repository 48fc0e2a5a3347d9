"""Passes as cookies, and what several pages share."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from services.intake.passes import LASTS, Purpose, issue_pass, read_pass
from services.kit.errors import InvalidInput, RedressError
from services.kit.i18n import Lang, translate
from services.kit.service import Context

PATHS: dict[Purpose, str] = {"receipt": "/receipt", "tracking": "/track", "desk": "/desk/new"}


def give_pass(context: Context, response: Response, purpose: Purpose, complaint_id: UUID, now: datetime) -> None:
    """Let this browser open the receipt or the tracking page of one complaint for a while."""
    response.set_cookie(
        f"pass_{purpose}",
        issue_pass(context.settings.secret, purpose, complaint_id, now),
        max_age=int(LASTS[purpose].total_seconds()),
        path=PATHS[purpose],
        httponly=True,
        samesite="lax",
        secure=context.settings.secure_cookies,
    )


def pass_of(context: Context, request: Request, purpose: Purpose, now: datetime) -> UUID | None:
    """The complaint this browser may open, if any."""
    return read_pass(context.settings.secrets, purpose, request.cookies.get(f"pass_{purpose}"), now)


def address_of(context: Context, request: Request, path: str) -> str:
    """A full address for links and QR codes: that of the settings, else that of the request."""
    return (context.settings.base_url or str(request.base_url)).rstrip("/") + path


def errors_of(problem: InvalidInput | None, lang: Lang) -> dict[str, str]:
    """The sentence for each field, in the reader's language."""
    if problem is None:
        return {}
    return {
        field.field: f"{translate(lang, field.what)} {translate(lang, field.remedy) if field.remedy else ''}".strip()
        for field in problem.fields
    }


def items_of(problem: RedressError | None, lang: Lang) -> list[dict[str, str]]:
    """What is wrong, field by field, as the summary above a form lists it."""
    return [
        {
            "field": field.field,
            "detail": translate(lang, field.what, **(field.params or {})),
            "remedy": translate(lang, field.remedy, **(field.params or {})) if field.remedy else "",
        }
        for field in (problem.fields if problem else ())
    ]
