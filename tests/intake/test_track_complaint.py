"""Tracking: found by number and secret together, told in plain words, right in any order of events."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from schemas.cases import CaseReassigned, ContactRecorded, NoteAdded
from schemas.clocks import AlertRaised, Clock, MissWithdrawn
from schemas.envelope import FreeText, Payload
from schemas.recovery import RecoveryOpened
from services.cli.runtime import Runtime
from services.intake.track_complaint import track_complaint
from services.kit.database import Database, new_id
from tests.intake.conftest import NOW, filing
from tests.intake.progress import announced, clock_facts, life_until, moved, snapshot

DUE = NOW + timedelta(days=3)


@pytest.fixture
async def filed(client: httpx.AsyncClient, runtime: Runtime, database: Database) -> dict[str, Any]:
    """A complaint just filed: the answer, and its id."""
    await runtime.prepare()
    body = (await client.post("/api/v1/complaints", json=filing())).json()
    return {**body, "id": (await database.read("select id from intake.complaint"))[0]["id"]}


async def view(client: httpx.AsyncClient, filed: dict[str, Any], lang: str = "en") -> dict[str, Any]:
    answer = await client.get(
        f"/api/v1/complaints/{filed['tracking_number']}",
        headers={"X-Tracking-Secret": filed["tracking_secret"], "Accept-Language": lang},
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_case_nobody_has_touched_is_received_and_promised(
    client: httpx.AsyncClient, filed: dict[str, Any]
) -> None:
    told = await view(client, filed)
    assert list(told) == ["tracking_number", "status", "status_label", "received_at", "due", "actions", "timeline"]
    assert (told["status"], told["due"]) == ("received", filed["due"])
    assert told["timeline"] == [{"at": "2026-11-20T07:05:00Z", "label": "We received your case, by Web"}]


@pytest.mark.parametrize("typed", ["{n}", " {n} ", "{small}", "{plain}"])
async def test_number_and_secret_may_be_typed_as_people_type(
    client: httpx.AsyncClient, filed: dict[str, Any], typed: str
) -> None:
    number = filed["tracking_number"]
    written = typed.format(n=number, small=number.lower(), plain=number.replace("-", ""))
    secret = filed["tracking_secret"].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    answer = await client.get(f"/api/v1/complaints/{written}", headers={"X-Tracking-Secret": secret})
    assert answer.status_code == 200


async def test_a_wrong_secret_looks_like_an_unknown_number(client: httpx.AsyncClient, filed: dict[str, Any]) -> None:
    async def refused(number: str, headers: dict[str, str]) -> dict[str, Any]:
        answer = await client.get(f"/api/v1/complaints/{number}", headers=headers)
        body = dict(answer.json())
        assert body.pop("reference") in body.pop("instance")
        return {"status": answer.status_code, "headers": sorted(answer.headers), **body}

    wrong = {"X-Tracking-Secret": "0000-0000"}
    answers = [
        await refused(filed["tracking_number"], wrong),
        await refused(filed["tracking_number"], {}),
        await refused("QCK-69-99999-A", {"X-Tracking-Secret": filed["tracking_secret"]}),
        await refused("nonsense", wrong),
    ]
    assert answers[0]["status"] == 404
    assert all(answer == answers[0] for answer in answers)


async def test_the_timeline_speaks_the_language_asked_for(
    client: httpx.AsyncClient, runtime: Runtime, database: Database, filed: dict[str, Any]
) -> None:
    await announced(runtime, database, filed["id"], life_until("investigating", NOW), NOW)
    english, thai = await view(client, filed), await view(client, filed, "th")
    assert english["status_label"] == "Finding out what happened"
    assert thai["status_label"] != english["status_label"]
    assert any("Lodging department" in step["label"] for step in english["timeline"])
    assert any("ฝ่ายที่พัก" in step["label"] for step in thai["timeline"])


async def test_internal_steps_and_notes_are_not_told(
    client: httpx.AsyncClient, runtime: Runtime, database: Database, filed: dict[str, Any]
) -> None:
    facts: list[Payload] = [
        *life_until("response_proposed", NOW, texts={"findings": "ลับ"}),
        moved("investigating", 6, NOW, "response_proposed", reason="เขียนใหม่"),
        NoteAdded(case=snapshot("investigating", 7, NOW), at=NOW, text=FreeText.of("ลับเหมือนกัน")),
    ]
    await announced(runtime, database, filed["id"], facts, NOW)
    labels = [step["label"] for step in (await view(client, filed))["timeline"]]
    assert labels.count("We are finding out what happened") == 1
    rows = await database.read("select words from intake.tracking_step")
    assert not [row for row in rows if row["words"]]


async def test_of_a_restricted_case_only_the_centre_is_named(
    client: httpx.AsyncClient, runtime: Runtime, database: Database, filed: dict[str, Any]
) -> None:
    facts: list[Payload] = [
        *life_until("assigned", NOW, unit="integrity", restricted=True),
        CaseReassigned(
            case=snapshot("assigned", 4, NOW, unit="audit", restricted=True), at=NOW, unit_before="integrity"
        ),
    ]
    await announced(runtime, database, filed["id"], facts, NOW)
    labels = " ".join(step["label"] for step in (await view(client, filed))["timeline"])
    assert "Complaint centre" in labels
    assert "Integrity" not in labels
    assert "audit" not in labels


def whole_story() -> dict[str, list[Payload]]:
    """Everything that happens to a case that was late, by the service that tells it."""
    late = DUE + timedelta(days=1)
    steps = life_until("investigating", NOW)
    routing: list[Payload] = [
        *steps,
        ContactRecorded(
            case=snapshot("investigating", 5, NOW),
            at=NOW,
            medium="phone",
            contacted_at=NOW,
            text=FreeText.of("รับเรื่องแล้ว"),
        ),
        moved("response_proposed", 6, late, "investigating", texts={"correction": "ซ่อมแล้ว"}, recorded={"baht": "300"}),
        moved("decision_communicated", 7, late, "response_proposed", texts={"reasons": "ปั๊มเสีย"}),
        moved("implementing", 8, late, "decision_communicated", actor="complainant"),
    ]
    sla = clock_facts(NOW, DUE, missed=True, met=late)
    clock = Clock(target="resolve", state="missed", started_at=NOW, due_at=DUE, missed=True, policy_version="quick-1")
    alerts = [
        AlertRaised(clock=clock, version=2, alert_id=new_id(), level=level, threshold_at=DUE, sent_at=DUE)
        for level in ("executive", "owner", "unit_head:missed")
    ]
    return {"routing": routing, "sla": [*sla, *alerts], "reporting": [recovery()]}


def recovery() -> RecoveryOpened:
    return RecoveryOpened(
        recovery_id=UUID(int=1), number="R-1", version=1, state="detected", complaint_id=UUID(int=0), at=DUE, why="late"
    )


async def state_of(database: Database, case_id: UUID) -> list[Any]:
    tracked = await track_complaint(database, case_id)
    steps = sorted((step.at, step.code, step.words or "") for step in tracked.steps)
    progress = {name: value for name, value in tracked.progress.items() if name not in ("case_id", "pending_at")}
    clocks = {target: {k: v for k, v in clock.items() if k != "case_id"} for target, clock in tracked.clocks.items()}
    return [steps, progress, clocks]


@pytest.mark.parametrize("seed", range(6))
async def test_tracking_is_the_same_in_whatever_order_the_journals_are_read(
    client: httpx.AsyncClient, runtime: Runtime, database: Database, filed: dict[str, Any], seed: int
) -> None:
    chance = random.Random(seed)
    sources = whole_story()
    straight, shuffled = filed["id"], new_id()
    await database.statement(
        "insert into intake.complaint select $2, tracking_number || 'x', secret_digest, kind, channel, narrative,"
        " remedy_sought, location, category, service_point, area, segment, reference, subject_unit, subject_person,"
        " identity, complainant_ref, represented, language, happened_at, received_at, recorded_at, acknowledged_at,"
        " policy_version, promised, unit, restricted, external_reference, filed_by, consent_version, historical,"
        " erased_at from intake.complaint where id = $1",
        straight,
        shuffled,
    )
    for facts in sources.values():
        await announced(runtime, database, straight, [about(fact, straight) for fact in facts], NOW)
    waiting = {source: [about(fact, shuffled) for fact in facts] for source, facts in sources.items()}
    while any(waiting.values()):
        source = chance.choice([name for name, facts in waiting.items() if facts])
        await announced(runtime, database, shuffled, [waiting[source].pop(0)], NOW)
    assert await state_of(database, shuffled) == await state_of(database, straight)
    tracked = await track_complaint(database, straight)
    assert (tracked.state, tracked.progress["told_level"]) == ("implementing", "executive")
    assert {"missed", "contact", "recovery", "decision_communicated"} <= {step.code for step in tracked.steps}


def about(fact: Payload, case_id: UUID) -> Payload:
    return fact.model_copy(update={"complaint_id": case_id}) if isinstance(fact, RecoveryOpened) else fact


async def test_a_miss_that_was_none_is_taken_back(
    runtime: Runtime, database: Database, filed: dict[str, Any], client: httpx.AsyncClient
) -> None:
    facts = clock_facts(NOW, DUE, missed=True)
    clock = Clock(target="resolve", state="met", started_at=NOW, due_at=DUE, met_at=NOW, policy_version="quick-1")
    await announced(runtime, database, filed["id"], facts, NOW)
    assert any("sorry" in step["label"] for step in (await view(client, filed))["timeline"])
    await announced(runtime, database, filed["id"], [MissWithdrawn(clock=clock, version=3, why="met in time")], NOW)
    assert not any("sorry" in step["label"] for step in (await view(client, filed))["timeline"])


async def test_the_promised_date_follows_the_clock(
    runtime: Runtime, database: Database, filed: dict[str, Any], client: httpx.AsyncClient
) -> None:
    await announced(runtime, database, filed["id"], clock_facts(NOW, DUE), NOW)
    assert datetime.fromisoformat((await view(client, filed))["due"]["resolve"]) == DUE


async def test_what_happened_at_the_same_moment_is_told_in_its_order(
    runtime: Runtime, database: Database, filed: dict[str, Any], client: httpx.AsyncClient
) -> None:
    await announced(runtime, database, filed["id"], life_until("investigating", NOW), NOW)
    labels = [step["label"] for step in (await view(client, filed))["timeline"]]
    assert labels == [
        "We received your case, by Web",
        "We made the first assessment",
        "Lodging department now looks after your case",
        "We are finding out what happened",
    ]
