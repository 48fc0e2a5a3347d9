"""What an operator types: audit, backup and restore, parked events, migrations; each command says what to do next."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from schemas.envelope import Event, bucket_of
from schemas.governance import SessionRevoked, StaffMember
from services.cli.app import app
from services.kit.database import new_id
from tests.journeys.system import free_port

Run = Callable[..., Result]
NOW = datetime(2026, 11, 20, 7, 5, tzinfo=UTC)


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    """Runs a command in this process over a database of the test's own."""

    def invoke(*words: object, **env: str) -> Result:
        settings = {"DATABASE_URL": database_url, "REDRESS_DATA": str(tmp_path / "data"), "NO_COLOR": "1", **env}
        return CliRunner().invoke(app, [str(word) for word in words], env=settings | {"COLUMNS": "250"})

    return invoke


@pytest.fixture
def change(database_url: str) -> Callable[..., None]:
    """Writes into that database."""

    def execute(sql: str, *args: object) -> None:
        async def work() -> None:
            connection = await asyncpg.connect(database_url)
            await connection.execute(sql, *args)
            await connection.close()

        asyncio.run(work())

    return execute


def parked_event(change: Callable[..., None]) -> Event:
    """An event that sla parked, and an administrator who may settle it."""
    case_id = uuid4()
    body, _ = SessionRevoked(session_id=uuid4(), staff_id=case_id, at=NOW).to_wire()
    event = Event(new_id(), "governance", "session-revoked", 1, case_id, NOW, NOW, bucket_of(case_id), 1, body)
    change(
        "insert into sla.parked (source, bucket, position, case_id, type, status, reason, event)"
        " values ('governance', $1, 1, $2, 'session-revoked', 'failed', 'it could not be applied', $3)",
        event.bucket,
        case_id,
        json.dumps(event.to_cloudevent()),
    )
    for name, roles in (("admin", ("administrator",)), ("officer", ("officer",))):
        member = StaffMember(staff_id=uuid4(), username=name, display_name="ก", unit="x", roles=roles)
        change(
            "insert into sla.staff_copy (staff_id, version, body) values ($1, 1, $2)",
            member.staff_id,
            member.model_dump_json(),
        )
    return event


def test_parked_events_are_listed_shown_and_replayed_by_an_administrator(run: Run, change: Callable[..., None]) -> None:
    event = parked_event(change)
    place = ("sla", "governance", event.bucket, 1)
    listed = run("parked", "list", "--format", "json")
    assert listed.exit_code == 1
    assert [(row["service"], row["bucket"], row["reason"]) for row in json.loads(listed.stdout)] == [
        ("sla", event.bucket, "it could not be applied")
    ]
    assert "redress parked replay" in listed.stderr
    shown = json.loads(run("parked", "show", *place, "--format", "json").stdout)[0]
    assert "contents" not in shown
    assert str(event.case_id) in run("parked", "show", *place, "--contents").stdout
    for nobody in ("officer", "stranger"):
        refused = run("parked", "replay", *place, "--by", nobody)
        assert refused.exit_code == 1
        assert "is not an administrator" in refused.stderr
    assert run("parked", "replay", *place, "--by", "admin").exit_code == 0
    assert json.loads(run("parked", "list", "--format", "json").stdout) == []
    assert run("parked", "replay", *place, "--by", "admin").exit_code == 1


def test_a_discarded_event_keeps_its_reason_and_who_set_it_aside(run: Run, change: Callable[..., None]) -> None:
    event = parked_event(change)
    place = ("sla", "governance", event.bucket, 1)
    unreasoned = run("parked", "discard", *place, "--by", "admin", "--reason", " ")
    assert unreasoned.exit_code == 1
    assert "reason" in unreasoned.stderr
    assert run("parked", "discard", *place, "--by", "admin", "--reason", "sent twice").exit_code == 0
    shown = json.loads(run("parked", "show", *place, "--format", "json").stdout)[0]
    assert (shown["status"], shown["reason"], shown["by"]) == ("discarded", "sent twice", "admin")


def test_the_books_of_an_empty_system_hold_and_a_lost_number_is_found(run: Run, tmp_path: Path) -> None:
    held = run("audit", "books", "--format", "json", "--wait", "5")
    assert held.exit_code == 0, held.output
    assert json.loads(held.stdout)["hold"] is True
    numbers = tmp_path / "numbers"
    numbers.write_text("FIO-69-00001-X\nFIO-69-00001-X\n\n")
    lost = run("audit", "books", "--expect", numbers, "--format", "csv")
    assert lost.exit_code == 1
    rows = list(csv.DictReader(io.StringIO(lost.stdout)))
    assert {row["what"] for row in rows} == {
        "the file names this number more than once",
        "it was answered with 201, but is not registered",
    }
    assert all(row["tracking_number"] == "FIO-69-00001-X" and row["remedy"] for row in rows)
    assert run("audit", "books", "--expect", tmp_path / "none").exit_code == 1


def test_a_parked_event_is_a_finding_with_what_to_type(run: Run, change: Callable[..., None]) -> None:
    event = parked_event(change)
    found = run("audit", "books")
    assert found.exit_code == 1
    assert f"redress parked replay sla governance {event.bucket} 1" in " ".join(found.stderr.split())


def test_a_backup_of_an_own_database_becomes_a_data_folder(
    run: Run, change: Callable[..., None], tmp_path: Path
) -> None:
    parked_event(change)
    file = tmp_path / "redress.backup"
    assert run("backup", file).exit_code == 0
    again = run("backup", file)
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    key = (tmp_path / "data" / "secret.key").read_text()
    made = run("restore", file, "--data", tmp_path / "new", DATABASE_URL="")
    assert made.exit_code == 0, made.output
    assert "redress audit books" in made.stderr
    assert (tmp_path / "new" / "secret.key").read_text() == key
    listed = run("parked", "list", "--format", "json", DATABASE_URL="", REDRESS_DATA=str(tmp_path / "new"))
    assert len(json.loads(listed.stdout)) == 1
    refused = run("restore", file, "--data", tmp_path / "new", DATABASE_URL="")
    assert refused.exit_code == 1
    assert "--replace" in refused.stderr
    doctor = run("doctor", DATABASE_URL="", REDRESS_DATA=str(tmp_path / "new"))
    assert "redress.backup" in doctor.stdout


def test_a_restore_refuses_a_database_in_use_and_leaves_nothing_behind(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "redress.backup"
    assert run("backup", file).exit_code == 0
    refused = run("restore", file, "--data", tmp_path / "new")
    assert refused.exit_code == 1
    assert "already holds the tables" in refused.stderr
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob("*.restoring"))


def test_migrations_that_are_missing_are_listed_with_the_next_step(run: Run, change: Callable[..., None]) -> None:
    assert run("migrate", "--check").exit_code == 0
    change("update sla.alembic_version set version_num = '0001'")  # as the first version had it
    missing = run("migrate", "--check", "--format", "json")
    assert missing.exit_code == 1
    assert {row["service"] for row in json.loads(missing.stdout)} == {"sla"}
    assert "redress migrate --phase pre" in missing.stderr
    refused = run("serve", "sla", "--port", str(free_port()))
    assert refused.exit_code == 1
    assert "redress migrate --phase pre" in refused.stderr


def test_heads_that_were_noted_tell_a_journal_that_was_written_anew(
    run: Run, change: Callable[..., None], tmp_path: Path
) -> None:
    change(
        "insert into governance.journal (bucket, position, id, case_id, type, version, occurred_at, recorded_at,"
        " historical, body, digest, head) values (0, 1, $1, $1, 'x', 1, now(), now(), false, '{}', '\\x', '\\x01')",
        uuid4(),
    )
    for form in ("json", "csv"):
        noted = tmp_path / f"heads.{form}"
        change("update governance.bucket set position = 1, head = '\\x01' where bucket = 0")
        noted.write_text(run("journal", "heads", "--format", form).stdout)
        change("update governance.journal set head = '\\x02'")
        told = run("journal", "verify", "--against", noted)
        assert told.exit_code == 1
        assert "not the one that was noted" in " ".join(told.stderr.split())
        change("update governance.journal set head = '\\x01'")
    assert "not the one that was noted" not in run("journal", "verify", "--against", noted).stderr
    assert run("journal", "verify", "--against", tmp_path / "none").exit_code == 1


def test_the_doctor_names_a_key_that_others_can_read(run: Run, tmp_path: Path) -> None:
    run("doctor")
    (tmp_path / "data" / "secret.key").chmod(0o644)
    rows = json.loads(run("doctor", "--format", "json").stdout)
    (key,) = (row for row in rows if row["part"] == "key")
    assert key["do"].startswith("Run `chmod 600")
    assert {row["part"] for row in rows} >= {
        "database",
        "tables",
        "journal sla",
        "reader sla",
        "sweep",
        "disk",
        "policy",
    }
