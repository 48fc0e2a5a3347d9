"""Signing in over HTTP: the second step of one's own account, and the sessions of oneself and of others."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from schemas.governance import ROLES
from services.governance.change_staff import find_staff
from services.governance.list_staff import read_member
from services.governance.organisation import organisation_name
from services.governance.second_step.change_second_step import replace_recovery_codes, take_away, turn_off
from services.governance.second_step.set_up import begin_own_set_up, confirm_set_up
from services.governance.sessions.end_sessions import end_all_sessions, end_session
from services.governance.sessions.list_sessions import OpenSession, list_sessions
from services.kit.access import Allow, Viewer, signed_in
from services.kit.service import Context


class Password(BaseModel):
    """The present password, which proves that the session is in the right hands."""

    password: Annotated[str, Field(max_length=500, repr=False)]


class Code(BaseModel):
    """Six digits of the app; a recovery code does as well, except where an app is confirmed."""

    code: Annotated[str, Field(max_length=40, repr=False)]


class SetupAnswer(BaseModel):
    """What the app must be told, once: as an `otpauth:` address, and as the secret to be typed."""

    address: str = Field(repr=False)
    secret: str = Field(repr=False)


class RecoveryCodes(BaseModel):
    """Codes for the day the telephone is lost, each good once; they are told only now."""

    recovery_codes: list[str] = Field(repr=False)


class SessionAnswer(BaseModel):
    """One place where somebody is signed in."""

    session_id: UUID
    started_at: datetime
    expires_at: datetime
    device: str | None
    second_step: bool
    present: bool
    """Whether it is the session of this call."""


def security_router(context: Context) -> APIRouter:
    """The routes of second steps and sessions."""
    routes = APIRouter(prefix="/api/v1/staff")
    _own_second_step(routes, context)
    _own_sessions(routes, context)
    _of_others(routes, context)
    return routes


def _own_second_step(routes: APIRouter, context: Context) -> None:
    staff = Allow(context, *ROLES, scope="their own account")
    database, settings = context.database, context.settings

    @routes.post("/me/second-step", status_code=201, tags=["staff"])
    async def begin(proof: Password, viewer: Viewer | None = Depends(staff)) -> SetupAnswer:
        """Begin to set up an authenticator app; nothing is asked for at sign-in until a code has confirmed it."""
        setup = await begin_own_set_up(
            database, settings, signed_in(viewer).staff_id, proof.password,
            organisation=await organisation_name(context), now=context.now(),
        )  # fmt: skip
        return SetupAnswer(address=setup.address, secret=setup.secret)

    @routes.post("/me/second-step/confirm", tags=["staff"])
    async def confirm(proof: Code, viewer: Viewer | None = Depends(staff)) -> RecoveryCodes:
        """Confirm the app by a first code of it. From now on signing in asks for one."""
        async with database.transaction() as tx:
            codes = await confirm_set_up(tx, settings, signed_in(viewer).staff_id, proof.code, now=context.now())
        return RecoveryCodes(recovery_codes=codes)

    @routes.post("/me/second-step/recovery-codes", tags=["staff"])
    async def recovery_codes(proof: Code, viewer: Viewer | None = Depends(staff)) -> RecoveryCodes:
        """New recovery codes; the former ones are void."""
        staff_id = signed_in(viewer).staff_id
        codes = await replace_recovery_codes(database, settings, staff_id, proof.code, now=context.now())
        return RecoveryCodes(recovery_codes=codes)

    @routes.post("/me/second-step/off", status_code=204, tags=["staff"])
    async def off(proof: Code, viewer: Viewer | None = Depends(staff)) -> None:
        """Sign in by password alone again; every other session ends."""
        who = signed_in(viewer)
        await turn_off(database, settings, who.staff_id, proof.code, session_id=who.session_id, now=context.now())


def _own_sessions(routes: APIRouter, context: Context) -> None:
    staff = Allow(context, *ROLES, scope="their own sessions")

    @routes.get("/me/sessions", tags=["sessions"])
    async def own(viewer: Viewer | None = Depends(staff)) -> list[SessionAnswer]:
        """Where one is signed in, newest first."""
        who = signed_in(viewer)
        return _answers(await list_sessions(context.database, who.staff_id, context.now()), who.session_id)

    @routes.delete("/me/sessions", status_code=204, tags=["sessions"])
    async def end_others(viewer: Viewer | None = Depends(staff)) -> None:
        """Sign out everywhere but here."""
        who = signed_in(viewer)
        async with context.database.transaction() as tx:
            await end_all_sessions(tx, who.staff_id, now=context.now(), by=who.staff_id, keep=who.session_id)

    @routes.delete("/me/sessions/{session_id}", status_code=204, tags=["sessions"])
    async def end_one(session_id: UUID, viewer: Viewer | None = Depends(staff)) -> None:
        """End one session of one's own."""
        who = signed_in(viewer)
        async with context.database.transaction() as tx:
            await end_session(tx, session_id, who.staff_id, now=context.now(), by=who.staff_id)


def _of_others(routes: APIRouter, context: Context) -> None:
    overseer = Allow(context, "administrator", "auditor", scope="every member of staff")
    administrator = Allow(context, "administrator", scope="every member of staff")

    @routes.get("/{username}/sessions", tags=["sessions"])
    async def theirs(username: str, viewer: Viewer | None = Depends(overseer)) -> list[SessionAnswer]:
        """Where a member is signed in, newest first."""
        member = await read_member(context.database, username)
        found = await list_sessions(context.database, member.staff_id, context.now())
        return _answers(found, signed_in(viewer).session_id)

    @routes.delete("/{username}/sessions", status_code=204, tags=["sessions"])
    async def end_theirs(username: str, viewer: Viewer | None = Depends(administrator)) -> None:
        """End every session of a member."""
        async with context.database.transaction() as tx:
            account = await find_staff(tx, username)
            await end_all_sessions(tx, account.staff_id, now=context.now(), by=signed_in(viewer).staff_id)

    @routes.delete("/{username}/sessions/{session_id}", status_code=204, tags=["sessions"])
    async def end_one_of_theirs(
        username: str, session_id: UUID, viewer: Viewer | None = Depends(administrator)
    ) -> None:
        """End one session of a member."""
        async with context.database.transaction() as tx:
            account = await find_staff(tx, username)
            await end_session(tx, session_id, account.staff_id, now=context.now(), by=signed_in(viewer).staff_id)

    @routes.delete("/{username}/second-step", status_code=204, tags=["staff"])
    async def without_app(username: str, viewer: Viewer | None = Depends(administrator)) -> None:
        """Take the second step off somebody who lost their telephone and recovery codes; their sessions end."""
        async with context.database.transaction() as tx:
            await take_away(tx, username, now=context.now(), by=signed_in(viewer).staff_id)


def _answers(found: list[OpenSession], present: UUID) -> list[SessionAnswer]:
    return [
        SessionAnswer(
            session_id=each.session_id,
            started_at=each.started_at,
            expires_at=each.expires_at,
            device=each.device,
            second_step=each.second_step,
            present=each.session_id == present,
        )
        for each in found
    ]
