"""Rows of a few cases made into templates of many: what is the case's own stands as a mark, and time is shifted.

A copy's identifiers are those of its original with other last digits, so that one mark serves them all; `MARK` stands
for those digits, `NUMBER` for the tracking number. Neither can occur in stored text. Staff, policies and words stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from schemas.envelope import digest_head
from services.intake.contacts.sealed_columns import IDENTITY_TEXTS

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

MARK, NUMBER = "\x01", "\x02"
DIGITS = 5
"""Hexadecimal digits in which the identifiers of a copy differ: at most 16⁵ copies of one case."""

CLONED: Mapping[str, str] = {
    "intake.complaint": "id",
    "intake.identity": "complaint_id",
    "intake.contact": "ref",
    "intake.complainant_action": "case_id",
    "intake.tracking": "case_id",
    "intake.tracking_clock": "case_id",
    "intake.tracking_step": "case_id",
    "routing.case": "id",
    "routing.case_event": "case_id",
    "routing.clock_copy": "case_id",
    "routing.task": "case_id",
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
    "idempotency", "imported", "import_run", "identity_look", "receipt_correction", "recovery_copy", "calendar_edit",
    "sweep", "daily_sum", "recovery", "recovery_complaint", "recovery_event", "recovery_fact", "recovery_notice",
    "recovery_task", "relay", "relay_member", "unheard", "mail", "stored_file", "web_draft", "arrival", "access_code",
    "allowance", "line_event", "line_user", "line_talk", "line_message", "line_code", "message", "message_attempt",
    "reply_address", "survey_refusal", "staff_address", "staff_notice", "phone_event", "phone_call", "phone_desk",
    "call_back", "typed_form", "letter_in", "subject_request", "subject_request_case", "subject_request_step",
    "disposal", "person_link", "contact_proof", "invitation_fact", "case_words", "words_cursor", "words_due",
    "suggestion", "suggestion_model", "watch", "case_tag", "saved_view", "desk_choice", "bulk_change",
    "bulk_change_case", "case_link", "looking", "mention", "handover",
})  # fmt: skip
"""Tables not multiplied row by row: what is not of a case, is counted anew, or does not occur in the small past."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DAY = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)(?=T\d\d:\d\d:\d\d)")


class NotCloneable(Exception):
    """The tables, or the rows in them, are not as the multiplication expects; the message says which."""


@dataclass(frozen=True, slots=True)
class Original:
    """A case that is copied."""

    number: int
    case_id: UUID
    tracking_number: str
    complainant_ref: UUID | None
    ended: bool


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
        return f"bench.{self.table.replace('.', '_')}"


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
        raise NotCloneable(f"bench/templates.py does not say whether these are multiplied: {', '.join(unknown)}")


class Marker:
    """Puts the marks into values of one original, and moves its times."""

    def __init__(self, case: Original, staff: Collection[UUID], taken: set[str], shift: timedelta) -> None:
        self.case = case
        self.staff = staff
        self.taken = taken
        self.shift = shift

    def identifier(self, value: UUID) -> str:
        """An identifier as text: a member of staff's as it is, any other with the mark at its end."""
        text = str(value)
        if value in self.staff or not value.int:
            return text
        self.taken.add(text[-DIGITS:])
        return text[:-DIGITS] + MARK

    def text(self, value: str) -> str:
        """A text, JSON for the most part: identifiers and the tracking number marked, moments moved."""
        found = _UUID.sub(lambda match: self.identifier(UUID(match[0])), value)
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
        if isinstance(value, str) and column.name != "texts":
            # Words travel with the digest they were given, so those of a journal stay to the letter.
            return self.text(value)
        return value


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
    originals: Sequence[Original],
    staff: Collection[UUID],
    taken: set[str],
    shifts: Callable[[Original], Mapping[int, timedelta]],
) -> Template:
    """Read the rows of the originals, write one template row for each of them and each shift in time, and work out how
    each column of a copy is made. `taken` learns the last digits of the originals, which no copy may have.

    Raises:
        NotCloneable: a row belongs to no original that is known.
    """
    template = Template(table, CLONED[table], await columns_of(connection, table))
    by_key = {
        case.complainant_ref if template.key == "ref" else case.case_id: case
        for case in originals
        if template.key != "ref" or case.complainant_ref
    }
    names = ", ".join(column.name for column in template.columns)
    rows = await connection.fetch(f"select {names} from {table} where {template.key} = any($1::uuid[])", list(by_key))
    journal = table.endswith(".journal")
    made: list[list[Any]] = []
    for row in rows:
        case = by_key[row[template.key]]
        for variant, shift in shifts(case).items():
            marker = Marker(case, staff, taken, shift)
            values = [marker.value(column, row[column.name]) for column in template.columns]
            for column, value in zip(template.columns, values, strict=True):
                if isinstance(value, str):
                    column.marked = column.marked or MARK in value
                    column.numbered = column.numbered or NUMBER in value
            made.append([variant, case.number, *values, *([marker.start(row)] if journal else ())])
    for column in template.columns:
        _decide(column, template)
    await _write(
        connection, template, made, [*template.columns, *([Column("start", "text", "text")] if journal else ())]
    )
    return template


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
        column.how = "null"  # sealed to the row of the original; nobody is written to in a measurement
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


async def _write(
    connection: Connection, template: Template, rows: Sequence[Sequence[Any]], columns: Sequence[Column]
) -> None:
    described = ", ".join(f"{column.name} {column.kept}" for column in columns)
    await connection.execute(f"create unlogged table {template.name} (variant int, original int, {described})")
    schema, _, name = template.name.partition(".")
    await connection.copy_records_to_table(name, schema_name=schema, records=rows)
    await connection.execute(f"create index on {template.name} (variant, original)")
    await connection.execute(f"analyze {template.name}")
