"""The webhook: only what LINE signed is kept, each event once, and everything that is signed is kept."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.cli.runtime import Runtime, build
from services.cli.web_app import make_app
from services.intake.line.reading import read
from services.intake.line.signature import signature_fits, signature_of
from services.intake.line.take_in import event_of
from services.kit.database import Database
from services.kit.settings import Settings
from tests.intake.conftest import KEPT, SECRET
from tests.intake.line.conftest import CHANNEL_SECRET, Person, deliver
from tests.intake.line.specification import shared


async def kept(database: Database) -> list[dict[str, Any]]:
    rows = await database.read("select * from intake.line_event order by seq")
    return [{**dict(row), "raw": event_of(dict(row), KEPT.seal)} for row in rows]


@pytest.mark.parametrize(
    ("secret", "body", "signature"),
    [
        ("channel_secret", b"bodybodybodybody", "/gg9a+LvFevTH1sd7XCQycD7tsWclCsInj7MhBHxN7k="),
        ("SECRET", b"{}", "3q8QXTAGaey18yL8FWTqdVlbMr6hcuNvM4tefa0o9nA="),
    ],
)
def test_a_signature_is_judged_as_published(secret: str, body: bytes, signature: str) -> None:
    assert signature_fits(secret, body, signature)
    assert not signature_fits(secret, body + b" ", signature)
    assert not signature_fits(secret, body, None)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200), st.text(min_size=1, max_size=40), st.text(max_size=60))
def test_a_signature_is_judged_as_the_sdk_judges_it(body: str, secret: str, other: str) -> None:
    from linebot.v3.webhook import SignatureValidator

    raw = body.encode("utf-8", "replace")
    text, key = raw.decode(), secret.encode("utf-8", "replace").decode()
    for signature in (signature_of(key, raw), other.encode("utf-8", "replace").decode()):
        assert signature_fits(key, raw, signature) is SignatureValidator(key).validate(text, signature)


async def test_a_wrong_signature_is_refused_and_nothing_is_kept(http: httpx.AsyncClient, database: Database) -> None:
    answer = await deliver(http, {"events": [{"type": "message"}]}, secret="another secret")
    assert answer.status_code == 401
    assert (await http.post("/channels/line/webhook", json={"events": []})).status_code == 401
    assert await kept(database) == []


async def test_a_body_over_the_limit_is_refused_before_it_is_judged(
    http: httpx.AsyncClient, database: Database
) -> None:
    assert (await deliver(http, b"x" * 2_000_001)).status_code == 413
    assert await kept(database) == []


async def test_a_channel_without_settings_is_off_and_says_so(runtime: Runtime, database: Database) -> None:
    off = build(Settings(secret=SECRET), database, ("intake",))
    transport = httpx.ASGITransport(app=make_app(off, start=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://redress.test") as http:
        answer = await deliver(http, {"events": []})
    assert answer.status_code == 404
    assert "REDRESS_LINE_CHANNEL_SECRET" in answer.text or "LINE" in answer.text


async def test_an_event_that_is_sent_again_is_kept_once(grandmother: Person, database: Database) -> None:
    event = grandmother.message("text", text="น้ำไม่ไหลเลยทั้งคืน")
    again = {**event, "deliveryContext": {"isRedelivery": True}}
    assert (await grandmother.deliver(event, event)).json() == {"events": 2, "new": 1}
    assert (await grandmother.deliver(again)).json() == {"events": 1, "new": 0}
    assert len(await kept(database)) == 1


async def test_several_events_of_a_request_are_kept_in_their_order(grandmother: Person, database: Database) -> None:
    events = [grandmother.message("text", text=f"ข้อความที่ {n}") for n in range(5)]
    await grandmother.deliver(*events)
    assert [row["id"] for row in await kept(database)] == [event["webhookEventId"] for event in events]


async def test_an_unknown_type_of_event_is_accepted_and_kept(grandmother: Person, database: Database) -> None:
    await grandmother.send(grandmother.event("somethingNew", detail={"a": 1}))
    (row,) = await kept(database)
    assert (row["state"], row["raw"]["detail"]) == ("ignored", {"a": 1})


async def test_of_what_others_say_in_a_group_only_that_it_was_said_is_kept(
    grandmother: Person, database: Database
) -> None:
    group = {"type": "group", "groupId": "C" + "1" * 32, "userId": grandmother.user}
    event = grandmother.message("text", text="ความลับของเรา") | {"source": group}
    await grandmother.send(event)
    (row,) = await kept(database)
    assert "ความลับ" not in json.dumps(row["raw"], ensure_ascii=False)
    assert row["state"] == "ignored"


async def test_every_official_example_is_accepted(http: httpx.AsyncClient, database: Database) -> None:
    path = shared("webhook.json")
    if path is None:
        pytest.skip("the official examples of LINE are not at hand (REDRESS_SHARED)")
    document = json.loads(path.read_text("utf-8"))
    for number, event in enumerate(document["events"]):
        event["webhookEventId"] = f"example-{number}"
    assert (await deliver(http, document)).json() == {"events": len(document["events"]), "new": len(document["events"])}
    assert len(await kept(database)) == len(document["events"])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
odd_events = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["message", "postback", "unsend", "follow", "unfollow", "join", "?"]) | json_values,
        "source": st.fixed_dictionaries(
            {"type": st.sampled_from(["user", "group", "room"]), "userId": st.just("U" + "f" * 32)}
        )
        | json_values,
        "message": st.fixed_dictionaries(
            {"type": st.sampled_from(["text", "image", "location", "sticker"]), "id": st.text(max_size=5)},
            optional={"text": json_values, "fileName": json_values, "latitude": json_values, "mention": json_values},
        )
        | json_values,
        "postback": st.fixed_dictionaries({"data": st.text(max_size=30)}) | json_values,
        "unsend": json_values,
        "timestamp": json_values,
        "replyToken": json_values,
        "webhookEventId": st.uuids().map(str) | json_values,
        "deliveryContext": json_values,
        "mode": json_values,
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(odd_events)
def test_reading_an_event_never_fails(event: dict[str, Any]) -> None:
    read(event)


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(events=st.lists(odd_events | json_values, max_size=4))
async def test_whatever_is_signed_is_answered_without_a_fault_and_no_event_is_lost(
    grandmother: Person, database: Database, events: list[Any]
) -> None:
    before = len(await kept(database))
    answer = await deliver(grandmother.http, json.dumps({"events": events}).encode("utf-8", "replace"))
    assert answer.status_code == 200, answer.text
    assert len(await kept(database)) == before + answer.json()["new"]
    assert answer.json()["events"] == sum(isinstance(event, dict) for event in events)
    await grandmother.worker.settle(grandmother.client)
    stuck = [row for row in await kept(database) if row["state"] in ("waiting", "filing", "held")]
    assert stuck == []


@given(body=st.binary(max_size=60))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_signed_body_that_is_no_webhook_is_refused_in_words(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await deliver(http, body, CHANNEL_SECRET)
    assert answer.status_code in (200, 422)


async def test_talks_give_way_while_webhooks_are_answered_but_not_for_ever(
    grandmother: Person, database: Database
) -> None:
    worker = grandmother.worker
    with worker.answering():
        await grandmother.deliver(grandmother.message("text", text="น้ำไม่ไหลมาสามวันแล้ว"))
        work = asyncio.create_task(worker.settle(grandmother.client))
        await asyncio.sleep(0)
        assert grandmother.line.calls == [], "an answer comes first"
        await asyncio.wait_for(work, 20)
    assert len(grandmother.line.calls) == 1, "a stream of them keeps nobody waiting without end"
