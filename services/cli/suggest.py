"""`redress suggest`: learn from past cases where new ones belong, and see how well that goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from services.cli.runtime import Runtime
from services.cli.session import DATA, errors, with_runtime
from services.cli.tables import FORMAT, Format, show
from services.kit.errors import Conflict

suggest = typer.Typer(help="Suggestions for unit and category, learned from past cases.", no_args_is_help=True)

COLUMNS = (
    "model", "trained_at", "data_until", "cases", "target", "accuracy", "majority", "tested", "classes", "sure_90",
)  # fmt: skip


@suggest.command("train")
def train(data: Path | None = DATA, form: Format = FORMAT) -> None:
    """Learn a model in a process of its own and keep it with its measures; the running system uses it at once.

    The earlier four fifths of the cases are learned, the later fifth is asked; then the model that is kept learns all.
    """

    async def work(runtime: Runtime) -> list[dict[str, object]]:
        from services.routing.suggest.train_model import train_model

        context = runtime.contexts["routing"]
        now = context.now()
        made = await train_model(context.database, await context.copies.in_force(context.database, now), now)
        if made.version is None:
            raise Conflict(
                "%(cases)s past cases are too few to learn from.",
                "Import the history of the system before (`redress import`), or wait until there are some hundreds.",
                params={"cases": made.cases},
            )
        errors.print(f"[green]✓[/] {made.version}, learned from {made.cases:,} cases.", highlight=False)
        return await models(runtime, 1)

    show(with_runtime(data, work), form, title="Suggestions", columns=COLUMNS)


@suggest.command("list")
def list_models(data: Path | None = DATA, form: Format = FORMAT) -> None:
    """The models that are kept, the newest, which is in use, first."""
    show(with_runtime(data, lambda runtime: models(runtime, 5)), form, title="Suggestions", columns=COLUMNS)


async def models(runtime: Runtime, most: int) -> list[dict[str, object]]:
    """Models and their measures as rows to print."""
    rows = await runtime.contexts["routing"].database.read(
        "select version, trained_at, data_until, cases, measured from routing.suggestion_model"
        " order by trained_at desc limit $1",
        most,
    )
    return [_row(row, target, measured) for row in rows for target, measured in row["measured"].items()]


def _row(row: Any, target: str, measured: dict[str, Any]) -> dict[str, object]:
    sure = measured["sure"].get("0.90")
    return {
        "model": row["version"],
        "trained_at": row["trained_at"].isoformat(timespec="seconds"),
        "data_until": row["data_until"].isoformat(timespec="seconds"),
        "cases": row["cases"],
        "target": target,
        "accuracy": round(measured["accuracy"], 4),
        "majority": round(measured["majority"], 4),
        "tested": measured["tested"],
        "classes": measured["classes"],
        "sure_90": f"{sure[1]:.1%} of {sure[0]}" if sure else "–",
    }
