"""What a copy tells: the words of its original with other numbers, and dates moved with its times. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from schemas.envelope import canonical
from services.kit.gist import gist_of
from services.kit.thai import ERA, MONTHS_EN, MONTHS_TH, format_date

_MONTHS = {name: number for names in (MONTHS_TH, MONTHS_EN) for number, name in enumerate(names, 1)}
_DATE = (
    r"(?<!\d)(?P<day>\d{1,2})(?P<space>[ \u00a0])(?P<month>"
    + "|".join(map(re.escape, _MONTHS))
    + r")(?P=space)(?P<year>\d{4})(?!\d)"
)
_HOUR = r"(?<![\d.,])(?P<hour>\d{1,2})(?P<minute>\.[0-5]\d)(?![\d.,])"
_NUMBER = r"(?<![\d.,\-+])(?P<number>\d{1,3}(?:,\d{3})+|\d{1,5})(?![\d\-]|[.,]\d)"
_TOLD = re.compile(f"{_DATE}|{_HOUR}|{_NUMBER}")
"""Dates, hours and numbers; not what is part of a telephone number or a code."""

_DIGITS = re.compile(r"\d+")


OPENINGS_TH: tuple[str, ...] = (
    "",
    "เรียนผู้เกี่ยวข้อง ",
    "ขอแจ้งว่า ",
    "จากที่ได้ติดต่อเมื่อวันที่ {day} ",
    "เรื่องเมื่อวันที่ {day} ",
    "วันที่ {day} ",
)
CLOSINGS_TH: tuple[str, ...] = (
    "", "ติดต่อกลับได้หลังเวลา {hour} น.", "มีภาพถ่าย {few} ภาพ ส่งให้ได้", "มากันทั้งหมด {few} คน", "เคยแจ้งไว้แล้ว {few} ครั้ง",
    "ตอนนั้นเวลาประมาณ {hour} น.", "มีผู้อยู่ด้วย {few} คน เป็นพยานได้", "รอคำตอบมา {few} วันแล้ว",
)  # fmt: skip
OPENINGS_EN: tuple[str, ...] = ("", "On {day}: ", "To whom it may concern: ", "About my visit on {day}. ")
CLOSINGS_EN: tuple[str, ...] = (
    "",
    "I can be reached after {hour}.",
    "I have {few} photographs of it.",
    "There were {few} of us.",
)
PLAIN_CLOSINGS = 2
"""So many of the closings suit what is no complaint."""

TOLD = ("narrative", "remedy_sought", "location", "reference")


@dataclass(frozen=True, slots=True)
class Swap:
    """Another place of the same unit, with the same hours: its code and its names instead of the original's."""

    old: str
    new: str
    names: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Tale:
    """What an original tells, of what sort it is and when it happened."""

    texts: Mapping[str, str | None]
    tracking_number: str
    kind: str = "complaint"
    language: str = "th"
    happened: date | None = None
    gist: str = ""


@dataclass(slots=True)
class Wording:
    """The words of one copy. The same number becomes the same other one wherever the case names it."""

    name: str
    shift: timedelta
    swap: Swap | None = None
    exact: dict[str, str] = field(default_factory=dict)
    """Texts of the original that become others, letter by letter."""
    _numbers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, shift: timedelta, swap: Swap | None, tale: Tale) -> Wording:
        """The wording of a copy."""
        wording = cls(name, shift, swap)
        for what in TOLD:
            text = tale.texts.get(what)
            if not text or tale.tracking_number in text:
                continue
            if what == "reference":
                wording.exact[text] = wording.code(text)
            elif what == "narrative":
                made = wording.exact[text] = wording.framed(wording.text(text), tale)
                if tale.gist and tale.gist == gist_of(text):
                    wording.exact[tale.gist] = gist_of(made)
            else:
                wording.exact[text] = wording.text(text)
        return wording

    def framed(self, text: str, tale: Tale) -> str:
        """A narrative with an opening and a closing, as one writes a date before and how to be reached behind."""
        thai = tale.language == "th"
        openings, closings = (OPENINGS_TH, CLOSINGS_TH) if thai else (OPENINGS_EN, CLOSINGS_EN)
        if tale.happened is None or re.search(_DATE, text) or text.startswith(("เมื่อ", "วัน")):
            openings = tuple(opening for opening in openings if "{" not in opening)
        if tale.kind != "complaint":
            openings, closings = openings[:4], closings[:PLAIN_CLOSINGS]
        dice = self._dice("frame")
        moved = (tale.happened + self.shift) if tale.happened else None
        slots = {
            "day": format_date(moved, "th" if thai else "en", style="plain") if moved else "",
            "hour": f"{dice.randrange(9, 20)}.{dice.choice(('00', '15', '30', '45'))}",
            "few": str(dice.randrange(2, 10)),
        }
        opening, closing = dice.choice(openings).format_map(slots), dice.choice(closings).format_map(slots)
        return f"{opening}{text} {closing}".strip()

    def coded(self, text: str) -> str:
        """JSON that names the service point, with the other one."""
        if self.swap is None:
            return text
        return re.sub(rf'("service_point": ?)"{re.escape(self.swap.old)}"', rf'\1"{self.swap.new}"', text)

    def text(self, text: str) -> str:
        """A text with other numbers, its dates moved, and of the other place."""
        for old, new in self.swap.names if self.swap else ():
            text = text.replace(old, new)
        return _TOLD.sub(self._other, text)

    def code(self, text: str) -> str:
        """A code, such as a contract number, with other digits."""
        dice = self._dice(text)
        return _DIGITS.sub(lambda found: "".join(str(dice.randrange(1, 10)) for _ in found[0]), text)

    def within(self, text: str) -> str:
        """A longer text in which the texts of the original stand."""
        for old, new in self.exact.items():
            text = text.replace(old, new)
        return text

    def sealed_texts(self, texts: str) -> tuple[str, dict[str, str]]:
        """The free texts of an event, and which digests in its body become which."""
        held = json.loads(texts)
        digests: dict[str, str] = {}
        for value in held.values():
            old, salt = value.get("text"), value.get("salt")
            if old is None or salt is None or old not in self.exact:
                continue
            value["text"] = self.exact[old]
            digests[_digest(salt, old)] = _digest(salt, value["text"])
        return canonical(held), digests

    def _dice(self, what: str) -> Random:
        return Random(f"{self.name}/{what}")  # noqa: S311 - nothing here is secret

    def _other(self, found: re.Match[str]) -> str:
        if found["month"]:
            return self._moved(found)
        if found["hour"]:
            dice = self._dice(found[0])
            return f"{dice.randrange(7, 21)}.{dice.choice(('00', '15', '30', '45'))}"
        known = self._numbers.get(found[0])
        if known is None:
            known = self._numbers[found[0]] = self._near(found[0])
        return known

    def _moved(self, found: re.Match[str]) -> str:
        buddhist = int(found["year"]) > 2400
        year = int(found["year"]) - (ERA if buddhist else 0)
        try:
            moved = date(year, _MONTHS[found["month"]], int(found["day"])) + self.shift
        except ValueError:
            return found[0]  # written by hand, and no day there is
        months = MONTHS_TH if found["month"] in MONTHS_TH else MONTHS_EN
        return found["space"].join(
            (str(moved.day), months[moved.month - 1], str(moved.year + (ERA if buddhist else 0)))
        )

    def _near(self, text: str) -> str:
        """A number of the same order that is as round."""
        plain = text.replace(",", "")
        significant = plain.rstrip("0")
        if plain.startswith("0") or len(significant) == 0 or plain == "1":
            return text
        dice = self._dice(plain)
        low = 2 if len(significant) == 1 else 10 ** (len(significant) - 1)
        number = dice.randrange(low, 10 ** len(significant)) * 10 ** (len(plain) - len(significant))
        return f"{number:,}" if "," in text else str(number)


def _digest(salt: str, text: str) -> str:
    return hashlib.sha256((salt + text).encode()).hexdigest()
