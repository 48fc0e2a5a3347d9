"""Thai and English: one catalogue, merged from every service, keyed by the English source text.

A message id is the English sentence as written in a template or a Python file; `services/*/locale/th.po` gives its
Thai. English pages show the id itself. Parameters are `%(name)s`; a literal per cent sign is written `%%` everywhere.

    {{ _("Due %(date)s", date=case.due|date) }}            in a template
    translate(lang, "Due %(date)s", date=...)              in Python
    N_("Received")                                         marks a text that is translated later

One Jinja environment serves both languages: `install` makes `_` and `{% trans %}` read the variable `lang` of the
page being rendered, also inside macros that were imported without their context.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any, Literal

import jinja2
import polib
from jinja2.ext import extract_from_ast
from jinja2.runtime import Context
from markupsafe import Markup, escape

Lang = Literal["th", "en"]
LANGUAGES: tuple[Lang, ...] = ("th", "en")

SERVICES = Path(__file__).resolve().parent.parent

PAGE_FACTS = ("lang", "zone", "now")
"""Variables of a page that its macros need as well, even where they were imported without its context."""

_page: ContextVar[Mapping[str, Any]] = ContextVar("page")


def language(value: object) -> Lang:
    """The language named by a cookie, query or setting; Thai unless it says English."""
    return "en" if value == "en" else "th"


def _entries() -> Iterator[tuple[Path, str, str]]:
    for path in sorted(SERVICES.glob("*/locale/th.po")):
        for entry in polib.pofile(str(path)):
            thai = "" if entry.obsolete else entry.msgstr or entry.msgstr_plural.get(0, "")
            for source in filter(None, (entry.msgid, entry.msgid_plural)):
                if thai:
                    yield path, source, thai


@cache
def catalogue() -> Mapping[str, str]:
    """Thai by English source, from every `services/*/locale/th.po`, read once; the first service by name wins."""
    merged: dict[str, str] = {}
    for _path, source, thai in _entries():
        merged.setdefault(source, thai)
    return merged


def lookup(lang: Lang, msgid: str) -> str:
    """The text of a message id before its parameters are filled in; the id itself when it has no Thai."""
    return catalogue().get(msgid, msgid) if lang == "th" else msgid


def _filled(text: str, params: Mapping[str, object]) -> str:
    return text % params if params else text.replace("%%", "%")


def translate(lang: Lang, msgid: str, /, **params: object) -> str:
    """The text of `msgid` in a language, its `%(name)s` parameters filled in."""
    return _filled(lookup(lang, msgid), params)


def translate_plural(lang: Lang, singular: str, plural: str, n: int, /, **params: object) -> str:
    """Like `translate`, choosing the English form by `n` (also the parameter `num`); Thai has one form."""
    return _filled(lookup(lang, singular if n == 1 else plural), {"num": n, **params})


def gettext_for(lang: Lang) -> Callable[..., str]:
    """`translate` bound to a language: `_ = gettext_for(lang)`."""

    def gettext(msgid: str, /, **params: object) -> str:
        return translate(lang, msgid, **params)

    return gettext


def N_(msgid: str) -> str:
    """Mark a text for the catalogue without translating it yet."""
    return msgid


# ---- templates


class PageContext(Context):
    """A template context that notes its page's facts for macros imported without context."""

    def __init__(
        self,
        environment: jinja2.Environment,
        parent: dict[str, Any],
        name: str | None,
        blocks: dict[str, Callable[[Context], Iterator[str]]],
        globals: Any = None,  # the name jinja2 passes
    ) -> None:
        super().__init__(environment, parent, name, blocks, globals)
        if "lang" in parent:
            _page.set({fact: parent[fact] for fact in PAGE_FACTS if fact in parent})


def page_fact(context: Context, fact: str) -> Any:
    """`lang`, `zone` or `now` of the page being rendered, also inside its macros; None when it has none."""
    found = context.get(fact)
    return found if found is not None else _page.get({}).get(fact)


def language_of(context: Context) -> Lang:
    """The language of the page being rendered."""
    return language(page_fact(context, "lang"))


def _marked(context: Context, msgid: str, text: str) -> str:
    # Only texts of the catalogue may carry markup; anything else (an error's text, data) is escaped.
    if not context.eval_ctx.autoescape:
        return text
    return Markup(text) if msgid in catalogue() else escape(text)  # noqa: S704


@jinja2.pass_context
def _gettext(context: Context, msgid: str, /, **params: object) -> str:
    return _filled(_marked(context, msgid, lookup(language_of(context), str(msgid))), params)


@jinja2.pass_context
def _ngettext(context: Context, singular: str, plural: str, num: int, /, **params: object) -> str:
    msgid = singular if num == 1 else plural
    text = _marked(context, msgid, lookup(language_of(context), msgid))
    return _filled(text, {"num": num, **params})


def install(env: jinja2.Environment) -> None:
    """Give an environment `_`, `ngettext`, `N_` and `{% trans %}`, speaking each page's own language."""
    env.add_extension("jinja2.ext.i18n")
    env.newstyle_gettext = True  # type: ignore[attr-defined]  # added by the extension
    env.globals.update({"_": _gettext, "gettext": _gettext, "ngettext": _ngettext, "N_": N_})
    env.context_class = PageContext


# ---- what still lacks Thai


def _template_ids(path: Path) -> Iterator[tuple[int, str]]:
    env = jinja2.Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"])  # noqa: S701
    env.newstyle_gettext = True  # type: ignore[attr-defined]
    tree = env.parse(path.read_text("utf-8"))
    functions = ("_", "gettext", "ngettext", "N_")
    for line, _function, found in extract_from_ast(tree, functions, babel_style=True):
        for text in (found,) if isinstance(found, str) else found or ():
            if text:
                yield line, text


def _error_classes(trees: Mapping[Path, ast.Module]) -> set[str]:
    """Names of every class that descends from `RedressError`: their texts are shown to people."""
    known = {"RedressError"}
    bases = {
        node.name: {b.id if isinstance(b, ast.Name) else getattr(b, "attr", "") for b in node.bases}
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    while more := {name for name, of in bases.items() if of & known} - known:
        known |= more
    return known


def _constants(node: ast.expr | None) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.lineno, node.value
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)


_WHERE = {"_": (0,), "N_": (0,), "gettext": (0,), "translate": (1,), "translate_plural": (1, 2), "FieldProblem": (1, 2)}


def _python_ids(tree: ast.Module, errors: set[str]) -> Iterator[tuple[int, str]]:
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        for place in (0, 1) if name in errors else _WHERE.get(name, ()):
            if place < len(call.args):
                yield from _constants(call.args[place])
        if name in errors or name == "FieldProblem":
            for keyword in call.keywords:
                if keyword.arg in ("what", "remedy"):
                    yield from _constants(keyword.value)


def message_ids() -> Mapping[str, str]:
    """Every text meant for people under `services/`, with the first place (`file:line`) that uses it."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted(SERVICES.glob("**/*.py"))}
    errors = _error_classes(trees)
    found: dict[str, str] = {}
    for path, tree in trees.items():
        for line, text in _python_ids(tree, errors):
            found.setdefault(text, f"{path.relative_to(SERVICES)}:{line}")
    templates = (p for p in sorted(SERVICES.glob("*/templates/**/*")) if p.suffix in {".html", ".txt", ".svg", ".typ"})
    for path in templates:
        for line, text in _template_ids(path):
            found.setdefault(text, f"{path.relative_to(SERVICES)}:{line}")
    return found


def missing_translations() -> list[str]:
    """`file:line: text` of every text for people that has no Thai."""
    thai = catalogue()
    return [f"{where}: {text}" for text, where in message_ids().items() if text not in thai]


def conflicting_translations() -> list[str]:
    """English texts that two services put into different Thai: they must agree, or word the English apart."""
    first = catalogue()
    return [f"{path.parent.parent.name}: {source}" for path, source, thai in _entries() if first[source] != thai]


_PARAMETER = re.compile(r"%\((\w+)\)")


def mismatched_parameters() -> list[str]:
    """English texts whose Thai names a parameter that the English does not have: filling it in would fail."""
    return [
        source
        for source, thai in catalogue().items()
        if set(_PARAMETER.findall(thai)) - set(_PARAMETER.findall(source)) - {"num"}
    ]
