"""Read a YAML policy into plain values while remembering the line of every key and entry.

Safe by construction: only mappings, lists, text, numbers, booleans, dates and null; bounded in size, depth and
expansion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from schemas.policy_mistakes import Loc
from services.kit.i18n import N_

MAX_BYTES = 2_000_000
MAX_DEPTH = 24
MAX_NODES = 200_000

_PREFIX = "tag:yaml.org,2002:"
_SCALARS = frozenset(_PREFIX + name for name in ("str", "int", "float", "bool", "null", "timestamp"))


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something in the file that cannot be read, whatever a policy may be."""

    line: int
    loc: Loc
    what: str
    remedy: str
    params: Mapping[str, object] = field(default_factory=dict)


class Refused(Exception):
    """The file as a whole cannot be read; carries why."""

    def __init__(self, unreadable: Unreadable) -> None:
        super().__init__(unreadable.what)
        self.unreadable = unreadable


@dataclass(slots=True)
class LinedDocument:
    """Plain values, the line (from 1) of each place, and what could not be read."""

    value: object = None
    lines: dict[Loc, int] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)

    def line_of(self, loc: Loc) -> int:
        """Line of a place, or of the nearest place around it that stands in the file."""
        for length in range(len(loc), -1, -1):
            if (line := self.lines.get(loc[:length])) is not None:
                return line
        return 1


def read_lines(text: str) -> LinedDocument:
    """Reads the document.

    Raises:
        Refused: too large, not YAML, nested too deep, more than one document, or empty.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        what = N_("The file is larger than %(limit)s bytes.")
        raise Refused(Unreadable(1, (), what, N_("Shorten it: a policy needs far less."), {"limit": MAX_BYTES}))
    try:
        _bound_depth(text)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = N_("This is not readable YAML: %(problem)s.")
        remedy = N_("Look at this line and the one before it: indentation, quotes, brackets, colons.")
        line = mark.line + 1 if mark else 1
        raise Refused(Unreadable(line, (), what, remedy, {"problem": error.problem or error.context})) from error
    except (yaml.YAMLError, UnicodeError) as error:
        place = getattr(error, "position", 0)
        line = text.count("\n", 0, place) + 1 if isinstance(place, int) else 1
        what = N_("The file contains a character that may not stand in it.")
        raise Refused(
            Unreadable(line, (), what, N_("Save it as plain UTF-8 text without control characters."))
        ) from error
    if root is None:
        raise Refused(Unreadable(1, (), N_("The file is empty."), N_("Start from a sample in deploy/policies.")))
    document = LinedDocument()
    document.value = _Reader(document).read(root, ())
    return document


def _bound_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else 1
                what = N_("The file is nested more than %(limit)s deep.")
                remedy = N_("Check the indentation and the brackets here.")
                raise Refused(Unreadable(line, (), what, remedy, {"limit": MAX_DEPTH}))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Reader:
    def __init__(self, document: LinedDocument) -> None:
        self.document = document
        self.nodes = 0
        self.open: set[int] = set()
        self.scalars = yaml.constructor.SafeConstructor()

    def read(self, node: yaml.Node, loc: Loc) -> object:
        line = node.start_mark.line + 1
        self.document.lines.setdefault(loc, line)
        self.nodes += 1
        if self.nodes > MAX_NODES or id(node) in self.open:
            what = N_("The anchors (&name, *name) of this file unfold without end.")
            raise Refused(Unreadable(line, loc, what, N_("Write the repeated part out instead.")))
        self.open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode) and node.tag == _PREFIX + "map":
                return dict(self._entries(node, loc))
            if isinstance(node, yaml.SequenceNode) and node.tag == _PREFIX + "seq":
                return [self.read(entry, (*loc, index)) for index, entry in enumerate(node.value)]
            if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
                return self._scalar(node)
        finally:
            self.open.discard(id(node))
        self._note(
            node, loc, N_("The tag %(tag)s is not allowed."), N_("Remove it: only plain YAML is read."), tag=node.tag
        )
        return None

    def _scalar(self, node: yaml.ScalarNode) -> object:
        try:
            value: object = self.scalars.construct_object(node)
        except (ValueError, OverflowError, yaml.YAMLError):
            return node.value  # such as 2026-13-40: the policy's own check says what belongs there
        return value

    def _entries(self, node: yaml.MappingNode, loc: Loc) -> Iterator[tuple[str, object]]:
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or key.tag == _PREFIX + "merge":
                self._note(key, loc, N_("This key is not a plain word."), N_("Write a plain word before the colon."))
                continue
            name = str(key.value)
            if name in seen:
                what = N_('The key "%(key)s" stands here twice, first on line %(first)s.')
                self._note(key, (*loc, name), what, N_("Remove one of them."), key=name, first=seen[name])
                continue
            seen[name] = line
            self.document.lines[(*loc, name)] = line
            yield name, self.read(value, (*loc, name))

    def _note(self, node: yaml.Node, loc: Loc, what: str, remedy: str, **params: object) -> None:
        self.document.unreadable.append(Unreadable(node.start_mark.line + 1, loc, what, remedy, params))
