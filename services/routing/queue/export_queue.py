"""A queue as a workbook (XLSX): read page by page along its index, up to a bound that the sheet itself states.

Nothing in it is a formula, whatever a complainant wrote; moments are real dates that Excel shows in the Buddhist era.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies, Staff
from services.kit.i18n import N_, Lang, translate
from services.kit.scope import Scope
from services.kit.sheets import inert
from services.kit.thai import format_number, local
from services.routing.form_reading import clean
from services.routing.lifecycle import STATE_LABELS
from services.routing.queue.tag_case import tags_of
from services.routing.read_cases import MOST, Filters, QueueRow, list_cases
from services.routing.store import Fetches
from services.routing.timeline import TARGETS
from services.routing.words import category_name, unit_name

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell

BOUND = 20_000
"""Rows of one workbook."""

IN_MEMORY = 4_000_000
"""Bytes; a larger workbook waits on disk while it is sent."""

HEADS = (
    (N_("Number"), 16), (N_("Complaint"), 60), (N_("Deadline"), 18), (N_("Clock"), 18), (N_("Overdue"), 10),
    (N_("State"), 20), (N_("Priority"), 12), (N_("Category"), 32), (N_("Service point"), 24), (N_("Unit"), 20),
    (N_("Owner"), 24), (N_("Channel"), 14), (N_("Received"), 18), (N_("Tags"), 24),
)  # fmt: skip
"""The columns, with their widths in characters."""

MOMENT = {"th": "[$-107041E]d mmm yyyy hh:mm", "en": "yyyy-mm-dd hh:mm"}


async def export_queue(
    source: Fetches,
    copies: Copies,
    scope: Scope,
    member: StaffMember,
    *,
    filters: Filters,
    bundle: PolicyBundle,
    lang: Lang,
    now: datetime,
    only: Sequence[UUID] = (),
    bound: int = BOUND,
) -> IO[bytes]:
    """The workbook, to be read from its beginning and closed.

    Args:
        only: of the list just these cases, such as those that are selected.
    """
    staff = await copies.staff(source)
    book = _Book(bundle, staff, lang, now)
    cursor: str | None = None
    if only:
        filters = replace(filters, ids=tuple(only))
    while True:
        page = await list_cases(
            source, scope, member, filters=filters, now=now, zone=bundle.zone, cursor=cursor, limit=MOST
        )
        tags = await tags_of(source, [row.id for row in page.rows])
        room = bound - book.rows
        # Writing cells is work for the processor; others are served meanwhile.
        await asyncio.to_thread(book.add, page.rows[:room], tags)
        cursor = page.next_cursor
        if cursor is None or len(page.rows) >= room:
            return await asyncio.to_thread(book.close, cursor is not None or len(page.rows) > room)


class _Book:
    def __init__(self, bundle: PolicyBundle, staff: Staff, lang: Lang, now: datetime) -> None:
        # Loaded by the first export: a start should not wait for it, nor memory hold it before.
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Font

        self._bundle, self._staff, self._lang, self._now = bundle, staff, lang, now
        self._bold = Font(bold=True)
        self._new = WriteOnlyCell
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(translate(lang, N_("Queue")))
        self._sheet.freeze_panes = "A2"
        for number, (_, width) in enumerate(HEADS):
            self._sheet.column_dimensions[chr(ord("A") + number)].width = width
        self._sheet.append([self._cell(translate(lang, head), bold=True) for head, _ in HEADS])
        self.rows = 0

    def add(self, rows: Sequence[QueueRow], tags: Mapping[UUID, list[str]]) -> None:
        for row in rows:
            self._sheet.append([self._cell(value) for value in self._values(row, tags.get(row.id, []))])
        self.rows += len(rows)

    def close(self, bounded: bool) -> IO[bytes]:
        if bounded:
            said = translate(
                self._lang,
                N_("There are more: this sheet ends after %(rows)s cases. Narrow the queue by a filter."),
                rows=format_number(self.rows, self._lang),
            )
            self._sheet.append([self._cell(said, bold=True)])
        # Closed by whoever sends it.
        file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
        self._book.save(file)
        file.seek(0)
        return file

    def _values(self, row: QueueRow, tags: list[str]) -> list[Any]:
        bundle, lang = self._bundle, self._lang
        overdue = row.overdue(self._now)
        return [
            row.tracking_number,
            row.gist,
            row.due_at if row.is_open else None,
            translate(lang, TARGETS.get(row.due_target, row.due_target)) if row.is_open and row.due_target else "",
            translate(lang, N_("yes")) if overdue else "",
            translate(lang, STATE_LABELS[row.state]),
            bundle.label_of("priorities", row.priority, lang) if row.priority else "",
            category_name(bundle, row.category, lang),
            bundle.label_of("service_points", row.service_point, lang) if row.service_point else "",
            unit_name(bundle, row.unit, lang),
            self._staff.name(row.owner),
            bundle.label_of("channels", row.channel, lang),
            row.received_at,
            ", ".join(tags),
        ]

    def _cell(self, value: Any, *, bold: bool = False) -> WriteOnlyCell:
        if isinstance(value, datetime):
            cell = self._new(self._sheet, local(value, self._bundle.zone).replace(tzinfo=None))
            cell.number_format = MOMENT[self._lang]
            return cell
        cell = self._new(self._sheet, inert(clean(value) if isinstance(value, str) else value))
        if bold:
            cell.font = self._bold
        return cell
