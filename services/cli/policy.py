"""`redress policy check|show|diff|adopt`."""

from __future__ import annotations

from pathlib import Path

import typer
import yaml
from rich.console import Console
from rich.markup import escape

from schemas.policy import PolicyBundle
from services.cli.runtime import Runtime
from services.cli.session import DATA, errors, told_plainly, with_runtime
from services.cli.tables import FORMAT, Format, show
from services.cli.up import read_policy
from services.governance.adopt_policy import adopt_policy
from services.governance.check_policy import check_policy
from services.governance.compare_policies import compare_policies
from services.kit.errors import RedressError
from services.kit.listening import NotYet

policy = typer.Typer(help="The policy: one document that says everything the enterprise decides.", no_args_is_help=True)


def checked(file: Path, form: Format = Format.table) -> PolicyBundle:
    """The bundle in a file; its mistakes are printed and end the command with exit code 1."""
    result = check_policy(read_policy(file))
    rows = [
        {"line": m.line, "place": m.path, "what": m.what, "remedy": m.remedy}
        for m in (*result.mistakes, *result.warnings)
    ]
    if result.bundle is None:
        show(rows, form, title=f"{file}: {len(result.mistakes)} mistakes")
        raise typer.Exit(1)
    for row in rows:
        errors.print(f"[yellow]line {row['line']}[/] " + escape(f"{row['place']}: {row['what']} {row['remedy']}"))
    return result.bundle


@policy.command("check")
def check(file: Path, form: Format = FORMAT) -> None:
    """Read a policy and explain every mistake by its line and its remedy."""
    with told_plainly():
        bundle = checked(file, form)
    errors.print(
        f"[green]✓[/] {file}: version {bundle.version}, {len(bundle.units)} units, {len(bundle.categories)} categories,"
        f" {len(bundle.rules)} rules, {len(bundle.kpi_targets)} KPI targets hold together."
    )


async def _versions(runtime: Runtime) -> list[dict[str, object]]:
    return [
        dict(row)
        for row in await runtime.contexts["governance"].database.read(
            "select version, effective_from, adopted_at, sample, approval, bundle from governance.policy_version"
            " order by effective_from, adopted_at"
        )
    ]


def _bundle_of(data: Path | None, version: str | None) -> PolicyBundle:
    async def work(runtime: Runtime) -> PolicyBundle:
        context = runtime.contexts["governance"]
        if version:
            try:
                return await context.copies.policy(context.database, version)
            except NotYet as unknown:
                raise RedressError(
                    "There is no policy version %(version)s.",
                    "`redress policy show --versions` lists them.",
                    params={"version": version},
                ) from unknown
        return await context.copies.in_force(context.database, context.now())

    return with_runtime(data, work)


@policy.command("show")
def show_policy(
    version: str | None = typer.Argument(None, help="A version; else the one in force."),
    data: Path | None = DATA,
    versions: bool = typer.Option(False, "--versions", help="List the versions instead."),
    form: Format = FORMAT,
) -> None:
    """Print a policy as YAML, or list the versions with their dates and approvals."""
    if versions:
        rows = with_runtime(data, _versions)
        for row in rows:
            approval = row.pop("approval")
            row["approved"] = approval["resolution_number"] if isinstance(approval, dict) else "sample"
            del row["bundle"]
        show(rows, form, title="Policy versions")
        return
    document = _bundle_of(data, version).model_dump(mode="json")
    Console().print(
        yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110), highlight=False, markup=False
    )


@policy.command("diff")
def diff(
    file: Path,
    version: str | None = typer.Option(None, "--with", help="The version to compare with; else the one in force."),
    data: Path | None = DATA,
    form: Format = FORMAT,
) -> None:
    """What a policy file changes against the one in force."""
    with told_plainly():
        new = checked(file)
    old = _bundle_of(data, version)
    rows = [
        {"place": change.path, "before": change.before, "after": change.after} for change in compare_policies(old, new)
    ]
    show(rows, form, title=f"{old.version} → {new.version}", columns=("place", "before", "after"))


@policy.command("adopt")
def adopt(
    file: Path,
    data: Path | None = DATA,
    yes: bool = typer.Option(False, "--yes", "-y", help="Do not ask."),
) -> None:
    """Adopt an approved policy: it takes effect on its `approval.effective_from`."""
    with told_plainly():
        bundle = checked(file)
        if bundle.approval is None:
            raise RedressError(
                "This policy has no approval record, so it cannot be adopted.",
                "Add `approval` with body, resolution number and date, signatory and effective date.",
            )
    if not yes:
        typer.confirm(
            f"Adopt version {bundle.version} (resolution {bundle.approval.resolution_number}), in force from"
            f" {bundle.approval.effective_from}?",
            abort=True,
        )

    async def work(runtime: Runtime) -> None:
        context = runtime.contexts["governance"]
        async with context.database.transaction() as tx:
            await adopt_policy(tx, bundle, now=context.now(), by=None)
        await runtime.drain()

    with_runtime(data, work)
    errors.print(f"[green]✓[/] {bundle.version} is adopted.")
