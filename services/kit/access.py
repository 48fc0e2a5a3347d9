"""Who may call a route: every route carries exactly one `Allow`, and a start without one is refused.

A rule says the roles and, in words, the scope within which a use case then holds the caller; `rules_of` lists them for
the test that walks every route with every role and for `docs/access.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import APIRoute, iter_route_contexts

from schemas.governance import ROLES, StaffMember
from services.kit.errors import NotAllowed, SignInNeeded
from services.kit.i18n import N_
from services.kit.tokens import form_token_fits, read_session

if TYPE_CHECKING:
    from services.kit.service import Context

WHOLE = frozenset({"centre", "executive", "auditor", "administrator", "privacy"})
"""Roles whose scope is every ordinary unit; the restricted unit's cases are never among them."""

FRAMED = "framed"
"""Stands for the browser where a form is shown inside another site's page."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class RouteWithoutRule(Exception):
    """A route was written without saying who may call it. Give it one `Depends(Allow(...))`."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """The signed-in member of staff."""

    member: StaffMember
    session_id: UUID

    @property
    def staff_id(self) -> UUID:
        """Who it is."""
        return self.member.staff_id

    def has(self, *roles: str) -> bool:
        """Whether they hold any of the roles."""
        return not set(roles).isdisjoint(self.member.roles)

    @property
    def sees_all_units(self) -> bool:
        """Whether every ordinary case is within their scope."""
        return not WHOLE.isdisjoint(self.member.roles)


class Allow:
    """The rule of one route, used as its dependency: `Depends(Allow(context, "officer", scope="own unit and below"))`.

    Args:
        roles: any of them suffices; none means anybody, signed in or not.
        scope: in words, what of it they reach; enforced by the use case.
        optional: a public route that does more for staff who are signed in.
        framed: a public page that other sites show in a frame, where a browser sends no cookie: its form carries a
            token of this server that is bound to no browser. There is no session it could misuse.
    """

    def __init__(self, context: Context, *roles: str, scope: str, optional: bool = False, framed: bool = False) -> None:
        unknown = set(roles) - set(ROLES)
        if unknown:
            raise RouteWithoutRule(f"unknown roles: {sorted(unknown)}")
        self.context = context
        self.roles = frozenset(roles)
        self.scope = scope
        self.optional = optional
        self.framed = framed

    @property
    def public(self) -> bool:
        """Whether anybody may call."""
        return not self.roles

    async def __call__(self, request: Request) -> Viewer | None:
        """The viewer; None on a public route for whoever is not signed in.

        Raises:
            SignInNeeded: nobody is signed in.
            NotAllowed: none of the roles is held, or a form came without its token.
        """
        viewer, by_cookie = await self._viewer(request)
        if request.method not in SAFE:
            await self._check_form(request, by_cookie)
        if self.public:
            return viewer
        if viewer is None:
            raise SignInNeeded(N_("Sign in to see this."), N_("Your work is kept; sign in and send it again."))
        if self.roles.isdisjoint(viewer.member.roles):
            raise NotAllowed(
                N_("Your roles do not cover this."),
                N_("Ask an administrator for one of: %(roles)s."),
                params={"roles": ", ".join(sorted(self.roles))},
            )
        return viewer

    async def _viewer(self, request: Request) -> tuple[Viewer | None, bool]:
        if self.public and not self.optional:
            return None, False
        header = request.headers.get("authorization", "")
        by_cookie = not header.lower().startswith("bearer ")
        token = request.cookies.get("session", "") if by_cookie else header[7:].strip()
        claims = read_session(self.context.settings.secrets, token) if token else None
        if claims is None:
            return None, by_cookie
        copies, database = self.context.copies, self.context.database
        if await copies.revoked(database, claims.session_id):
            return None, by_cookie
        staff = await copies.staff(database)
        member = staff.get(claims.staff_id)
        if member is None or not member.active:
            return None, by_cookie
        member = staff.acting(member, self.context.now())
        request.state.viewer = member
        return Viewer(member, claims.session_id), by_cookie

    async def _check_form(self, request: Request, by_cookie: bool) -> None:
        """A form, and any call that rides on a cookie, must carry the token of its browser."""
        api = request.scope["path"].startswith(("/api/", "/channels/"))
        if api and not (by_cookie and "session" in request.cookies):
            return
        token = request.headers.get("x-csrf-token")
        if token is None and not api:
            token = str((await request.form()).get("_csrf", ""))
        browser = FRAMED if self.framed else request.cookies.get("browser")
        if not form_token_fits(self.context.settings.secrets, browser, token):
            raise NotAllowed(
                N_("This form was open too long or came from another page."),
                N_("Nothing was changed. Reload the page and send it again."),
            )


def signed_in(viewer: Viewer | None) -> Viewer:
    """The viewer of a route whose rule names roles."""
    if viewer is None:
        raise RouteWithoutRule("this route is open to everybody; its rule must name roles")
    return viewer


def rules_of(routers: Iterable[APIRouter | FastAPI]) -> Iterator[tuple[str, str, Allow]]:
    """Method, path and rule of every route.

    Raises:
        RouteWithoutRule: a route without exactly one rule.
    """
    for router in routers:
        for route in iter_route_contexts(router.routes):
            if not isinstance(route.original_route, APIRoute):
                continue
            rules = [d.call for d in route.dependant.dependencies if isinstance(d.call, Allow)]
            if len(rules) != 1:
                raise RouteWithoutRule(f"{route.path} has {len(rules)} rules of access; it needs exactly one")
            for method in sorted(route.methods or ()):
                yield method, str(route.path), rules[0]
