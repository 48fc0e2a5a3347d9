"""`redress doctor`: is everything as it should be, and if not, what to do."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import typer

from schemas.envelope import BUCKETS
from services.cli.books.readers import lags
from services.cli.runtime import Runtime
from services.cli.session import DATA, with_runtime
from services.cli.tables import FORMAT, Format, show
from services.intake.check_channels import ways_out
from services.intake.contacts.keeping import contacts_of
from services.intake.contacts.seal_again import contacts_left
from services.intake.email.check_mail import check_mail
from services.intake.files.keep_file import file_store
from services.intake.phone.check_phone import check_phone
from services.kit.errors import RedressError
from services.kit.journal import Break, verify
from services.kit.migrate import pending
from services.kit.parked import parked_figures
from services.kit.paths import fonts_dir
from services.kit.unheard import list_unheard

FREE_BYTES = 2 * 2**30
OLDEST_POSTGRES = 15


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
    async for finding in _databases(runtime):
        yield finding
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
    async for tried in check_mail(runtime.settings):
        yield Finding(*tried)
    for finding in await _ways_out(runtime):
        yield finding
    if "intake" in runtime.contexts:
        for each in await check_phone(runtime.contexts["intake"]):
            yield Finding(*each)
    for finding in await _files(runtime):
        yield finding
    for told in (_keys(runtime), await _contacts(runtime), _restored(runtime)):
        if told is not None:
            yield told
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


async def _ways_out(runtime: Runtime) -> list[Finding]:
    """Whether messages can leave: every channel that is on, tried; one that is off says what switches it on."""
    if "intake" not in runtime.contexts:
        return []
    found = []
    for way in await ways_out(runtime.contexts["intake"]):
        part = f"messages by {way.channel}"
        if not way.on:
            found.append(Finding(part, True, f"off ({', '.join(way.settings)} is not set)"))
        elif way.wrong is not None:
            found.append(Finding(part, False, "on, and in trouble", way.wrong))
        else:
            left = "" if way.left is None else f"; {way.left:,} left of this month's quota"
            found.append(Finding(part, True, f"lets us in{left}"))
    return found


async def _journals(runtime: Runtime, deep: bool) -> AsyncIterator[Finding]:
    for name, context in runtime.contexts.items():
        if not deep:
            rows = await context.database.read(f"select coalesce(sum(position), 0)::bigint n from {name}.bucket")
            yield Finding(f"journal {name}", True, f"{rows[0]['n']:,} events")
            continue
        breaks = []
        async with context.database.transaction() as tx:
            await tx.execute("set transaction isolation level repeatable read, read only")
            async for found in verify(tx, name, range(BUCKETS)):
                if isinstance(found, Break):
                    breaks.append(found)
        yield Finding(
            f"journal {name}",
            not breaks,
            f"{len(breaks)} places do not hold" if breaks else "every chain holds",
            "See `redress journal verify` for the places; restore from a backup taken before." if breaks else "",
        )


async def _databases(runtime: Runtime) -> AsyncIterator[Finding]:
    services: dict[str, list[str]] = {}
    for name, context in runtime.contexts.items():
        services.setdefault(context.database.url, []).append(name)
    for url, names in services.items():
        database = runtime.contexts[names[0]].database
        part = "database" if len(services) == 1 else f"database {', '.join(names)}"
        (row,) = await database.read(
            "select version() as v, current_setting('server_version_num')::int as number,"
            " pg_database_size(current_database()) as size"
        )
        old = row["number"] < OLDEST_POSTGRES * 10_000
        yield Finding(
            part,
            not old,
            f"{row['v'].split(' on ')[0]}, {row['size'] / 2**20:,.0f} MB",
            f"Upgrade PostgreSQL to {OLDEST_POSTGRES} or newer." if old else "",
        )
        left = await pending(url, names)
        yield Finding(
            f"tables {', '.join(names)}" if len(services) > 1 else "tables",
            all(each.phase == "post" for each in left),
            f"{len(left)} migrations are left" if left else "of this version",
            f"Run `redress migrate --phase {left[0].phase}`." if left else "",
        )


async def _readers(runtime: Runtime) -> AsyncIterator[Finding]:
    databases = {name: context.database for name, context in runtime.contexts.items()}
    for name, service in runtime.services.items():
        followed = {name: [source for source in service.subscriptions.sources if source in databases]}
        unread = sum(lag.events for lag in await lags(databases, followed))
        figures = await parked_figures(databases[name])
        waiting = figures.not_yet + figures.waiting
        passed = sum(each.events for each in await list_unheard(databases[name]))
        says = f"{unread:,} events to read, {figures.failed} failed and {waiting} waiting"
        do = ""
        if figures.failed:
            do = f"See /admin/parked or `redress parked list {name}`: mend the cause, then replay or discard."
        elif unread:
            do = (
                "Look again in a minute; if it does not fall, see that the service runs and its log for `reader waits`."
            )
        elif passed:
            do = f"{passed:,} events of types unknown to it were passed over: upgrade this service."
        yield Finding(f"reader {name}", not figures.failed, says, do)


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


def _keys(runtime: Runtime) -> Finding | None:
    """The key is its owner's alone; None where it comes from the environment."""
    file = runtime.settings.data / "secret.key"
    if not file.exists():
        return None
    alone = not stat.S_IMODE(file.stat().st_mode) & 0o077
    return Finding(
        "key",
        alone,
        "only its owner can read secret.key" if alone else "others can read secret.key",
        "" if alone else f"Run `chmod 600 {file}` and find out who has read it; a new key ends every session.",
    )


async def _contacts(runtime: Runtime) -> Finding | None:
    """Whether every contact is sealed with the newest key, and can be read."""
    if "intake" not in runtime.contexts:
        return None
    try:
        kept = contacts_of(runtime.settings)
    except RedressError as problem:
        return Finding("contacts", False, str(problem), problem.remedy)
    left = await contacts_left(runtime.contexts["intake"].database, kept)
    if left.unknown:
        return Finding(
            "contacts",
            False,
            f"{left.unknown:,} rows cannot be read with the keys that are here",
            "Add their key at the end of REDRESS_CONTACT_KEY, then `redress contacts rotate`.",
        )
    says = f"sealed with the key {kept.seal.newest}"
    if left.to_do:
        says = f"{left.plain:,} rows are plain and {left.former:,} under a former key; {says} from now on"
    return Finding("contacts", True, says, "Wait, or run `redress contacts rotate`." if left.to_do else "")


def _restored(runtime: Runtime) -> Finding | None:
    """That the system was made of a backup, and what was not sent because of it."""
    file = runtime.settings.data / "restored.json"
    if not file.exists():
        return None
    note = json.loads(file.read_text(encoding="utf-8"))
    held = sum(note["held"].values())
    return Finding(
        "restored",
        True,
        f"at {note['restored_at'][:16]} from {note['file']} of {note['taken_at'][:16]}; {held:,} things not sent again",
        "Tell those concerned where the old system had not; remove restored.json when that is done." if held else "",
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
