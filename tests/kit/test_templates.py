"""The shell and the macros: both languages, no inline style or script, every field labelled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import jinja2
import pytest

from services.kit import filters
from services.kit.web import templates_of

KIT = Path(filters.__file__).parent
NOW = datetime(2026, 11, 20, 7, 5, tzinfo=UTC)
PAGE: Mapping[str, object] = {
    "lang": "th",
    "theme": "auto",
    "now": NOW,
    "org": {"name": "องค์การ", "short": "อก.", "centre": "ศูนย์รับเรื่อง", "phone": "0 2000 0000"},
    "public": True,
    "sample": False,
    "viewer": None,
    "nav": [{"href": "/", "label": "File a complaint", "current": True}],
    "csrf": "token",
}
STAFF = {
    "public": False,
    "viewer": {"name": "ปวีณา ศรีวงศ์", "initials": "ปว", "unit": "x"},
    "nav": [{"href": "/desk", "label": "Desk", "current": True, "badge": 6}],
}
ROW = {
    "id": "1", "href": "/cases/1", "number": "04611-R", "gist": "จองบ้านพักแล้วไม่มีห้อง", "clock": "แจ้งผล", "due_at": NOW,
    "due": {"state": "late", "text": "เกิน 1 ว."}, "tags": [{"kind": "safety", "text": "ความปลอดภัย"}],
    "state": {"label": "มอบหมาย", "progress": 0.3}, "channel": {"kind": "line", "label": "LINE"},
    "owner": {"name": "ปวีณา ศรีวงศ์", "mine": True},
}  # fmt: skip


@pytest.fixture
def env() -> jinja2.Environment:
    """The environment of `kit.web`, with the kit's templates only."""
    return templates_of([KIT / "templates"])


def macro(env: jinja2.Environment, call: str, **values: object) -> str:
    """What a macro draws on a Thai page."""
    source = '{% import "kit/macros.html" as k %}' + call
    return env.from_string(source).render(**{**PAGE, **values})


@pytest.mark.parametrize("lang", ["th", "en"])
@pytest.mark.parametrize("kind", ["public", "staff"])
def test_the_shell_renders_without_inline_style_or_script(env: jinja2.Environment, lang: str, kind: str) -> None:
    html = env.get_template("kit/shell.html").render(**{**PAGE, **(STAFF if kind == "staff" else {}), "lang": lang})
    assert f'<html lang="{lang}"' in html
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=)", html)
    assert "https://" not in html
    assert "http://" not in html


def test_every_file_the_shell_links_is_there(env: jinja2.Environment) -> None:
    for page in (PAGE, {**PAGE, **STAFF}):
        html = env.get_template("kit/shell.html").render(**page)
        for path in re.findall(r'(?:href|src)="/static/([^?"]+)', html):
            assert (KIT / "static" / path).is_file(), path


def test_a_sample_policy_says_so_on_every_page(env: jinja2.Environment) -> None:
    shell = env.get_template("kit/shell.html")
    assert "ตัวอย่าง ยังไม่ได้รับอนุมัติ" in shell.render(**{**PAGE, "sample": True})
    assert "ตัวอย่าง ยังไม่ได้รับอนุมัติ" not in shell.render(**PAGE)


def test_the_theme_follows_the_device_unless_one_is_chosen(env: jinja2.Environment) -> None:
    shell = env.get_template("kit/shell.html")
    assert "<html" in shell.render(**PAGE)
    assert 'data-theme="' not in shell.render(**PAGE)
    assert '<html lang="th" data-theme="dark">' in shell.render(**{**PAGE, "theme": "dark"})


def test_the_name_of_the_shell_does_not_replace_what_a_page_imports(env: jinja2.Environment) -> None:
    page = '{% extends "kit/shell.html" %}{% from "kit/macros.html" import csrf_input, icon %}'
    page += '{% block content %}{{ csrf_input("mine") }}{{ icon("desk") }}{% endblock %}'
    assert 'value="mine"' in env.from_string(page).render(**PAGE)


def test_an_error_page_says_what_happened_what_was_kept_and_its_number(env: jinja2.Environment) -> None:
    problem = {"title": "ไม่มีหน้านี้", "detail": "ตรวจที่อยู่", "status": 404, "reference": "7KQ4M2WD", "errors": []}
    html = env.get_template("kit/error.html").render(**PAGE, problem=problem)
    for text in ("ไม่มีหน้านี้", "สิ่งที่ยังอยู่", "ทำอะไรต่อ", "7KQ4M2WD"):
        assert text in html


@pytest.mark.parametrize(
    ("schema", "control"),
    [
        ({"type": "string"}, 'type="text"'),
        ({"type": "string", "maxLength": 4000}, "<textarea"),
        ({"type": "integer"}, 'inputmode="decimal"'),
        ({"format": "date"}, 'placeholder="20/11/2569"'),
        ({"type": "boolean"}, 'type="checkbox"'),
        ({"enum": ["a", "b"]}, 'type="radio"'),
        ({"enum": list("abcdef")}, "<select"),
        ({"type": "array", "items": {"oneOf": [{"const": "a", "title": {"th": "ก", "en": "A"}}]}}, 'type="checkbox"'),
    ],
)
def test_a_field_takes_its_control_from_the_schema(
    env: jinja2.Environment, schema: dict[str, object], control: str
) -> None:
    assert control in macro(env, '{{ k.field("x", schema) }}', schema=schema)


def test_help_and_error_are_tied_to_their_field(env: jinja2.Environment) -> None:
    html = macro(env, '{{ k.field("a.b", {"title": "T", "description": "H"}, "<v>", error="E", required=true) }}')
    assert 'for="f-a-b"' in html
    assert 'aria-describedby="f-a-b-help f-a-b-error" aria-invalid="true"' in html
    assert 'value="&lt;v&gt;"' in html
    assert "ถ้ามี" not in html


def test_the_chosen_option_stays_chosen_whatever_its_type(env: jinja2.Environment) -> None:
    options = [{"value": 1, "label": "หนึ่ง"}, {"value": 2, "label": {"th": "สอง", "en": "two"}}]
    assert re.search(r'value="2" checked', macro(env, '{{ k.field("n", {}, "2", options=options) }}', options=options))
    html = macro(env, '{{ k.field("n", {}, [1, 2], kind="checks", options=options) }}', options=options)
    assert html.count(" checked") == 2


def test_a_row_of_the_queue_says_its_state_in_words(env: jinja2.Environment) -> None:
    html = macro(env, "{{ k.queue_row(row) }}", row=ROW)
    for text in ("เกินกำหนด:", "เกิน 1 ว.", "วันนี้\u00a014:05", "เลือก 04611-R", "LINE", "ความปลอดภัย", "av self"):
        assert text in html


def test_a_row_with_nothing_but_its_essentials_is_drawn_too(env: jinja2.Environment) -> None:
    bare = {key: ROW[key] for key in ("id", "href", "number", "gist", "due")}
    assert "ยังไม่มอบหมาย" in macro(env, "{{ k.queue_row(row) }}", row=bare)


def test_every_icon_that_a_template_names_is_drawn(env: jinja2.Environment) -> None:
    known = set(env.get_template("kit/icons.html").module.PATHS)  # type: ignore[attr-defined]
    named = set()
    for path in KIT.parent.glob("*/templates/**/*.html"):
        named |= set(re.findall(r'\bicon\("([\w-]+)"', path.read_text("utf-8")))
    assert named <= known, named - known


def test_both_lists_of_dark_colours_are_the_same() -> None:
    css = (KIT / "static" / "tokens.css").read_text("utf-8")
    chosen = re.search(r"\[data-theme=dark\] \{\n(.*?)\n\}", css, re.DOTALL)
    followed = re.search(r":root:not\(\[data-theme=light\]\) \{\n(.*?)\n\}", css, re.DOTALL)
    assert chosen is not None
    assert followed is not None
    assert chosen[1] == followed[1]
