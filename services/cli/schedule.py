"""`redress schedule`: every periodic job of every service, on one page."""

from __future__ import annotations

from services.cli.runtime import build
from services.cli.tables import FORMAT, Format, show
from services.kit.database import Database
from services.kit.settings import Settings


def schedule(form: Format = FORMAT) -> None:
    """Every periodic job: what it does and how often."""
    runtime = build(Settings(secret="only to list the jobs"), Database("postgresql://nowhere/redress", "governance"))  # noqa: S106
    rows = [
        {"service": name, "job": job.name, "rhythm": job.rhythm(), "what": job.what}
        for name, service in runtime.services.items()
        for job in service.jobs
    ]
    show(rows, form, title="Schedule", columns=("service", "job", "rhythm", "what"))
