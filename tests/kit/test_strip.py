"""The working-day strip draws, and its sentence says, how a deadline was counted."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from xml.etree import ElementTree

from services.kit.deadline_words import deadline_sentence
from services.kit.strip import strip
from services.kit.working_time import Explanation, Pause, add_working_days, add_working_seconds, due_at, explain
from tests.kit.working_hours import Within, bangkok, office

OFFICE = office()
RECEIVED = bangkok("2026-11-20 14:05")


def explained(now: datetime | None = RECEIVED, until: datetime | None = None) -> Explanation:
    """Fifteen working days from a Friday afternoon, as the receipt promises them."""
    return explain(RECEIVED, add_working_days(RECEIVED, 15, OFFICE), OFFICE, now=now, until=until)


def plain(text: str) -> str:
    """A sentence without its glue."""
    return text.replace("\u00a0", " ").replace("\u2060", "")


def drawn(explanation: Explanation, now: datetime | None = RECEIVED, **options: object) -> ElementTree.Element:
    """The strip, parsed."""
    return ElementTree.fromstring(strip(explanation, "th", now=now, **options))  # type: ignore[arg-type]


def fills(picture: ElementTree.Element) -> list[str]:
    """The fill of every cell and mark, in order."""
    return [rect.attrib["fill"] for rect in picture.iter("rect")]


def labels(picture: ElementTree.Element) -> list[str]:
    """What stands under the strip."""
    return [plain(text.text or "") for text in picture.iter("text")]


def test_the_sentence_of_the_receipt_is_the_one_of_the_charter() -> None:
    assert plain(deadline_sentence(explained(), "th")) == (
        "นับ 15 วันทำการ เริ่มวันถัดไป ข้ามเสาร์–อาทิตย์ 4 ครั้ง วันหยุดชดเชย 7 ธ.ค. และวันรัฐธรรมนูญ 10 ธ.ค."
    )
    assert plain(deadline_sentence(explained(), "en")) == (
        "Counts 15 working days from the next day, leaving out 4 weekends,"
        " Substitution holiday 7 Dec and Constitution Day 10 Dec"
    )


def test_the_sentence_says_for_how_long_and_when_a_clock_stood() -> None:
    start = bangkok("2026-11-04 10:12")
    pauses: list[Pause] = [(bangkok("2026-11-12 08:30"), bangkok("2026-11-13 16:30"))]
    due = due_at(start, Within(working_days=15), OFFICE, pauses)
    text = plain(deadline_sentence(explain(start, due, OFFICE, pauses), "th"))
    assert text.endswith("และหยุดนับ 2 วันทำการ (12–13 พ.ย.)")


def test_a_promise_of_hours_on_one_day_is_said_in_hours() -> None:
    start = bangkok("2026-11-20 09:00")
    due = add_working_seconds(start, 7200, OFFICE)
    assert plain(deadline_sentence(explain(start, due, OFFICE), "th")) == "นับเวลาทำการ 2 ชม. ในวันเดียวกัน"


def test_many_holidays_are_counted_rather_than_named() -> None:
    explanation = explained()
    day, name = explanation.holidays_skipped[0]
    many = Explanation(**{**{f: getattr(explanation, f) for f in explanation.__slots__},
                          "holidays_skipped": ((day, name),) * 5})  # fmt: skip
    assert "วันหยุด 5 วัน" in plain(deadline_sentence(many, "th"))


def test_closed_days_are_hatched_and_thinner_than_open_ones() -> None:
    widths: dict[str, set[str]] = {}
    for rect in drawn(explained(now=None), now=None).iter("rect"):
        widths.setdefault(rect.attrib["fill"], set()).add(rect.attrib["width"])
    (closed,), (open_day,) = widths["url(#hatch)"], widths["var(--line)"]
    assert float(closed.rstrip("%")) < float(open_day.rstrip("%"))


def test_the_name_of_the_strip_is_its_sentence() -> None:
    assert drawn(explained()).attrib["aria-label"] == deadline_sentence(explained(), "th")


def test_today_and_the_deadline_are_labelled() -> None:
    assert labels(drawn(explained()))[:2] == ["15 ธ.ค.", "วันนี้ 20"]


def test_days_after_a_missed_deadline_are_red_and_the_promise_keeps_its_flag() -> None:
    start, due = bangkok("2026-10-28 20:41"), bangkok("2026-11-18 16:30")
    late = explain(start, due, OFFICE, now=RECEIVED, until=bangkok("2026-11-24 16:30"))
    picture = drawn(late)
    assert "var(--late)" in fills(picture)
    assert "สัญญา 18" in labels(picture)
    assert len([rect for rect in picture.iter("rect") if rect.attrib.get("class") == "flag"]) == 2


def test_paused_days_are_hatched_in_their_own_colour() -> None:
    pauses: list[Pause] = [(bangkok("2026-11-24 08:30"), bangkok("2026-11-24 16:30"))]
    due = due_at(RECEIVED, Within(working_days=5), OFFICE, pauses)
    assert fills(drawn(explain(RECEIVED, due, OFFICE, pauses))).count("url(#hatch-pause)") == 1


def test_labels_never_touch_each_other() -> None:
    for days in (1, 2, 5, 15, 30, 60):
        explanation = explain(RECEIVED, add_working_days(RECEIVED, days, OFFICE), OFFICE, now=RECEIVED)
        places = sorted(float(text.attrib["x"].rstrip("%")) for text in drawn(explanation).iter("text"))
        assert all(after - before > 4 for before, after in pairwise(places))
