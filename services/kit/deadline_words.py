"""The one sentence that says how a deadline was counted, from `kit.working_time.Explanation`. Pure.

"นับ 15 วันทำการ เริ่มวันถัดไป ข้ามเสาร์–อาทิตย์ 4 ครั้ง วันหยุดชดเชย 7 ธ.ค. และวันรัฐธรรมนูญ 10 ธ.ค."
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.kit.i18n import Lang, translate, translate_plural
from services.kit.thai import MONTHS_EN, MONTHS_TH, NBSP, format_number, glue_working_days, working_time
from services.kit.working_strip import Explanation

SHOWN_HOLIDAYS = 3
"""Holidays named one by one; with more, the sentence gives their number."""


def _day_and_month(day: date, lang: Lang) -> str:
    return f"{day.day}{NBSP}{(MONTHS_TH if lang == 'th' else MONTHS_EN)[day.month - 1]}"


def _span(first: date, last: date, lang: Lang) -> str:
    if first == last:
        return _day_and_month(first, lang)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{_day_and_month(last, lang)}"
    return f"{_day_and_month(first, lang)}–{_day_and_month(last, lang)}"


def _listed(parts: Sequence[str], lang: Lang) -> str:
    if len(parts) < 2:
        return "".join(parts)
    joint = " " if lang == "th" else ", "
    return translate(lang, "%(first)s and %(last)s", first=joint.join(parts[:-1]), last=parts[-1])


def _weekends(explanation: Explanation, lang: Lang) -> str:
    times = explanation.weekends_skipped
    if explanation.weekly_closed == (5, 6):
        return translate_plural(lang, "%(num)s weekend", "%(num)s weekends", times)
    return translate_plural(lang, "%(num)s weekly closure", "%(num)s weekly closures", times)


def _holidays(explanation: Explanation, lang: Lang) -> list[str]:
    skipped = explanation.holidays_skipped
    if len(skipped) > SHOWN_HOLIDAYS:
        return [translate(lang, "%(num)s holidays", num=len(skipped))]
    named = []
    for day, names in skipped:
        name = (names[0] if lang == "th" else names[1]) if names else translate(lang, "a closed day")
        named.append(f"{name}{NBSP}{_day_and_month(day, lang)}")
    return named


def _pause(explanation: Explanation, lang: Lang) -> str:
    ranges = ", ".join(_span(first, last, lang) for first, last in explanation.paused_ranges)
    days = explanation.paused_days
    if days >= 1:
        shown = format_number(round(days, 1), lang)
        return translate_plural(
            lang,
            "stopped for %(num)s working day (%(ranges)s)",
            "stopped for %(num)s working days (%(ranges)s)",
            1 if shown == "1" else 2,
            num=shown,
            ranges=ranges,
        )
    length = working_time(explanation.paused_seconds, 0, lang)
    return translate(lang, "stopped for %(length)s of working time (%(ranges)s)", length=length, ranges=ranges)


def deadline_sentence(explanation: Explanation, lang: Lang) -> str:
    """How the deadline was counted, in one sentence: what counts, what is skipped, what is paused."""
    days = explanation.counted_days
    if days:
        text = translate_plural(
            lang,
            "Counts %(num)s working day from the next day",
            "Counts %(num)s working days from the next day",
            days,
        )
    else:
        length = working_time(explanation.working_seconds, 0, lang)
        text = translate(lang, "Counts %(length)s of working time on the same day", length=length)
    skipped = [_weekends(explanation, lang)] if explanation.weekends_skipped else []
    skipped += _holidays(explanation, lang)
    if skipped:
        text += translate(lang, ", leaving out %(what)s", what=_listed(skipped, lang))
    if explanation.paused_seconds > 0 and explanation.paused_ranges:
        text += translate(lang, "; %(pause)s", pause=_pause(explanation, lang))
    return glue_working_days(text)
