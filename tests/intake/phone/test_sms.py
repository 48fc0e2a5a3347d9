"""SMS through a gateway over HTTP: what it takes, what it puts off, what it refuses, and when it says nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.cli.runtime import Runtime
from services.intake.messages import sms_carrier as carrying
from services.intake.messages.carriers import Outgoing, Refused, TryLater
from services.intake.messages.sms_carrier import LONGEST, SmsCarrier, sms_carrier
from services.intake.phone.check_phone import check_phone
from services.kit.database import Database, new_id
from services.kit.service import Context
from services.kit.settings import Settings
from tests.intake.conftest import Clock
from tests.intake.phone.conftest import Agent, rows, send
from tests.intake.phone.gateway import Gateway

TOLD = {"narrative": "น้ำที่บ้านพักไม่ไหล", "name": "สมชาย ตัวอย่าง", "phone": "081-234-5678"}


def outgoing(to: str = "0812345678", text: str = "รับเรื่องแล้ว") -> Outgoing:
    return Outgoing(new_id(), None, None, "sms", to, "th", None, None, text)


@pytest.fixture
async def carrier(gateway: Gateway) -> Any:
    made = SmsCarrier(gateway.url, gateway.token, "REDRESS")
    yield made
    await made.close()


async def test_a_message_is_posted_to_the_international_number_with_its_id(
    carrier: SmsCarrier, gateway: Gateway
) -> None:
    message = outgoing()
    sent = await carrier.send(message)
    assert gateway.taken == [
        {"id": str(message.message_id), "to": "+66812345678", "text": "รับเรื่องแล้ว", "from": "REDRESS"}
    ]
    assert gateway.seen[0]["idempotency-key"] == str(message.message_id)
    assert (sent.provider_id, sent.delivered) == ("sms-1", True)


async def test_a_text_is_never_longer_than_ten_joined_messages(carrier: SmsCarrier, gateway: Gateway) -> None:
    await carrier.send(outgoing(text="ก" * 5000))
    assert len(gateway.taken[0]["text"]) == LONGEST
    assert gateway.taken[0]["text"].endswith("…")


async def test_too_many_at_once_waits_as_long_as_the_gateway_asks(carrier: SmsCarrier, gateway: Gateway) -> None:
    gateway.answers = [(429, {"retry-after": "90"})]
    with pytest.raises(TryLater) as later:
        await carrier.send(outgoing())
    assert later.value.after == timedelta(seconds=90)


@pytest.mark.parametrize("status", [401, 403, 408, 500, 503])
async def test_what_may_pass_is_tried_again(carrier: SmsCarrier, gateway: Gateway, status: int) -> None:
    gateway.answers = [(status, {})]
    with pytest.raises(TryLater):
        await carrier.send(outgoing())


@pytest.mark.parametrize("status", [400, 404, 410, 422])
async def test_what_the_gateway_refuses_is_not_tried_again(carrier: SmsCarrier, gateway: Gateway, status: int) -> None:
    gateway.answers = [(status, {})]
    with pytest.raises(Refused) as refused:
        await carrier.send(outgoing())
    assert "081" not in str(refused.value)


async def test_a_number_that_is_none_is_refused_before_anything_leaves(carrier: SmsCarrier, gateway: Gateway) -> None:
    with pytest.raises(Refused):
        await carrier.send(outgoing(to="1234"))
    assert gateway.seen == []


async def test_a_gateway_that_says_nothing_is_tried_again(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "TIMEOUT_SECONDS", 0.1)
    gateway.hang = 30
    impatient = SmsCarrier(gateway.url, gateway.token)
    with pytest.raises(TryLater, match="ReadTimeout"):
        await impatient.send(outgoing())
    await impatient.close()


async def test_a_gateway_that_is_away_is_tried_again(gateway: Gateway) -> None:
    await gateway.stop()
    lonely = SmsCarrier(gateway.url, gateway.token)
    with pytest.raises(TryLater):
        await lonely.send(outgoing())
    assert "cannot be reached" in str(await lonely.check())
    await lonely.close()


async def test_without_a_gateway_sms_is_off(context: Context) -> None:
    assert sms_carrier(Settings(data=context.settings.data)) is None


async def test_an_acknowledgement_that_is_put_off_leaves_later_and_once(
    agent: Agent, runtime: Runtime, gateway: Gateway, database: Database, clock: Clock
) -> None:
    await agent.types(**TOLD)
    gateway.answers = [(429, {"retry-after": "90"})]
    await send(runtime)
    assert gateway.taken == []
    clock.move(seconds=80)
    assert await send(runtime) == 0
    clock.move(seconds=15)
    await send(runtime)
    clock.move(seconds=600)
    await send(runtime)
    assert len(gateway.taken) == 1
    (message,) = await rows(database, "message")
    assert (message["state"], message["attempt"], message["provider_id"]) == ("delivered", 2, "sms-1")
    (case,) = await rows(database, "complaint")
    assert case["acknowledged_at"] is not None


async def test_a_number_that_the_gateway_refuses_ends_as_failed_and_is_shown(
    agent: Agent, runtime: Runtime, gateway: Gateway, database: Database
) -> None:
    await agent.types(**TOLD)
    gateway.answers = [(422, {})]
    await send(runtime)
    await send(runtime)
    (message,) = await rows(database, "message")
    assert message["state"] == "failed"
    assert "422" in message["reason"]


async def test_the_doctor_tells_of_telephone_and_sms(context: Context, gateway: Gateway) -> None:
    phone, sms = await check_phone(context)
    assert (phone.ok, sms.ok, sms.says) == (True, True, "the gateway answers")
    assert "no call heard yet" in phone.says
    await gateway.stop()
    assert [each.ok for each in await check_phone(context)] == [True, False]
    context.settings.options["REDRESS_PHONE_SECRET"] = "short"  # type: ignore[index]
    context.settings.options["REDRESS_SMS_URL"] = ""  # type: ignore[index]
    phone, sms = await check_phone(context)
    assert (phone.ok, "openssl" in phone.do) == (False, True)
    assert (sms.ok, sms.says) == (True, "off (REDRESS_SMS_URL is not set)")
