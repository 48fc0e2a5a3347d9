"""`redress doctor`: is everything as it should be, and if not, what to do."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import typer

from schemas.envelope import BUCKETS
from services.cli.runtime import Runtime
from services.cli.session import DATA, with_runtime
from services.cli.tables import FORMAT, Format, show
from services.intake.files.keep_file import file_store
from services.kit.errors import RedressError
from services.kit.journal import Break, verify
from services.kit.paths import fonts_dir

FREE_BYTES = 2 * 2**30


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    part: str
    ok: bool
    says: str
    do: str = ""


def doctor(
    data: Path | None = DATA,
    form: Format = FORMAT,
    deep: bool = typer.Option(False, "--deep", help="Also walk every journal from its first event."),
) -> None:
    """Look at database, journals, readers, sweep, disk, policy and fonts; each line says what to do."""

    async def work(runtime: Runtime) -> list[Finding]:
        return [finding async for finding in findings(runtime, deep=deep)]

    found = with_runtime(data, work, drain=False)
    rows = [{"": "✓" if f.ok else "✗", "part": f.part, "says": f.says, "do": f.do} for f in found]
    show(rows, form, title="Redress doctor")
    if not all(finding.ok for finding in found):
        raise typer.Exit(1)


async def findings(runtime: Runtime, *, deep: bool) -> AsyncIterator[Finding]:
    """Every check in turn."""
    database = runtime.contexts["governance"].database
    version = await database.read("select version() as v, pg_database_size(current_database()) as size")
    yield Finding("database", True, f"{version[0]['v'].split(' on ')[0]}, {version[0]['size'] / 2**20:,.0f} MB")
    async for finding in _journals(runtime, deep):
        yield finding
    async for finding in _readers(runtime):
        yield finding
    yield await _sweep(runtime)
    free = shutil.disk_usage(runtime.settings.data).free
    yield Finding(
        "disk",
        free > FREE_BYTES,
        f"{free / 2**30:,.1f} GB free",
        "" if free > FREE_BYTES else "Free some space, or move the data folder to a larger disk.",
    )
    yield await _policy(runtime)
    for finding in await _files(runtime):
        yield finding
    fonts = list(fonts_dir().glob("*.woff2")) if fonts_dir().is_dir() else []
    yield Finding(
        "fonts",
        True,
        f"Sarabun, {len(fonts)} files"
        if fonts
        else "Sarabun is not there; pages use a Thai font of the reader's machine",
        "" if fonts else "Run `make fonts` (needs npm) for the official look.",
    )


async def _files(runtime: Runtime) -> list[Finding]:
    """Whether files can be kept and, where a virus scanner is set, whether it answers."""
    if "intake" not in runtime.contexts:
        return []
    store = file_store(runtime.contexts["intake"])
    wrong, away = await store.storage.check(), await store.scanner.check()
    where = "in a bucket" if runtime.settings.option("REDRESS_S3_URL") else "in the data folder"
    scanned = "scanned by clamd" if store.scanner.on else "not scanned: REDRESS_CLAMD is not set"
    return [
        Finding("files", wrong is None, f"kept {where}" if wrong is None else "cannot be kept", wrong or ""),
        Finding("virus scanner", away is None, scanned if away is None else "away; files are held", away or ""),
    ]


async def _journals(runtime: Runtime, deep: bool) -> AsyncIterator[Finding]:
    for name, context in runtime.contexts.items():
        if not deep:
            rows = await context.database.read(f"select coalesce(sum(position), 0)::bigint n from {name}.bucket")
            yield Finding(f"journal {name}", True, f"{rows[0]['n']:,} events")
            continue
        breaks = []
        async with context.database.transaction() as tx:
            async for found in verify(tx, name, range(BUCKETS)):
                if isinstance(found, Break):
                    breaks.append(found)
        yield Finding(
            f"journal {name}",
            not breaks,
            f"{len(breaks)} places do not hold" if breaks else "every chain holds",
            "See `redress journal verify`; restore from a backup taken before." if breaks else "",
        )


async def _readers(runtime: Runtime) -> AsyncIterator[Finding]:
    for name, feed in runtime.feeds.items():
        lag = 0
        for source in feed.reader.subscriptions.sources:
            rows = await feed.reader.database.read(
                f"select coalesce(sum(b.position - coalesce(c.position, 0)), 0)::bigint lag from {source}.bucket b"
                f" left join {name}.cursor c on c.bucket = b.bucket and c.source = $1",
                source,
            )
            lag += rows[0]["lag"]
        parked = await feed.reader.database.read(
            f"select count(*) filter (where status = 'failed') failed, count(*) n from {name}.parked"
        )
        failed, waiting = parked[0]["failed"], parked[0]["n"]
        yield Finding(
            f"reader {name}",
            not failed,
            f"{lag:,} events to read, {waiting} parked ({failed} failed)",
            "Look at /admin/parked: mend the cause, then replay or discard." if failed else "",
        )


async def _sweep(runtime: Runtime) -> Finding:
    context = runtime.contexts["sla"]
    rows = await context.database.read(
        "select count(*) n, min(next_at) oldest from sla.clock where next_at < $1",
        context.now() - timedelta(seconds=60),
    )
    late = rows[0]["n"]
    return Finding(
        "sweep",
        not late,
        f"{late} clocks are due and wait since {rows[0]['oldest']}" if late else "nothing due is waiting",
        "Start the system (`redress up`), or see its log for `sweep waits`." if late else "",
    )


async def _policy(runtime: Runtime) -> Finding:
    context = runtime.contexts["governance"]
    try:
        bundle = await context.copies.in_force(context.database, context.now())
    except RedressError as problem:
        return Finding("policy", False, str(problem), problem.remedy)
    if bundle.sample:
        return Finding(
            "policy", True, f"{bundle.version} is a sample, not approved", "Adopt your own: `redress policy adopt`."
        )
    return Finding("policy", True, f"{bundle.version} in force")
