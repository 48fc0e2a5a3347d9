"""Importing history: reconciled, resumable, judged by its own timestamps, and silent."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.cli.runtime import Runtime, build
from services.governance.adopt_policy import adopt_sample_policy
from services.governance.check_policy import check_policy
from services.intake.contacts.keeping import contacts_of
from services.intake.importing.import_file import Reconciliation, import_file
from services.intake.importing.mapping import MappingUnclear, read_mapping
from services.intake.importing.rows import FileUnreadable
from services.kit.database import Database
from services.kit.paths import deploy_dir
from services.kit.settings import Settings
from services.reporting.compute_kpis import Figure, compute_kpis
from services.reporting.period import Period
from services.reporting.question import Question
from services.sla.editions import Editions
from services.sla.sweep import sweep

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SAMPLES = Path(__file__).parent / "samples"
TRAFFY = Path(__file__).resolve().parents[3] / "shared" / "data" / "traffy_public_5000.csv"


async def system(database: Database, policy: str) -> Runtime:
    """A prepared system under a sample policy, at a fixed time."""
    runtime = build(Settings(secret="for tests only, long enough"), database, now=lambda: NOW)
    await runtime.prepare()
    bundle = check_policy((deploy_dir() / "policies" / f"{policy}.yaml").read_text(encoding="utf-8")).bundle
    assert bundle is not None
    async with database.beside("governance").transaction() as tx:
        await adopt_sample_policy(tx, bundle, now=NOW, effective_from=LONG_AGO)
    await runtime.drain()
    return runtime


@pytest.fixture
async def fio(database: Database) -> Runtime:
    return await system(database, "fio")


async def imported(runtime: Runtime, file: Path, mapping: Path, rejects: Path) -> Reconciliation:
    """Import, and let everybody follow."""
    context = runtime.contexts["intake"]
    result = await import_file(
        context.database,
        file,
        read_mapping(mapping),
        await context.copies.in_force(context.database, NOW),
        contacts=contacts_of(runtime.settings),
        now=NOW,
        reject_file=rejects,
    )
    await runtime.drain()
    await sweep(runtime.contexts["sla"].database, Editions(runtime.contexts["sla"].copies), NOW)
    await runtime.drain()
    return result


async def figures(runtime: Runtime, first: date, end: date) -> dict[tuple[int, str | None], Figure]:
    """The organisation's figures of a period."""
    context = runtime.contexts["reporting"]
    bundle = await context.copies.in_force(context.database, NOW)
    question = Question(Period(first, end), NOW)
    found = await compute_kpis(context.database, context.copies, bundle, question, "organisation")
    return {(figure.kpi, figure.measure): figure for figure in found}


async def test_every_row_is_registered_a_duplicate_or_rejected_with_line_and_reason(
    fio: Runtime, tmp_path: Path
) -> None:
    rejects = tmp_path / "rejects.csv"
    result = await imported(fio, SAMPLES / "decided.csv", SAMPLES / "decided.yaml", rejects)
    assert (result.read, result.registered, result.duplicate, result.rejected) == (14, 6, 1, 7)
    assert result.holds
    with rejects.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    assert [row["line"] for row in rows] == ["9", "10", "11", "12", "13", "14", "15"]
    assert all(row["reason"] for row in rows)


async def test_kpis_4_to_6_are_those_worked_out_by_hand_from_the_decision_times(fio: Runtime, tmp_path: Path) -> None:
    """Fifteen working days of seven hours; 13 and 23 October are holidays. Four decided after 2, 22, 35 and 134
    working hours, one late; one still open and missed; one closed without a time, left out."""
    await imported(fio, SAMPLES / "decided.csv", SAMPLES / "decided.yaml", tmp_path / "rejects.csv")
    found = await figures(fio, date(2026, 10, 1), date(2026, 11, 10))
    on_time = found[4, None]
    assert (on_time.numerator, on_time.denominator, on_time.left_out) == (3, 5, 1)
    median = found[5, "gross"]
    assert median.value == pytest.approx((22 + 35) / 2 / 7)
    assert (median.n, median.left_out) == (4, 1)
    assert found[6, "gross"].value is None, "with one of five open, the 90th percentile is not reached yet"
    assert found[6, "gross"].n == 5
    assert found[8, None].value == 2  # the open one, and the one whose decision waits for an answer


async def test_a_second_run_registers_nothing_twice(fio: Runtime, tmp_path: Path) -> None:
    await imported(fio, SAMPLES / "decided.csv", SAMPLES / "decided.yaml", tmp_path / "rejects.csv")
    again = await imported(fio, SAMPLES / "decided.csv", SAMPLES / "decided.yaml", tmp_path / "again.csv")
    assert (again.registered, again.duplicate, again.rejected) == (0, 7, 7)


async def test_nobody_is_alerted_and_nothing_is_owed_because_of_history(fio: Runtime, tmp_path: Path) -> None:
    await imported(fio, SAMPLES / "decided.csv", SAMPLES / "decided.yaml", tmp_path / "rejects.csv")
    database = fio.contexts["sla"].database
    assert await database.read("select 1 from sla.alert") == []
    assert await database.read("select 1 from sla.journal where not historical") == []
    assert await database.read("select 1 from reporting.recovery") == []


async def test_an_interrupted_import_goes_on_where_it_stopped(fio: Runtime, tmp_path: Path) -> None:
    rows = ["เลขที่,เรื่อง,รับเมื่อ,แจ้งผลเมื่อ,ปิดเมื่อ,สถานะ,หมวด,คะแนน"]
    rows += [f"B-{n},เรื่องที่ {n},2026-10-01 09:00,,,ค้าง,ที่พัก," for n in range(1200)]
    file = tmp_path / "many.csv"
    file.write_text("\n".join(rows), encoding="utf-8")

    calls = 0

    class Killed(Exception):
        pass

    def die_after_the_first_batch(_rows: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise Killed

    context = fio.contexts["intake"]
    bundle = await context.copies.in_force(context.database, NOW)
    mapping = read_mapping(SAMPLES / "decided.yaml")
    with pytest.raises(Killed):
        await import_file(
            context.database, file, mapping, bundle, contacts=contacts_of(fio.settings), now=NOW,
            reject_file=tmp_path / "r.csv", progress=die_after_the_first_batch,
        )  # fmt: skip
    result = await imported(fio, file, SAMPLES / "decided.yaml", tmp_path / "r.csv")
    assert (result.resumed_at, result.read, result.registered, result.duplicate) == (500, 1200, 1200, 0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("source: x\ncolumns: {}\n", "mistakes"),
        ("source: x\nzone: Asia/Nowhere\ncolumns: {}\n", "mistakes"),
        ("{ not yaml", "cannot be read"),
    ],
)
def test_a_mapping_with_mistakes_is_refused_with_each_of_them(content: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(MappingUnclear, match=said):
        read_mapping(file)


async def test_a_file_without_a_mapped_column_is_refused_before_anything_is_read(fio: Runtime, tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(FileUnreadable, match="lacks the columns"):
        await imported(fio, file, SAMPLES / "decided.yaml", tmp_path / "r.csv")


@pytest.mark.skipif(not TRAFFY.exists(), reason="the Traffy sample is not on this machine")
@pytest.mark.timeout(240)
async def test_the_traffy_figures_are_those_of_a_separate_computation(database: Database, tmp_path: Path) -> None:
    runtime = await system(database, "traffy")
    result = await imported(runtime, TRAFFY, deploy_dir() / "mappings" / "traffy.yaml", tmp_path / "rejects.csv")
    with TRAFFY.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    assert (result.read, result.registered, result.rejected) == (len(rows), len(rows), 0)
    states = Counter(row["state"] for row in rows)
    found = await figures(runtime, date(2022, 5, 1), date(2023, 1, 1))
    assert found[8, None].value == states["กำลังดำเนินการ"] + states["รอรับเรื่อง"] + states[""]
    assert found[24, "traffy"].numerator == len(rows)
    assert found[28, "excluded"].numerator == states["ไม่เกี่ยวข้อง"] + states["ส่งต่อ(ใหม่)"]
    valid = [row for row in rows if row["state"] not in ("ไม่เกี่ยวข้อง", "ส่งต่อ(ใหม่)")]
    ratings = [int(row["star"]) for row in valid if row["star"]]
    assert (found[15, None].numerator, found[15, None].denominator) == (sum(r >= 4 for r in ratings), len(ratings))
    assert found[4, None].left_out == states["เสร็จสิ้น"]
    assert found[4, None].numerator == 0
