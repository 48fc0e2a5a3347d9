"""Whoever of the staff may do something with a case does it, by routing's use cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.cli.demo.world import NobodyMay, World
from services.kit.database import Transaction
from services.routing.actors import works
from services.routing.add_note import add_note
from services.routing.allowed import why_not
from services.routing.case import Case
from services.routing.change_task import finish_task
from services.routing.guards import Ask
from services.routing.lifecycle import steps_from
from services.routing.raise_case import raise_case
from services.routing.reassign_case import reassign_case
from services.routing.reclassify_case import reclassify_case
from services.routing.record_contact import record_contact
from services.routing.reprioritise_case import reprioritise_case
from services.routing.store import find_case
from services.routing.transition_case import transition

May = Callable[[Case, StaffMember, PolicyBundle], bool]


@dataclass(frozen=True, slots=True)
class StaffWork:
    """The side of routing: steps, contacts, notes and the smaller changes."""

    world: World

    async def case(self, case_id: UUID) -> Case:
        """The case as it stands."""
        async with self.world.database("routing").transaction() as tx:
            return await find_case(tx, case_id)

    def sees(self, case: Case, member: StaffMember) -> bool:
        """Whether the case is within somebody's scope."""
        return self.world.scope(member).sees_case(case)

    def those_who_may(self, case: Case, to: str, fields: Mapping[str, Any]) -> list[StaffMember]:
        """Who may take a step now, by user name."""
        rows = [row for row in steps_from(case.state) if row.to == to and row.by_staff]
        return [
            member
            for member in self.world.people()
            if self.sees(case, member)
            and any(
                why_not(row, Ask(case, member, self.world.bundle, self.world.clock.at, fields)) is None for row in rows
            )
        ]

    async def step(self, case: Case, to: str, dice: Random, reason: str | None = None, **fields: Any) -> None:
        """Take a step: its owner where they may, else one of those who may.

        Raises:
            NobodyMay: none of them may.
        """
        fitting = self.those_who_may(case, to, fields)
        if not fitting:
            raise NobodyMay(f"{case.tracking_number}: nobody may take it from {case.state} to {to}")
        owner = next((member for member in fitting if member.staff_id == case.owner), None)
        if to == "merged":
            # The other case has to be within their scope as well.
            fitting = [member for member in fitting if "centre" in member.roles] or fitting
        async with self.world.transaction("routing") as tx:
            await transition(
                tx,
                self.world.copies("routing"),
                case.id,
                to=to,
                fields=fields,
                reason=reason,
                viewer=owner or dice.choice(fitting),
                expected_version=case.version,
                now=self.world.clock.at,
            )

    def worker(self, case: Case) -> StaffMember | None:
        """Who works the case: its owner, else an officer of its unit."""
        owner = self.world.staff.get(case.owner)
        if owner is not None and owner.active:
            return owner
        return next((m for m in self.world.people() if works(case, m, self.world.bundle) and self.sees(case, m)), None)

    def one_with(self, case: Case, *roles: str) -> StaffMember | None:
        """Somebody with one of the roles who sees the case and does not own it."""
        return next(
            (
                member
                for member in self.world.people()
                if not set(roles).isdisjoint(member.roles) and member.staff_id != case.owner and self.sees(case, member)
            ),
            None,
        )

    async def contact(self, case: Case, medium: str, text: str) -> None:
        """The worker speaks or writes to the complainant."""
        worker = self.worker(case)
        if worker is not None:
            async with self.world.transaction("routing") as tx:
                await record_contact(
                    tx, self.world.copies("routing"), case.id, medium=medium, text=text, viewer=worker,
                    now=self.world.clock.at,
                )  # fmt: skip

    async def note(self, case: Case, text: str) -> None:
        """The worker writes something down for colleagues."""
        worker = self.worker(case)
        if worker is not None:
            async with self.world.transaction("routing") as tx:
                await add_note(
                    tx, self.world.copies("routing"), case.id, text=text, viewer=worker, now=self.world.clock.at
                )

    async def raise_to_managers(self, case: Case, level: str, reason: str) -> None:
        """The worker raises the case to a level of management."""
        worker = self.worker(case)
        if worker is not None:
            async with self.world.transaction("routing") as tx:
                await raise_case(
                    tx, self.world.copies("routing"), case.id, level=level, reason=reason, viewer=worker,
                    now=self.world.clock.at,
                )  # fmt: skip

    async def reprioritise(self, case: Case, priority: str, reason: str) -> None:
        """The head of the unit changes the priority."""
        head = self.one_with(case, "unit_head", "supervisor")
        if head is not None:
            async with self.world.transaction("routing") as tx:
                await reprioritise_case(
                    tx, self.world.copies("routing"), case.id, priority=priority, reason=reason, viewer=head,
                    now=self.world.clock.at,
                )  # fmt: skip

    async def hand_over(self, case: Case, reason: str) -> None:
        """The head of the unit gives the case to another officer of the unit."""
        head = self.one_with(case, "unit_head", "supervisor", "centre")
        others = [m for m in self.world.staff.holding("officer", (case.unit,)) if m.staff_id != case.owner]
        if head is not None and others and not case.restricted:
            async with self.world.transaction("routing") as tx:
                await reassign_case(
                    tx, self.world.copies("routing"), case.id, owner=others[0].username, reason=reason, viewer=head,
                    now=self.world.clock.at,
                )  # fmt: skip

    async def reclassify(
        self, case: Case, reason: str, *, kind: str | None = None, category: str | None = None
    ) -> None:
        """The complaint centre says what the case is."""
        centre = self.one_with(case, "centre", "supervisor")
        if centre is not None:
            async with self.world.transaction("routing") as tx:
                await reclassify_case(
                    tx, self.world.copies("routing"), case.id, reason=reason, viewer=centre,
                    now=self.world.clock.at, kind=kind, category=category,
                )  # fmt: skip

    async def deliver_remedies(self, case: Case) -> None:
        """The worker carries out what the decision granted."""
        worker = self.worker(case)
        if worker is None:
            return
        async with self.world.transaction("routing") as tx:
            for task_id in await open_remedies(tx, case.id):
                await finish_task(
                    tx, self.world.copies("routing"), case.id, task_id, viewer=worker, now=self.world.clock.at
                )


async def open_remedies(tx: Transaction, case_id: UUID) -> list[UUID]:
    """The tasks by which remedies of a case are still to be delivered."""
    rows = await tx.fetch(
        "select id from routing.task where case_id = $1 and remedy and status = 'open' order by created_at", case_id
    )
    return [row["id"] for row in rows]
