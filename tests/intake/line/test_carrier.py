"""Messages out by LINE: each once, within rate and quota, and what is linked goes where it belongs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.cli.runtime import Runtime
from services.intake.line.carrier import LineCarrier
from services.intake.line.client import QuotaUsedUp
from services.intake.line.linking import make_code
from services.intake.line.remind import remind_and_forget
from services.intake.messages.addresses import Address, staff_addresses
from services.intake.messages.carriers import Outgoing, Refused, TryLater
from services.kit.database import Database, new_id
from services.kit.service import Context
from tests.intake.conftest import KEPT, Clock, add_staff
from tests.intake.line.conftest import Person
from tests.intake.line.stand_in import ACCESS_TOKEN, StandIn

STORY = "น้ำที่บ้านพักไม่ไหลทั้งคืน เด็กเล็กอาบน้ำไม่ได้"


def outgoing(to: str, *, message_id: UUID | None = None, **fields: Any) -> Outgoing:
    values: dict[str, Any] = {
        "case_id": new_id(), "tracking_number": "QCK-69-00001-A", "channel": "line", "language": "th",
        "template": "decision", "subject": None, "text": "แจ้งผลการพิจารณา",
    }  # fmt: skip
    return Outgoing(message_id=message_id or new_id(), to=to, **{**values, **fields})


async def test_a_push_whose_answer_was_lost_is_not_made_twice(carrier: LineCarrier, line: StandIn) -> None:
    line.lose_answers = 1
    message = outgoing("U1")
    with pytest.raises(TryLater):
        await carrier.send(message)
    assert (await carrier.send(message)).delivered
    assert len(line.calls) == 1


async def test_a_fresh_reply_token_is_used_once_and_costs_nothing(
    carrier: LineCarrier, line: StandIn, clock: Clock
) -> None:
    until = (clock() + timedelta(seconds=50)).isoformat()
    extra = {"reply_token": line.token_for("U1"), "reply_until": until}
    await carrier.send(outgoing("U1", extra=extra))
    await carrier.send(outgoing("U1", extra=extra))
    assert [call.how for call in line.calls] == ["reply", "push"]
    assert line.used == 1


async def test_what_was_taken_is_sent_whatever_the_answer_looks_like(
    carrier: LineCarrier, line: StandIn, grandmother: Person
) -> None:
    line.odd = True
    assert (await carrier.send(outgoing("U1"))).delivered
    await grandmother.say(STORY)
    assert len(line.calls) == 2, "each once"


async def test_an_old_reply_token_is_not_tried(carrier: LineCarrier, line: StandIn, clock: Clock) -> None:
    extra = {"reply_token": line.token_for("U1"), "reply_until": (clock() + timedelta(seconds=50)).isoformat()}
    clock.move(seconds=51)
    await carrier.send(outgoing("U1", extra=extra))
    assert line.calls[-1].how == "push"


async def test_what_is_too_fast_waits_as_long_as_line_asks(carrier: LineCarrier, line: StandIn) -> None:
    line.failing = [(429, {"retry-after": "17"})]
    with pytest.raises(TryLater) as refused:
        await carrier.send(outgoing("U1"))
    assert refused.value.after == timedelta(seconds=17)


async def test_the_quota_is_read_and_what_is_over_it_goes_another_way(carrier: LineCarrier, line: StandIn) -> None:
    line.quota, line.used = 100, 99
    assert await carrier.check() is None
    assert carrier.left() == 1
    await carrier.send(outgoing("U1"))
    assert carrier.left() == 0
    with pytest.raises(QuotaUsedUp):
        await carrier.send(outgoing("U1"))
    assert "quota" in (await carrier.check() or "")


async def test_alerts_of_staff_leave_what_is_kept_for_customers(carrier: LineCarrier, line: StandIn) -> None:
    line.quota, line.used = 100, 60
    with pytest.raises(Refused):
        await carrier.send(outgoing("U1", case_id=None, template=None, extra={"to_staff": True}))
    assert (await carrier.send(outgoing("U1"))).delivered


async def test_under_an_outcome_stand_the_buttons_that_answer_it(carrier: LineCarrier, line: StandIn) -> None:
    message = outgoing("U1")
    await carrier.send(message)
    assert set(line.calls[-1].buttons().values()) == {
        f"act:accept:{message.case_id}", f"act:contest:{message.case_id}",
    }  # fmt: skip
    await carrier.send(outgoing("U1", template="survey"))
    assert len(line.calls[-1].buttons()) == 5
    assert line.wrong == []


async def test_a_wrong_access_token_is_told_with_its_remedy(
    carrier: LineCarrier, line: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.intake.line.stand_in.ACCESS_TOKEN", f"{ACCESS_TOKEN} of another")
    assert "REDRESS_LINE_ACCESS_TOKEN" in (await carrier.check() or "")


async def test_a_half_finished_talk_is_reminded_once_and_then_forgotten(
    grandmother: Person, context: Context, database: Database, line: StandIn, clock: Clock
) -> None:
    await grandmother.say(STORY)
    clock.move(hours=3)
    before = len(line.calls)
    await remind_and_forget(context, clock())
    await remind_and_forget(context, clock())
    assert len(line.calls) == before + 1
    clock.move(hours=25)
    await remind_and_forget(context, clock())
    assert await database.read("select 1 from intake.line_talk") == []
    assert len(line.calls) == before + 1


async def told_at(database: Database, member: UUID) -> list[Address]:
    return (await staff_addresses(database, [member], KEPT))[member]


async def test_a_member_of_staff_links_an_account_by_a_code_that_works_once(
    grandmother: Person, context: Context, database: Database, runtime: Runtime
) -> None:
    member, _ = await add_staff(runtime, "somchai", "lodging", "officer")
    async with database.transaction() as tx:
        code = await make_code(tx, context.settings.secret, context.now(), staff_id=member)
    await grandmother.say(f"link {code.lower()}")
    assert await told_at(database, member) == [Address("line", grandmother.user)]
    other = Person(grandmother.http, grandmother.line, context, grandmother.client, "U" + "b" * 32)
    await other.say(f"LINK {code}")
    assert await told_at(database, member) == [Address("line", grandmother.user)]


async def test_a_case_filed_elsewhere_is_followed_after_its_code_was_sent(
    grandmother: Person, context: Context, database: Database
) -> None:
    number = await grandmother.file(STORY)
    (case,) = await database.read("select id from intake.complaint")
    other = Person(grandmother.http, grandmother.line, context, grandmother.client, "U" + "c" * 32)
    async with database.transaction() as tx:
        code = await make_code(tx, context.settings.secret, context.now(), case_id=case["id"])
    assert number in (await other.say(f"LINK {code}")).text
    assert number in (await other.say("สถานะ")).text


async def test_guessing_codes_is_stopped(grandmother: Person, context: Context, database: Database) -> None:
    for number in range(6):
        await grandmother.say(f"LINK 0000-000{number}")
    (user,) = await database.read("select code_misses from intake.line_user")
    assert user["code_misses"] == 5
