"""What an operator types about personal data: the key of contacts, and requests of people about their own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
import yaml
from typer.testing import CliRunner, Result

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.cli.app import app
from services.cli.runtime import build
from services.cli.web_app import make_app
from services.kit.data_folder import DataFolder
from services.kit.database import Database
from services.kit.paths import deploy_dir
from services.kit.settings import Settings

Run = Callable[..., Result]
WHO = {"name": "สมหญิง รักษ์ป่า", "phone": "0812345678"}


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in this process over a database of the test's own, where the officer `dpo` answers requests."""
    monkeypatch.delenv("REDRESS_CONTACT_KEY", raising=False)

    def invoke(*words: object, **env: str) -> Result:
        settings = {"DATABASE_URL": database_url, "REDRESS_DATA": str(tmp_path / "data"), "NO_COLOR": "1", **env}
        return CliRunner().invoke(app, [str(word) for word in words], env=settings | {"COLUMNS": "250"})

    return invoke


@pytest.fixture
def office(run: Run, database_url: str, tmp_path: Path) -> Callable[[str], list[dict[str, Any]]]:
    """Reads the database, in which a person has a case."""
    member = StaffMember(staff_id=uuid4(), username="dpo", display_name="ก", unit="quick", roles=("privacy",))

    async def begin() -> None:
        text = (deploy_dir() / "policies" / "quick.yaml").read_text("utf-8")
        bundle = PolicyBundle.model_validate(yaml.safe_load(text))
        connection = await asyncpg.connect(database_url)
        await connection.execute(
            "insert into intake.policy_copy (version, effective_from, adopted_at, bundle)"
            " values ($1, '2020-01-01', '2020-01-01', $2) on conflict do nothing",
            bundle.version,
            bundle.model_dump_json(),
        )
        await connection.execute(
            "insert into intake.staff_copy (staff_id, version, body) values ($1, 1, $2)",
            member.staff_id,
            member.model_dump_json(),
        )
        await connection.close()
        folder = DataFolder.open(tmp_path / "data")
        database = Database(database_url, "intake")
        runtime = build(Settings(data=folder.path, secret=folder.secret_key()), database, ("intake",))
        transport = httpx.ASGITransport(app=make_app(runtime, start=False))
        async with httpx.AsyncClient(transport=transport, base_url="http://redress.test") as public:
            body = {"narrative": "น้ำไม่ไหล", "identity": "named", "complainant": WHO}
            answer = await public.post("/api/v1/complaints", json=body)
            assert answer.status_code == 201, answer.text
        await database.close()

    asyncio.run(begin())

    def read(sql: str) -> list[dict[str, Any]]:
        async def work() -> list[dict[str, Any]]:
            connection = await asyncpg.connect(database_url)
            rows = await connection.fetch(sql)
            await connection.close()
            return [dict(row) for row in rows]

        return asyncio.run(work())

    return read


def test_a_key_in_the_data_folder_is_exchanged_by_one_command(
    run: Run, office: Callable[[str], list[dict[str, Any]]], tmp_path: Path
) -> None:
    before = office("select name, sealed_by from intake.identity")[0]
    done = run("contacts", "rotate", "--new-key", "--forget-former")
    assert done.exit_code == 0, done.output
    after = office("select name, sealed_by from intake.identity")[0]
    assert after["sealed_by"] != before["sealed_by"]
    assert after["name"] != before["name"]
    assert len((tmp_path / "data" / "contact.key").read_text().split()) == 1
    (status,) = json.loads(run("contacts", "status", "--format", "json").stdout)
    assert status == {"newest_key": after["sealed_by"], "plain": 0, "former_key": 0, "key_missing": 0}
    (told,) = (r for r in json.loads(run("doctor", "--format", "json").stdout) if r["part"] == "contacts")
    assert after["sealed_by"] in told["says"]


def test_a_lost_key_is_a_finding_that_says_which_to_bring_back(
    run: Run, office: Callable[[str], list[dict[str, Any]]], tmp_path: Path
) -> None:
    (tmp_path / "data" / "contact.key").unlink()
    assert run("contacts", "rotate").exit_code == 1
    (told,) = (r for r in json.loads(run("doctor", "--format", "json").stdout) if r["part"] == "contacts")
    assert told[""] == "✗"
    assert "REDRESS_CONTACT_KEY" in told["do"]


def test_what_is_kept_of_a_person_is_found_written_out_and_corrected_each_as_a_request(
    run: Run, office: Callable[[str], list[dict[str, Any]]], tmp_path: Path
) -> None:
    found = json.loads(run("subject", "find", "081 234 5678", "--by", "dpo", "--format", "json").stdout)
    assert [row["kept"] for row in found] == ["name, contacts and words"]
    words = ("--by", "dpo", "--verified", "identity card")
    out = tmp_path / "copy.json"
    assert run("subject", "export", "0812345678", "--out", out, *words).exit_code == 0
    assert json.loads(out.read_text())["cases"][0]["who"]["name"] == WHO["name"]
    assert out.stat().st_mode & 0o077 == 0
    corrected = run("subject", "correct", "0812345678", "--phone", "0898765432", "--reason", "called back", *words)
    assert corrected.exit_code == 0, corrected.output
    erased = run("subject", "erase", "0898765432", "--ground", "PDPA s. 33", "--yes", *words)
    assert erased.exit_code == 0, erased.output
    requests = office("select kind, state from intake.subject_request order by number")
    assert [(row["kind"], row["state"]) for row in requests] == [
        ("access", "done"), ("correct", "done"), ("erase", "done"),
    ]  # fmt: skip
    assert office("select done from intake.subject_request_case where done = 'waiting'"), "the case is still open"


def test_only_who_answers_such_requests_may_act(run: Run, office: Callable[[str], list[dict[str, Any]]]) -> None:
    refused = run("subject", "find", "0812345678", "--by", "somebody")
    assert refused.exit_code == 1
    assert "privacy" in refused.stderr
    assert not office("select 1 from intake.subject_request")
