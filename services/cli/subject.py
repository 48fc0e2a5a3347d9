"""`redress subject find|export|correct|erase`: requests of people about their own data, from the command line.

Each act but finding is written down as a request with a clock of its own, in the name of a member of staff who answers
such requests, and is settled with what was done. Ordinary cases only: those of the restricted unit are handled on the
page by those who may see them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import orjson
import typer

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.cli.runtime import Runtime
from services.cli.session import DATA, errors, with_runtime
from services.cli.tables import FORMAT, Format, show
from services.intake.contacts.keeping import Contacts, contacts_of
from services.intake.messages.letter import set_paper
from services.intake.subjects.correct_identity import correct_identity, read_correction
from services.intake.subjects.erase_subject import How, erase_subject
from services.intake.subjects.export_subject import export_subject
from services.intake.subjects.find_subject import SubjectCase, find_subject, read_sought
from services.intake.subjects.record_request import Asked, record_request
from services.intake.subjects.rules import Kind
from services.intake.subjects.settle_request import settle_request
from services.intake.subjects.sheet import sheet_of
from services.kit.database import Transaction
from services.kit.errors import NotAllowed, NotFound, RedressError
from services.kit.i18n import Lang
from services.kit.scope import scope_of
from services.kit.service import Context

T = TypeVar("T")

subject = typer.Typer(help="What is kept of a person: find, export, correct, erase.", no_args_is_help=True)

WHO = typer.Argument(help="A telephone number, an e-mail address, a LINE user id, or the number of a case of theirs.")
BY = typer.Option(..., "--by", help="User name of the member of staff who does it (role privacy).")
VERIFIED = typer.Option(..., "--verified", help="How it was made sure that it is them.")
COLUMNS = ("number", "received_at", "channel", "identity", "state", "kept")


@subject.command("find")
def find(who: str = WHO, by: str = BY, data: Path | None = DATA, form: Format = FORMAT) -> None:
    """The cases of a person, and whether name and contacts are still kept there."""

    async def work(runtime: Runtime) -> list[dict[str, Any]]:
        context = runtime.contexts["intake"]
        member, bundle = await _member(context, by)
        found = await find_subject(context.database, read_sought(who), contacts_of(runtime.settings))
        return [_row(case) for case in _seen(found, member, bundle)]

    show(with_runtime(data, work), form, title="Cases", columns=COLUMNS)


@subject.command("export")
def export(
    who: str = WHO,
    out: Path = typer.Option(..., "--out", help="The JSON file to write; a PDF for reading is written beside it."),
    by: str = BY,
    verified: str = VERIFIED,
    lang: str = typer.Option("th", "--lang", help="th or en: the language of labels and of the PDF."),
    data: Path | None = DATA,
) -> None:
    """Everything kept of a person, for a program (JSON) and for reading (PDF)."""

    async def act(work: Work) -> int:
        language: Lang = "en" if lang == "en" else "th"
        document = await export_subject(
            work.tx, work.request_id, work.cases, bundle=work.bundle, copies=work.context.copies,
            contacts=work.contacts, lang=language, by=work.by, now=work.now,
        )  # fmt: skip
        paper = await set_paper("subject", sheet_of(document, language, work.bundle.zone))
        _write(out, orjson.dumps(document, option=orjson.OPT_INDENT_2))
        if paper is not None:
            _write(out.with_suffix(".pdf"), paper)
        else:
            errors.print("[yellow]The PDF could not be made; is a Thai font (fonts-thai-tlwg) installed?[/]")
        return len(work.cases)

    count = _run(data, "access", who, by, verified, act, "a copy was written")
    errors.print(
        f"[green]✓[/] {count} cases written to {out}. The files hold personal data: hand them over and remove."
    )


@subject.command("correct")
def correct(
    who: str = WHO,
    name: str = typer.Option("", "--name"),
    phone: str = typer.Option("", "--phone"),
    email: str = typer.Option("", "--email"),
    reason: str = typer.Option(..., "--reason", help="What showed it."),
    by: str = BY,
    verified: str = VERIFIED,
    data: Path | None = DATA,
) -> None:
    """Correct name or contacts in every case of a person."""

    async def act(work: Work) -> int:
        wanted = read_correction({"name": name, "phone": phone, "email": email})
        return await correct_identity(
            work.tx, work.request_id, work.cases, wanted, reason, contacts=work.contacts, by=work.by, now=work.now
        )

    count = _run(data, "correct", who, by, verified, act, "corrected as asked")
    errors.print(f"[green]✓[/] Corrected in {count} cases.")


@subject.command("erase")
def erase(
    who: str = WHO,
    ground: str = typer.Option(..., "--ground", help="Law and section."),
    pseudonymise: bool = typer.Option(False, "--pseudonymise", help="Only name and contacts; the words stay."),
    by: str = BY,
    verified: str = VERIFIED,
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    data: Path | None = DATA,
) -> None:
    """Erase what is kept of a person, for good and in every service; an open case follows when it has ended."""
    if not yes:
        typer.confirm("This cannot be undone. Erase?", abort=True)
    how: How = "forget" if pseudonymise else "erase"

    async def act(work: Work) -> dict[str, int]:
        return await erase_subject(work.tx, work.request_id, work.cases, how, ground, by=work.by, now=work.now)

    counted = _run(data, "erase", who, by, verified, act, "erased as asked")
    show([counted], Format.table, title="Erased")


class Work:
    """One request under way: its transaction, its cases, who does it and when."""

    def __init__(
        self, tx: Transaction, context: Context, request_id: UUID, cases: list[SubjectCase], bundle: PolicyBundle,
        contacts: Contacts, by: UUID, now: datetime,
    ) -> None:  # fmt: skip
        self.tx, self.context, self.request_id, self.cases = tx, context, request_id, cases
        self.bundle, self.contacts, self.by, self.now = bundle, contacts, by, now


def _run(
    data: Path | None, kind: Kind, who: str, by: str, verified: str, act: Callable[[Work], Awaitable[T]], outcome: str
) -> T:
    """Write the request down, do it, settle it; all of it is kept or nothing is."""

    async def work(runtime: Runtime) -> T:
        context, contacts = runtime.contexts["intake"], contacts_of(runtime.settings)
        member, bundle = await _member(context, by)
        now = context.now()
        asked = Asked(kind, read_sought(who), verified, "", now)
        async with context.database.transaction() as tx:
            cases = _seen(await find_subject(tx, asked.sought, contacts), member, bundle)
            if not cases:
                raise NotFound("No case is kept of this person by that.", "Try another contact, or a case number.")
            request_id = await record_request(tx, asked, bundle=bundle, contacts=contacts, by=member.staff_id, now=now)
            done = await act(Work(tx, context, request_id, cases, bundle, contacts, member.staff_id, now))
            await settle_request(tx, request_id, "done", outcome, by=member.staff_id, now=now)
        await runtime.drain()
        return done

    return with_runtime(data, work)


async def _member(context: Context, username: str) -> tuple[StaffMember, PolicyBundle]:
    member = (await context.copies.staff(context.database)).by_username.get(username)
    if member is None or not member.active or "privacy" not in member.roles:
        raise NotAllowed(
            "%(name)s is no member of staff with the role privacy.",
            "Name one who answers such requests; `redress staff list` shows the roles.",
            params={"name": username},
        )
    return member, await context.copies.in_force(context.database, context.now())


def _seen(cases: list[SubjectCase], member: StaffMember, bundle: PolicyBundle) -> list[SubjectCase]:
    scope = scope_of(bundle, member)
    return [case for case in cases if case.visible_to(scope) and not case.restricted]


def _row(case: SubjectCase) -> dict[str, Any]:
    kept = "erased" if case.erased_at else "name, contacts and words" if case.has_identity else "words"
    return {**{name: getattr(case, name) for name in COLUMNS if name != "kept"}, "kept": kept}


def _write(file: Path, content: bytes) -> None:
    try:
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_bytes(content)
    except OSError as problem:
        raise RedressError(
            "%(file)s cannot be written: %(why)s.",
            "Choose another place with --out.",
            params={"file": file, "why": problem.strerror},
        ) from problem
