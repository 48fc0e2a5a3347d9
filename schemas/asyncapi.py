"""The contracts as documents: a JSON Schema for every event version, and AsyncAPI 3 over them."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from schemas import calls, cases, clocks, complaints, governance, recovery
from schemas.envelope import BUCKETS, REGISTRY, Payload
from schemas.policy import PolicyBundle

MODULES = (complaints, calls, cases, clocks, governance, recovery)
"""Every module that defines events; importing them fills the registry."""


def published() -> dict[str, type[Payload]]:
    """Every event version by its name, such as `complaint-filed.v1`."""
    return {f"{kind}.v{version}": model for (kind, version), model in sorted(REGISTRY.items())}


def event_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of the data of every event version."""
    return {name: model.model_json_schema() for name, model in published().items()}


def policy_schema() -> dict[str, Any]:
    """The JSON Schema of a policy bundle."""
    return PolicyBundle.model_json_schema()


def envelope_schema() -> dict[str, Any]:
    """The CloudEvents 1.0 attributes of every message, with those of the journal."""
    text, number = {"type": "string"}, {"type": "integer"}
    return {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "caseid", "bucket", "position", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "format": "uuid"},
            "source": {"type": "string", "pattern": "^/redress/[a-z]+$"},
            "type": text,
            "subject": {"type": "string", "format": "uuid"},
            "time": {"type": "string", "format": "date-time"},
            "occurredat": {"type": "string", "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "dataschema": text,
            "caseid": {"type": "string", "format": "uuid"},
            "bucket": {**number, "minimum": 0, "maximum": BUCKETS - 1},
            "position": {**number, "minimum": 1},
            "historical": {"type": "boolean"},
            "traceparent": text,
            "data": {"type": "object"},
            "texts": {"type": "object", "description": "free texts with their salts, by field; may be erased"},
        },
    }


SHARED = "#/components/schemas/{model}"


def document() -> dict[str, Any]:
    """The AsyncAPI document: one channel for each journal, one message for each event version."""
    channels: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    models = published()
    # A reference in an AsyncAPI document counts from the root of the document, so what schemas share stands there.
    references, shared = models_json_schema([(model, "validation") for model in models.values()], ref_template=SHARED)
    for name, model in models.items():
        channel = channels.setdefault(
            model.SOURCE,
            {"address": f"redress.{model.SOURCE}", "messages": {}, "description": f"The journal of {model.SOURCE}"},
        )
        channel["messages"][name] = {"$ref": f"#/components/messages/{name}"}
        operations.setdefault(
            f"publish-{model.SOURCE}", {"action": "send", "channel": {"$ref": f"#/channels/{model.SOURCE}"}}
        )
        messages[name] = {
            "name": name,
            "title": model.__name__,
            "summary": (model.__doc__ or "").strip().split("\n")[0],
            "contentType": "application/cloudevents+json",
            "payload": {
                "allOf": [
                    {"$ref": "#/components/schemas/envelope"},
                    {"type": "object", "properties": {"data": references[model, "validation"]}},
                ]
            },
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Redress",
            "version": "1.0",
            "description": "What happened, in order, one journal a service.",
        },
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": {"envelope": envelope_schema(), **shared["$defs"]}},
    }
