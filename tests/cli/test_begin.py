"""`redress begin`: the first policy and people of a system whose services run as processes of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.app import app


def test_a_new_database_gets_a_policy_and_people_once(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    first = CliRunner().invoke(app, ["begin", "--data", str(tmp_path / "data")])
    assert first.exit_code == 0, first.output
    logins = (tmp_path / "data" / "logins.json").read_text(encoding="utf-8")
    assert len(json.loads(logins)) > 5
    again = CliRunner().invoke(app, ["begin", "--data", str(tmp_path / "data")])
    assert again.exit_code == 0, again.output
    assert (tmp_path / "data" / "logins.json").read_text(encoding="utf-8") == logins
