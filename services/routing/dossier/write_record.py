"""What routing knows of a case as one page that reads by itself, years later and without this system. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from schemas.policy import PolicyBundle
from services.kit.copies import Staff
from services.kit.i18n import N_, Lang, translate
from services.kit.thai import format_datetime
from services.routing.case_facts import facts_of
from services.routing.clock_view import clock_name
from services.routing.lifecycle import STATE_LABELS
from services.routing.read_case import CaseFile, ClockRow
from services.routing.timeline_view import Bubble, timeline_view

STYLE = (
    "body{font:16px/1.7 Sarabun,'Noto Sans Thai',sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}td,th{border-top:1px solid #999;padding:.3em .6em;text-align:left;"
    "vertical-align:top}blockquote{margin:.3em 0;padding-left:.8em;border-left:3px solid #999;white-space:pre-wrap}"
    "code{font-size:12px;overflow-wrap:anywhere}"
)


@dataclass(frozen=True, slots=True)
class JournalLine:
    """An entry of the audit trail: its place in the journal, what it says, and the digest that the chain holds."""

    position: int
    type: str
    at: datetime
    digest: str


def write_record(
    found: CaseFile,
    bundle: PolicyBundle,
    staff: Staff,
    journal: Sequence[JournalLine],
    *,
    asked_by: str,
    lang: Lang,
    now: datetime,
) -> str:
    """The page: the complaint, what is known, what happened and who did it, tasks, clocks, digests of the journal."""

    def say(text: str, **values: object) -> str:
        return translate(lang, text, **values) if values else translate(lang, text)

    def moment(at: datetime | None) -> str:
        return format_datetime(at, lang, bundle.zone) if at else "–"

    case, filed = found.case, found.filed
    told = filed.narrative or say(N_("(erased)"))
    title = f"{case.tracking_number} · {say(STATE_LABELS[case.state])}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(say(N_('Drawn up by %(name)s on %(moment)s'), name=asked_by, moment=moment(now)))}</p>",
        _section(say(N_("The complaint")), f"<blockquote>{escape(told)}</blockquote>"),
        _section(say(N_("About the case")), _terms([(say(N_("Received")), moment(case.received_at))]
                 + [(term, said) for term, said in facts_of(found, bundle, staff, lang)])),
        _section(say(N_("Timeline")), _timeline(found, bundle, staff, lang)),
        _section(say(N_("Tasks")), _rows(
            [task.what or say(N_("(erased)")), staff.name(task.owner), moment(task.due_at), task.status,
             moment(task.done_at)] for task in found.tasks
        )),
        _section(say(N_("Clocks")), _clocks(found.clocks, lang, moment)),
        _section(say(N_("Audit trail")), _rows(
            [str(line.position), line.type, moment(line.at), f"SHA-256 {line.digest}"] for line in journal
        )),
    ]  # fmt: skip
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="{lang}"><head>{head}</head><body>{"".join(parts)}</body></html>'


def _section(title: str, content: str) -> str:
    return f"<h2>{escape(title)}</h2>{content or '<p>–</p>'}"


def _terms(rows: Iterable[tuple[str, str]]) -> str:
    return _rows(list(row) for row in rows)


def _rows(rows: Iterable[Sequence[str]]) -> str:
    cells = ("".join(f"<td>{escape(value)}</td>" for value in row) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f"<table>{body}</table>" if body else ""


def _timeline(found: CaseFile, bundle: PolicyBundle, staff: Staff, lang: Lang) -> str:
    lines = []
    for entry in timeline_view(found, bundle, staff, lang):
        at = format_datetime(entry.at, lang, bundle.zone)
        said = "".join(_bubble(bubble) for bubble in entry.bubbles)
        lines.append(
            f"<tr><td>{escape(at)}</td><td><b>{escape(entry.label)}</b>{said}</td><td>{escape(entry.by)}</td></tr>"
        )
    return f"<table>{''.join(lines)}</table>"


def _bubble(bubble: Bubble) -> str:
    words = f"<blockquote>{escape(bubble.text)}</blockquote>" if bubble.text else ""
    return words + "".join(f"<p>{escape(term)}: {escape(said)}</p>" for term, said in bubble.facts)


def _clocks(clocks: Sequence[ClockRow], lang: Lang, moment: Callable[[datetime | None], str]) -> str:
    head = (N_("What is timed"), N_("Began"), N_("Due at"), N_("Met"), N_("Deadline passed"))
    rows = [[translate(lang, word) for word in head]]
    rows += [
        [clock_name(clock, lang), moment(clock.started_at), moment(clock.due_at), moment(clock.met_at),
         translate(lang, N_("yes")) if clock.missed else "–"]
        for clock in clocks
    ]  # fmt: skip
    return _rows(rows) if clocks else ""
