"""The web kit: pages from templates, problems as RFC 9457 documents or error pages, forms, headers, limits."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from schemas.policy import PolicyBundle
from services.kit import filters, i18n
from services.kit.access import Viewer
from services.kit.errors import FieldProblem, InvalidInput, NotFound, RedressError
from services.kit.i18n import N_, Lang
from services.kit.settings import Settings
from services.kit.tokens import form_token, random_browser
from services.kit.validation_words import field_problem

KIT = Path(__file__).parent

LONGEST_TARGET = 1500
"""The longest address that is kept for after the sign-in."""


@cache
def _templates() -> jinja2.Environment:
    """The templates of all services, compiled once in a process: nothing in them depends on settings."""
    return templates_of(path for path in KIT.parent.glob("*/templates") if path.is_dir())


def templates_of(folders: Iterable[Path]) -> jinja2.Environment:
    """The templates in some folders, with everything that ours may call."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(sorted(folders)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    filters.install(made)
    return made


class Web:
    """Renders pages; one for all services of a process, so that they share the templates and the look."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.policy: PolicyBundle | None = None
        """That of the last page: an error page, which cannot ask for one, is still the organisation's own."""
        self.templates = _templates()

    def page(
        self,
        request: Request,
        template: str,
        *,
        policy: PolicyBundle | None,
        viewer: Viewer | None = None,
        status: int = 200,
        now: datetime,
        **data: Any,
    ) -> HTMLResponse:
        """A page in the shell. `policy` gives the organisation's name; `viewer` makes it a staff page."""
        self.policy = policy or self.policy
        lang = language_of(request)
        browser = request.cookies.get("browser") or random_browser()
        html = self.templates.get_template(template).render(
            request=request,
            lang=lang,
            theme=theme_of(request),
            now=now,
            policy=policy,
            org=organisation(policy, lang),
            sample=bool(policy and policy.sample),
            viewer=shown_viewer(viewer),
            public=viewer is None,
            nav=navigation(viewer, request.url.path),
            **{"csrf": form_token(self.settings.secret, browser), **data},
        )
        response = HTMLResponse(html, status_code=status)
        response.headers["cache-control"] = "no-store"
        self._keep_choices(request, response, browser)
        return response

    def _keep_choices(self, request: Request, response: Response, browser: str) -> None:
        secure = self.settings.secure_cookies
        if "browser" not in request.cookies:
            response.set_cookie("browser", browser, max_age=31_536_000, httponly=True, samesite="lax", secure=secure)
        for name, allowed in (("lang", ("th", "en")), ("theme", ("light", "dark", "auto"))):
            if (chosen := request.query_params.get(name)) in allowed:
                response.set_cookie(name, str(chosen), max_age=31_536_000, samesite="lax", secure=secure)


def language_of(request: Request) -> Lang:
    """The language asked for: by the query, the cookie, else Thai. An API client may use Accept-Language."""
    chosen = request.query_params.get("lang") or request.cookies.get("lang")
    if chosen is None and request.url.path.startswith("/api/"):
        chosen = "en" if request.headers.get("accept-language", "").lower().startswith("en") else "th"
    return "en" if chosen == "en" else "th"


def theme_of(request: Request) -> str:
    """The theme chosen, or `auto`."""
    chosen = request.query_params.get("theme") or request.cookies.get("theme") or "auto"
    return chosen if chosen in ("light", "dark") else "auto"


def organisation(policy: PolicyBundle | None, lang: Lang) -> Mapping[str, str]:
    """The names the shell shows."""
    if policy is None:
        return {"name": "Redress", "short": "Redress", "centre": "", "phone": ""}
    it = policy.organisation
    return {
        "name": it.name.say(lang),
        "short": it.short.say(lang),
        "centre": it.centre.say(lang),
        "phone": it.phone or "",
    }


def shown_viewer(viewer: Viewer | None) -> Mapping[str, str] | None:
    """The person in the top bar."""
    if viewer is None:
        return None
    name = viewer.member.display_name
    return {
        "name": name,
        "initials": filters.filters()["initials"](name),
        "id": str(viewer.staff_id),
        "unit": viewer.member.unit,
    }


def navigation(viewer: Viewer | None, path: str) -> list[dict[str, Any]]:
    """The tabs of the top bar; msgids, translated by the shell."""
    if viewer is None:
        tabs = [
            ("/", N_("File a complaint")),
            ("/track", N_("Track")),
            ("/charter", N_("Charter")),
            ("/policy", N_("Policy")),
        ]
    else:
        tabs = [("/desk", N_("Desk")), ("/alerts", N_("Alerts")), ("/reports", N_("Reports"))]
        tabs += [("/recovery", N_("Service recovery")), ("/charter", N_("Policy and charter"))]
        if viewer.has("privacy"):
            tabs.append(("/admin/data-requests", N_("Data requests")))
        if viewer.has("administrator", "auditor"):
            tabs.append(("/admin", N_("Administration")))
    place = "/desk" if path.startswith("/cases/") else path
    return [
        {"href": href, "label": label, "current": place == href or (href != "/" and place.startswith(href + "/"))}
        for href, label in tabs
    ]


def problem_document(error: RedressError, lang: Lang, reference: str) -> dict[str, Any]:
    """An RFC 9457 problem document: what happened, the remedy, each field, a reference number."""
    say = i18n.gettext_for(lang)

    def said(field: FieldProblem, text: str) -> str:
        if not text:
            return ""
        return say(text, **field.params) if field.params else say(text)

    return {
        "type": f"urn:redress:problem:{error.code}",
        "title": say(error.what, **error.params) if error.params else say(error.what),
        "status": error.status,
        "detail": (say(error.remedy, **error.params) if error.params else say(error.remedy)) if error.remedy else "",
        "instance": f"urn:redress:reference:{reference}",
        "reference": reference,
        "errors": [{"field": f.field, "detail": said(f, f.what), "remedy": said(f, f.remedy)} for f in error.fields],
        **getattr(error, "extra", {}),
    }


def wants_json(request: Request) -> bool:
    """Whether the caller is a program."""
    path = request.url.path
    return path.startswith(("/api/", "/channels/", "/health", "/metrics")) or "application/json" in request.headers.get(
        "accept", ""
    )


def answer_problem(web: Web, request: Request, error: RedressError) -> Response:
    """The error as the caller wants it; a page sends whoever is not signed in to the sign-in page and back."""
    reference = getattr(request.state, "reference", None) or new_reference()
    lang = language_of(request)
    document = problem_document(error, lang, reference)
    retry = {"retry-after": str(getattr(error, "retry_after", 5))}
    if wants_json(request):
        headers = {401: {"www-authenticate": "Bearer"}, 503: retry}.get(error.status, {})
        headers["cache-control"] = "no-store"
        return JSONResponse(document, error.status, headers, media_type="application/problem+json")
    if error.status == 401 and request.method == "GET":
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        onward = {"next": target} if len(target) <= LONGEST_TARGET else {}
        return RedirectResponse(f"/sign-in?{urlencode(onward)}", 303)
    now = datetime.now().astimezone()
    member = getattr(request.state, "viewer", None)
    viewer = Viewer(member, member.staff_id) if member is not None else None
    page = web.page(
        request,
        "kit/error.html",
        policy=web.policy,
        viewer=viewer,
        status=error.status,
        now=now,
        problem=document,
    )
    if error.status == 503:
        page.headers.update(retry)
    return page


def new_reference() -> str:
    """A short reference a person can read out; it stands in the log beside the error."""
    alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
    return "".join(secrets.choice(alphabet) for _ in range(8))


def from_validation(error: RequestValidationError) -> InvalidInput:
    """FastAPI's own validation errors in our words: each field, what is wrong, what it should be."""
    found = {problem.field: problem for problem in map(field_problem, reversed(error.errors()))}
    return InvalidInput(
        N_("Some fields need changing."),
        N_("Nothing was saved; correct the fields."),
        fields=list(reversed(found.values())),
    )


HTTP_WORDS = {
    400: (
        N_("The request cannot be read."),
        N_("Send JSON in UTF-8 with Content-Type: application/json, or the form as the page gives it."),
    ),
    404: (N_("There is no such page."), N_("Check the address, or start from the first page.")),
    405: (N_("This address does not do that."), N_("See /openapi.json for what it does.")),
    413: (N_("What was sent is too large."), N_("Send less, or in parts.")),
}


def install_problem_handlers(app: FastAPI, web: Web) -> None:
    """Every error leaves as a problem document or an error page, with a reference; the rest is the guard's."""

    @app.exception_handler(RedressError)
    async def known(request: Request, error: RedressError) -> Response:
        return answer_problem(web, request, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return answer_problem(web, request, from_validation(error))

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        if isinstance(error.__cause__, RedressError):  # what reading the body raised, in the framework's wrapping
            return answer_problem(web, request, error.__cause__)
        # The form reader says so of a field or a number of fields beyond its own limits.
        status = 413 if error.status_code == 400 and "aximum" in str(error.detail) else error.status_code
        known_error = NotFound(*HTTP_WORDS.get(status, HTTP_WORDS[400]))
        known_error.status = status
        known_error.code = f"http-{status}"
        response = answer_problem(web, request, known_error)
        response.headers.update(error.headers or {})
        return response


def event_stream(events: AsyncIterable[str]) -> StreamingResponse:
    """A stream of server-sent events, which no proxy keeps or holds back."""
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


def immutable_static() -> StaticFiles:
    """Stylesheets, scripts and pictures of the kit."""
    return StaticFiles(directory=KIT / "static")


def soon(now: datetime, seconds: float) -> datetime:
    """A moment `seconds` after `now`."""
    return now + timedelta(seconds=seconds)
