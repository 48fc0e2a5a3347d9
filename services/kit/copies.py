"""Every service's own copy of what governance announced: policy versions, staff, ended sessions.

Copies are read from the service's schema and kept in memory for at most `FRESH_SECONDS`: that is the stated bound
within which a revoked session, a changed role or a new policy takes effect everywhere.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import orjson

from schemas.envelope import Event
from schemas.governance import Leave, PolicyAdopted, SessionRevoked, StaffChanged, StaffMember
from schemas.policy import PolicyBundle
from services.kit.database import Transaction
from services.kit.errors import Unavailable
from services.kit.listening import NotYet, Subscriptions

FRESH_SECONDS = 1.0


class Fetches(Protocol):
    """Whatever can run a query: a transaction, or the database outside one."""

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """All rows of a statement."""
        ...


_bundles: dict[tuple[str, int], PolicyBundle] = {}
"""Parsed documents by version and content, shared by the services of one process: a bundle is large and immutable."""


def parsed(version: str, document: str) -> PolicyBundle:
    """The policy bundle in `document`, parsed once in a process."""
    key = (version, hash(document))
    if key not in _bundles:
        _bundles[key] = PolicyBundle.model_validate(orjson.loads(document))
    return _bundles[key]


LENT = frozenset({"approver", "verifier", "supervisor", "reviewer", "unit_head", "line_manager", "executive"})
"""Roles that a substitute holds while the one they stand in for is away. Clearance for restricted cases, care for
personal data, audit and administration are given to a person and lent to nobody."""


class Staff:
    """The members of staff as last learned."""

    def __init__(self, members: Iterable[StaffMember]) -> None:
        self.by_id = {member.staff_id: member for member in members}
        self.by_username = {member.username: member for member in self.by_id.values()}
        self._with_leave = [member for member in self.by_id.values() if member.leave]

    def away(self, now: datetime) -> list[tuple[StaffMember, Leave]]:
        """Active members who are on leave, each with the leave."""
        found = ((member, member.leave_at(now)) for member in self._with_leave if member.active)
        return [(member, leave) for member, leave in found if leave is not None]

    def substitute_of(self, member: StaffMember, now: datetime) -> StaffMember | None:
        """Who stands in for somebody on leave: of the same unit and here. None when nobody does, or they are not away.

        It ends with the first substitute: one who is away has nobody stand in for what they stand in for.
        """
        leave = member.leave_at(now)
        found = self.get(leave.substitute) if leave else None
        return found if found is not None and found.unit == member.unit and found.here(now) else None

    def acting(self, member: StaffMember, now: datetime) -> StaffMember:
        """The member with the roles lent by those they stand in for. What bars a person from a case bars them still."""
        lent = {
            role
            for other, leave in self.away(now)
            if leave.substitute == member.staff_id and other.unit == member.unit
            for role in LENT.intersection(other.roles)
        }
        missing = sorted(lent.difference(member.roles))
        return member.model_copy(update={"roles": (*member.roles, *missing)}) if missing else member

    def get(self, staff_id: UUID | None) -> StaffMember | None:
        """The member, active or not; None when unknown."""
        return None if staff_id is None else self.by_id.get(staff_id)

    def name(self, staff_id: UUID | None) -> str:
        """The display name, or an empty text."""
        member = self.get(staff_id)
        return member.display_name if member else ""

    def holding(self, role: str, units: Iterable[str] | None = None) -> list[StaffMember]:
        """Active members with a role, in the given units (or anywhere), by user name."""
        wanted = None if units is None else set(units)
        found = [
            member
            for member in self.by_id.values()
            if member.active and role in member.roles and (wanted is None or member.unit in wanted)
        ]
        return sorted(found, key=lambda member: member.username)


class Copies:
    """One service's copies, with a short memory."""

    def __init__(self, service: str, *, fresh_seconds: float = FRESH_SECONDS) -> None:
        self.service = service
        self._fresh = fresh_seconds
        self._policies: list[tuple[datetime, str, PolicyBundle]] = []
        self._policies_until = 0.0
        self._staff = Staff(())
        self._staff_until = 0.0
        self._staff_seen: tuple[int, int] | None = None
        self._revoked: set[UUID] = set()
        self._revoked_until = 0.0

    async def policy(self, source: Fetches, version: str) -> PolicyBundle:
        """The bundle of a version.

        Raises:
            NotYet: its adoption has not been read yet; the event that names it is tried again.
        """
        for _, known, bundle in self._policies:
            if known == version:
                return bundle
        await self._learn_policies(source, at_once=True)
        for _, known, bundle in self._policies:
            if known == version:
                return bundle
        raise NotYet(f"policy version {version} has not arrived yet")

    async def in_force(self, source: Fetches, at: datetime) -> PolicyBundle:
        """The bundle in force at a moment; before the first one took effect, the first.

        Raises:
            Unavailable: no policy was ever adopted.
        """
        await self._learn_policies(source, at_once=not self._policies)
        chosen = self._policies[0][2] if self._policies else None
        for effective_from, _, bundle in self._policies:
            if effective_from <= at:
                chosen = bundle
        if chosen is None:
            raise Unavailable(
                "No complaint-handling policy is in force yet.", "Adopt one with `redress policy adopt FILE`."
            )
        return chosen

    async def versions(self, source: Fetches) -> list[tuple[datetime, str, PolicyBundle]]:
        """Every version with the moment it takes effect, oldest first."""
        await self._learn_policies(source)
        return list(self._policies)

    async def staff(self, source: Fetches) -> Staff:
        """Everybody, as learned at most `FRESH_SECONDS` ago."""
        if time.monotonic() >= self._staff_until:
            # Nobody is ever removed and versions only grow, so these two tell whether anything changed.
            (seen,) = await source.fetch(
                "select count(*) as members, coalesce(sum(version), 0)::bigint as versions"
                f" from {self.service}.staff_copy"
            )
            if (found := (seen["members"], seen["versions"])) != self._staff_seen:
                rows = await source.fetch(f"select body from {self.service}.staff_copy")
                self._staff = Staff(StaffMember.model_validate(row["body"]) for row in rows)
                self._staff_seen = found
            self._staff_until = time.monotonic() + self._fresh
        return self._staff

    async def revoked(self, source: Fetches, session_id: UUID) -> bool:
        """Whether a session has been ended."""
        if time.monotonic() >= self._revoked_until:
            rows = await source.fetch(
                f"select session_id from {self.service}.revoked_session where at > now() - interval '2 days'"
            )
            self._revoked = {row["session_id"] for row in rows}
            self._revoked_until = time.monotonic() + self._fresh
        return session_id in self._revoked

    def forget(self) -> None:
        """Read everything anew at the next call."""
        self._policies_until = self._staff_until = self._revoked_until = 0.0
        self._staff_seen = None

    async def _learn_policies(self, source: Fetches, *, at_once: bool = False) -> None:
        if not at_once and time.monotonic() < self._policies_until:
            return
        known = {version: bundle for _, version, bundle in self._policies}
        rows = await source.fetch(f"select version, effective_from from {self.service}.policy_copy")
        missing = [row["version"] for row in rows if row["version"] not in known]
        if missing:
            documents = await source.fetch(
                f"select version, bundle from {self.service}.policy_copy where version = any($1::text[])", missing
            )
            known |= {row["version"]: parsed(row["version"], row["bundle"]) for row in documents}
        self._policies = sorted(
            ((row["effective_from"], row["version"], known[row["version"]]) for row in rows), key=lambda item: item[:2]
        )
        self._policies_until = time.monotonic() + self._fresh

    def subscribe(self, subscriptions: Subscriptions) -> None:
        """Keep the copies by listening to governance."""

        @subscriptions.each(PolicyAdopted)
        async def learn_policy(tx: Transaction, _event: Event, fact: PolicyAdopted) -> None:
            await tx.execute(
                f"insert into {self.service}.policy_copy (version, effective_from, adopted_at, bundle)"
                " values ($1, $2, $3, $4) on conflict (version) do nothing",
                fact.policy_version,
                fact.effective_from,
                fact.adopted_at,
                orjson.dumps(fact.bundle).decode(),
            )
            self._policies_until = 0.0

        @subscriptions.each(StaffChanged)
        async def learn_member(tx: Transaction, _event: Event, fact: StaffChanged) -> None:
            await tx.execute(
                f"insert into {self.service}.staff_copy as s (staff_id, version, body, changed_at)"
                " values ($1, $2, $3, now()) on conflict (staff_id) do update"
                " set version = excluded.version, body = excluded.body, changed_at = now()"
                " where s.version < excluded.version",
                fact.member.staff_id,
                fact.member.version,
                fact.member.model_dump(mode="json"),
            )
            self._staff_until = 0.0

        @subscriptions.each(SessionRevoked)
        async def learn_revocation(tx: Transaction, _event: Event, fact: SessionRevoked) -> None:
            await tx.execute(
                f"insert into {self.service}.revoked_session (session_id, at) values ($1, $2) on conflict do nothing",
                fact.session_id,
                fact.at,
            )
            self._revoked_until = 0.0
