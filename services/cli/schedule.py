"""`redress schedule`: every periodic job of every service, on one page."""

from __future__ import annotations

from pathlib import Path

from services.cli.runtime import build
from services.cli.session import DATA, require_data_folder, told_plainly
from services.cli.tables import FORMAT, Format, show
from services.kit.database import Database
from services.kit.settings import Settings, default_data, from_environment


def schedule(data: Path | None = DATA, form: Format = FORMAT) -> None:
    """Every periodic job: what it does and how often, by the settings of the data folder; nothing need run for it."""
    with told_plainly():
        if data is not None:
            require_data_folder(data, new=False)
        settings = from_environment(Settings(data=data or default_data(), secret="only to list the jobs"))  # noqa: S106
        runtime = build(settings, Database("postgresql://nowhere/redress", "governance"))
    rows = [
        {"service": name, "job": job.name, "rhythm": job.rhythm(), "what": job.what}
        for name, service in runtime.services.items()
        for job in service.jobs
    ]
    show(rows, form, title="Schedule", columns=("service", "job", "rhythm", "what"))
