"""What will come in over the days of the demo, and how it will go: drawn from the seed before anything is filed. Pure.

A story is a leaning, not a script: what really happens is decided by the use cases, their guards and the clocks.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from schemas.policy import PolicyBundle
from services.cli.demo.topic import Told, Topic
from services.cli.demo.topics import TOPICS
from services.cli.demo.writing import Person, Writer

DAYS = 90

CHANNELS = {"web": 46, "line": 15, "phone": 16, "walk_in": 8, "email": 6, "letter": 5, "social": 4}
WEEKDAYS = (1.3, 1.15, 1.0, 1.0, 0.95, 0.7, 0.6)
HOURS = (1, 0, 0, 0, 0, 1, 2, 4, 8, 11, 11, 10, 8, 9, 9, 9, 7, 5, 5, 6, 6, 5, 3, 2)
COOL_MONTHS = frozenset({10, 11, 12, 1, 2})
FINISHED_BY_HAND = frozenset({"phone", "walk_in"})
"""Channels where whoever writes it down acknowledges it in the same breath."""

PACES = {"quick": 32, "usual": 52, "slow": 9, "late": 7}
SHARES = {"quick": (0.06, 0.3), "usual": (0.3, 0.78), "slow": (0.8, 0.98), "late": (1.04, 1.9)}
"""Which share of the time promised for the decision a case takes, by its pace."""


@dataclass(frozen=True, slots=True)
class Story:
    """One complaint of the demo: what is filed, when and by whom, and how its life leans."""

    number: int
    topic: Topic
    told: Told
    filing: dict[str, Any]
    """The body of `POST /api/v1/complaints`."""
    filed_at: datetime
    """When it is written down (UTC); for a letter or a call, later than it was received."""
    person: Person | None
    pace: str
    share: float
    contact_hours: float
    """Working hours to the first human contact."""
    ends: str
    """What becomes of it: `decided`, `withdrawn`, `not_accepted`, `referred`, `merged` or `spam`."""
    reaction: str
    """How the complainant takes the decision: `accepts`, `silent` or `contests`."""
    asks: bool = False
    answers_question: bool = True
    third_party: bool = False
    sent_back: bool = False
    misrouted: bool = False
    reopens: bool = False
    rates: bool = False
    raised: bool = False
    reprioritised: bool = False
    handed_over: bool = False
    adds: bool = False

    def rng(self, seed: str) -> Random:
        """The dice of this case alone, so that no other case disturbs its course."""
        return Random(f"{seed}/{self.number}")  # noqa: S311 - nothing here is secret


def plan_stories(seed: str, cases: int, end: datetime, bundle: PolicyBundle) -> list[Story]:
    """The stories of the ninety days before `end`, in the order in which they come in; the same for the same seed."""
    dice = Random(f"{seed}/arrivals")  # noqa: S311
    moments = sorted(_arrivals(dice, cases, end, ZoneInfo(bundle.zone)))
    writer = Writer(Random(f"{seed}/people"), bundle)  # noqa: S311
    return [_story(Random(f"{seed}/story/{n}"), n, at, end, writer) for n, at in enumerate(moments, 1)]  # noqa: S311


def start_of(end: datetime, zone: str) -> datetime:
    """Midnight of the first day."""
    first = end.astimezone(ZoneInfo(zone)).date() - timedelta(days=DAYS)
    return datetime.combine(first, time(), ZoneInfo(zone))


def _arrivals(dice: Random, cases: int, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """When complaints come in: by weekday and hour, a little more each month, and more after a bad weekend."""
    last = end.astimezone(zone).date()
    days = [last - timedelta(days=back) for back in range(DAYS, -1, -1)]
    bad_days = {dice.randrange(len(days)): dice.uniform(1.8, 2.6) for _ in range(3)}
    weights = [
        WEEKDAYS[day.weekday()] * (0.85 + 0.4 * place / len(days)) * bad_days.get(place, 1.0)
        for place, day in enumerate(days)
    ]
    reached = list(accumulate(weights))
    found: list[datetime] = []
    for place in range(cases):
        # One draw from each of as many equal shares of the whole: no day stays empty by chance.
        day = days[bisect(reached, (place + dice.random()) / cases * reached[-1])]
        at = end
        while at >= end - timedelta(minutes=2):
            hour = dice.choices(range(24), HOURS)[0]
            at = datetime.combine(day, time(hour, dice.randrange(60), dice.randrange(60)), zone)
            if day == last and end.astimezone(zone).hour < 1:
                at -= timedelta(days=1)
        found.append(at)
    return found


def _story(dice: Random, number: int, at: datetime, end: datetime, writer: Writer) -> Story:
    topic = _topic(dice, at)
    channel = "web" if topic.language == "en" else dice.choices(list(CHANNELS), list(CHANNELS.values()))[0]
    if topic.category == "misconduct":
        channel = dice.choice(("web", "web", "letter"))
    filing, person, told = writer.filing(dice, topic, channel, at)
    filed_at = at
    if channel != "web":
        filed_at = _typed_in(dice, channel, at)
        if filed_at >= end - timedelta(minutes=1):
            filed_at = at
        filing |= {"channel": channel, "received_at": at.isoformat()}
    complaint = topic.kind == "complaint"
    pace = dice.choices(list(PACES), list(PACES.values()))[0]
    ends = "decided"
    if complaint and topic.category != "misconduct":
        ends = dice.choices(
            ("decided", "withdrawn", "not_accepted", "referred", "merged", "spam"), (920, 26, 14, 14, 18, 8)
        )[0]
    # A restricted case has too few people for a second decision by somebody else.
    contests = 8 if complaint and topic.category != "misconduct" else 0
    reached = person is not None
    return Story(
        number=number,
        topic=topic,
        told=told,
        filing=filing,
        filed_at=filed_at,
        person=person,
        pace=pace,
        share=dice.uniform(*SHARES[pace]),
        contact_hours=dice.uniform(9, 15) if dice.random() < 0.04 else min(5.5, dice.lognormvariate(0.5, 0.7)),
        ends=ends,
        reaction=dice.choices(("accepts", "silent", "contests"), (70, 22 if complaint else 35, contests))[0],
        asks=reached and complaint and dice.random() < 0.17,
        answers_question=dice.random() < 0.8,
        third_party=complaint and dice.random() < 0.08,
        sent_back=complaint and dice.random() < 0.11,
        misrouted=complaint and dice.random() < 0.05,
        reopens=complaint and dice.random() < 0.08,
        rates=dice.random() < 0.5,
        raised=complaint and dice.random() < 0.03,
        reprioritised=complaint and dice.random() < 0.04,
        handed_over=complaint and dice.random() < 0.04,
        adds=reached and dice.random() < 0.1,
    )


def _topic(dice: Random, at: datetime) -> Topic:
    cool = at.month in COOL_MONTHS
    return dice.choices(TOPICS, [topic.weight * (topic.season if cool else 1.0) for topic in TOPICS])[0]


def _typed_in(dice: Random, channel: str, received_at: datetime) -> datetime:
    """When staff write down what came in otherwise: a call at once, a message within the morning, a letter next day."""
    if channel in FINISHED_BY_HAND:
        return received_at + timedelta(minutes=dice.uniform(2, 12))
    hours = dice.uniform(2, 20) if channel == "letter" else dice.uniform(0.1, 2.5)
    written = received_at + timedelta(hours=hours)
    opening = written.replace(hour=8, minute=35) + timedelta(minutes=dice.uniform(0, 50))
    if written.hour < 8:
        return opening
    return written if written.hour < 20 else opening + timedelta(days=1)
