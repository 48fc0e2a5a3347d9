"""What can be done with a case beside the steps of its life: contact, note, task, reassignment, priority, kind, raise.

Each is a form of the same sort as those of the steps, who is offered it, and the use case it calls.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.i18n import N_, Lang, translate
from services.routing.add_note import add_note, may_note
from services.routing.case import Case
from services.routing.change_task import add_task, may_change_tasks
from services.routing.dossier.ask_dossier import ask_dossier, may_ask
from services.routing.edit_gist import edit_gist
from services.routing.forms import Field, Filled, Form, causes, group, media, units_for
from services.routing.links.link_cases import link_cases
from services.routing.merging.split_case import may_split, split_case
from services.routing.raise_case import LEVELS, raise_case
from services.routing.reassign_case import may_reassign, reassign_case
from services.routing.reclassify_case import may_reclassify, reclassify_case
from services.routing.record_contact import may_contact, record_contact
from services.routing.record_finding import may_record, record_finding
from services.routing.reprioritise_case import may_reprioritise, reprioritise_case
from services.routing.timeline import FINDINGS
from services.routing.timeline import LEVELS as LEVEL_LABELS


@dataclass(frozen=True, slots=True)
class Doing:
    """One of them being done: by whom, on which reading of the case, with what."""

    tx: Transaction
    copies: Copies
    ident: str
    filled: Filled
    viewer: StaffMember
    expected: int | None
    now: datetime

    def known(self) -> dict[str, Any]:
        """What every use case takes."""
        return {"viewer": self.viewer, "now": self.now}


@dataclass(frozen=True, slots=True)
class Act:
    """Something to do with a case. `title`, `button`, `done` are message ids."""

    code: str
    title: str
    button: str
    done: str
    icon: str
    form: Form
    may: Callable[[Case, StaffMember, PolicyBundle], bool]
    run: Callable[[Doing], Awaitable[object]]
    initial: Callable[[Case], Mapping[str, Any]] = lambda case: {}
    open_only: bool = True
    assigned_only: bool = False


def offered(act: Act, case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    """Whether this member of staff is offered it for the case as it stands."""
    if case.subject_person == member.username or (act.open_only and not case.open):
        return False
    if act.assigned_only and case.state in ("received", "assessed"):
        return False
    return not set(member.roles) <= {"auditor"} and act.may(case, member, bundle)


def _levels(case: Case, bundle: PolicyBundle, lang: Lang) -> Sequence[tuple[str, str]]:
    return [(level, translate(lang, LEVEL_LABELS[level])) for level in LEVELS]


def _kinds(case: Case, bundle: PolicyBundle, lang: Lang) -> Sequence[tuple[str, str]]:
    return [(kind.code, kind.label.say(lang)) for kind in bundle.kinds]


REASON = Field("reason", N_("Reason"), "words", required=True, free=True, hint=N_("Kept with the case."))

CONTACT = Form(
    "contact",
    (
        Field("text", N_("What was said or written"), "words", free=True, hint=N_("The complainant may read this.")),
        Field("medium", N_("Told by"), "choice", required=True, options=media),
        Field("contacted_at", N_("When"), "moment", hint=N_("Left empty: now.")),
        Field("progress", N_("It said how the case stands (counts as a progress update)"), "yes"),
        Field("unreached", N_("Nobody was reached (meets no target)"), "yes"),
    ),
)

NOTE = Form("note", (Field("text", N_("Note"), "words", required=True, free=True),))

TASK = Form(
    "task",
    (
        Field("what", N_("What is to be done"), "words", required=True, free=True),
        Field("owner", N_("By whom"), "member", hint=N_("Left empty, the owner of the case.")),
        Field("due_at", N_("By when"), "moment", future=True),
    ),
)

DROP_TASK = Form("drop_task", (REASON,))

REASSIGN = Form(
    "reassign",
    (
        Field("unit", N_("Unit responsible"), "choice", required=True, options=units_for),
        Field("owner", N_("Owner"), "member", hint=N_("Left empty, the least loaded officer on duty.")),
        REASON,
    ),
)

PRIORITY = Form(
    "priority", (Field("priority", N_("Priority"), "choice", required=True, options=group("priorities")), REASON)
)

KIND = Form(
    "kind",
    (
        Field("kind", N_("Kind"), "choice", required=True, options=_kinds),
        Field("category", N_("Category"), "choice", options=group("categories")),
        Field("cause", N_("Root cause"), "choice", options=causes),
        REASON,
    ),
)

RAISE = Form("raise", (Field("level", N_("To whom"), "choice", required=True, options=_levels), REASON))


GIST = Form("gist", (Field("gist", N_("Line in the queue"), "line", required=True, free=True),))


LINK = Form(
    "link",
    (Field("other", N_("Tracking number of the other case"), "line", required=True), REASON),
)

UNLINK = Form("unlink", (REASON,))


async def _link(it: Doing) -> object:
    other, reason = it.filled.fields["other"], it.filled.texts.get("reason")
    return await link_cases(it.tx, it.copies, it.ident, other=other, reason=reason, **it.known())


SPLIT = Form(
    "split",
    (
        Field("narrative", N_("What the new case is about"), "words", required=True, free=True,
              hint=N_("In the words of the complainant where you can; they follow both cases.")),
        Field("category", N_("Category"), "choice", required=True, options=group("categories")),
        REASON,
    ),
)  # fmt: skip


async def _split(it: Doing) -> object:
    words = it.filled.texts
    return await split_case(
        it.tx, it.copies, it.ident, narrative=words.get("narrative"), category=it.filled.fields["category"],
        reason=words.get("reason"), expected_version=it.expected, **it.known(),
    )  # fmt: skip


def _sorts(case: Case, bundle: PolicyBundle, lang: Lang) -> Sequence[tuple[str, str]]:
    return [(code, translate(lang, label)) for code, label in FINDINGS.items()]


FINDING = Form(
    "finding",
    (
        Field("sort", N_("What it is"), "choice", required=True, options=_sorts),
        Field("source", N_("From where, or from whom"), "line", required=True, free=True,
              hint=N_("For an interview: who, and in what capacity.")),
        Field("found_at", N_("When it was found or said"), "moment", hint=N_("Left empty: now.")),
        Field("text", N_("What it shows"), "words", required=True, free=True),
        Field("reference", N_("Where it is kept"), "line", free=True,
              hint=N_("A file of this case, a document number.")),
    ),
)  # fmt: skip


async def _finding(it: Doing) -> object:
    fields, words = it.filled.fields, it.filled.texts
    return await record_finding(
        it.tx, it.copies, it.ident, sort=fields["sort"], source=words.get("source"), text=words.get("text"),
        found_at=fields.get("found_at"), reference=words.get("reference"), **it.known(),
    )  # fmt: skip


DOSSIER = Form(
    "dossier",
    (
        Field("reason", N_("What it is for"), "words", required=True, free=True,
              hint=N_("Which body asked for it, by which letter. Kept with the case.")),
    ),
)  # fmt: skip


async def _dossier(it: Doing) -> object:
    return await ask_dossier(it.tx, it.copies, it.ident, reason=it.filled.texts.get("reason"), **it.known())


async def _contact(it: Doing) -> object:
    fields = it.filled.fields
    return await record_contact(
        it.tx, it.copies, it.ident, medium=fields["medium"], text=it.filled.texts.get("text"),
        contacted_at=fields.get("contacted_at"), progress=bool(fields.get("progress")),
        reached=not fields.get("unreached"), **it.known(),
    )  # fmt: skip


async def _note(it: Doing) -> object:
    return await add_note(it.tx, it.copies, it.ident, text=it.filled.texts.get("text"), **it.known())


async def _task(it: Doing) -> object:
    fields = it.filled.fields
    return await add_task(
        it.tx, it.copies, it.ident, what=it.filled.texts.get("what"), owner=fields.get("owner"),
        due_at=fields.get("due_at"), **it.known(),
    )  # fmt: skip


async def _reassign(it: Doing) -> object:
    fields = it.filled.fields
    return await reassign_case(
        it.tx, it.copies, it.ident, unit=fields.get("unit"), owner=fields.get("owner"),
        reason=it.filled.texts.get("reason"), expected_version=it.expected, **it.known(),
    )  # fmt: skip


async def _priority(it: Doing) -> object:
    return await reprioritise_case(
        it.tx, it.copies, it.ident, priority=it.filled.fields["priority"], reason=it.filled.texts.get("reason"),
        expected_version=it.expected, **it.known(),
    )  # fmt: skip


async def _kind(it: Doing) -> object:
    fields = it.filled.fields
    return await reclassify_case(
        it.tx, it.copies, it.ident, kind=fields.get("kind"), category=fields.get("category"),
        cause=fields.get("cause"), reason=it.filled.texts.get("reason"), expected_version=it.expected, **it.known(),
    )  # fmt: skip


async def _gist(it: Doing) -> object:
    return await edit_gist(it.tx, it.copies, it.ident, gist=it.filled.texts.get("gist"), **it.known())


async def _raise(it: Doing) -> object:
    return await raise_case(
        it.tx, it.copies, it.ident, level=it.filled.fields["level"], reason=it.filled.texts.get("reason"),
        **it.known(),
    )  # fmt: skip


ACTS: Mapping[str, Act] = {
    act.code: act
    for act in (
        Act("contact", N_("Record a contact"), N_("Keep the contact"), N_("The contact is recorded."), "phone",
            CONTACT, may_contact, _contact, lambda case: {"medium": case.channel, "progress": True}, open_only=False),
        Act("note", N_("Internal note"), N_("Keep the note"), N_("The note is kept."), "note",
            NOTE, may_note, _note, open_only=False),
        Act("task", N_("Add a task"), N_("Keep the task"), N_("The task is added."), "plus",
            TASK, may_change_tasks, _task),
        Act("reassign", N_("Give to another unit or officer"), N_("Give the case"), N_("The case is given on."),
            "assign", REASSIGN, may_reassign, _reassign, lambda case: {"unit": case.unit}, assigned_only=True),
        Act("priority", N_("Change the priority"), N_("Change the priority"), N_("The priority is changed."), "flag",
            PRIORITY, may_reprioritise, _priority, lambda case: {"priority": case.priority}),
        Act("kind", N_("Change kind, category or cause"), N_("Keep the classification"),
            N_("The classification is changed."), "tag", KIND, may_reclassify, _kind,
            lambda case: {"kind": case.kind, "category": case.category, "cause": case.cause}, open_only=False),
        Act("raise", N_("Raise to management"), N_("Raise the case"), N_("The case is raised."), "up",
            RAISE, may_note, _raise),
        Act("finding", N_("Add to the investigation record"), N_("Keep the finding"), N_("The finding is recorded."),
            "search", FINDING, may_record, _finding, lambda case: {"sort": "evidence"}, assigned_only=True),
        Act("link", N_("Link with another case"), N_("Link the cases"), N_("The cases are linked."), "link",
            LINK, may_note, _link, open_only=False),
        Act("split", N_("Split off a case"), N_("Make it a case of its own"),
            N_("The part becomes a case of its own; it is linked here in a moment."), "split",
            SPLIT, may_split, _split, lambda case: {"category": case.category}),
        Act("dossier", N_("Make a dossier of everything"), N_("Make the dossier"),
            N_("The dossier is being made; it comes among the files of the case in a moment."), "download",
            DOSSIER, may_ask, _dossier, open_only=False),
        Act("gist", N_("Change the line in the queue"), N_("Keep the line"), N_("The line is changed."), "edit",
            GIST, may_reprioritise, _gist, open_only=False),
    )
}  # fmt: skip
"""Everything there is, by its code in the address."""

BESIDE = ("finding", "reassign", "priority", "kind", "split", "raise", "dossier")
"""Those offered in a list beside the case; contact, note and task have places of their own."""
