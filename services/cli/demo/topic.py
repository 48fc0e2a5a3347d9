"""What complaints of the demo are about: a topic is a category of the sample policy with the words that go with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remedy:
    """A remedy (policy code) that suits a topic, worth between `low` and `high` baht; zero for words and deeds."""

    code: str
    low: int = 0
    high: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that went wrong: as the complainant tells it, as it was found to be, and what was done about it."""

    narrative: str
    finding: str
    correction: str


@dataclass(frozen=True, slots=True)
class Topic:
    """One sort of complaint. What is told may hold `{place}`, `{day}`, `{hour}`, `{few}`, `{many}`, `{baht}`,
    `{room}` and `{code}`, which are filled in for each complaint.

    `weight` is how often it comes up, `season` how much more often in the cool months, when visitors come.
    """

    category: str
    weight: float
    segment: str
    points: tuple[str, ...]
    cause: str
    told: tuple[Told, ...]
    sought: tuple[str, ...]
    preventions: tuple[str, ...]
    remedies: tuple[Remedy, ...] = ()
    question: str = "ขอรายละเอียดเพิ่มเติมเรื่องวันเวลา และภาพถ่ายถ้ามี"
    answers: tuple[str, ...] = ("ส่งรูปและรายละเอียดเพิ่มเติมให้แล้วตามที่ขอ", "เหตุเกิดช่วงบ่ายวันนั้น มีพยานอยู่ด้วยหนึ่งคน")
    reference: str = ""
    """How contracts or orders are numbered, such as `BK-{code}`; empty where there are none."""
    kind: str = "complaint"
    language: str = "th"
    season: float = 1.0
    about_staff: bool = False
    """Whether it is about the conduct of the unit that runs the place."""
