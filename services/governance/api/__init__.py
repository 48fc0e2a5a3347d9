"""Governance over HTTP: sessions, and one's own account."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, Field

from schemas.governance import ROLES
from services.governance.change_staff import set_duty
from services.governance.list_staff import read_member
from services.governance.second_step.read_second_step import read_second_step
from services.governance.sessions.devices import device_of
from services.governance.sessions.end_sessions import sign_out
from services.governance.sign_in import sign_in
from services.kit.access import Allow, Viewer, signed_in
from services.kit.service import Context
from services.kit.tokens import SESSION_HOURS


class Credentials(BaseModel):
    """A user name and a password; the code of an authenticator app where one is set up."""

    username: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=500, repr=False)]
    code: Annotated[str | None, Field(max_length=40, repr=False)] = None
    """Six digits of the app, or a recovery code. Left out where one is wanted, the answer is `code-wanted`."""


class Token(BaseModel):
    """A bearer token for `Authorization: Bearer …`."""

    token: str = Field(repr=False)
    token_type: str = "bearer"  # noqa: S105 - the name of a scheme
    expires_in: int = SESSION_HOURS * 3600


class Me(BaseModel):
    """Who is signed in. `name` is the one pages show; `unit` a code of the policy."""

    username: str
    name: str
    roles: tuple[str, ...]
    unit: str
    on_duty: bool
    second_step: bool = False
    """Whether signing in asks for a code."""


class Duty(BaseModel):
    """Whether new cases may be assigned."""

    on_duty: bool


def router(context: Context) -> APIRouter:
    """The routes of sessions and of one's own account."""
    routes = APIRouter(prefix="/api/v1")
    anybody = Allow(context, scope="their own account, proved by its password")
    staff = Allow(context, *ROLES, scope="their own session and account")

    @routes.post("/sessions", status_code=201, dependencies=[Depends(anybody)], tags=["sessions"])
    async def start(credentials: Credentials, user_agent: Annotated[str, Header()] = "") -> Token:
        """Sign in. The token is sent as `Authorization: Bearer …` and ends after twelve hours or by signing out.

        Where an authenticator app is set up, the problem `code-wanted` (401) asks for the same again with `code`.
        """
        session = await sign_in(
            context.database,
            context.settings,
            credentials.username,
            credentials.password,
            code=credentials.code,
            device=device_of(user_agent),
            now=context.now(),
        )
        return Token(token=session.token)

    @routes.delete("/sessions/current", status_code=204, tags=["sessions"])
    async def end(viewer: Viewer | None = Depends(staff)) -> None:
        """Sign out: the token is refused everywhere within two seconds."""
        who = signed_in(viewer)
        async with context.database.transaction() as tx:
            await sign_out(tx, who.session_id, who.staff_id, now=context.now())

    @routes.get("/me", tags=["staff"])
    async def me(viewer: Viewer | None = Depends(staff)) -> Me:
        """Who is signed in."""
        return await _me(signed_in(viewer))

    @routes.post("/staff/me/duty", tags=["staff"])
    async def duty(wanted: Duty, viewer: Viewer | None = Depends(staff)) -> Me:
        """Go on or off duty; while off duty nothing new is assigned."""
        who = signed_in(viewer)
        async with context.database.transaction() as tx:
            await set_duty(tx, who.member.username, wanted.on_duty, now=context.now(), by=who.staff_id)
        return await _me(who)

    async def _me(who: Viewer) -> Me:
        account = await read_member(context.database, who.member.username)
        state = await read_second_step(context.database, context.settings, who.staff_id)
        return Me(
            username=account.username,
            name=account.display_name,
            roles=account.roles,
            unit=account.unit,
            on_duty=account.on_duty,
            second_step=state.on_since is not None,
        )

    return routes
