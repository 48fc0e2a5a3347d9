"""Governance over HTTP: sessions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.governance.sign_in import sign_in, sign_out
from services.kit.access import Allow, Viewer, signed_in
from services.kit.service import Context
from services.kit.tokens import SESSION_HOURS


class Credentials(BaseModel):
    """A user name and a password."""

    username: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=500, repr=False)]


class Token(BaseModel):
    """A bearer token for `Authorization: Bearer …`."""

    token: str = Field(repr=False)
    token_type: str = "bearer"  # noqa: S105 - the name of a scheme
    expires_in: int = SESSION_HOURS * 3600


def router(context: Context) -> APIRouter:
    """The routes of sessions."""
    routes = APIRouter(prefix="/api/v1", tags=["sessions"])
    anybody = Allow(context, scope="their own account, proved by its password")
    staff = Allow(context, *_every_role(), scope="their own session")

    @routes.post("/sessions", status_code=201, dependencies=[Depends(anybody)])
    async def start(credentials: Credentials) -> Token:
        session = await sign_in(
            context.database,
            context.settings.secret,
            credentials.username,
            credentials.password,
            now=context.now(),
        )
        return Token(token=session.token)

    @routes.delete("/sessions/current", status_code=204)
    async def end(viewer: Annotated[Viewer | None, Depends(staff)]) -> None:
        who = signed_in(viewer)
        async with context.database.transaction() as tx:
            await sign_out(tx, who.session_id, who.staff_id, now=context.now())

    return routes


def _every_role() -> tuple[str, ...]:
    from schemas.governance import ROLES

    return ROLES
