"""A demo larger than the days of its making: what was begun in a folder, and the multiplication of what was handled."""

from __future__ import annotations

from datetime import datetime

import asyncpg
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from services.cli.demo.begun import Begun
from services.cli.demo.make_demo import Made
from services.cli.demo.multiply.multiply import multiply
from services.cli.session import errors
from services.kit.settings import SERVICES, Settings


async def forget_half(url: str) -> None:
    """Empty the database of a demo that was interrupted while its originals were being handled."""
    connection = await asyncpg.connect(url)
    try:
        for service in SERVICES:
            await connection.execute(f"drop schema if exists {service} cascade")
    finally:
        await connection.close()


async def grow(settings: Settings, url: str, begun: Begun, *, quiet: bool = False) -> Made:
    """Multiply the handled cases to those wanted, or go on doing so; what stands there then.

    Raises:
        NotCloneable: they cannot be multiplied; the message says why.
    """
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[at]}")
    times = TimeElapsedColumn(), TimeRemainingColumn()
    with Progress(*columns, *times, console=errors, disable=quiet) as progress:
        task = progress.add_task(f"{begun.cases:,} cases", total=1.0, at="")

        def told(what: str, share: float) -> None:
            progress.update(task, completed=share, at=what)

        end = datetime.fromisoformat(begun.end)
        await multiply(url, settings.digest_key, begun.cases - begun.originals, end, told)
    return await _counted(url, end)


async def _counted(url: str, end: datetime) -> Made:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "select (select count(*) from routing.case) as cases,"
            " (select count(*) from routing.case where is_open) as open,"
            " (select count(*) from routing.case where is_open and due_at < $1) as late,"
            " (select count(*) from reporting.recovery) as recoveries,"
            " (select count(*) from sla.alert where sent_at is not null) as alerts",
            end,
        )
    finally:
        await connection.close()
    row = rows[0]
    return Made(row["cases"], row["open"], row["late"], row["recoveries"], row["alerts"], ())
