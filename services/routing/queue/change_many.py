"""Change many cases in one go: each by the use case that changes one, so guards, events and versions hold for each.

A case that cannot be changed does not hold up the others. What became of each is kept with the change, written in the
transaction that changed it, so that one undo can take back just what was done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Database, Transaction, new_id
from services.kit.errors import Conflict, FieldProblem, InvalidInput, RedressError
from services.kit.i18n import N_, translate
from services.routing.case import Case
from services.routing.queue.tag_case import tag_case, tag_in, untag_case
from services.routing.reassign_case import reassign_case
from services.routing.reprioritise_case import reprioritise_case
from services.routing.transition_case import case_in_scope, check_version, transition
from services.routing.writing import said, wrong

MOST = 200
"""Cases of one change."""

KINDS: Mapping[str, str] = {
    "assign": N_("Assign"),
    "priority": N_("Priority"),
    "tag": N_("Tag"),
    "untag": N_("Take a tag off"),
    "merge": N_("Merge"),
    "duplicate": N_("Close as a duplicate"),
}
"""What can be done with many cases (message ids)."""

DUPLICATE = N_("The same complaint is handled under the number %(number)s.")
"""What the complainant reads when nothing else is said."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done with many cases.

    `values`: `to` of assign (`unit:CODE`, whose least loaded officer takes it, or `staff:USERNAME`); `priority`; `tag`;
    `into`, the tracking number that goes on. `reason` is needed for all but tags and duplicates.
    """

    kind: str
    values: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one case: its version now, and what it was before; `same`: it was so already."""

    version: int
    before: dict[str, Any]
    same: bool = False


@dataclass(frozen=True, slots=True)
class Hand:
    """One case being changed: by whom, on which reading of it."""

    tx: Transaction
    copies: Copies
    case: Case
    bundle: PolicyBundle
    viewer: StaffMember
    now: datetime

    def known(self) -> dict[str, Any]:
        """What every use case takes."""
        return {"viewer": self.viewer, "now": self.now, "expected_version": self.case.version}


Change = Callable[[Hand, Wanted], Awaitable[Done]]


async def change_many(
    database: Database,
    copies: Copies,
    cases: Sequence[tuple[UUID, int | None]],
    asked: Wanted,
    *,
    viewer: StaffMember,
    now: datetime,
) -> UUID:
    """Change the cases, each in a transaction of its own. Returns the id of the change, whose report says the rest.

    Args:
        cases: ids, each with the version on which the choice was made (None: whatever it is).

    Raises:
        InvalidInput: no case or too many, an unknown kind, a value or reason that is missing.
    """
    asked = await checked(database, copies, cases, asked, viewer, now)
    change_id = new_id()
    async with database.transaction() as tx:
        await begin(tx, change_id, asked, viewer, now)
    for case_id, expected in dict(cases).items():

        async def change(tx: Transaction, case_id: UUID = case_id, expected: int | None = expected) -> Done:
            # A merging holds two cases, in an order that is its own to choose.
            alone = asked.kind not in ("merge", "duplicate")
            case, bundle = await case_in_scope(tx, copies, case_id, viewer, now, lock=alone)
            check_version(case, expected)
            return await CHANGES[asked.kind](Hand(tx, copies, case, bundle, viewer, now), asked)

        await one_of_many(database, change_id, case_id, change)
    return change_id


async def checked(
    database: Database,
    copies: Copies,
    cases: Sequence[tuple[UUID, int | None]],
    asked: Wanted,
    viewer: StaffMember,
    now: datetime,
) -> Wanted:
    """What is asked, with what is wrong for every case alike found before the first is touched."""
    if not cases:
        raise nothing_selected()
    if len(cases) > MOST:
        raise InvalidInput(
            N_("These are too many cases for one change."), N_("Select at most %(most)s."), params={"most": MOST}
        )
    if asked.kind not in KINDS:
        raise wrong("kind", N_("This value is not known."), N_("Choose one of those offered."))
    values = {name: " ".join(value.split()) for name, value in asked.values.items()}
    if asked.kind in ("tag", "untag"):
        return Wanted(asked.kind, {"tag": tag_in(values.get("tag"))})
    bundle = await copies.in_force(database, now)
    if asked.kind == "assign":
        unit, username = await _whom(database, copies, values.get("to", ""), bundle)
        return Wanted("assign", {"unit": unit, "owner": username}, said("reason", asked.reason))
    if asked.kind == "priority":
        if not bundle.has("priorities", values.get("priority", "")):
            raise wrong("priority", N_("This is not one of the choices."), N_("Choose from the list."))
        return Wanted("priority", {"priority": values["priority"]}, said("reason", asked.reason))
    async with database.transaction() as tx:
        into, _ = await case_in_scope(tx, copies, said("into", values.get("into"), limit=40), viewer, now, lock=False)
    words = translate("th", DUPLICATE, number=into.tracking_number)
    reason = (asked.reason or "").strip() or (words if asked.kind == "duplicate" else "")
    return Wanted(asked.kind, {"into": into.tracking_number}, said("reason", reason))


def nothing_selected() -> InvalidInput:
    """What whoever ticked no box is told."""
    return wrong("case", N_("No case is selected."), N_("Tick the boxes of the cases you mean."))


async def _whom(database: Database, copies: Copies, to: str, bundle: PolicyBundle) -> tuple[str, str]:
    sort, _, code = to.partition(":")
    if sort == "unit" and bundle.has_unit(code):
        return code, ""
    member = (await copies.staff(database)).by_username.get(code) if sort == "staff" else None
    if member is None or not member.active:
        raise wrong("to", N_("This is no unit or officer who can take cases."), N_("Choose from the list."))
    return member.unit, member.username


async def begin(
    tx: Transaction, change_id: UUID, asked: Wanted, viewer: StaffMember, now: datetime, undoes: UUID | None = None
) -> None:
    """Write that a change began. Its reason stands with each case."""
    await tx.execute(
        "insert into routing.bulk_change (id, by, at, kind, asked, undoes) values ($1, $2, $3, $4, $5, $6)",
        change_id, viewer.staff_id, now, asked.kind, dict(asked.values), undoes,
    )  # fmt: skip


async def one_of_many(
    database: Database, change_id: UUID, case_id: UUID, change: Callable[[Transaction], Awaitable[Done]]
) -> None:
    """Change one case and keep what became of it, together; a refusal is kept with its reason."""
    try:
        async with database.transaction() as tx:
            done = await change(tx)
            await _keep(tx, change_id, case_id, "same" if done.same else "done", done.version, done.before, None)
    except RedressError as problem:
        async with database.transaction() as tx:
            await _keep(tx, change_id, case_id, "refused", None, None, problem_of(problem))


def problem_of(problem: RedressError) -> dict[str, Any]:
    """Why a case was refused, as message ids with their parameters: whoever reads it may read another language."""
    told: RedressError | FieldProblem = problem.fields[0] if problem.fields else problem
    return {"what": told.what, "remedy": told.remedy, "params": {k: str(v) for k, v in (told.params or {}).items()}}


async def _keep(
    tx: Transaction,
    change_id: UUID,
    case_id: UUID,
    outcome: str,
    version: int | None,
    before: dict[str, Any] | None,
    problem: dict[str, Any] | None,
) -> None:
    await tx.execute(
        "insert into routing.bulk_change_case (change_id, case_id, outcome, version, before, problem)"
        " values ($1, $2, $3, $4, $5, $6)",
        change_id, case_id, outcome, version, before, problem,
    )  # fmt: skip


# ---- the changes


async def _assign(hand: Hand, asked: Wanted) -> Done:
    case, unit, owner = hand.case, asked.values["unit"], asked.values["owner"]
    before = {"state": case.state, "unit": case.unit, "owner": str(case.owner) if case.owner else None}
    if case.state == "received":
        raise Conflict(N_("This case is not assessed yet."), N_("Take the step that assesses it."))
    if case.state == "assessed":
        fields = {"unit": unit, **({"owner": owner} if owner else {})}
        moved = await transition(
            hand.tx, hand.copies, case.id, to="assigned", fields=fields, reason=asked.reason, **hand.known()
        )
        return Done(moved.version, before)
    staff = await hand.copies.staff(hand.tx)
    now_with = staff.get(case.owner)
    if case.unit == unit and now_with is not None and owner == now_with.username:
        return Done(case.version, before, same=True)
    moved = await reassign_case(
        hand.tx, hand.copies, case.id, unit=unit, owner=owner or None, reason=asked.reason, **hand.known()
    )
    return Done(moved.version, before)


async def _priority(hand: Hand, asked: Wanted) -> Done:
    moved = await reprioritise_case(
        hand.tx, hand.copies, hand.case.id, priority=asked.values["priority"], reason=asked.reason, **hand.known()
    )
    return Done(moved.version, {"priority": hand.case.priority}, same=moved.version == hand.case.version)


async def _tag(hand: Hand, asked: Wanted) -> Done:
    put = tag_case if asked.kind == "tag" else untag_case
    version, changed = await put(hand.tx, hand.copies, hand.case.id, tag=asked.values["tag"], **hand.known())
    return Done(version, {}, same=not changed)


async def _merge(hand: Hand, asked: Wanted) -> Done:
    moved = await transition(
        hand.tx, hand.copies, hand.case.id,
        to="merged", fields={"into": asked.values["into"]}, reason=asked.reason, **hand.known(),
    )  # fmt: skip
    return Done(moved.version, {"state": hand.case.state})


CHANGES: Mapping[str, Change] = {
    "assign": _assign, "priority": _priority, "tag": _tag, "untag": _tag, "merge": _merge, "duplicate": _merge,
}  # fmt: skip
