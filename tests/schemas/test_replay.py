"""Journals of years ago: every frozen sample is applied by today's readers of every service, in a real database."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import orjson
import pytest
import yaml

from schemas import asyncapi
from schemas.envelope import Event, bucket_of, canonical, digest_of
from services.cli.runtime import Runtime, build
from services.kit.database import Database, new_id
from services.kit.journal import Row, append_rows
from services.kit.parked import list_parked
from services.kit.paths import deploy_dir
from services.kit.settings import SERVICES, Settings
from services.kit.unheard import list_unheard

SAMPLES = [
    Event.from_cloudevent(json.loads(file.read_text(encoding="utf-8")))
    for file in sorted((Path(asyncapi.__file__).parent / "samples").glob("*.json"))
]
FIRST = ("policy-adopted", "staff-changed", "complaint-filed", "clock-started", "recovery-opened")


@pytest.fixture
async def runtime(database: Database, tmp_path: Path) -> Runtime:
    """Every service over one database, with the policy that the samples name."""
    made = build(Settings(data=tmp_path, secret="only for this test"), database)
    await made.prepare()
    document = yaml.safe_load((deploy_dir() / "policies" / "fio.yaml").read_text("utf-8")) | {"version": "fio-sample-1"}
    for name in SERVICES:
        await database.statement(
            f"insert into {name}.policy_copy (version, effective_from, adopted_at, bundle)"
            " values ('fio-sample-1', '2020-01-01', '2020-01-01', $1)",
            orjson.dumps(document).decode(),
        )
    return made


async def write(database: Database, event: Event, *, kind: str | None = None, version: int | None = None) -> None:
    """Put an event into the journal of its service as it stood on the wire."""
    kind, version = kind or event.type, version or event.version
    digest = digest_of(event.id, event.case_id, kind, version, event.occurred_at, event.historical, event.body)
    row = Row(
        event.id, event.case_id, kind, version, event.occurred_at, event.historical, event.body, event.texts, digest
    )
    async with database.beside(event.source).transaction() as tx:
        await append_rows(tx.raw, event.source, {bucket_of(event.case_id): [row]})


async def parked_of(runtime: Runtime) -> list[tuple[str, str, str]]:
    """What each service could not apply, and why."""
    return [
        (name, event.type, event.reason)
        for name, context in runtime.contexts.items()
        for event in (await list_parked(context.database))[0]
    ]


def in_order() -> list[Event]:
    """The samples, each case begun before it goes on."""
    return sorted(SAMPLES, key=lambda event: FIRST.index(event.type) if event.type in FIRST else len(FIRST))


async def test_todays_readers_apply_every_sample(database: Database, runtime: Runtime) -> None:
    for event in in_order():
        await write(database, event)
    await runtime.drain()
    assert await parked_of(runtime) == []
    for name, context in runtime.contexts.items():
        assert await list_unheard(context.database) == [], name


def test_every_event_has_a_reader_or_is_for_the_audit_alone(tmp_path: Path) -> None:
    made = build(Settings(data=tmp_path, secret="x"), Database("postgresql://nowhere/redress", "sla"))
    unread = {
        event.type
        for event in SAMPLES
        if not any(service.subscriptions.wants(event) for service in made.services.values())
    }
    call_backs = {f"call-back-{what}" for what in ("opened", "taken", "alerted", "closed")}
    among_ourselves = {"note-added", "case-linked", "finding-recorded"}
    assert (
        unread <= {"alert-seen", "identity-handled", "identity-looked", "survey-invited"} | among_ourselves | call_backs
    )


def _another(event: Event, case_id: UUID) -> Event:
    """The same fact about another case."""
    return Event.from_cloudevent(
        event.to_cloudevent()
        | {"id": str(new_id()), "caseid": str(case_id), "bucket": bucket_of(case_id), "data": json.loads(event.body)}
    )


async def test_a_newer_version_is_parked_and_holds_its_case_but_nothing_else(
    database: Database, runtime: Runtime
) -> None:
    filed = next(event for event in SAMPLES if event.type == "complaint-filed")
    acted = next(event for event in SAMPLES if event.type == "complaint-acknowledged")
    await write(database, filed, version=2)
    await write(database, acted)
    await runtime.drain()
    parked = await parked_of(runtime)
    assert {name for name, kind, _ in parked if kind == "complaint-filed"} >= {"routing", "sla", "reporting"}
    assert all("newer than this release" in reason for _, kind, reason in parked if kind == "complaint-filed")
    assert {name for name, kind, _ in parked if kind == "complaint-acknowledged"} >= {"routing", "sla"}
    other = _another(filed, new_id())
    body = json.loads(other.body) | {"tracking_number": "FIO-69-00002-X"}
    object.__setattr__(other, "body", canonical(body))
    await write(database, other)
    await runtime.drain()
    found = await database.read("select count(*) as n from sla.case_copy where filed")
    assert found[0]["n"] == 1
    assert len(await parked_of(runtime)) == len(parked)


async def test_an_unknown_type_is_passed_over_and_counted(database: Database, runtime: Runtime) -> None:
    filed = next(event for event in SAMPLES if event.type == "complaint-filed")
    for _ in range(3):
        await write(database, _another(filed, new_id()), kind="complaint-dreamt")
    await runtime.drain()
    assert await parked_of(runtime) == []
    for name in ("routing", "sla", "reporting"):
        (found,) = await list_unheard(runtime.contexts[name].database)
        assert (found.source, found.type, found.version, found.events) == ("intake", "complaint-dreamt", 1, 3)
    counted = await database.read("select sum(position)::bigint as n from sla.cursor where source = 'intake'")
    assert counted[0]["n"] == 3
