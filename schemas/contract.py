"""Hold today's event schemas against those that were published: a published version only ever gains optional fields.

Journals are kept for years and services are upgraded one by one, so that events of today are read by yesterday's code
and the other way round (`docs/decisions/0004-event-versions.md`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from schemas import asyncapi

PUBLISHED = Path(__file__).parent / "published"
"""A frozen JSON Schema of every event version, with the service that announces it."""

_BOUNDS = ("enum", "const", "format", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
           "minLength", "maxLength", "minItems", "maxItems")  # fmt: skip

Schema = Mapping[str, Any]


def documents() -> dict[str, dict[str, Any]]:
    """What would be frozen today, by name such as `complaint-filed.v1`."""
    return {
        name: {
            "type": model.TYPE,
            "version": model.VERSION,
            "source": model.SOURCE,
            "schema": model.model_json_schema(),
        }
        for name, model in asyncapi.published().items()
    }


def frozen(folder: Path = PUBLISHED) -> dict[str, dict[str, Any]]:
    """What was frozen."""
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))}


def breaks(before: Mapping[str, Schema], today: Mapping[str, Schema]) -> list[str]:
    """Every change that breaks a published version; empty when yesterday's and today's code understand each other."""
    found: list[str] = []
    for name, published in before.items():
        now = today.get(name)
        if now is None:
            found.append(f"{name}: is no longer known; keep reading it, and publish changes as a new version beside it")
        elif now["source"] != published["source"]:
            found.append(f"{name}: was announced by {published['source']}, now by {now['source']}")
        else:
            old, new = published["schema"], now["schema"]
            found += [f"{name}: {what}" for what in _changes("", old, new, _Definitions(old), _Definitions(new))]
    return found


def additions(before: Mapping[str, Schema], today: Mapping[str, Schema]) -> list[str]:
    """The event versions that are new, or have gained something, and are to be frozen before a release."""
    return [name for name, now in today.items() if before.get(name) != now]


class _Definitions:
    """The named parts of one schema."""

    def __init__(self, schema: Schema) -> None:
        self.parts: Mapping[str, Schema] = schema.get("$defs", {})

    def whole(self, schema: Schema) -> Schema:
        """A part with what it refers to in its place."""
        while "$ref" in schema:
            schema = self.parts[str(schema["$ref"]).rsplit("/", 1)[-1]]
        if len(schema.get("allOf", ())) == 1:
            return self.whole(schema["allOf"][0])
        return schema

    def choices(self, schema: Schema) -> list[Schema]:
        """What a value may be, each alternative whole."""
        schema = self.whole(schema)
        options = schema.get("anyOf") or schema.get("oneOf") or [schema]
        return [self.whole(option) for option in options]


def _changes(path: str, old: Schema, new: Schema, olds: _Definitions, news: _Definitions) -> Iterator[str]:
    """What a value could be before, against what it can be now."""
    befores, afters = olds.choices(old), news.choices(new)
    kinds = [sorted({_kind(choice) for choice in choices}) for choices in (befores, afters)]
    if kinds[0] != kinds[1]:
        yield f"{path or 'the event'} was {_or(kinds[0])}, now it is {_or(kinds[1])}"
        return
    for before in befores:
        alike = [after for after in afters if _kind(after) == _kind(before)]
        reports = [list(_inside(path, before, after, olds, news)) for after in alike]
        yield from min(reports, key=len)


def _inside(path: str, old: Schema, new: Schema, olds: _Definitions, news: _Definitions) -> Iterator[str]:
    for bound in _BOUNDS:
        if old.get(bound) != new.get(bound):
            yield f"{path or 'the event'}: {bound} was {old.get(bound)}, now it is {new.get(bound)}"
    if "items" in old or "items" in new:
        yield from _changes(f"{path}[]", old.get("items", {}), new.get("items", {}), olds, news)
    ones, others = old.get("prefixItems", []), new.get("prefixItems", [])
    if len(ones) != len(others):
        yield f"{path} had {len(ones)} places, now it has {len(others)}"
    for place, (one, other) in enumerate(zip(ones, others, strict=False)):
        yield from _changes(f"{path}[{place}]", one, other, olds, news)
    if isinstance(old.get("additionalProperties"), dict):
        values = new.get("additionalProperties")
        inner = values if isinstance(values, dict) else {}
        yield from _changes(f"{path}.*", old["additionalProperties"], inner, olds, news)
    yield from _fields(path, old, new, olds, news)


def _fields(path: str, old: Schema, new: Schema, olds: _Definitions, news: _Definitions) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed, needs = set(old.get("required", ())), set(new.get("required", ()))
    dot = f"{path}." if path else ""
    for name in before:
        if name not in after:
            yield f"{dot}{name} is gone or renamed"
            continue
        if name in needs - needed:
            yield f"{dot}{name} is required now; events without it are in journals"
        if name in needed - needs:
            yield f"{dot}{name} may be missing now; readers of before rely on it"
        yield from _changes(f"{dot}{name}", before[name], after[name], olds, news)
    for name in sorted(needs - before.keys()):
        yield f"{dot}{name} is new and required; events without it are in journals"


def _kind(schema: Schema) -> str:
    if "type" in schema:
        return str(schema["type"])
    return "one of some values" if "enum" in schema or "const" in schema else "anything"


def _or(kinds: list[str]) -> str:
    return " or ".join(kinds)
