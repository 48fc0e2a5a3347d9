"""`redress schemas export DIR`: the contracts as JSON Schema, AsyncAPI and OpenAPI documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from schemas import asyncapi, contract
from services.cli.session import errors, told_plainly
from services.cli.tables import FORMAT, Format, show
from services.kit.errors import RedressError

schemas = typer.Typer(help="The contracts between services and with the outside.", no_args_is_help=True)


@schemas.command("export")
def export(folder: Path = typer.Argument(help="Where to write; made if missing.")) -> None:
    """Write a JSON Schema for every event version and the policy, the AsyncAPI and the OpenAPI document."""
    with told_plainly():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            documents = {f"{name}.json": schema for name, schema in asyncapi.event_schemas().items()}
            documents["policy.json"] = asyncapi.policy_schema()
            documents["asyncapi.json"] = asyncapi.document()
            documents["openapi.json"] = openapi()
            for name, document in documents.items():
                text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
                (folder / name).write_text(text, encoding="utf-8")
        except OSError as problem:
            raise RedressError(
                "The documents cannot be written to %(folder)s: %(why)s.",
                "Choose a folder you may write to.",
                params={"folder": folder, "why": problem.strerror},
            ) from problem
    errors.print(f"{len(documents)} documents written to {folder}")


@schemas.command("check")
def check(form: Format = FORMAT) -> None:
    """Hold every event version against the published one: only optional fields may have come. Exit code 1 otherwise."""
    today, before = contract.documents(), contract.frozen()
    with told_plainly():
        if not before:
            raise RedressError(
                "The published schemas are not there.",
                "Run this in a working tree, or with an installed package that holds `schemas/published`.",
            )
    broken = contract.breaks(before, today)
    rows = [{"event": line.split(": ", 1)[0], "change": line.split(": ", 1)[1]} for line in broken]
    show(rows, form, title="Changes that break a published version", columns=("event", "change"))
    if broken:
        errors.print("Publish them as new versions beside the old ones; see docs/decisions/0004-event-versions.md.")
        raise typer.Exit(1)
    errors.print(f"[green]✓[/] {len(before)} published event versions hold.")


def openapi() -> dict[str, Any]:
    """The OpenAPI document of all services in one process, as served at `/openapi.json`."""
    from services.cli.runtime import build
    from services.cli.web_app import make_app
    from services.kit.database import Database
    from services.kit.settings import Settings

    runtime = build(Settings(secret="only for the document"), Database("postgresql://nowhere/redress", "governance"))  # noqa: S106
    return make_app(runtime, start=False).openapi()
