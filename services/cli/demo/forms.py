"""What officers, approvers and reviewers of the demo write into the forms of a case's steps. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from services.cli.demo import words
from services.cli.demo.plan import Story
from services.cli.demo.topic import Remedy
from services.routing.case import Case
from services.routing.steps import PROPOSE, form_for

Fields = dict[str, Any]


def waiting_for_complainant(story: Story, now: datetime) -> Fields:
    """The question to the complainant, and until when."""
    until = now.replace(hour=9, minute=30, second=0, microsecond=0) + timedelta(days=7)
    return {"what": story.topic.question, "until": until.isoformat()}


def waiting_for_others(dice: Random, now: datetime) -> Fields:
    """What another body has to tell."""
    what, whom = dice.choice(words.THIRD_PARTIES)
    return {"what": what, "from_whom": whom, "until": (now + timedelta(days=10)).isoformat()}


def proposal(case: Case, story: Story, dice: Random) -> Fields:
    """Findings, cause, correction, prevention and maybe a remedy; for other kinds, the answer."""
    topic = story.topic
    # Whoever took the case over declares anew.
    declared: Fields = {"no_conflict": True} if "no_conflict" in form_for(PROPOSE, case).names() else {}
    if not case.is_complaint:
        return {**declared, "findings": story.told.finding}
    unfounded = dice.random() < 0.06 and not case.reopened_count
    fields: Fields = {
        **declared,
        "findings": words.UNFOUNDED[0] if unfounded else story.told.finding,
        "cause": "unfounded" if unfounded else topic.cause,
        "correction": words.UNFOUNDED[1] if unfounded else story.told.correction,
    }
    if case.reopened_count:
        fields |= {"findings": f"{words.AGAIN[0]} {fields['findings']}", "correction": words.AGAIN[1]}
    if dice.random() < 0.7:
        fields["evidence"] = dice.choice(words.EVIDENCE)
    if topic.preventions and dice.random() < 0.85:
        fields["prevention"] = dice.choice(topic.preventions)
    return fields if unfounded else fields | remedy(story, dice)


def remedy(story: Story, dice: Random) -> Fields:
    """A remedy that suits the topic; nobody pays whom nobody knows."""
    fitting = [one for one in story.topic.remedies if story.person is not None or not one.high]
    if not fitting or dice.random() < 0.5:
        return {}
    return remedy_fields(dice.choice(fitting), dice)


def remedy_fields(chosen: Remedy, dice: Random) -> Fields:
    """A remedy as a form takes it: a sum comes with the rule that allows it."""
    if not chosen.high:
        return {"remedy": chosen.code}
    baht = round(dice.triangular(chosen.low, chosen.high, chosen.low + (chosen.high - chosen.low) / 3) / 50) * 50
    return {"remedy": chosen.code, "baht": str(baht), "authority": dice.choice(words.AUTHORITIES)}


def decision(case: Case, story: Story, dice: Random, medium: str) -> Fields:
    """The reasons as the complainant reads them, and how they are told."""
    proposed = case.proposal or {}
    reasons = str(proposed.get("findings") or story.told.finding)
    if case.is_complaint and proposed.get("correction"):
        reasons = f"{reasons}\nสิ่งที่องค์การดำเนินการ: {proposed['correction']}"
    fields: Fields = {"reasons": reasons, "medium": medium}
    if medium == "letter" or dice.random() < 0.3:
        fields["letter_number"] = f"ออป. {dice.randrange(101, 990)}/{dice.randrange(1000, 9999)}"
    return fields


def review(case: Case, story: Story, dice: Random, medium: str) -> Fields:
    """The outcome of the internal review; sometimes it grants more."""
    fields = {**decision(case, story, dice, medium), "reasons": dice.choice(words.REVIEWED)}
    paid = [one for one in story.topic.remedies if one.high and one.high <= 12_000]
    if paid and story.person is not None and case.is_complaint and dice.random() < 0.5:
        fields |= remedy_fields(dice.choice(paid), dice)
    return fields


def exclusion(story: Story, dice: Random, to: str, medium: str, into: str | None) -> Fields:
    """Why a case is not accepted, referred or merged."""
    if to == "merged":
        return {"into": into, "reason": words.MERGED}
    if to == "referred":
        body, why = words.REFERRED
        letter = f"ออป. {dice.randrange(101, 990)}/{dice.randrange(1000, 9999)}"
        return {"body": body, "letter_number": letter, "share_identity": story.person is not None, "reason": why}
    return {"reason": words.NOT_ACCEPTED, "medium": medium}
