"""Calls held against the published specification of the Messaging API, with discriminators followed and nothing extra.

The official file is used where it is at hand (`REDRESS_SHARED`, or `shared` beside the repository); else the small part
below, which says the same of what we send.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[3]


def shared(name: str) -> Path | None:
    """A fixture of LINE, where there is one."""
    for folder in (os.environ.get("REDRESS_SHARED"), REPOSITORY.parent / "shared", REPOSITORY.parent.parent / "shared"):
        if folder and (path := Path(folder) / "fixtures" / "line" / name).is_file():
            return path
    return None


def _message(**properties: Any) -> dict[str, Any]:
    extra = {"quickReply": {"$ref": "#/components/schemas/QuickReply"}, "type": {"type": "string"}}
    return {"type": "object", "required": ["type", *properties], "properties": properties | extra}


_TEXT = {"type": "string"}
_ANY: dict[str, Any] = {}
SUBSET: dict[str, Any] = {
    "ReplyMessageRequest": {
        "type": "object", "required": ["replyToken", "messages"],
        "properties": {"replyToken": _TEXT, "messages": {"type": "array", "minItems": 1, "maxItems": 5,
                       "items": {"$ref": "#/components/schemas/Message"}}, "notificationDisabled": {"type": "boolean"}},
    },
    "PushMessageRequest": {
        "type": "object", "required": ["to", "messages"],
        "properties": {"to": _TEXT, "messages": {"type": "array", "minItems": 1, "maxItems": 5,
                       "items": {"$ref": "#/components/schemas/Message"}}, "notificationDisabled": {"type": "boolean"}},
    },
    "Message": {
        "type": "object",
        "discriminator": {"propertyName": "type", "mapping": {"text": "#/components/schemas/TextMessage",
                                                              "flex": "#/components/schemas/FlexMessage"}},
    },
    "TextMessage": _message(text={"type": "string", "maxLength": 5000}),
    "FlexMessage": _message(altText={"type": "string", "maxLength": 1500}, contents=_ANY),
    "QuickReply": {
        "type": "object",
        "properties": {"items": {"type": "array", "maxItems": 13, "items": {
            "type": "object", "properties": {"type": _TEXT, "imageUrl": _TEXT, "action": _ANY}}}},
    },
}  # fmt: skip


@cache
def schemas() -> dict[str, Any]:
    """The schemas by name."""
    path = shared("messaging-api.yml")
    if path is None:
        return SUBSET
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Any] = yaml.load(path.read_text("utf-8"), loader)["components"]["schemas"]
    return found


def problems(name: str, value: Any) -> list[str]:
    """What is wrong with a value of that schema; nothing when it is as published."""
    return list(_wrong({"$ref": f"#/components/schemas/{name}"}, value, name))


_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "array": list,
    "object": dict,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}


def _wrong(schema: dict[str, Any], value: Any, place: str, *, chosen: bool = False) -> list[str]:
    if "$ref" in schema:
        schema = schemas()[schema["$ref"].rpartition("/")[2]]
    by = schema.get("discriminator")
    if by is not None and not chosen and isinstance(value, dict):
        target = by["mapping"].get(value.get(by["propertyName"]))
        return _wrong({"$ref": target}, value, place, chosen=True) if target else [f"{place}: no such type"]
    found: list[str] = []
    kind = schema.get("type")
    if kind and not (isinstance(value, _TYPES[kind]) and not (kind != "boolean" and isinstance(value, bool))):
        return [f"{place}: {type(value).__name__} is no {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{place}: {value!r} is none of {schema['enum']}")
    if isinstance(value, str | list):
        size = "Length" if isinstance(value, str) else "Items"
        if len(value) > schema.get(f"max{size}", len(value)) or len(value) < schema.get(f"min{size}", 0):
            found.append(f"{place}: {len(value)} is beyond its limits")
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            found += _wrong(schema["items"], item, f"{place}[{number}]")
    if isinstance(value, dict) and (known := _properties(schema)):
        found += [f"{place}.{name}: missing" for name in _required(schema) if name not in value]
        for name, item in value.items():
            found += _wrong(known[name], item, f"{place}.{name}") if name in known else [f"{place}.{name}: unknown"]
    return found


def _parts(schema: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in schema:
        schema = schemas()[schema["$ref"].rpartition("/")[2]]
    return [schema, *(part for one in schema.get("allOf", ()) for part in _parts(one))]


def _properties(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: one for part in _parts(schema) for name, one in part.get("properties", {}).items()}


def _required(schema: dict[str, Any]) -> list[str]:
    return [name for part in _parts(schema) for name in part.get("required", ())]
