"""Apply a batch of events to the facts and to the daily sums: load what the batch touches, fold, write, once each.

The sums change by the new contribution minus the old one in the same transaction, so they are always those of the
facts, whatever order the events came in and however often.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from schemas.cases import TaskChanged
from schemas.clocks import AlertRaised
from schemas.complaints import ComplainantActed, ComplaintFiled, SurveyInvited
from schemas.envelope import Payload
from schemas.recovery import RecoveryFact as RecoveryEvent
from schemas.recovery import RecoveryMoved, RecoveryOpened
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.journal import columns
from services.kit.listening import Received
from services.reporting.facts import AlertFact, CaseFile, InvitationFact, RatingFact, RecoveryFact, RemedyFact
from services.reporting.fold import FOLDS
from services.reporting.fold_recovery import fold_recovery
from services.reporting.rules import NOBODY, Place, Sums, contributions, derive, difference
from services.reporting.tables import ALERTS, CASES, CLOCKS, INVITATIONS, RATINGS, RECOVERIES, REMEDIES, SPANS

PROJECTED: tuple[type[Payload], ...] = (*FOLDS, ComplainantActed, SurveyInvited, RecoveryOpened, RecoveryMoved)
"""Events that change the facts."""

Known = dict[Any, tuple[Any, ...]]
"""Rows as they stand in the tables, by case, clock or span."""


class Projector:
    """Writes facts into one schema: the live one, or the one a rebuild fills beside it."""

    def __init__(self, copies: Copies, schema: str = "reporting") -> None:
        self.copies = copies
        self.schema = schema

    async def apply(self, tx: Transaction, received: Sequence[Received]) -> None:
        """Apply events of any type, in their order.

        Raises:
            NotYet: a case names a policy version whose adoption has not been read.
        """
        await self._apply_beside(tx, received)
        folding = [item for item in received if type(item.fact) in FOLDS]
        if not folding:
            return
        files, known = await self.load(tx, {item.event.case_id for item in folding})
        before = {case_id: await self._sums(tx, file) for case_id, file in files.items()}
        for item in folding:
            FOLDS[type(item.fact)](files[item.event.case_id], item.fact)
        changed: dict[Place, list[int]] = defaultdict(lambda: [0, 0])
        for case_id, file in files.items():
            derive(file)
            for place, (numerator, denominator) in difference(before[case_id], await self._sums(tx, file)).items():
                changed[place][0] += numerator
                changed[place][1] += denominator
        await self._save(tx, files.values(), known)
        await self._add(tx, changed)

    async def load(self, tx: Transaction, case_ids: Iterable[UUID]) -> tuple[dict[UUID, CaseFile], Known]:
        """The files of some cases, empty ones for those not heard of, and the rows as they stand in the tables."""
        ids = list(case_ids)
        files = {case_id: CaseFile.empty(case_id) for case_id in ids}
        known: Known = {}
        for case in await CASES.load(tx, self.schema, ids):
            files[case.case_id].case = case
            known[case.case_id] = CASES.values(case)
        for clock in await CLOCKS.load(tx, self.schema, ids):
            files[clock.case_id].clocks[clock.target, clock.cycle] = clock
            known[clock.case_id, clock.target, clock.cycle] = CLOCKS.values(clock)
        for span in await SPANS.load(tx, self.schema, ids):
            files[span.case_id].spans[span.number] = span
            known[span.case_id, span.number] = SPANS.values(span)
        return files, known

    async def _sums(self, tx: Transaction, file: CaseFile) -> Sums:
        if file.case.received_at is None or file.case.policy_version is None:
            return {}
        bundle = await self.copies.policy(tx, file.case.policy_version)
        return contributions(file, ZoneInfo(bundle.zone))

    async def _save(self, tx: Transaction, files: Iterable[CaseFile], known: Known) -> None:
        cases, clocks, spans = [], [], []
        for file in files:
            case_id = file.case.case_id
            if known.get(case_id) != CASES.values(file.case):
                cases.append(file.case)
            for clock in file.clocks.values():
                if known.get((case_id, clock.target, clock.cycle)) != CLOCKS.values(clock):
                    clocks.append(clock)
            for span in file.spans.values():
                if known.get((case_id, span.number)) != SPANS.values(span):
                    spans.append(span)
        await CASES.save(tx, self.schema, cases)
        await CLOCKS.save(tx, self.schema, clocks)
        await SPANS.save(tx, self.schema, spans)

    async def _add(self, tx: Transaction, changed: dict[Place, list[int]]) -> None:
        rows = [(*place, *values) for place, values in sorted(changed.items()) if values != [0, 0]]
        if rows:
            await tx.execute(ADD.format(schema=self.schema), *columns(rows, 10))

    async def _apply_beside(self, tx: Transaction, received: Sequence[Received]) -> None:
        """Facts that stand in rows of their own: alerts, ratings, invitations, remedies, recovery records."""
        alerts, ratings, remedies, invitations = [], [], [], []
        recoveries: list[Received] = []
        for event, fact in received:
            if isinstance(fact, AlertRaised):
                alerts.append(_alert(event.case_id, fact, event.historical))
            elif isinstance(fact, ComplainantActed) and fact.action == "rate" and fact.rating:
                ratings.append(RatingFact(event.case_id, fact.at, fact.rating, fact.confidence))
            elif isinstance(fact, ComplaintFiled) and fact.history is not None and fact.history.rating:
                at = fact.history.closed_at or fact.received_at
                ratings.append(RatingFact(event.case_id, at, fact.history.rating))
            elif isinstance(fact, SurveyInvited):
                invitations.append(InvitationFact(event.case_id, fact.closure, fact.at))
            elif isinstance(fact, TaskChanged) and fact.remedy:
                remedies.append(_remedy(event.case_id, fact))
            elif isinstance(fact, RecoveryEvent):
                recoveries.append(Received(event, fact))
        await ALERTS.save(tx, self.schema, _last(alerts, "alert_id"))
        ratings = [rating for rating in ratings if 1 <= rating.rating <= 5]
        await RATINGS.save(tx, self.schema, _last(ratings, "case_id", "at"))
        await INVITATIONS.save(tx, self.schema, _last(invitations, "case_id", "closure"))
        guard = "where t.version <= excluded.version"
        await REMEDIES.save(tx, self.schema, _last(remedies, "task_id"), guard=guard)
        if recoveries:
            await self._apply_recoveries(tx, recoveries)

    async def _apply_recoveries(self, tx: Transaction, received: Sequence[Received]) -> None:
        known: dict[UUID, RecoveryFact] = {}
        ids = list({item.fact.recovery_id for item in received})
        for row in await tx.fetch(RECOVERIES.select(self.schema, "recovery_id = any($1::uuid[])"), ids):
            record = RecoveryFact(*row)
            known[record.recovery_id] = record
        for event, fact in received:
            record = known.setdefault(fact.recovery_id, RecoveryFact(fact.recovery_id, event.case_id))
            fold_recovery(record, fact)
        await RECOVERIES.save(tx, self.schema, known.values())


ADD = """
    insert into {schema}.daily_sum as s
        (measure, day, unit, owner, category, channel, service_point, restricted, numerator, denominator)
    select * from unnest($1::text[], $2::int[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                         $9::bigint[], $10::bigint[])
    on conflict (measure, day, unit, owner, category, channel, service_point, restricted)
    do update set numerator = s.numerator + excluded.numerator, denominator = s.denominator + excluded.denominator
"""


def _alert(case_id: UUID, fact: AlertRaised, historical: bool) -> AlertFact:
    clock = fact.clock
    return AlertFact(
        fact.alert_id, case_id, clock.target, clock.cycle, fact.level, fact.threshold_at, fact.sent_at, historical,
        fact.known_at,
    )  # fmt: skip


def _remedy(case_id: UUID, fact: TaskChanged) -> RemedyFact:
    return RemedyFact(
        fact.task_id,
        case_id,
        fact.case.version,
        fact.case.unit,
        fact.task_owner or fact.case.owner,
        fact.due_at,
        fact.done_at,
        fact.status,
    )


def _last(rows: Sequence[Any], *key: str) -> list[Any]:
    """The last row of each key, since one statement may write a row only once."""
    return list({tuple(getattr(row, name) for name in key): row for row in rows}.values())


def nobody(owner: UUID) -> UUID | None:
    """The owner a sum stands for, or None."""
    return None if owner == NOBODY else owner
