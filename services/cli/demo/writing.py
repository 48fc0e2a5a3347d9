"""Who complains in the demo and what they write. Pure; everybody and everything is invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from schemas.policy import PolicyBundle
from services.cli.demo import words
from services.cli.demo.topic import Told, Topic
from services.kit.thai import format_date

SOME_PLACE = "สวนป่าแห่งหนึ่ง"


@dataclass(frozen=True, slots=True)
class Person:
    """An invented complainant."""

    name: str
    phone: str
    email: str | None
    language: str = "th"


class Writer:
    """Writes filings; remembers who filed before, since some come again about the same."""

    def __init__(self, people: Random, bundle: PolicyBundle) -> None:
        self._people = people
        self._places = {point.code: point for point in bundle.service_points}
        self._zone = ZoneInfo(bundle.zone)
        self._number = 0
        self._lately: dict[str, list[Told]] = {}
        self._known: dict[str, list[tuple[Person, str | None]]] = {}

    def filing(
        self, dice: Random, topic: Topic, channel: str, at: datetime
    ) -> tuple[dict[str, Any], Person | None, Told]:
        """A filing as the API takes it, who files it if they say so, and what it tells."""
        point = dice.choice(topic.points) if topic.points else None
        identity = self._identity(dice, topic, channel)
        person: Person | None = None
        if identity != "anonymous":
            person, point = self._who(dice, topic, point)
        happened = at - timedelta(hours=dice.uniform(2, 90))
        slots = self._slots(dice, topic, point, happened)
        told = self._untold(dice, topic)
        filing: dict[str, Any] = {
            "narrative": told.narrative.format_map(slots),
            "kind": topic.kind,
            "identity": identity,
            "segment": topic.segment,
            "language": topic.language,
            "consent": True,
        }
        if topic.kind == "complaint":
            filing["occurred_at"] = happened.astimezone(self._zone).strftime("%Y-%m-%dT%H:%M")
            if dice.random() < 0.7:
                filing["remedy_sought"] = dice.choice(topic.sought).format_map(slots)
        self._place(dice, filing, topic, point)
        if topic.reference and identity != "anonymous" and dice.random() < 0.7:
            filing["reference"] = topic.reference.format_map(slots)
        if person is not None:
            self._introduce(dice, filing, person, channel)
        if topic.about_staff and point is not None and dice.random() < 0.6:
            filing["subject"] = {"unit": self._places[point].unit}
        return filing, person, told

    def _untold(self, dice: Random, topic: Topic) -> Told:
        """Something of the topic that was not told the last few times."""
        lately = self._lately.setdefault(topic.told[0].narrative, [])
        told = dice.choice([one for one in topic.told if one not in lately])
        lately.append(told)
        del lately[: max(len(lately) - (len(topic.told) - 1) // 2, 0)]
        return told

    def _identity(self, dice: Random, topic: Topic, channel: str) -> str:
        if topic.category == "misconduct":
            return dice.choices(("anonymous", "confidential"), (60, 40))[0]
        if channel in ("phone", "email", "letter") or topic.segment == "wood" or topic.language == "en":
            return "named"
        return dice.choices(("named", "confidential", "anonymous"), (62, 15, 23))[0]

    def _who(self, dice: Random, topic: Topic, point: str | None) -> tuple[Person, str | None]:
        """Somebody new, or one who filed on this topic before, then mostly about the same place."""
        known = self._known.setdefault(topic.category, [])
        if known and topic.kind == "complaint" and dice.random() < 0.13:
            person, before = dice.choice(known)
            return person, before or point
        self._number += 1
        person = self._invented(topic)
        known.append((person, point))
        return person, point

    def _invented(self, topic: Topic) -> Person:
        number, draw = self._number, self._people
        phone = f"08{draw.randrange(0, 10)}-000-{number:04d}"
        email = f"person{number}@example.com" if draw.random() < 0.6 else None
        if topic.language == "en":
            return Person(draw.choice(words.FOREIGN_NAMES), phone, email or f"person{number}@example.com", "en")
        if topic.segment == "wood" and draw.random() < 0.4:
            return Person(draw.choice(words.COMPANIES), phone, f"person{number}@example.com")
        return Person(f"{draw.choice(words.FIRST_NAMES)} {draw.choice(words.LAST_NAMES)}", phone, email)

    def _slots(self, dice: Random, topic: Topic, point: str | None, happened: datetime) -> dict[str, str]:
        english = topic.language == "en"
        return {
            "place": self._places[point].name.say("en" if english else "th") if point else SOME_PLACE,
            "day": format_date(happened, "en" if english else "th", self._zone),
            "hour": f"{dice.randrange(7, 21)}.{dice.choice(('00', '15', '30', '45'))}",
            "few": str(dice.randrange(2, 9)),
            "many": str(dice.randrange(3, 60) * 10),
            "baht": f"{dice.randrange(4, 90) * 100:,}",
            "room": f"{dice.choice('ABCสทพ')}{dice.randrange(1, 13)}",
            "code": f"{dice.randrange(10_000, 99_999)}",
        }

    def _place(self, dice: Random, filing: dict[str, Any], topic: Topic, point: str | None) -> None:
        """Most name category and place; a few leave one or both to be found out."""
        draw = dice.random()
        misconduct = topic.category == "misconduct"
        if draw < 0.92 or misconduct or topic.about_staff or topic.kind != "complaint":
            filing["category"] = topic.category
        if point is not None and draw > 0.04:
            filing["service_point"] = point
        if point is not None and dice.random() < 0.25:
            filing["location"] = f"บริเวณ{self._places[point].name.th}"

    def _introduce(self, dice: Random, filing: dict[str, Any], person: Person, channel: str) -> None:
        given = {"name": person.name, "phone": person.phone}
        if person.email:
            given["email"] = person.email
        filing["complainant"] = given
        wanted = {"email": "email" if person.email else "phone", "letter": "letter", "line": "line"}
        filing["contact_preference"] = wanted.get(channel, "phone")
        if dice.random() < 0.03:
            filing["representative"] = {
                "name": "ทนายความผู้รับมอบอำนาจ",
                "relation": "ทนายความ",
                "authority": "หนังสือมอบอำนาจ",
            }
