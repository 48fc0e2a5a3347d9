"""Importing 5,000 rows of history by the command, from its start to the last figure, beside a plain COPY of the file.

    python -m bench importing

The file is the one of `../shared/data` where that is there, else one of the same size and columns made here. The
command starts its own database, reads the mapping, converts, registers, lets every reader follow, prints the figures.
"""

from __future__ import annotations

import asyncio
import csv
import json
import random
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg

from bench.figures import Figure, median
from bench.narratives import SENTENCES
from bench.system import ROOT, System
from services.kit.embedded import EmbeddedPostgres

REAL = ROOT.parent / "shared" / "data" / "traffy_public_5000.csv"
MAPPING = ROOT / "deploy" / "mappings" / "traffy.yaml"
ROWS, RUNS, GOAL = 5000, 3, 30.0

HEAD = (
    "ticket_id,type,type_id,organization,comment,coords,address,subdistrict,district,province,timestamp,status,state,star,"
    "count_reopen,has_photo,has_photo_after,last_activity,note"
).split(",")
TYPES = ("ถนน", "ทางเท้า", "น้ำท่วม", "แสงสว่าง", "ความสะอาด", "ท่อระบายน้ำ", "จราจร", "สะพาน", "ต้นไม้", "เสียงรบกวน", "ป้าย")
DISTRICTS = ("หลักสี่", "บางกะปิ", "ลาดพร้าว", "ดินแดง", "จตุจักร", "บางซื่อ", "พระนคร", "คลองเตย", "ประเวศ", "มีนบุรี")
STATES = (("finish", "เสร็จสิ้น"), ("inprogress", "กำลังดำเนินการ"), ("start", "รอรับเรื่อง"), ("forward", "ส่งต่อ(ใหม่)"))


def made(file: Path) -> Path:
    """An own file of the same size and columns."""
    chance = random.Random(2565)
    first = datetime(2022, 6, 1, tzinfo=ZoneInfo("UTC"))
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(HEAD)
        for number in range(ROWS):
            district = chance.choice(DISTRICTS)
            status, state = chance.choices(STATES, (70, 20, 5, 5))[0]
            at = first + timedelta(minutes=chance.randrange(60 * 24 * 300))
            writer.writerow([
                f"2022-{number:06d}", chance.choice(TYPES), "", "กรุงเทพมหานคร", chance.choice(SENTENCES) + f" {number}",
                f"100.{chance.randrange(999):03d},13.{chance.randrange(999):03d}", f"ซอย {number} เขต{district}",
                district, district, "กรุงเทพมหานคร", at.isoformat(" "), status, state, chance.choice(("", "", "3", "5")),
                str(chance.choices((0, 1), (95, 5))[0]), "1", "0", "", "",
            ])  # fmt: skip
    return file


def by_the_command(file: Path, folder: Path) -> tuple[float, dict[str, int]]:
    """Seconds from the start of the command to its end on a data folder of its own, and its reconciliation."""
    data = folder / "data"
    with System(data, policy="traffy"):
        pass  # the first start adopts the policy
    command = [sys.executable, "-m", "services", "import", str(file), "--mapping", str(MAPPING), "--data", str(data)]
    begun = time.perf_counter()
    answer = subprocess.run(
        [*command, "--format", "json", "--rejects", str(folder / "rejected.csv")], cwd=ROOT, capture_output=True,
        text=True, timeout=300, check=True,
    )  # fmt: skip
    spent = time.perf_counter() - begun
    reconciliation: dict[str, int] = json.JSONDecoder().raw_decode(answer.stdout.lstrip())[0][0]
    return spent, reconciliation


async def by_copy(url: str, file: Path) -> float:
    """Seconds to bring the file into one table of texts and to read how many rows there are."""
    connection = await asyncpg.connect(url)
    head = next(csv.reader(file.open(encoding="utf-8-sig")))
    await connection.execute("drop table if exists public.plain")
    await connection.execute(f"create table public.plain ({', '.join(f'c{n} text' for n in range(len(head)))})")
    begun = time.perf_counter()
    await connection.copy_to_table("plain", source=file, schema_name="public", format="csv", header=True)
    await connection.fetchval("select count(*) from public.plain")
    spent = time.perf_counter() - begun
    await connection.close()
    return spent


def main() -> list[Figure]:
    """The figures."""
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as name:
        folder = Path(name)
        file = REAL if REAL.exists() else made(folder / "history.csv")
        seconds, plain = [], []
        reconciliation: dict[str, int] = {}
        for run in range(RUNS):
            place = folder / f"run{run}"
            place.mkdir()
            server = EmbeddedPostgres.start(place / "copy")
            try:
                plain.append(asyncio.run(by_copy(server.url, file)))
            finally:
                server.stop()
            spent, reconciliation = by_the_command(file, place)
            seconds.append(spent)
    counted = {name: reconciliation[name] for name in ("read", "registered", "duplicate", "rejected")}
    note = ", ".join(f"{number} {name}" for name, number in counted.items())
    which = "the shared file" if file == REAL else "a file made here"
    return [
        Figure("import of 5,000 rows, the whole command", median(seconds), "s", median(plain), "COPY of the file",
               at_most=GOAL, note=f"{which}: {note}"),
        Figure("  rows", counted["read"] / median(seconds), "/s"),
    ]  # fmt: skip
