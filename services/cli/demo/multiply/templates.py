"""Rows of a few cases made into templates of many: what is the case's own stands as a mark, and time is shifted.

A copy's identifiers are those of its original with other last digits, so that one mark serves them all; `MARK` stands
for those digits, `NUMBER` for the tracking number. Neither can occur in stored text. Staff, policies and words stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from schemas.envelope import digest_head
from services.cli.demo.multiply.wording import Swap, Tale, Wording
from services.intake.contacts.sealed_columns import IDENTITY_TEXTS
from services.kit.errors import Conflict

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

MARK, NUMBER = "\x01", "\x02"
DIGITS = 5
"""Hexadecimal digits in which the identifiers of a copy differ: at most 16⁵ copies of one case."""

CLONED: Mapping[str, str] = {
    "intake.complaint": "id",
    "intake.identity": "complaint_id",
    "intake.contact": "ref",
    "intake.complainant_action": "case_id",
    "intake.identity_look": "case_id",
    "intake.tracking": "case_id",
    "intake.tracking_clock": "case_id",
    "intake.tracking_step": "case_id",
    "routing.case": "id",
    "routing.case_event": "case_id",
    "routing.clock_copy": "case_id",
    "routing.task": "case_id",
    "routing.case_words": "case_id",
    "sla.case_copy": "case_id",
    "sla.clock": "case_id",
    "sla.alert": "case_id",
    "reporting.case_fact": "case_id",
    "reporting.clock_fact": "case_id",
    "reporting.span_fact": "case_id",
    "reporting.alert_fact": "case_id",
    "reporting.rating_fact": "case_id",
    "reporting.remedy_fact": "case_id",
    **{f"{service}.journal": "case_id" for service in ("intake", "routing", "sla", "reporting")},
}
"""Tables with rows of a case, and the column that says whose they are."""

KEPT = frozenset({
    "alembic_version", "bucket", "cursor", "parked", "discarded", "policy_copy", "staff_copy", "revoked_session",
    "idempotency", "imported", "import_run", "receipt_correction", "recovery_copy", "calendar_edit",
    "sweep", "daily_sum", "recovery", "recovery_complaint", "recovery_event", "recovery_fact", "recovery_notice",
    "recovery_task", "relay", "relay_member", "unheard", "mail", "stored_file", "web_draft", "arrival", "access_code",
    "allowance", "line_event", "line_user", "line_talk", "line_message", "line_code", "message", "message_attempt",
    "reply_address", "survey_refusal", "staff_address", "staff_notice", "phone_event", "phone_call", "phone_desk",
    "call_back", "typed_form", "letter_in", "subject_request", "subject_request_case", "subject_request_step",
    "disposal", "person_link", "contact_proof", "invitation_fact", "words_cursor", "words_due",
    "suggestion", "suggestion_model", "watch", "case_tag", "saved_view", "desk_choice", "bulk_change",
    "bulk_change_case", "case_link", "looking", "mention", "handover", "dossier",
})  # fmt: skip
"""Tables not multiplied row by row: what is not of a case, is counted anew, or does not occur in the small past."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DAY = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)(?=T\d\d:\d\d:\d\d)")


class NotCloneable(Conflict):
    """The tables, or the rows in them, are not as the multiplication expects; the message says which."""

    code = "not-multiplied"

    def __init__(self, what: str) -> None:
        super().__init__(what, "Begin anew in a new folder, given with --data.")


@dataclass(frozen=True, slots=True)
class Original:
    """A case that is copied. `until` is when the last thing of it happens or falls due."""

    number: int
    case_id: UUID
    tracking_number: str
    complainant_ref: UUID | None
    ended: bool
    received_at: datetime
    until: datetime
    tale: Tale
    service_point: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """So many copies of an original that are moved alike in time and worded alike."""

    variant: int
    original: Original
    shift: timedelta
    copies: int
    swap: Swap | None = None

    def wording(self) -> Wording:
        """What these copies tell."""
        return Wording.of(f"{self.original.number}/{self.variant}", self.shift, self.swap, self.original.tale)


@dataclass(slots=True)
class Column:
    """A column of a table and how a copy's value comes from the template `t`, the copy `m` and nothing else."""

    name: str
    type: str
    kept: str = ""
    """Type of the column in the template."""
    how: str = ""
    marked: bool = False
    numbered: bool = False


@dataclass(slots=True)
class Template:
    """A table, its columns, and where its templates are."""

    table: str
    key: str
    columns: list[Column] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The table of the templates."""
        return f"multiply.{self.table.replace('.', '_')}"


async def check_tables(connection: Connection) -> None:
    """Make sure that every table there is has been thought of.

    Raises:
        NotCloneable: one has not.
    """
    rows = await connection.fetch(
        "select schemaname || '.' || tablename as found from pg_tables"
        " where schemaname in ('intake', 'routing', 'sla', 'reporting')"
    )
    unknown = [row["found"] for row in rows if row["found"] not in CLONED and row["found"].split(".")[1] not in KEPT]
    if unknown:
        raise NotCloneable(f"the multiplication does not know these tables: {', '.join(unknown)}")


class Marker:
    """Puts the marks into values of one original, moves its times, and words it anew."""

    def __init__(self, cell: Cell, staff: Collection[UUID], taken: set[str]) -> None:
        self.case = cell.original
        self.wording = cell.wording()
        self.staff = staff
        self.taken = taken
        self.shift = cell.shift
        reference = self.case.tale.texts.get("reference") or ""
        self._codes = (json.dumps(reference), json.dumps(self.wording.exact.get(reference, reference)))

    def identifier(self, value: UUID) -> str:
        """An identifier as text: a member of staff's as it is, any other with the mark at its end."""
        text = str(value)
        if value in self.staff or not value.int:
            return text
        self.taken.add(text[-DIGITS:])
        return text[:-DIGITS] + MARK

    def text(self, value: str) -> str:
        """A text, JSON for the most part: identifiers and the tracking number marked, moments moved."""
        found = _UUID.sub(lambda match: self.identifier(UUID(match[0])), self.wording.coded(value))
        found = found.replace(self.case.tracking_number, NUMBER)
        return _DAY.sub(self._moved, found) if self.shift else found

    def _moved(self, match: re.Match[str]) -> str:
        return (date(int(match[1]), int(match[2]), int(match[3])) + self.shift).isoformat()

    def start(self, row: Any) -> str:
        """What stands before the body in the digest of an event."""
        moment = row["occurred_at"] + self.shift
        start = digest_head(row["id"], row["case_id"], row["type"], row["version"], moment, row["historical"])
        for identifier in (row["id"].hex, row["case_id"].hex):
            start = start.replace(identifier, identifier[:-DIGITS] + MARK)
        return start

    def value(self, column: Column, value: Any) -> Any:
        """A value as the template keeps it."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value + self.shift
        if isinstance(value, UUID):
            return self.identifier(value)
        if not isinstance(value, str):
            return value
        swap = self.wording.swap
        if swap is not None and column.name == "service_point" and value == swap.old:
            return swap.new
        return self.text(self.wording.exact.get(value, value))

    def values(self, columns: Sequence[Column], row: Any) -> list[Any]:
        """A row as the template keeps it."""
        return [self.value(column, row[column.name]) for column in columns]

    def event(self, columns: Sequence[Column], row: Any) -> list[Any]:
        """An event as the template keeps it, and what stands before its body in its digest.

        Free texts travel with the digest of their letters: what is told anew gets a new one, all else stays as it is.
        """
        body, texts = row["body"], row["texts"]
        if texts:
            texts, digests = self.wording.sealed_texts(texts)
            for old, new in digests.items():
                body = body.replace(old, new)
        if self._codes[0] != self._codes[1]:
            body = body.replace(f'"reference":{self._codes[0]}', f'"reference":{self._codes[1]}')
        made = {"body": self.text(body), "texts": texts}
        values = [
            made[column.name] if column.name in made else self.value(column, row[column.name]) for column in columns
        ]
        return [*values, self.start(row)]


async def columns_of(connection: Connection, table: str) -> list[Column]:
    """The columns of a table that are written, generated ones left out."""
    rows = await connection.fetch(
        "select a.attname as name, format_type(a.atttypid, a.atttypmod) as type from pg_attribute a"
        " where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''"
        " order by a.attnum",
        table,
    )
    return [Column(row["name"], row["type"]) for row in rows]


async def make_template(
    connection: Connection,
    table: str,
    cells: Mapping[int, Sequence[Cell]],
    staff: Collection[UUID],
    taken: set[str],
) -> Template:
    """Read the rows of the originals, write one template row for each of them and each of its cells, and work out how
    each column of a copy is made. `taken` learns the last digits of the originals, which no copy may have.
    """
    template = Template(table, CLONED[table], await columns_of(connection, table))
    by_key = _by_key(template.key, cells)
    names = ", ".join(column.name for column in template.columns)
    rows = await connection.fetch(f"select {names} from {table} where {template.key} = any($1::uuid[])", list(by_key))
    journal = table.endswith(".journal")
    markers = {
        (number, cell.variant): Marker(cell, staff, taken) for number, of_one in cells.items() for cell in of_one
    }

    def made() -> Iterator[list[Any]]:
        for row in rows:
            number = by_key[row[template.key]]
            for cell in cells[number]:
                marker = markers[number, cell.variant]
                values = (marker.event if journal else marker.values)(template.columns, row)
                for column, value in zip(template.columns, values, strict=False):
                    if isinstance(value, str):
                        column.marked = column.marked or MARK in value
                        column.numbered = column.numbered or NUMBER in value
                yield [cell.variant, number, *values]

    written = list(made())
    for column in template.columns:
        _decide(column, template)
    start = [Column("start", "text", "text")] if journal else []
    await write_template(connection, template, written, [*template.columns, *start])
    return template


def _by_key(key: str, cells: Mapping[int, Sequence[Cell]]) -> dict[UUID, int]:
    """Whose a row is, by its key. What somebody who came more than once is known by goes with the case of theirs that
    is copied most, so that there is some for every copy."""
    cases = {number: of_one[0].original for number, of_one in cells.items()}
    if key != "ref":
        return {case.case_id: number for number, case in cases.items()}
    copies = {number: sum(cell.copies for cell in of_one) for number, of_one in cells.items()}
    return {
        case.complainant_ref: number
        for number, case in sorted(cases.items(), key=lambda one: copies[one[0]])
        if case.complainant_ref is not None
    }


def _decide(column: Column, template: Template) -> None:
    """How a copy gets its value."""
    source = f"t.{column.name}"
    column.kept = "text" if column.type in ("uuid", "jsonb") or column.marked or column.numbered else column.type
    if column.name == template.key and template.key != "ref":
        column.how = "m.case_id"
    elif column.name == "secret_digest":
        column.how = "m.secret"
    elif (column.name == "digest" and template.table == "intake.contact") or (
        template.table == "intake.identity" and column.name in ("phone_digest", "email_digest")
    ):
        column.how = f"sha256({source} || convert_to(m.mark, 'UTF8'))"
    elif template.table == "intake.identity" and column.name in IDENTITY_TEXTS:
        column.how = "null"  # sealed to the row of the original; nobody is there to be written to
    elif column.name == "tracking_number":
        column.how = "m.tracking_number"
    else:
        column.how = source
        if column.marked:
            column.how = f"replace({column.how}, E'\\x01', m.mark)"
        if column.numbered:
            column.how = f"replace({column.how}, E'\\x02', m.tracking_number)"
        if column.kept != column.type:
            column.how = f"{column.how}::{column.type}"


async def write_template(
    connection: Connection, template: Template, rows: Sequence[Sequence[Any]], columns: Sequence[Column]
) -> None:
    """Write the rows of a template, each with its variant and its original before it."""
    described = ", ".join(f"{column.name} {column.kept}" for column in columns)
    await connection.execute(f"create table {template.name} (variant int, original int, {described})")
    schema, _, name = template.name.partition(".")
    await connection.copy_records_to_table(name, schema_name=schema, records=rows)
    await connection.execute(f"create index on {template.name} (variant, original)")
    await connection.execute(f"analyze {template.name}")
