"""The paper on which a person reads what is kept of them: a heading, then a part for each case. Pure data and layout.

`SHEET` is set by `messages/letter_worker.py`; `sheet_of` turns an export into the words that stand on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.kit.i18n import N_, Lang, translate
from services.kit.thai import Zone, format_date, format_datetime

SHEET = """
#let it = json(bytes(sys.inputs.at("data")))
#set page(paper: "a4", margin: (left: 2.5cm, right: 2cm, top: 2.2cm, bottom: 2cm), numbering: "1 / 1")
#set text(font: ("TH Sarabun New", "Sarabun", "Norasi", "Garuda", "Loma"), size: 13pt, lang: it.lang)
#set par(justify: false, leading: 0.8em, spacing: 0.9em)
#let lines(words) = for line in words.split("\\n") { par(line) }
#let quiet(words) = text(size: 11pt, fill: luma(90), words)
#text(size: 20pt, weight: "bold", it.title)
#v(-0.4em)
#quiet(it.subtitle)
#line(length: 100%, stroke: 0.8pt)
#for said in it.intro [#lines(said)]
#for case in it.cases [
  #v(0.5cm)
  #block(breakable: false)[
    #text(size: 16pt, weight: "bold", case.title)
    #grid(columns: (4.2cm, 1fr), row-gutter: 0.7em, ..case.facts.map(f => (quiet(f.at(0)), f.at(1))).flatten())
  ]
  #for part in case.parts [
    #block(above: 1.3em, below: 0.6em, sticky: true, text(weight: "bold", part.title))
    #for entry in part.entries [
      #if entry.at(0) != "" [#quiet(entry.at(0)) \\ ]
      #lines(entry.at(1))
    ]
  ]
]
"""
"""Typst source; what people wrote comes in as data only."""


def sheet_of(document: Mapping[str, Any], lang: Lang, zone: Zone) -> dict[str, Any]:
    """The words of the paper."""

    def say(text: str, **params: Any) -> str:
        return str(translate(lang, text, **params))

    kept = ", ".join(say(N_("%(what)s %(years)s years after the case ended"), **rule) for rule in document["kept_for"])
    intro = [
        document["privacy_notice"],
        f"{say(N_('Lawful basis'))}: {document['lawful_basis']}",
        *([f"{say(N_('Kept for'))}: {kept}"] if kept else []),
    ]
    return {
        "lang": lang,
        "title": say(N_("Your data at %(organisation)s"), organisation=document["controller"]),
        "subtitle": say(
            N_("Data request %(number)s · made on %(date)s"), number=document["request"],
            date=format_date(document["made_at"], lang, zone, "full"),
        ),
        "intro": intro,
        "cases": [_case(case, lang, zone) for case in document["cases"]],
    }  # fmt: skip


_WHO = {
    "name": N_("Name"), "phone": N_("Telephone"), "email": N_("E-mail"), "representative_name": N_("Representative"),
    "representative_relation": N_("Relation"), "representative_authority": N_("Authority"),
}  # fmt: skip

IDENTITIES = {
    "named": N_("under your name"), "confidential": N_("confidential"), "anonymous": N_("anonymous"),
}  # fmt: skip


def _case(case: Mapping[str, Any], lang: Lang, zone: Zone) -> dict[str, Any]:
    def say(text: str, **params: Any) -> str:
        return str(translate(lang, text, **params))

    def moment(at: datetime | None) -> str:
        return format_datetime(at, lang, zone) if at else ""

    facts = [
        (say(N_("Received")), moment(case["received_at"])),
        (say(N_("Channel")), case["channel_label"]),
        (say(N_("Category")), case["category_label"]),
        (say(N_("State")), case["state_label"]),
        (say(N_("Filed")), say(IDENTITIES[case["identity"]])),
        (say(N_("Consent text agreed to")), case["consent_version"]),
        *((say(label), case["who"].get(name)) for name, label in _WHO.items()),
        *((say(N_("Reached by")), f"{row['channel']} {row['address']}") for row in case["reached_at"]),
    ]
    directions = {"in": N_("from you"), "out": N_("to you")}
    parts = [
        (N_("What you wrote"), [("", case["narrative"])] if case["narrative"] else []),
        (N_("What you asked for"), [("", case["remedy_sought"])] if case["remedy_sought"] else []),
        (N_("Where"), [("", case["location"])] if case["location"] else []),
        (
            N_("What happened"),
            [(moment(step["at"]), "\n".join(filter(None, (step["what"], step["words"])))) for step in case["timeline"]],
        ),
        (
            N_("Messages"),
            [
                (
                    f"{moment(sent['at'])} · {sent['channel'] or ''} · {say(directions[sent['direction']])}",
                    "\n".join(filter(None, (sent["subject"], sent["text"]))) or say(N_("(erased)")),
                )
                for sent in case["messages"]
            ],
        ),
        (
            N_("Files"),
            [
                (moment(file["at"]), f"{file['name'] or say(N_('(erased)'))} · {file['size']:,} B")
                for file in case["files"]
            ],
        ),
        (N_("When staff opened your name and contacts"), [("", moment(at)) for at in case["identity_opened_at"]]),
    ]
    return {
        "title": case["tracking_number"],
        "facts": [[label, str(said)] for label, said in facts if said],
        "parts": [
            {"title": say(title), "entries": [list(entry) for entry in entries]} for title, entries in parts if entries
        ],
    }
