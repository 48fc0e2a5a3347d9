"""A published event version only ever gains optional fields; whatever else is changed is named."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.contract import additions, breaks, documents, frozen

ROOT = Path(__file__).resolve().parents[2]
Change = Callable[[dict[str, Any]], Any]


def test_today_keeps_what_was_published() -> None:
    assert breaks(frozen(), documents()) == []


def test_every_event_version_is_frozen_as_it_is() -> None:
    assert additions(frozen(), documents()) == [], "run `make contracts` and commit what it writes"


def changed(change: Change, name: str = "complaint-filed.v1") -> list[str]:
    """What is said of a change to the schema of one event."""
    today = copy.deepcopy(documents())
    change(today[name])
    return breaks(documents(), today)


BREAKING: dict[str, Change] = {
    "tracking_number is gone or renamed": lambda d: d["schema"]["properties"].pop("tracking_number"),
    "policy_version is new and required": lambda d: (
        d["schema"]["properties"].update(x={"type": "string"}),
        d["schema"]["required"].append("x"),
    ),
    "segment is required now": lambda d: d["schema"]["required"].append("segment"),
    "received_at may be missing now": lambda d: d["schema"]["required"].remove("received_at"),
    "channel was string, now it is integer": lambda d: d["schema"]["properties"]["channel"].update(type="integer"),
    "segment was null or string, now it is string": lambda d: d["schema"]["properties"]["segment"].update(
        anyOf=[{"type": "string"}]
    ),
    "enum was": lambda d: d["schema"]["properties"]["kind"]["enum"].append("rumour"),
    "format was date-time": lambda d: d["schema"]["properties"]["received_at"].pop("format"),
    "narrative.digest is gone": lambda d: d["schema"]["$defs"]["FreeText"]["properties"].pop("digest"),
    "promised.resolve was null or string": lambda d: d["schema"]["$defs"]["Promised"]["properties"]["resolve"].update(
        anyOf=[{"type": "integer"}, {"type": "null"}]
    ),
    "was announced by intake, now by sla": lambda d: d.update(source="sla"),
}


@pytest.mark.parametrize("said", BREAKING)
def test_what_breaks_a_published_version_is_named(said: str) -> None:
    found = changed(BREAKING[said])
    wanted = said.replace("policy_version is new", "x is new")
    assert any(wanted in line and line.startswith("complaint-filed.v1") for line in found), found


def test_a_list_whose_entries_change_breaks() -> None:
    def change(document: dict[str, Any]) -> None:
        document["schema"]["$defs"]["Clock"]["properties"]["pauses"]["items"]["prefixItems"][0] = {"type": "integer"}

    assert any("clock.pauses[][0]" in line for line in changed(change, "clock-met.v1"))


def test_a_version_that_is_no_longer_known_breaks() -> None:
    today = documents()
    del today["clock-met.v1"]
    assert breaks(documents(), today)[0].startswith("clock-met.v1: is no longer known")


def test_a_new_optional_field_or_version_breaks_nothing_but_is_to_be_frozen() -> None:
    today = copy.deepcopy(documents())
    today["complaint-filed.v1"]["schema"]["properties"]["mood"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    today["complaint-filed.v2"] = copy.deepcopy(today["complaint-filed.v1"])
    assert breaks(documents(), today) == []
    assert additions(documents(), today) == ["complaint-filed.v1", "complaint-filed.v2"]


def test_the_check_of_the_build_agrees() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/check_contracts.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
