"""The data folder: private, one system at a time, never an older program on newer data."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from services import __version__
from services.kit.data_folder import (
    DataFolder,
    DataFolderInUse,
    DataFolderNewer,
    DataFolderUnusable,
    DiskFull,
    Holder,
    version_order,
)

ROOT = Path(__file__).parents[2]

HOLDING = """
import sys
from pathlib import Path
from services.kit.data_folder import DataFolder
DataFolder.open(Path(sys.argv[1])).hold(8123)
print("held", flush=True)
sys.stdin.readline()
"""


def test_the_packaged_version_is_the_one_the_program_says() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == __version__


def test_a_new_folder_is_private_and_notes_the_version(tmp_path: Path) -> None:
    folder = DataFolder.open(tmp_path / "a" / "data")
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert (folder.path / "VERSION").read_text().strip() == __version__


def test_a_folder_with_other_peoples_files_is_refused_and_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("years of work")
    before = stat.S_IMODE(tmp_path.stat().st_mode)
    with pytest.raises(DataFolderUnusable, match="holds other files"):
        DataFolder.open(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == before


def test_a_file_where_the_folder_should_be_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(DataFolderUnusable, match="cannot be used"):
        DataFolder.open(tmp_path / "data")


@pytest.mark.parametrize("stored", ["99.0.0", f"{__version__}.1"])
def test_a_folder_of_a_newer_version_is_refused_and_says_what_to_do(tmp_path: Path, stored: str) -> None:
    DataFolder.open(tmp_path)
    (tmp_path / "VERSION").write_text(f"{stored}\n")
    with pytest.raises(DataFolderNewer, match=stored) as refused:
        DataFolder.open(tmp_path)
    assert "--data" in refused.value.remedy
    assert (tmp_path / "VERSION").read_text() == f"{stored}\n"


def test_a_folder_of_an_older_version_is_brought_forward(tmp_path: Path) -> None:
    DataFolder.open(tmp_path)
    (tmp_path / "VERSION").write_text("0.0.1\n")
    DataFolder.open(tmp_path)
    assert (tmp_path / "VERSION").read_text().strip() == __version__


def test_a_version_that_is_no_version_is_a_clear_error(tmp_path: Path) -> None:
    DataFolder.open(tmp_path)
    (tmp_path / "VERSION").write_text("yesterday")
    with pytest.raises(DataFolderUnusable, match="does not hold a version number"):
        DataFolder.open(tmp_path)


def test_versions_are_ordered_by_their_numbers() -> None:
    assert version_order("0.10.0") > version_order("0.9.3")
    assert version_order("1.4.0rc1") == (1, 4, 0)


def test_a_second_system_on_the_folder_is_told_who_holds_it(tmp_path: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    folder = DataFolder.open(tmp_path)
    assert folder.holder() == Holder(other.pid, 8123)
    with pytest.raises(DataFolderInUse, match=f"process {other.pid}, port 8123"):
        folder.hold(8000)
    other.kill()
    other.communicate()
    folder.hold(8000)
    assert DataFolder(tmp_path).holder() == Holder(os.getpid(), 8000)
    folder.release()
    assert folder.holder() is None


def test_the_secret_is_made_once_private_and_can_be_set_from_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDRESS_SECRET_KEY", raising=False)
    folder = DataFolder.open(tmp_path)
    made = folder.secret_key()
    assert len(made) >= 43
    assert made == DataFolder.open(tmp_path).secret_key()
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    monkeypatch.setenv("REDRESS_SECRET_KEY", "from outside")
    assert folder.secret_key() == "from outside"


def test_too_little_room_is_said_before_anything_is_risked(tmp_path: Path) -> None:
    folder = DataFolder.open(tmp_path)
    with pytest.raises(DiskFull, match="MB are free"):
        folder.check_space(1 << 60)
