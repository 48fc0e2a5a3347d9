"""Every command of `redress`, in one place."""

from __future__ import annotations

import typer

from services.cli.audit_books import audit
from services.cli.backup.commands import backup, restore
from services.cli.begin import begin
from services.cli.contacts import contacts
from services.cli.demo.command import demo
from services.cli.doctor import doctor
from services.cli.importing import import_
from services.cli.journal import journal
from services.cli.kpi import kpi, rebuild_app
from services.cli.mail import mail
from services.cli.parked import parked
from services.cli.policy import policy
from services.cli.proxy import proxy, write_routes
from services.cli.schedule import schedule
from services.cli.schemas import schemas
from services.cli.serve import migrate_tables, serve
from services.cli.staff import staff
from services.cli.subject import subject
from services.cli.up import up

app = typer.Typer(
    name="redress",
    help="Complaints in, promises kept: complaint handling after ISO 10002.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command()(up)
app.command()(serve)
app.command()(begin)
app.command("migrate")(migrate_tables)
app.command()(proxy)
app.command("routes")(write_routes)
app.command("import")(import_)
app.command()(demo)
app.command()(kpi)
app.command()(schedule)
app.command()(doctor)
app.command()(backup)
app.command()(restore)
app.add_typer(policy, name="policy")
app.add_typer(staff, name="staff")
app.add_typer(mail, name="mail")
app.add_typer(contacts, name="contacts")
app.add_typer(subject, name="subject")
app.add_typer(journal, name="journal")
app.add_typer(audit, name="audit")
app.add_typer(parked, name="parked")
app.add_typer(rebuild_app, name="rebuild")
app.add_typer(schemas, name="schemas")
