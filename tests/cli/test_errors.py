"""Every command that cannot do what it is asked says so in a line, with the remedy and a non-zero code."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner, Result

from services.__main__ import FAULT, main
from services.cli import app as command_line
from services.cli.app import app
from services.kit.paths import deploy_dir

QUICK = deploy_dir() / "policies" / "quick.yaml"
TRAFFY = deploy_dir() / "mappings" / "traffy.yaml"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a command in this process, far away from any database."""

    def invoke(*words: object, env: dict[str, str] | None = None) -> Result:
        settings = {"REDRESS_DATA": str(tmp_path / "nothing"), "NO_COLOR": "1", "COLUMNS": "200", **(env or {})}
        return CliRunner().invoke(app, [str(word) for word in words], env=settings)

    return invoke


@pytest.fixture
def on_database(run: Run, database_url: str, tmp_path: Path) -> Run:
    """The same over a database that has the tables and nothing in them."""
    env = {"DATABASE_URL": database_url, "REDRESS_DATA": str(tmp_path / "data")}
    return lambda *words: run(*words, env=env)


def refused(answer: Result, *said: str) -> None:
    """The command failed as it should: known to us, in words that name what is wrong."""
    assert answer.exit_code in (1, 2), answer.output
    assert answer.exception is None or isinstance(answer.exception, SystemExit), repr(answer.exception)
    assert "Traceback" not in answer.output
    for words in said:
        assert words in answer.output, answer.output


# ---- policies


CYCLE = QUICK.read_text(encoding="utf-8").replace(
    "{code: services, parent: quick,", "{code: services, parent: lodging,"
)


def test_a_circle_of_units_is_explained_by_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cycle.yaml").write_text(CYCLE, encoding="utf-8")
    answer = run("policy", "check", tmp_path / "cycle.yaml", "--format", "json")
    refused(answer)
    found = json.loads(answer.stdout)
    circle = next(mistake for mistake in found if "circle" in mistake["what"])
    assert CYCLE.splitlines()[circle["line"] - 1].startswith("  - {code: services")
    assert circle["remedy"]


@pytest.mark.parametrize(
    "text",
    [b"", b"just text", b"- 1\n- 2\n", b"a: [1,\n b: }", b"\xff\xfe\x00", b"a: &a [*a]\n", b"!!python/object:os.x {}\n",
     b"version: '[/red]'\nunits: '[bold]'\n", b"a: \x1b[31m\n"],
)  # fmt: skip
def test_what_is_no_policy_is_refused_with_its_mistakes(run: Run, tmp_path: Path, text: bytes) -> None:
    (tmp_path / "policy.yaml").write_bytes(text)
    refused(run("policy", "check", tmp_path / "policy.yaml"))


@pytest.mark.parametrize("command", ["diff", "adopt"])
def test_a_policy_with_mistakes_is_neither_compared_nor_adopted(run: Run, tmp_path: Path, command: str) -> None:
    (tmp_path / "policy.yaml").write_text(CYCLE, encoding="utf-8")
    refused(run("policy", command, tmp_path / "policy.yaml"), "circle")


def test_a_policy_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    refused(run("policy", "check", tmp_path / "none.yaml"), "none.yaml", "No such file")
    refused(run("policy", "check", tmp_path), "Is a directory")


def test_a_sample_without_approval_is_not_adopted(run: Run) -> None:
    refused(run("policy", "adopt", QUICK, "--yes"), "no approval record")


# ---- where the data are


@pytest.mark.parametrize(
    "words",
    [["doctor"], ["kpi"], ["staff", "list"], ["journal", "verify"], ["policy", "show"], ["rebuild", "reporting"],
     ["import", "x.csv", "-m", "x.yaml"]],
    ids=" ".join,
)  # fmt: skip
def test_a_command_makes_no_data_folder_where_there_is_none(run: Run, tmp_path: Path, words: list[str]) -> None:
    refused(run(*words), "is not a data folder", "redress up")
    assert not (tmp_path / "nothing").exists()


def test_a_folder_of_other_files_is_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    refused(run("up", "--data", tmp_path), "holds other files", "--data")
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("command", [["up"], ["doctor"], ["migrate"]], ids=" ".join)
def test_a_folder_of_a_newer_version_is_not_touched(run: Run, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "VERSION").write_text("99.0.0\n", encoding="utf-8")
    refused(run(*command, "--data", tmp_path), "99.0.0", "newer")
    assert [path.name for path in tmp_path.iterdir()] == ["VERSION"]


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "postgresql://x:notaport/y"])
def test_an_address_that_is_none_is_refused(run: Run, url: str) -> None:
    refused(run("doctor", env={"DATABASE_URL": url}), "DATABASE_URL is not the address")


def test_a_database_that_does_not_answer_is_said_to(run: Run, tmp_path: Path) -> None:
    env = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x", "REDRESS_DATA": str(tmp_path / "data")}
    refused(run("doctor", env=env), "does not answer", "Check that PostgreSQL runs")


@pytest.mark.parametrize(
    "words",
    [["up", "--port", "99999"], ["up", "--log-level", "loud"], ["serve", "nothing"], ["kpi", "--format", "pdf"],
     ["nosuch"], ["up", "--host", "300.1.1.1"], ["schemas", "export", "/proc/x"]],
    ids=" ".join,
)  # fmt: skip
def test_options_that_cannot_be_are_refused(run: Run, words: list[str]) -> None:
    refused(run(*words))


# ---- with a database


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["staff", "disable", "nobody"], "policy"),
        (["staff", "reset", "nobody"], "nobody"),
        (["policy", "show"], "redress policy adopt"),
        (["policy", "show", "nope"], "no policy version nope"),
        (["kpi", "--level", "planet"], "planet"),
        (["import", "none.csv", "-m", "none.yaml"], "none.yaml"),
        (["staff", "import", "none.csv"], "none.csv"),
    ],
    ids=str,
)
def test_what_is_not_there_is_named(on_database: Run, words: list[str], said: str) -> None:
    refused(on_database(*words), said)


def write_workbook(file: Path, rows: list[list[object]]) -> None:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(file)


@pytest.mark.parametrize("name", ["staff.csv", "staff.xlsx"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04junk", b"\xff\xfe\x00", b'a,b\n"x', b"username\n"])
def test_a_file_of_staff_that_is_none_adds_nobody(on_database: Run, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    refused(on_database("staff", "import", tmp_path / name))


@pytest.mark.parametrize("content", [b"source: [", b"", b"source: X\n", b"- 1\n", b"\xff"])
def test_a_mapping_that_is_none_is_refused_with_what_to_compare_it_with(
    on_database: Run, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "map.yaml").write_bytes(content)
    refused(on_database("import", tmp_path / "x.csv", "-m", tmp_path / "map.yaml"), "traffy.yaml")


def test_a_table_printed_holds_no_markup_steering_or_formula(capsys: pytest.CaptureFixture[str]) -> None:
    from services.cli.tables import Format, show

    rows = [{"name": "[/red] \x1b[31m=cmd()", "formula": "=1+2", "number": -5.5}]
    show(rows, Format.table)
    said = capsys.readouterr().out
    assert "[/red]" in said
    assert "\x1b" not in said
    show(rows, Format.csv)
    (_, row) = csv.reader(io.StringIO(capsys.readouterr().out))
    assert row[1:] == ["'=1+2", "-5.5"]


def test_a_fault_of_ours_is_told_without_what_it_failed_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise ValueError("สมชาย 081 234 5678")

    monkeypatch.setattr("services.__main__.app", fails)
    monkeypatch.delenv("REDRESS_DEBUG", raising=False)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == FAULT
    said = capsys.readouterr().err
    assert "ValueError" in said
    assert "081" not in said
    assert command_line.app is app
