"""What templates may call: `kit.thai` and `kit.pictures` in the language, zone and moment of the page being rendered.

    {{ case.received_at|datetime }}   {{ case.due|near }}   {{ case.received_at|time_tag }}   {{ amount|baht }}
    {{ 25200|working_time }}          {{ "วันทำการ"|glue }}   {{ title|phrases }}   {{ unit.name|say }}

`zone` and `now` are template variables; without them the zone is Bangkok and the moment the present one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.runtime import Context
from markupsafe import Markup, escape

from services.kit import chart_lines, charts, deadline_words, i18n, pictures, qr, strip, thai

STATIC = Path(__file__).resolve().parent / "static"


def _zone(context: Context) -> thai.Zone:
    return i18n.page_fact(context, "zone") or thai.BANGKOK


def _now(context: Context) -> datetime:
    return i18n.page_fact(context, "now") or datetime.now(UTC)


@jinja2.pass_context
def _date(context: Context, at: date | datetime | None, style: str = "short") -> str:
    return thai.format_date(at, i18n.language_of(context), _zone(context), style) if at else "–"


@jinja2.pass_context
def _datetime(context: Context, at: datetime | None, style: str = "short") -> str:
    return thai.format_datetime(at, i18n.language_of(context), _zone(context), style) if at else "–"


@jinja2.pass_context
def _clock(context: Context, at: datetime | None) -> str:
    return thai.format_time(at, i18n.language_of(context), _zone(context)) if at else "–"


@jinja2.pass_context
def _near(context: Context, at: datetime | None) -> str:
    return thai.format_near(at, _now(context), i18n.language_of(context), _zone(context)) if at else "–"


@jinja2.pass_context
def _ago(context: Context, at: datetime | None) -> str:
    return thai.format_relative(at, _now(context), i18n.language_of(context)) if at else "–"


@jinja2.pass_context
def _time_tag(context: Context, at: datetime | None, style: str = "short") -> str:
    """`<time>` with the machine's time, the exact one and the relative one on hover; style `near` for crowded rows."""
    if at is None:
        return "–"
    lang, zone, now = i18n.language_of(context), _zone(context), _now(context)
    if style == "near":
        shown = thai.format_near(at, now, lang, zone)
    elif style == "ago":
        shown = thai.format_relative(at, now, lang)
    else:
        shown = thai.format_datetime(at, lang, zone, style)
    exact = f"{thai.format_date(at, lang, zone)} {thai.format_time(at, lang, zone, seconds=True)}"
    hover = f"{exact} · {thai.format_relative(at, now, lang)}"
    utc = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(utc, hover, shown)


@jinja2.pass_context
def _number(context: Context, value: Any, places: int | None = None) -> str:
    return "–" if value is None else thai.format_number(value, i18n.language_of(context), places)


@jinja2.pass_context
def _percent(context: Context, value: Any, places: int = 1) -> str:
    return "–" if value is None else thai.format_percent(value, i18n.language_of(context), places)


@jinja2.pass_context
def _baht(context: Context, value: Any) -> str:
    return "–" if value is None else thai.format_baht(value, i18n.language_of(context))


@jinja2.pass_context
def _working_time(context: Context, seconds: float | timedelta, seconds_per_day: int = 25200) -> str:
    span = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
    return thai.working_time(span, seconds_per_day, i18n.language_of(context))


@jinja2.pass_context
def _say(context: Context, value: Any) -> Any:
    """The page's language of a text in two (`{"th": …, "en": …}` or `.th`, `.en`), Thai when English lacks."""
    lang = i18n.language_of(context)
    if isinstance(value, Mapping):
        return value.get(lang) or value.get("th") or ""
    if hasattr(value, "th"):
        return getattr(value, lang, None) or value.th
    return value


def _phrases(text: str) -> Markup:
    """Keep each phrase of a Thai heading whole: it may break only at the spaces between phrases."""
    return Markup(" ").join(Markup('<span class="ph-w">{}</span>').format(part) for part in str(text).split(" "))


def _initials(name: str | None) -> str:
    """Two letters for an avatar: the first consonant of each name, leading vowels skipped (`เกษม ใจดี` → `กจ`)."""
    words = [word.lstrip("เแโใไ") or word for word in (name or "").split()]
    letters = "".join(word[0] for word in words[:2]) if len(words) > 1 else "".join(words)[:2]
    return letters.upper() or "–"


def _paragraphs(text: str | None) -> Markup:
    """Plain text as paragraphs: an empty line parts them, a single break stays a break."""
    parts = [part.strip() for part in (text or "").replace("\r\n", "\n").split("\n\n") if part.strip()]
    return Markup("").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(escape(line) for line in part.split("\n"))) for part in parts
    )


@jinja2.pass_context
def _sentence(context: Context, explanation: Any) -> str:
    """One sentence that says how a deadline was counted, for `kit.working_time.Explanation`."""
    return deadline_words.deadline_sentence(explanation, i18n.language_of(context))


@jinja2.pass_context
def _strip(context: Context, explanation: Any, **options: Any) -> Markup:
    """The working-day strip of an explanation; see `kit.strip`."""
    lang, zone = i18n.language_of(context), _zone(context)
    return strip.strip(explanation, lang, **{"zone": zone, "now": _now(context), **options})


@jinja2.pass_context
def _current_lang(context: Context) -> i18n.Lang:
    return i18n.language_of(context)


@cache
def asset(path: str) -> str:
    """The address of a file under `kit/static`, with its digest, so that browsers may keep it for ever."""
    file = STATIC / path
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:10] if file.is_file() else "0"
    return f"/static/{path}?v={digest}"


def filters() -> dict[str, Callable[..., Any]]:
    """Jinja filters by name."""
    return {
        "date": _date, "datetime": _datetime, "clock": _clock, "near": _near, "ago": _ago, "time_tag": _time_tag,
        "number": _number, "percent": _percent, "baht": _baht, "working_time": _working_time, "say": _say,
        "phrases": _phrases, "initials": _initials, "paragraphs": _paragraphs, "glue": thai.glue_working_days,
        "deadline_sentence": _sentence,
    }  # fmt: skip


def functions() -> dict[str, Callable[..., Any]]:
    """Jinja globals by name: the pictures, `asset`, `current_lang`."""
    return {
        "asset": asset, "current_lang": _current_lang, "day_strip": _strip, "strip_patterns": pictures.strip_patterns,
        "pie": pictures.pie, "sparkline": pictures.sparkline, "ageing_chart": charts.ageing_chart,
        "pareto_chart": charts.pareto_chart, "funnel_chart": charts.funnel_chart,
        "interval_bar": pictures.interval_bar, "trend_chart": chart_lines.trend_chart,
        "load_chart": chart_lines.load_chart, "meter": pictures.meter, "heat_level": pictures.heat_level,
        "qr_code": qr.qr_code,
    }  # fmt: skip


def install(env: jinja2.Environment) -> None:
    """Everything the kit's templates need, in one call: translation, filters and functions."""
    i18n.install(env)
    env.filters.update(filters())
    env.globals.update(functions())
