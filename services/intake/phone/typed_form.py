"""What staff type of a call, letter or visit, and the filing it makes. Pure.

The fields are those of the public form with a few of the staff's: how and when it came in, the number of the letter,
the open case it is about, and the answers to the questions that the policy asks about a category.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.policy import PolicyBundle
from services.intake.filing import clean
from services.intake.public_form import Answers, answers_in, filing_of

CHANNELS = ("phone", "letter", "walk_in")
"""The channels that are typed in; the codes of the policy."""

STAFF_FIELDS = ("received_at", "external_reference", "language", "dated", "into")
_ASKED = "ask."


@dataclass(frozen=True, slots=True)
class Typed:
    """A form that was sent: the arrival it settles, who typed it, the call it is about, and whose files it has."""

    channel: str
    source_id: str
    once: str
    by: UUID
    call_id: UUID | None
    files: bytes
    answers: Answers
    began_at: datetime | None = None
    """When the call began: it was received then, unless the form says otherwise."""

    @property
    def into(self) -> UUID | None:
        """The open case it joins; None for a new one."""
        try:
            return UUID(self.answers.get("into", ""))
        except ValueError:
            return None


def typed_answers(given: Mapping[str, Any]) -> Answers:
    """The answers in the posted form, with those to the guiding questions of the category that was chosen."""
    answers = answers_in(given)
    for name in STAFF_FIELDS:
        answers[name] = _plain(given.get(name))
    asked = f"{_ASKED}{answers['category']}."
    for name in given:
        if str(name).startswith(asked) and (text := _plain(given.get(name))):
            answers[str(name)[:120]] = text[:2000]
    return answers


def _plain(value: Any) -> str:
    return clean(str(value or "").replace("\x00", ""))


def question_field(category: str, number: int) -> str:
    """The name of the field that holds the answer to a question of a category, counted from nought."""
    return f"{_ASKED}{category}.{number}"


def narrative_of(answers: Answers, bundle: PolicyBundle) -> str:
    """What was told, with each question that was answered under it."""
    category = answers["category"]
    questions = bundle.questions_for_category(category) if category and bundle.has("categories", category) else ()
    lines = [
        f"{question.th} {answer}"
        for number, question in enumerate(questions)
        if (answer := answers.get(question_field(category, number), ""))
    ]
    return "\n\n".join(part for part in (answers["narrative"], "\n".join(lines)) if part)


def filing_of_typed(typed: Typed, bundle: PolicyBundle) -> dict[str, Any]:
    """The body that the API would take of staff."""
    answers = typed.answers
    body = filing_of(answers, "en" if answers["language"] == "en" else "th")
    received = answers["received_at"] or (typed.began_at.isoformat() if typed.began_at else None)
    return {
        **body,
        "narrative": narrative_of(answers, bundle),
        "channel": typed.channel,
        "received_at": received,
        "external_reference": answers["external_reference"] or None,
    }
