"""The daily sums of the copies: what each original contributes, on the days and at the places of its copies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from schemas.policy import PolicyBundle
from services.cli.demo.multiply.templates import Connection
from services.kit.journal import columns
from services.reporting.facts import CaseFile
from services.reporting.project_facts import ADD
from services.reporting.rules import Sums, contributions
from services.reporting.tables import CASES, CLOCKS, SPANS

CELLS = "select case_id, shift, copies, old_point, new_point from multiply.cell order by variant, original"


async def add_sums(connection: Connection, bundle: PolicyBundle) -> None:
    """Add what all cells contribute to the daily sums of reporting, and its day to each."""
    cells = await connection.fetch(CELLS)
    sums = await _sums(connection, list({cell["case_id"] for cell in cells}), bundle)
    added: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for cell in cells:
        shift: timedelta = cell["shift"]
        for place, (numerator, denominator) in sums[cell["case_id"]].items():
            point = cell["new_point"] if place.service_point == cell["old_point"] else place.service_point
            total = added[place._replace(day=place.day + shift.days, service_point=point)]
            total[0] += numerator * cell["copies"]
            total[1] += denominator * cell["copies"]
    rows = [(*place, *values) for place, values in sorted(added.items())]
    await connection.execute(ADD.format(schema="reporting"), *columns(rows, 10))


async def _sums(connection: Connection, ids: Sequence[UUID], bundle: PolicyBundle) -> dict[UUID, Sums]:
    files = {case_id: CaseFile.empty(case_id) for case_id in ids}
    for case in await CASES.load(connection, "reporting", list(ids)):
        files[case.case_id].case = case
    for clock in await CLOCKS.load(connection, "reporting", list(ids)):
        files[clock.case_id].clocks[clock.target, clock.cycle] = clock
    for span in await SPANS.load(connection, "reporting", list(ids)):
        files[span.case_id].spans[span.number] = span
    return {case_id: contributions(file, ZoneInfo(bundle.zone)) for case_id, file in files.items()}
