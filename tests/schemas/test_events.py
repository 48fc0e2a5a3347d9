"""The wire: every published event version has a frozen example that today's code still reads and writes alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from schemas import asyncapi
from schemas.envelope import Event, canonical

SAMPLES = Path(asyncapi.__file__).parent / "samples"


def test_every_event_version_has_a_frozen_sample() -> None:
    assert {file.stem for file in SAMPLES.glob("*.json")} == set(asyncapi.published())


@pytest.mark.parametrize("file", sorted(SAMPLES.glob("*.json")), ids=lambda file: file.stem)
def test_a_frozen_sample_is_read_and_written_as_it_was_published(file: Path) -> None:
    message = json.loads(file.read_text(encoding="utf-8"))
    event = Event.from_cloudevent(message)
    body, texts = event.payload().to_wire()
    written = json.loads(body)
    for name, value in message["data"].items():
        assert written[name] == value, f"{name} is lost or changed: publish a new version instead"
    assert (texts and json.loads(texts)) == message.get("texts")


@pytest.mark.parametrize("file", sorted(SAMPLES.glob("*.json")), ids=lambda file: file.stem)
def test_a_frozen_sample_fits_the_exported_schema(file: Path) -> None:
    message = json.loads(file.read_text(encoding="utf-8"))
    jsonschema.validate(message, asyncapi.envelope_schema())
    jsonschema.validate(message["data"], asyncapi.event_schemas()[file.stem])


@pytest.mark.parametrize("name", sorted(asyncapi.published()))
def test_what_may_be_nothing_may_be_left_out_since_the_wire_leaves_it_out(name: str) -> None:
    def demanded(schema: dict[str, Any]) -> list[str]:
        found = [
            part
            for part in schema.get("required", ())
            if {"type": "null"} in schema["properties"][part].get("anyOf", ())
        ]
        return found + [part for inner in schema.get("$defs", {}).values() for part in demanded(inner)]

    assert demanded(asyncapi.event_schemas()[name]) == []


def test_every_event_has_a_channel_and_a_message_in_the_asyncapi_document() -> None:
    document = asyncapi.document()
    listed = {name for channel in document["channels"].values() for name in channel["messages"]}
    assert listed == set(asyncapi.published()) == set(document["components"]["messages"])


def test_the_same_body_is_always_written_with_the_same_bytes() -> None:
    assert canonical({"ข": [1, {"b": None, "a": True}], "ก": "x"}) == '{"ก":"x","ข":[1,{"a":true,"b":null}]}'


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi.document()

    def follow(part: Any) -> None:
        if isinstance(part, dict):
            if isinstance(reference := part.get("$ref"), str):
                found: Any = document
                for name in reference.removeprefix("#/").split("/"):
                    assert name in found, f"{reference} leads nowhere"
                    found = found[name]
            for inner in part.values():
                follow(inner)
        elif isinstance(part, list):
            for inner in part:
                follow(inner)

    follow(document)
