"""Flex messages and the buttons under what we send: the receipt with number and date, one's cases, answers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.policy import PolicyBundle
from services.intake.file_complaint import Receipt
from services.intake.line.wording import Message, short
from services.kit.i18n import N_, Lang, translate
from services.kit.thai import format_datetime

GREEN, INK, SOFT = "#14392f", "#1c2421", "#5b6762"
ALT = 400
"""Characters of the text that stands for a Flex message where it cannot be shown."""


def receipt_flex(receipt: Receipt, bundle: PolicyBundle, lang: Lang, track_url: str) -> dict[str, Any]:
    """The receipt: number, secret, and until when the outcome is promised."""
    due = receipt.promised.resolve
    rows = [
        _label(translate(lang, "Your number")),
        _text(receipt.tracking_number, size="xl", weight="bold", color=GREEN),
        _label(translate(lang, "Secret for the tracking page")),
        _text(receipt.secret, size="lg", weight="bold"),
    ]
    if due is not None:
        rows += [
            _label(translate(lang, "We tell you the outcome by")),
            _text(format_datetime(due, lang, bundle.zone), weight="bold"),
        ]
    rows.append(_label(translate(lang, "To add something, simply write here.")))
    return {
        "type": "bubble",
        "header": _box([_text(translate(lang, "We have your case"), size="lg", weight="bold", color="#ffffff")])
        | {"backgroundColor": GREEN},
        "body": _box(rows) | {"spacing": "sm"},
        "footer": _box(
            [
                _button(translate(lang, "Follow the case"), {"type": "uri", "uri": track_url}, primary=True),
                _button(translate(lang, "See my cases"), {"type": "postback", "data": "status"}),
            ]
        )
        | {"spacing": "sm"},
    }


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in the list of one's cases."""

    number: str
    status: str
    next_words: str
    """What comes next, with its date."""
    url: str


def cases_flex(cases: Sequence[CaseLine], lang: Lang) -> Message:
    """One's cases with state and next date, as cards side by side."""
    alt = "\n".join(f"{case.number}: {case.status}. {case.next_words}".strip() for case in cases)
    bubbles = [
        {
            "type": "bubble",
            "size": "kilo",
            "body": _box(
                [_text(case.number, weight="bold", color=GREEN), _text(case.status, size="lg", weight="bold")]
                + ([_label(case.next_words)] if case.next_words else [])
            )
            | {"spacing": "sm"},
            "footer": _box([_button(translate(lang, "Open"), {"type": "uri", "uri": case.url})]),
        }
        for case in cases[:MOST_CARDS]
    ]
    return {"type": "flex", "altText": alt[:ALT], "contents": {"type": "carousel", "contents": bubbles}}


MOST_CARDS = 12
"""Cards that LINE takes in a carousel."""

_RATINGS = (
    ("5", N_("5 Very good")), ("4", N_("4 Good")), ("3", N_("3 Fair")), ("2", N_("2 Poor")), ("1", N_("1 Very poor")),
)  # fmt: skip


def answers_for(template: str | None, case_id: UUID | None, lang: Lang) -> dict[str, Any] | None:
    """The buttons under a message that asks for an answer: fixed or not after an outcome, five after a survey."""
    if case_id is None:
        return None
    if template in ("decision", "silence_notice"):
        pairs = [(N_("It is fixed"), f"act:accept:{case_id}"), (N_("It is not fixed"), f"act:contest:{case_id}")]
    elif template == "survey":
        pairs = [(label, f"rate:{rating}:{case_id}") for rating, label in _RATINGS]
    else:
        return None
    items = []
    for label, data in pairs:
        words = translate(lang, label)
        action = {"type": "postback", "label": short(words), "data": data, "displayText": words}
        items.append({"type": "action", "action": action})
    return {"items": items}


def by_date(words: str, at: datetime | None, bundle: PolicyBundle, lang: Lang) -> str:
    """Words with the date they speak of, in the era of the language; nothing without a date."""
    return translate(lang, words, date=format_datetime(at, lang, bundle.zone)) if at else ""


def _box(contents: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "box", "layout": "vertical", "contents": contents}


def _text(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, "wrap": True, "color": INK, **style}


def _label(text: str) -> dict[str, Any]:
    return _text(text, size="sm", color=SOFT)


def _button(label: str, action: dict[str, Any], *, primary: bool = False) -> dict[str, Any]:
    style = {"style": "primary", "color": GREEN} if primary else {"style": "link"}
    return {"type": "button", "height": "sm", "action": {**action, "label": short(label)}, **style}
