"""What a member of staff asks of the figures: their policy, their scope, the period, and the figure they open."""

from __future__ import annotations

from typing import Any

from schemas.policy import LevelName, PolicyBundle
from services.kit.access import Viewer
from services.kit.errors import FieldProblem, InvalidInput, NotFound
from services.kit.i18n import N_
from services.kit.scope import Scope, scope_of
from services.kit.service import Context
from services.reporting.kpis.catalogue import COMPUTED, measure
from services.reporting.list_cases import CaseRow, Drill, Part, list_cases
from services.reporting.paging import LIMIT
from services.reporting.period import read_period
from services.reporting.question import Question
from services.reporting.sight import sees_key

MOST_ROWS = 20_000
"""The most cases of one file."""


class Asked:
    """A question with its policy and the asker's scope."""

    def __init__(self, bundle: PolicyBundle, scope: Scope, question: Question) -> None:
        self.bundle = bundle
        self.scope = scope
        self.question = question

    def head(self) -> dict[str, Any]:
        """The period as it was understood."""
        period = self.question.period
        return {
            "from": period.first.isoformat(),
            "to": period.end.isoformat(),
            "zone": period.zone,
            "as_of": self.question.as_of.isoformat(),
            "policy_version": self.bundle.version,
        }


async def ask(
    context: Context,
    viewer: Viewer,
    first: str | None,
    end: str | None,
    filters: tuple[str | None, str | None, str | None],
    through: str | None = None,
) -> Asked:
    """The question of a period, with the filters channel, category and service point, as its asker may put it."""
    now = context.now()
    bundle = await context.copies.in_force(context.database, now)
    scope = scope_of(bundle, viewer.member)
    channel, category, service_point = filters
    question = Question(
        read_period(bundle, first, end, now, through), now, scope.restricted_units, channel, category, service_point
    )
    return Asked(bundle, scope, question)


async def open_figure(
    context: Context, asked: Asked, kpi: int, code: str | None, level: LevelName, key: str | None, part: Part
) -> Drill:
    """The figure whose cases are asked for.

    Raises:
        NotFound: no such KPI or measure is computed, or the unit or person is out of sight.
        InvalidInput: the KPI has no such level.
    """
    found = measure(asked.bundle, kpi, code) if kpi in COMPUTED else None
    if found is None:
        raise NotFound(N_("There is no such figure."), N_("See the list of KPIs at /api/v1/kpis."))
    if level not in found.levels:
        problem = FieldProblem("level", N_("This KPI is not measured at that level."), N_("Choose another level."))
        raise InvalidInput(N_("This KPI is not measured at that level."), N_("Choose another level."), fields=[problem])
    key = key or asked.bundle.root.code
    staff = await context.copies.staff(context.database)
    if not sees_key(asked.scope, asked.bundle, level, key, staff):
        raise NotFound(N_("There is no such figure."), N_("See the list of KPIs at /api/v1/kpis."))
    return Drill(found, level, key, part)


async def every_case(context: Context, asked: Asked, drill: Drill) -> list[CaseRow]:
    """All cases behind a figure, up to `MOST_ROWS`, for a file."""
    rows: list[CaseRow] = []
    cursor: str | None = None
    while len(rows) < MOST_ROWS:
        page = await list_cases(
            context.database, context.copies, asked.bundle, asked.question, asked.scope, drill,
            cursor=cursor, limit=LIMIT,
        )  # fmt: skip
        rows += page.rows
        cursor = page.next_cursor
        if cursor is None:
            break
    return rows
