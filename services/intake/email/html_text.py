"""HTML of a mail: as text a person would read, and as harmless HTML to look at. Pure.

Both begin with `nh3` (html5ever), which takes any input in linear time and leaves well-formed HTML behind, so that the
walk over it meets no surprise.
"""

from __future__ import annotations

import re
from html import escape, unescape
from html.parser import HTMLParser

import nh3

HTML_LIMIT = 1_000_000
"""Characters of HTML that are read: far above what a person reads, far below what would hold a service up."""

TAGS_LIMIT = 6_000
"""Tags that are read as such. Unclosed ones nest, and what nests costs quadratic time; beyond this they are cut out."""

ENTITIES_LIMIT = 50_000

_BLOCKS = frozenset(
    "address article aside blockquote center dd div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li"
    " main nav ol p pre section table tr ul".split()
)
_APART = frozenset({"p", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre"})
_INLINE = frozenset("a abbr b bdi big br code del em font i img ins s small span strike strong sub sup tbody td th"
                    " thead tt u var colgroup col caption".split())  # fmt: skip
_GONE = {"script", "style", "title", "head", "noscript", "template", "iframe", "object"}
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all|visibility\s*:\s*hidden|max-height\s*:\s*0(?![.\d])", re.I)
_TAG = re.compile(r"</?[A-Za-z!?][^<>]{0,5000}>")
_QUOTE = re.compile(r"gmail_quote|yahoo_quoted|moz-cite-prefix|divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION", re.I)
_SHOWN = frozenset(
    "a b blockquote br code div em h1 h2 h3 h4 hr i li ol p pre s span strong sub sup table tbody td th thead tr u"
    " ul".split()
)


def sanitised(html: str) -> str:
    """HTML fit to be shown within a page of ours: no script, no style, nothing that is fetched from elsewhere."""
    if _too_much(html):
        return f"<pre>{escape(text_of_html(html))}</pre>"
    return nh3.clean(
        html[:HTML_LIMIT],
        tags=set(_SHOWN),
        attributes={"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
        clean_content_tags=_GONE - {"head", "noscript"},
    )


def text_of_html(html: str) -> str:
    """What a person would read of it: blocks on lines of their own, links with their address, quotes behind `>`."""
    if _too_much(html):
        return one_gap(unescape(_TAG.sub("\n", _uncommented(html[:HTML_LIMIT]))))
    plain = nh3.clean(
        html[:HTML_LIMIT],
        tags=set(_BLOCKS | _INLINE),
        attributes={"*": {"style", "class", "id"}, "a": {"href"}, "img": {"alt"}},
        link_rel=None,
        url_schemes={"http", "https", "mailto", "tel"},
        clean_content_tags=_GONE - {"head", "noscript"},
    )
    walk = _Walk()
    walk.feed(plain)
    walk.close()
    return walk.text()


def _too_much(html: str) -> bool:
    return html.count("<") > TAGS_LIMIT or html.count("&") > ENTITIES_LIMIT


def _uncommented(html: str) -> str:
    kept, at = [], 0
    while (start := html.find("<!--", at)) >= 0:
        kept.append(html[at:start])
        end = html.find("-->", start + 4)
        at = end + 3 if end >= 0 else len(html)
    return "".join(kept) + html[at:]


def one_gap(text: str) -> str:
    """A text with never more than one empty line at a time, and none around it."""
    return re.sub(r"\n(?:[ \t]*\n){2,}", "\n\n", text).strip("\n")


class _Walk(HTMLParser):
    """Over well-formed HTML, collecting lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[tuple[int, list[str]]] = [(0, [])]
        self._open: list[tuple[str, bool, int, str]] = []
        self._hidden = 0
        self._depth = 0
        self._pre = 0

    def text(self) -> str:
        """What was read."""
        lines = []
        for depth, pieces in self._lines:
            line = "".join(pieces).replace("\xa0", " ")
            lines.append(f"{'> ' * min(depth, 5)}{line.strip() if depth else line.rstrip()}".rstrip())
        return one_gap("\n".join(lines))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "br":
            self._break()
            return
        if tag in ("hr", "img", "col"):
            if tag == "hr":
                self._break()
            elif given.get("alt", "").strip() and not self._hidden:
                self._add(f"[{given['alt'].strip()[:200]}]")
            return
        hidden = bool(_HIDDEN.search(given.get("style", "")[:2000]))
        quoted = int(
            tag == "blockquote" or _QUOTE.search(f"{given.get('class', '')} {given.get('id', '')}"[:500]) is not None
        )
        self._open.append((tag, hidden, quoted, given.get("href", "")))
        self._hidden += hidden
        if tag in _BLOCKS:
            self._break(apart=tag in _APART)
        elif tag in ("td", "th") and self._lines[-1][1]:
            self._add("  ")
        self._depth += quoted
        if quoted:
            self._break()
        self._pre += tag == "pre"
        if tag == "li" and not self._hidden:
            self._add("• ")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            return
        _, hidden, quoted, href = self._open.pop()
        self._pre -= tag == "pre"
        if tag == "a" and href and not self._hidden and not _said(href, "".join(self._lines[-1][1])):
            self._add(f" <{href.removeprefix('mailto:')[:500]}>")
        self._depth -= quoted
        self._hidden -= hidden
        if tag in _BLOCKS or quoted:
            self._break(apart=tag in _APART)

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._pre:
            first, *rest = data.split("\n")
            self._add(first)
            for line in rest:
                self._break()
                self._add(line)
            return
        words = re.sub(r"[ \t\r\n\f]+", " ", data)
        if not self._lines[-1][1] or self._lines[-1][1][-1].endswith(" "):
            words = words.lstrip(" ")
        self._add(words)

    def _add(self, words: str) -> None:
        if words and not self._hidden:
            self._lines[-1][1].append(words)

    def _break(self, *, apart: bool = False) -> None:
        if self._lines[-1][1] or not apart:
            if self._lines[-1][1] or len(self._lines) > 1:
                self._lines.append((self._depth, []))
            else:
                self._lines[-1] = (self._depth, [])
        else:
            self._lines[-1] = (self._depth, [])
        if apart and len(self._lines) > 1 and self._lines[-2][1]:
            self._lines.append((self._depth, []))


def _said(href: str, line: str) -> bool:
    """Whether the words of a link already say where it leads."""
    bare = re.sub(r"^(https?://|mailto:|tel:)", "", href).rstrip("/")
    return not bare or href.startswith("tel:") or bare in line
