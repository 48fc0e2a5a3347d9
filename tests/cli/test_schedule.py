"""`redress schedule` takes the data folder every other command takes, running or not."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from services.cli.app import app
from services.kit.data_folder import DataFolder
from services.kit.settings import SERVICES


def test_the_schedule_of_a_stopped_system_is_listed(tmp_path: Path) -> None:
    DataFolder.open(tmp_path / "data")
    listed = CliRunner().invoke(app, ["schedule", "--data", str(tmp_path / "data"), "--format", "json"])
    assert listed.exit_code == 0, listed.output
    rows = json.loads(listed.stdout)
    assert {row["service"] for row in rows} == set(SERVICES)
    assert all(row["rhythm"] and row["what"] for row in rows)


def test_a_folder_that_is_no_data_folder_is_told_with_its_remedy(tmp_path: Path) -> None:
    refused = CliRunner().invoke(app, ["schedule", "--data", str(tmp_path)])
    assert refused.exit_code == 1
    assert "is not a data folder of Redress" in refused.stderr
