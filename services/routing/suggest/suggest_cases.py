"""Suggest where open cases belong, by the newest model, and put into practice what the policy leaves to it.

A suggestion is made once for each open case and model, by the process that cuts words. Applied by itself is only what
the policy in force allows, above its share, by a model that was measured well enough; and only to a case on the triage
desk about which no person has said anything yet. Never is a case moved into or out of a restricted unit, to the unit
or the superiors of whoever is complained of, or called misconduct: those are for people.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.cases import CaseReclassified, Suggestion
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Database, Transaction
from services.routing.case import Case
from services.routing.forms import Filled
from services.routing.moving import Step, after
from services.routing.search.segmenter import Segmenter
from services.routing.store import Line, announcement, lock_case, write
from services.routing.transition_case import owner_for, record_move

AT_ONCE = 200
RULE = "suggestion"
"""What stands as the rule where a suggestion was applied."""

NEWEST = "select version, digest, measured from routing.suggestion_model order by trained_at desc limit 1"

WAITING = f"""
    select c.id, left(c.narrative, 2000) as narrative from routing.case c
      left join routing.suggestion s on s.case_id = c.id and s.model = $1
     where c.is_open and s.case_id is null and not c.restricted and c.narrative is not null
     order by c.due_order, c.id limit {AT_ONCE}
"""

WRITE = """
    insert into routing.suggestion (case_id, model, unit, unit_share, category, category_share, at)
    select *, $7 from unnest($1::uuid[], $2::text[], $3::text[], $4::float8[], $5::text[], $6::float8[])
        on conflict (case_id) do update set model = excluded.model, unit = excluded.unit,
            unit_share = excluded.unit_share, category = excluded.category,
            category_share = excluded.category_share, at = excluded.at
"""


@dataclass(slots=True)
class Suggester:
    """Suggests; keeps the newest model in a file for the process that uses it."""

    segmenter: Segmenter
    _file: tempfile._TemporaryFileWrapper[bytes] | None = None
    _version: str = ""

    async def suggest(self, database: Database, copies: Copies, now: datetime) -> int:
        """Suggest for the open cases that have no suggestion of the newest model yet; returns for how many.

        Raises:
            SegmenterFailed: the process did not answer; the next run asks again.
        """
        model = await database.read(NEWEST)
        if not model:
            return 0
        version, digest, measured = model[0]["version"], model[0]["digest"], model[0]["measured"]
        rows = await database.read(WAITING, version)
        if not rows:
            return 0
        path = await self._path(database, version)
        said: list[dict[str, Any]] = await self.segmenter.ask(
            {"suggest": {"model": {"path": path, "digest": digest}, "texts": [row["narrative"] for row in rows]}}
        )
        made = [Made(row["id"], version, measured, one) for row, one in zip(rows, said, strict=True)]
        await _keep(database, made, now)
        bundle = await copies.in_force(database, now)
        if bundle.suggestions.applies:
            for one in made:
                await apply_suggestion(database, copies, bundle, one, now)
        return len(made)

    async def _path(self, database: Database, version: str) -> str:
        if self._file is None or self._version != version:
            rows = await database.read("select content from routing.suggestion_model where version = $1", version)
            file = tempfile.NamedTemporaryFile(prefix="redress-model-", suffix=".npz")  # noqa: SIM115
            file.write(rows[0]["content"])
            file.flush()
            if self._file is not None:
                self._file.close()
            self._file, self._version = file, version
        return self._file.name


@dataclass(frozen=True, slots=True)
class Made:
    """What a model suggests for a case: of each target the class and its share."""

    case_id: UUID
    model: str
    measured: dict[str, Any]
    shares: dict[str, Any]

    def of(self, target: str) -> tuple[str | None, float]:
        """The class suggested and its share; None and 0 where nothing is."""
        code, share = self.shares.get(target) or (None, 0.0)
        return code, float(share)

    def suggestion(self, target: str, *, applied: bool) -> Suggestion:
        """The suggestion as an event carries it."""
        code, share = self.of(target)
        accuracy = float(self.measured.get(target, {}).get("accuracy", 0))
        return Suggestion(model=self.model, code=code or "", share=share, accuracy=accuracy, applied=applied)


async def _keep(database: Database, made: Sequence[Made], now: datetime) -> None:
    rows = [(one.case_id, one.model, *one.of("unit"), *one.of("category")) for one in made]
    async with database.transaction() as tx:
        await tx.execute(WRITE, *(list(column) for column in zip(*rows, strict=True)), now)


async def apply_suggestion(database: Database, copies: Copies, bundle: PolicyBundle, made: Made, now: datetime) -> None:
    """Classify and assign a case on the triage desk as far as the policy leaves it to the model; each is announced."""
    async with database.transaction() as tx:
        case = await lock_case(tx, made.case_id)
        own = await copies.policy(tx, case.policy_version)
        if not await _untouched(tx, case, own):
            return
        category, _ = made.of("category")
        allowed = bundle.suggestions
        sure = case.category is None and _sure(allowed.classify_from, allowed.least_accuracy, made, "category")
        if sure and category and own.has("categories", category) and not own.is_misconduct(category):
            case = await _classify(tx, case, own, category, made, now)
        unit, _ = made.of("unit")
        if unit and _sure(allowed.assign_from, allowed.least_accuracy, made, "unit") and _may_take(unit, case, own):
            await _assign(tx, copies, case, own, unit, made, now)


def _sure(least: int | None, accuracy: int, made: Made, target: str) -> bool:
    measured = made.measured.get(target, {})
    return least is not None and made.of(target)[1] * 100 >= least and measured.get("accuracy", 0) * 100 >= accuracy


async def _untouched(tx: Transaction, case: Case, bundle: PolicyBundle) -> bool:
    """Whether it lies on the triage desk as the rules left it: no person has moved or classified it."""
    if case.state != "assessed" or case.unit != bundle.triage_unit or case.restricted or case.historical:
        return False
    if case.subject_unit or case.subject_person:
        return False
    touched = await tx.fetchval(
        "select 1 from routing.case_event where case_id = $1 and actor = 'staff' and version > 1 limit 1", case.id
    )
    return touched is None


def _may_take(unit: str, case: Case, bundle: PolicyBundle) -> bool:
    return bundle.has_unit(unit) and not bundle.unit(unit).restricted and unit not in (case.unit, bundle.triage_unit)


async def _classify(
    tx: Transaction, case: Case, bundle: PolicyBundle, category: str, made: Made, now: datetime
) -> Case:
    safety = {"safety": True} if bundle.is_safety(category) else {}
    moved = case.changed(now, category=category, **safety)
    suggestion = made.suggestion("category", applied=True)
    fields = {"category": category, "category_before": None, "suggestion": suggestion.model_dump(mode="json")}
    await write(tx, moved, Line("reclassified", now, "rules", rule=RULE, fields=fields))
    kind: Any = case.kind
    tx.announce(
        CaseReclassified(
            **announcement(moved, by=None, at=now, actor="rules"), kind_before=kind, suggestion=suggestion
        ),
        case_id=case.id,
        at=now,
    )
    return moved


async def _assign(
    tx: Transaction, copies: Copies, case: Case, bundle: PolicyBundle, unit: str, made: Made, now: datetime
) -> None:
    owner = await owner_for(tx, copies, case, bundle, unit, None, now)
    suggestion = made.suggestion("unit", applied=True)
    fields = {
        "unit": unit, "owner": str(owner) if owner else None, "suggestion": suggestion.model_dump(mode="json"),
    }  # fmt: skip
    filled = Filled(fields)
    moved = after(case, Step("assigned", filled, None, now, bundle))
    await record_move(tx, case, moved, filled, by=None, actor="rules", at=now, rule=RULE)
