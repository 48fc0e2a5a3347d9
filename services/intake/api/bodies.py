"""Reading JSON bodies once, and the refusals that belong to it."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from services.kit.errors import InvalidInput, RedressError
from services.kit.i18n import N_


class NotJson(RedressError):
    """The body is no JSON. Send `Content-Type: application/json` and UTF-8."""

    code = "not-json"


async def json_body(request: Request) -> Any:
    """The parsed body.

    Raises:
        NotJson: it cannot be parsed.
    """
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise NotJson(
            N_("The body is not JSON in UTF-8."),
            N_("Send the fields as one JSON object, with Content-Type: application/json."),
        ) from None


def comparable(data: Any) -> bytes:
    """The bytes by which two bodies are compared: keys sorted, spaces gone."""
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS)


def object_or_refuse(data: Any) -> dict[str, Any]:
    """`data`, if it is an object with fields."""
    if not isinstance(data, dict):
        raise InvalidInput(N_("The body must be an object with fields."), N_("See /openapi.json for its shape."))
    return data


def answer(content: Any, status: int = 200) -> Response:
    """JSON, times in UTC with a Z."""
    body = orjson.dumps(content, option=orjson.OPT_UTC_Z)
    return Response(body, status, media_type="application/json", headers={"cache-control": "no-store"})


def described_by(model: type[BaseModel]) -> dict[str, Any]:
    """The request body of a route that reads it by itself, for the OpenAPI document."""
    schema = model.model_json_schema(ref_template="{model}")
    content = {"application/json": {"schema": _inline(schema, schema.get("$defs", {}))}}
    return {"requestBody": {"required": True, "content": content}}


def _inline(part: Any, definitions: dict[str, Any]) -> Any:
    """The schema with its references put in place, since its parts stand nowhere else."""
    if isinstance(part, list):
        return [_inline(item, definitions) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _inline(definitions[part["$ref"]], definitions)
    return {key: _inline(value, definitions) for key, value in part.items() if key != "$defs"}
