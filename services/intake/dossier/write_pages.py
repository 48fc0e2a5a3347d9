"""The pages of a dossier that intake writes: what is in it, and the messages. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote

from services.intake.messages.words import CHANNEL_NAMES, STATE_NAMES
from services.kit.i18n import N_, translate
from services.kit.thai import format_datetime

STYLE = (
    "body{font:16px/1.7 Sarabun,'Noto Sans Thai',sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}td{border-top:1px solid #999;padding:.3em .6em;vertical-align:top}"
    "blockquote{margin:.3em 0;padding-left:.8em;border-left:3px solid #999;white-space:pre-wrap}"
    "code{font-size:12px;overflow-wrap:anywhere}"
)


@dataclass(frozen=True, slots=True)
class DossierFile:
    """A file of the case in the dossier; `path` is None for one that could not be put in, `state` says why."""

    path: str | None
    name: str
    sha256: str
    at: datetime
    internal: bool
    state: str


WHY_NOT: Mapping[str, str] = {
    "kept": N_("an original mail, which names its sender; it is given on its own page for a reason"),
    "held": N_("waits for the virus scanner"),
    "infected": N_("refused by the virus scanner"),
    "erased": N_("erased"),
}


def write_index(number: str, files: Sequence[DossierFile], asked: tuple[datetime, str], zone: str) -> str:
    """The first page: what there is, with the digest of every file, and who asked for it."""
    say = _say
    by = say(N_("Asked for by %(name)s on %(moment)s"), name=asked[1], moment=format_datetime(asked[0], "th", zone))
    pages = (("case.html", N_("The case: complaint, timeline, decision, clocks")), ("messages.html", N_("Messages")))
    links = "".join(f'<li><a href="{name}">{escape(say(title))}</a></li>' for name, title in pages)
    rows = "".join(_file_row(file, zone) for file in files)
    check = say(N_("SHA256SUMS lists the digest of every part; check it with sha256sum -c."))
    who = say(N_("Who complained and how to reach them is not in it; it is given on its own page, for a reason."))
    return _page(
        say(N_("Dossier of %(number)s"), number=number),
        f"<p>{escape(by)}</p><ul>{links}</ul><h2>{escape(say(N_('Files')))}</h2>"
        f"<table>{rows}</table><p>{escape(check)}</p><p>{escape(who)}</p>",
    )


def _file_row(file: DossierFile, zone: str) -> str:
    if file.path is None:
        why = _say(WHY_NOT.get(file.state, WHY_NOT["erased"]))
        shown = f"{escape(file.name)} ({escape(_say(N_('not included: %(why)s'), why=why))})"
    else:
        shown = f'<a href="{quote(file.path)}">{escape(file.name)}</a>'
    inside = f" · {escape(_say(N_('internal')))}" if file.internal else ""
    at = escape(format_datetime(file.at, "th", zone))
    return f"<tr><td>{at}</td><td>{shown}{inside}<br><code>SHA-256 {file.sha256}</code></td></tr>"


def write_messages(number: str, messages: Sequence[Mapping[str, Any]], zone: str) -> str:
    """The messages both ways, with what became of each."""
    rows = []
    for item in messages:
        inward = item["direction"] == "in"
        whose = _say(N_("From the complainant")) if inward else _say(N_("To the complainant"))
        channel = _say(CHANNEL_NAMES.get(item["channel"] or "", item["channel"] or ""))
        state = "" if inward else _say(STATE_NAMES.get(item["state"], item["state"]))
        head = " · ".join(part for part in (whose, channel, state, item["subject"] or "") if part)
        words = escape(item["text"] or _say(N_("(erased)")))
        at = escape(format_datetime(item["created_at"], "th", zone))
        rows.append(f"<tr><td>{at}</td><td><b>{escape(head)}</b><blockquote>{words}</blockquote></td></tr>")
    return _page(_say(N_("Messages of %(number)s"), number=number), f"<table>{''.join(rows)}</table>")


def _say(text: str, **values: object) -> str:
    if not text:
        return ""
    return translate("th", text, **values) if values else translate("th", text)


def _page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="th"><head>{head}</head><body><h1>{escape(title)}</h1>{body}</body></html>'
