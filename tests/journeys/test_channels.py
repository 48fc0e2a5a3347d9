"""Each channel ends in one case and one acknowledgement, however often the same thing arrives, over both transports."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import orjson
import pytest

from services.intake.line.signature import signature_of
from tests.intake.email.conftest import CENTRE
from tests.intake.email.conftest import mail as mail_of
from tests.intake.line.conftest import CHANNEL_SECRET
from tests.journeys.far_ends import FarEnds, far_ends
from tests.journeys.system import Running, until
from tests.kafka_cluster import TRANSPORTS, environment_of

pytestmark = [pytest.mark.process, pytest.mark.timeout(240)]

USER = "U" + "c" * 32
_numbers = count(1)


@pytest.fixture(scope="module")
def ends() -> Iterator[FarEnds]:
    with far_ends() as found:
        yield found


@pytest.fixture(scope="module", params=TRANSPORTS)
def system(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest, ends: FarEnds
) -> Iterator[Running]:
    environment = environment_of(request.param, request) | ends.environment
    running = Running(tmp_path_factory.mktemp("channels") / "data", environment=environment).start()
    ends.mail.taken.clear()
    ends.mail.to.clear()
    ends.line.calls.clear()
    yield running
    if running.process and running.process.poll() is None:
        running.stop()


def read_up(system: Running) -> bool:
    """Whether every reader has read what there is."""
    ready = httpx.get(f"{system.address}/health/ready", timeout=10).json()
    return not any(ready["lag"].values())


def cases(system: Running, words: str) -> list[dict[str, Any]]:
    """The cases whose text holds some words, as the complaint centre sees them."""
    with system.client("centre") as centre:
        items = centre.get("/api/v1/cases", params={"q": words, "limit": 50}).json()["items"]
    return [item for item in items if words in orjson.dumps(item).decode()]


def acknowledged(ends: FarEnds, address: str) -> int:
    """How many acknowledgements an address got: mails like the first one. A slow case may bring other mails later."""
    subjects = [mail["Subject"] for to, mail in zip(ends.mail.to, ends.mail.taken, strict=True) if to == address]
    return subjects.count(subjects[0]) if subjects else 0


def one_case(system: Running, words: str) -> dict[str, Any]:
    """The case of some words; there is exactly one, now and when everything has been read."""
    until(f"a case about {words}", lambda: cases(system, words))
    until("everything to be read", lambda: read_up(system))
    (case,) = cases(system, words)
    return case


def well(system: Running, channel: str) -> dict[str, Any]:
    """The figures of a channel: everything that arrived is accounted for."""
    with system.client("centre") as centre:
        found = {one["channel"]: one for one in centre.get("/api/v1/channels").json()["channels"]}
    assert found[channel]["reconciled"]
    assert not found[channel]["missing"]
    return dict(found[channel])


def test_a_complaint_of_the_web_sent_twice_is_one_case_and_acknowledged_once(system: Running, ends: FarEnds) -> None:
    body = {
        "narrative": "เว็บไฟทางเดินดับ", "identity": "named", "contact_preference": "email",
        "complainant": {"name": "สมหญิง", "email": "web@home.example"},
    }  # fmt: skip
    with system.client() as public:
        first, second = [
            public.post("/api/v1/complaints", json=body, headers={"idempotency-key": "one-thumb"}) for _ in range(2)
        ]
    assert first.status_code == 201
    assert second.json()["tracking_number"] == first.json()["tracking_number"]
    one_case(system, "เว็บไฟทางเดินดับ")
    until("the acknowledgement", lambda: acknowledged(ends, "web@home.example"))
    settled(system)
    assert acknowledged(ends, "web@home.example") == 1


def test_a_mail_delivered_twice_is_one_case_and_acknowledged_once(system: Running, ends: FarEnds) -> None:
    raw = mail_of("อีเมลน้ำรั่วที่บ้านพัก", sender="มานี <mail@home.example>", message_id="<journey@home.example>")
    for _ in range(2):
        with smtplib.LMTP("127.0.0.1", ends.lmtp) as client:
            client.sendmail("mail@home.example", [CENTRE], raw)
    one_case(system, "อีเมลน้ำรั่วที่บ้านพัก")
    until("the acknowledgement", lambda: acknowledged(ends, "mail@home.example"))
    settled(system)
    assert acknowledged(ends, "mail@home.example") == 1
    assert well(system, "email")["registered"] == 1


def test_a_talk_on_line_delivered_twice_is_one_case_and_one_receipt(system: Running, ends: FarEnds) -> None:
    answered = 0

    def send(kind: str, **fields: Any) -> None:
        nonlocal answered
        event = {
            "type": kind, "mode": "active", "timestamp": int(time.time() * 1000),
            "source": {"type": "user", "userId": USER}, "webhookEventId": f"JOURNEY{next(_numbers):06}",
            "deliveryContext": {"isRedelivery": False}, "replyToken": ends.line.token_for(USER), **fields,
        }  # fmt: skip
        for again in (False, True):
            event["deliveryContext"] = {"isRedelivery": again}
            content = orjson.dumps({"destination": "U0", "events": [event]})
            headers = {"x-line-signature": signature_of(CHANNEL_SECRET, content)}
            answer = httpx.post(f"{system.address}/channels/line/webhook", content=content, headers=headers)
            assert answer.status_code == 200
        answered += 1
        until("an answer on LINE", lambda: len(ends.line.calls) >= answered)

    text = {"type": "text", "id": "m1", "text": "ไลน์ราวสะพานหักที่ท่าน้ำ อันตรายมาก", "quoteToken": "q"}
    send("message", message=text)
    chosen = next(data for data in ends.line.calls[-1].buttons().values() if data.startswith("cat:"))
    for data in (chosen, "done", "id:named", "send"):
        send("postback", postback={"data": data})
    number = one_case(system, "ไลน์ราวสะพานหักที่ท่าน้ำ")["tracking_number"]
    settled(system)
    shown = [call for call in ends.line.calls if any(message["type"] == "flex" for message in call.messages)]
    receipts = [call for call in shown if number in call.text]
    assert len(receipts) == 1
    assert ends.line.wrong == [], "every call is as LINE's specification has it"
    well(system, "line")


def test_a_call_written_down_is_one_case_and_acknowledged_once(system: Running, ends: FarEnds) -> None:
    body = {
        "narrative": "โทรมาว่ากล้าไม้ได้ไม่ครบ", "identity": "named", "channel": "phone", "contact_preference": "email",
        "complainant": {"name": "ปิติ", "email": "phone@home.example"},
    }  # fmt: skip
    with system.client("centre") as centre:
        numbers = {
            centre.post("/api/v1/complaints", json=body, headers={"idempotency-key": "one-call"}).json()[
                "tracking_number"
            ]
            for _ in range(2)
        }
    assert len(numbers) == 1
    one_case(system, "โทรมาว่ากล้าไม้ได้ไม่ครบ")
    until("the acknowledgement", lambda: acknowledged(ends, "phone@home.example"))
    settled(system)
    assert acknowledged(ends, "phone@home.example") == 1


def settled(system: Running) -> None:
    """Wait until nothing is left to be read or to be sent."""
    until("everything to be read", lambda: read_up(system))

    def sent() -> bool:
        with system.client("centre") as centre:
            found = centre.get("/api/v1/cases", params={"limit": 50}).json()["items"]
            states = [
                message["state"]
                for case in found
                for message in centre.get(f"/api/v1/cases/{case['tracking_number']}/messages").json()["items"]
            ]
        return not {"queued", "sending"} & set(states)

    until("everything to be sent", sent)
