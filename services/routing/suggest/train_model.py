"""Train a model from the enterprise's own past cases, in a process of its own, and keep it with its measures."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from schemas.policy import PolicyBundle
from services.kit.database import Database
from services.kit.errors import Unavailable
from services.kit.i18n import N_
from services.routing.search.segmenter import ROOT
from services.routing.suggest.features import CHARACTERS

MOST_CASES = 40_000
"""The newest cases that are learned from."""

AT_ONCE = 1000
BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)
SECONDS = 3600.0
KEPT_MODELS = 5

PAST = """
    select id, received_at, left(narrative, $3) as narrative, unit, category from routing.case
     where not restricted and kind not in ('spam') and narrative is not null and state <> 'merged'
       and (received_at, id) > ($1, $2) and received_at >= $4
     order by received_at, id limit $5
"""

SINCE = f"""
    select received_at from routing.case_words order by received_at desc offset {MOST_CASES} limit 1
"""

KEEP = """
    insert into routing.suggestion_model (version, trained_at, data_until, cases, digest, content, measured)
    values ($1, $2, $3, $4, $5, $6, $7)
"""

FORGET = f"""
    delete from routing.suggestion_model where version not in
        (select version from routing.suggestion_model order by trained_at desc limit {KEPT_MODELS})
"""


class TrainingFailed(Unavailable):
    """The process that trains did not come to an end; the model before stays in use."""

    code = "training-failed"


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of it. `version` is None where there were too few cases to learn anything."""

    version: str | None
    cases: int
    measured: dict[str, Any]


async def train_model(database: Database, bundle: PolicyBundle, now: datetime) -> Trained:
    """Learn where cases came to belong: their unit, without the triage desk and restricted ones, and their category.

    Raises:
        TrainingFailed: the process ended without a model for a reason of its own.
    """
    with tempfile.TemporaryDirectory(prefix="redress-suggest-") as folder:
        target = Path(folder) / "model.npz"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "services.routing.suggest.train_worker", str(target),
            stdin=PIPE, stdout=PIPE, stderr=asyncio.subprocess.DEVNULL,
            env={
                "PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), "HOME": os.environ.get("HOME", "/"),
                "PYTHAINLP_READ_ONLY": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
            },
        )  # fmt: skip
        try:
            cases, until = await _teach(process, database, bundle)
            said = await asyncio.wait_for(process.communicate(), SECONDS)
        except BaseException as problem:
            if process.returncode is None:
                process.kill()
            await process.wait()
            if isinstance(problem, TimeoutError | BrokenPipeError | ConnectionResetError):
                raise _failed() from problem
            raise
        if process.returncode:
            raise _failed()
        measured: dict[str, Any] = orjson.loads(said[0])
        if not target.exists() or until is None:
            return Trained(None, cases, measured)
        return await _keep(database, target.read_bytes(), measured, cases, until, now)


async def _teach(process: Process, database: Database, bundle: PolicyBundle) -> tuple[int, datetime | None]:
    if process.stdin is None:
        raise _failed()
    cases, until = 0, None
    async for row in _past(database):
        process.stdin.write(orjson.dumps([row["narrative"], _labels(row, bundle)]) + b"\n")
        cases, until = cases + 1, row["received_at"]
        if not cases % AT_ONCE:
            await process.stdin.drain()
    await process.stdin.drain()
    process.stdin.close()
    return cases, until


async def _past(database: Database) -> AsyncIterator[Any]:
    """Past cases in the order in which they were received, a thousand at a time."""
    first = await database.read(SINCE)
    since: Any = first[0]["received_at"] if first else BEGINNING
    key: tuple[Any, Any] = (BEGINNING, "00000000-0000-0000-0000-000000000000")
    while True:
        rows = await database.read(PAST, *key, CHARACTERS, since, AT_ONCE)
        for row in rows:
            yield row
        if len(rows) < AT_ONCE:
            return
        key = rows[-1]["received_at"], rows[-1]["id"]


def _labels(row: Any, bundle: PolicyBundle) -> dict[str, str | None]:
    unit, category = row["unit"], row["category"]
    ordinary = bundle.has_unit(unit) and not bundle.unit(unit).restricted and unit != bundle.triage_unit
    known = category is not None and bundle.has("categories", category) and not bundle.is_misconduct(category)
    return {"unit": unit if ordinary else None, "category": category if known else None}


async def _keep(
    database: Database, content: bytes, measured: dict[str, Any], cases: int, until: datetime, now: datetime
) -> Trained:
    digest = hashlib.sha256(content).hexdigest()
    version = f"{now:%Y%m%dT%H%M%SZ}-{digest[:8]}"
    async with database.transaction() as tx:
        await tx.execute(KEEP, version, now, until, cases, digest, content, measured)
        await tx.execute(FORGET)
    return Trained(version, cases, measured)


def _failed() -> TrainingFailed:
    return TrainingFailed(
        N_("No model was learned: the process that trains ended before its time."),
        N_("See whether the machine has 2 GB of memory free, and run `redress suggest train` again."),
    )
