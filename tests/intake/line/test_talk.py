"""A whole talk on LINE: told, shown, sent, numbered, followed, taken back; and after a crash as without one."""

from __future__ import annotations

from typing import Any

import pytest

from services.cli.runtime import Runtime
from services.intake.line import file_talk as filing_module
from services.intake.line.carrier import LineCarrier
from services.intake.messages.carriers import Outgoing
from services.kit.database import Database, new_id
from tests.intake.conftest import Clock, identity_of
from tests.intake.line.conftest import Person
from tests.intake.line.stand_in import StandIn
from tests.intake.progress import announced, life_until, moved

STORY = "น้ำที่บ้านพักไม่ไหลทั้งคืน เด็กเล็กอาบน้ำไม่ได้"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)


async def complaints(database: Database) -> list[dict[str, Any]]:
    return [dict(row) for row in await database.read("select * from intake.complaint order by recorded_at, id")]


async def arrival_states(database: Database) -> dict[str, int]:
    rows = await database.read("select state, count(*) as n from intake.arrival group by state")
    return {row["state"]: row["n"] for row in rows}


async def test_a_grandmother_finishes_in_her_own_order(grandmother: Person, database: Database) -> None:
    picture = await grandmother.show("image", PNG)
    assert "สั้น" in picture.text or "few words" in picture.text
    assert (await grandmother.send(grandmother.message("location", title="บ้านพัก 7", address="เชียงใหม่",
                                                       latitude=18.7, longitude=98.9))) is not None  # fmt: skip
    asked = await grandmother.say(STORY)
    assert "cat:broken" in asked.buttons().values()
    more = await grandmother.press("cat:broken")
    assert more is not None
    assert "done" in more.buttons().values()
    private = await grandmother.press("done")
    assert private is not None
    assert {"id:named", "id:confidential"} <= set(private.buttons().values())
    check = await grandmother.press("id:confidential")
    assert check is not None
    assert STORY in check.text
    await grandmother.press("send")
    (case,) = await complaints(database)
    assert (case["channel"], case["category"], case["identity"]) == ("line", "broken", "confidential")
    assert case["narrative"] == STORY
    assert "เชียงใหม่" in case["location"]
    files = await database.read("select case_id from intake.stored_file")
    assert [row["case_id"] for row in files] == [case["id"]]
    assert (await identity_of(database, case["id"]))["name"] == "ยายสมศรี"
    assert (await arrival_states(database))["registered"] == 1


async def test_whoever_sits_at_a_computer_answers_with_numbers_and_words(
    grandmother: Person, database: Database
) -> None:
    await grandmother.say(STORY)
    for answer in ("๒", "ครบแล้วค่ะ", "1", "ส่ง"):
        await grandmother.send(grandmother.message("text", text=answer))
    (case,) = await complaints(database)
    assert (case["category"], case["identity"]) == ("broken", "named")


async def test_the_receipt_carries_number_secret_and_date_in_the_buddhist_era(
    grandmother: Person, database: Database, carrier: LineCarrier, line: StandIn
) -> None:
    number = await grandmother.file(STORY)
    (message,) = await database.read("select * from intake.message where direction = 'out'")
    outgoing = Outgoing(
        message["id"], message["case_id"], number, "line", grandmother.user, "th", "acknowledgement", "รับเรื่องแล้ว",
        f"รับเรื่องแล้ว {number}", extra=message["extra"],
    )  # fmt: skip
    sent = await carrier.send(outgoing)
    assert sent.delivered
    receipt = line.calls[-1]
    assert receipt.how == "reply"
    assert number in str(receipt.messages)
    assert "2569" in str(receipt.messages)
    assert line.wrong == []


async def test_a_talk_can_be_cancelled_at_any_time_and_nothing_of_it_is_kept(
    grandmother: Person, database: Database
) -> None:
    await grandmother.show("image", PNG)
    await grandmother.say(STORY)
    assert "status" in (await grandmother.say("ยกเลิก")).buttons().values()
    assert await database.read("select 1 from intake.line_talk") == []
    assert {row["state"] for row in await database.read("select state from intake.stored_file")} == {"erased"}
    assert await complaints(database) == []


async def test_a_sticker_and_a_single_word_are_met_kindly(grandmother: Person, database: Database) -> None:
    sticker = await grandmother.send(grandmother.message("sticker", packageId="1", stickerId="1"))
    assert sticker is not None
    assert "new:complaint" in sticker.buttons().values()
    assert "new:complaint" in (await grandmother.say("สวัสดีค่ะ")).buttons().values()
    assert "cancel" in (await grandmother.say("น้ำ")).buttons().values()
    assert await complaints(database) == []


async def test_what_is_written_later_joins_the_open_case(grandmother: Person, database: Database) -> None:
    number = await grandmother.file(STORY)
    joined = await grandmother.say("ตอนนี้น้ำมาแล้วแต่ขุ่นมาก")
    assert number in joined.text
    rows = await database.read("select text from intake.message where direction = 'in'")
    assert [row["text"] for row in rows] == ["ตอนนี้น้ำมาแล้วแต่ขุ่นมาก"]


async def test_with_several_open_cases_it_is_asked_which_one_is_meant(grandmother: Person, database: Database) -> None:
    first = await grandmother.file(STORY)
    await grandmother.press("new:complaint")
    await grandmother.tell("เจ้าหน้าที่พูดจาไม่ดีกับแม่ของฉัน", "conduct")
    await grandmother.press("send")
    asked = await grandmother.say("ขอส่งข้อมูลเพิ่มเติมอีกหน่อย")
    assert first in asked.text
    choice = next(data for label, data in asked.buttons().items() if label == first)
    assert first in (await grandmother.press(choice) or asked).text
    rows = await database.read(
        "select c.tracking_number from intake.message m join intake.complaint c on c.id = m.case_id"
        " where m.direction = 'in'"
    )
    assert [row["tracking_number"] for row in rows] == [first]


async def test_one_sees_ones_cases_with_state_and_next_date(grandmother: Person) -> None:
    number = await grandmother.file(STORY)
    shown = await grandmother.say("สถานะ")
    assert number in shown.text
    assert "2569" in shown.text


async def test_a_crash_between_arrival_and_commit_ends_in_one_complaint(
    grandmother: Person, database: Database, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    await grandmother.tell(STORY)

    async def killed(*_: Any) -> None:
        raise ConnectionError("killed after the complaint was committed, before anything knew of it")

    with monkeypatch.context() as patched:
        patched.setattr(filing_module, "_register", killed)
        await grandmother.deliver(grandmother.event("postback", postback={"data": "send"}))
        await grandmother.worker.work(grandmother.client)
    assert len(await complaints(database)) == 1
    assert (await arrival_states(database)).get("registered") is None
    clock.move(seconds=10)
    await grandmother.worker.settle(grandmother.client)
    assert len(await complaints(database)) == 1
    states = await arrival_states(database)
    assert (states["registered"], states.get("arrived")) == (1, None)
    assert len(await database.read("select 1 from intake.message where direction = 'out'")) == 1


async def test_a_film_that_is_still_prepared_comes_to_its_case_later(
    grandmother: Person, database: Database, line: StandIn, clock: Clock
) -> None:
    event = grandmother.message("video", contentProvider={"type": "line"}, duration=1000)
    identifier = event["message"]["id"]
    line.preparing.add(identifier)
    line.contents[identifier] = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 64
    await grandmother.send(event)
    await grandmother.file(STORY)
    assert await database.read("select 1 from intake.stored_file") == []
    line.preparing.clear()
    clock.move(minutes=6)
    await grandmother.worker.settle(grandmother.client)
    (case,) = await complaints(database)
    (file,) = await database.read("select case_id from intake.stored_file")
    assert file["case_id"] == case["id"]


async def test_what_is_unsent_goes_and_the_fact_stays(
    grandmother: Person, database: Database, runtime: Runtime
) -> None:
    await grandmother.file(STORY)
    event = grandmother.message("text", text="อันนี้ส่งผิดห้องนะคะ")
    await grandmother.send(event)
    await grandmother.send(grandmother.event("unsend", unsend={"messageId": event["message"]["id"]}))
    (message,) = await database.read("select text from intake.message where direction = 'in'")
    assert message["text"] is None
    for table in ("line_event", "tracking_step", "complainant_action", "journal", "line_talk"):
        rows = await database.read(f"select t::text as row from intake.{table} t")
        assert not any("ส่งผิดห้อง" in row["row"] for row in rows), table
    codes = [row["code"] for row in await database.read("select code from intake.tracking_step order by at")]
    assert "act_taken_back" in codes


async def test_whoever_blocks_us_gets_nothing_pushed_until_they_come_back(
    grandmother: Person, database: Database, carrier: LineCarrier
) -> None:
    await grandmother.file(STORY)
    await grandmother.send(grandmother.event("unfollow"))
    (address,) = await database.read("select stopped_at from intake.reply_address")
    assert address["stopped_at"] is not None
    await grandmother.send(grandmother.event("follow", follow={"isUnblocked": True}))
    (address,) = await database.read("select stopped_at from intake.reply_address")
    assert address["stopped_at"] is None


async def test_in_a_group_we_answer_only_when_called_and_only_how_to_talk_alone(
    grandmother: Person, line: StandIn
) -> None:
    group = {"type": "group", "groupId": "C" + "1" * 32, "userId": grandmother.user}
    mention = {"mentionees": [{"index": 0, "length": 5, "type": "user", "isSelf": True}]}
    called = grandmother.message("text", text="@ศูนย์ น้ำไม่ไหล", mention=mention) | {"source": group}
    answer = await grandmother.send(called)
    assert answer is not None
    assert "https://line.me/R/ti/p/@redress" in answer.text
    assert "น้ำ" not in answer.text


async def test_whether_it_is_fixed_is_answered_with_a_button(
    grandmother: Person, database: Database, runtime: Runtime, clock: Clock
) -> None:
    await grandmother.file(STORY)
    (case,) = await complaints(database)
    await announced(runtime, database, case["id"], life_until("response_proposed", clock()), clock())
    decided = moved("decision_communicated", 6, clock(), "response_proposed", texts={"reasons": "เปลี่ยนปั๊มแล้ว"})
    await announced(runtime, database, case["id"], [decided], clock())
    answer = await grandmother.press(f"act:accept:{case['id']}")
    assert answer is not None
    assert case["tracking_number"] in answer.text
    (action,) = await database.read("select action, medium from intake.complainant_action")
    assert (action["action"], action["medium"]) == ("accept", "line")


async def test_a_rating_counts_at_once_and_takes_confidence_and_comment_after_it(
    grandmother: Person, database: Database, runtime: Runtime, clock: Clock
) -> None:
    await grandmother.file(STORY)
    (case,) = await complaints(database)
    await announced(runtime, database, case["id"], life_until("closed", clock()), clock())
    asked = await grandmother.press(f"rate:4:{case['id']}")
    assert asked is not None
    rated = "select rating, confidence, words, medium from intake.complainant_action where action = 'rate'"
    assert [dict(row) for row in await database.read(rated)] == [
        {"rating": 4, "confidence": None, "words": None, "medium": "line"}
    ]
    buttons = list(asked.buttons().values())
    assert buttons == [f"conf:{mark}:{case['id']}" for mark in (5, 4, 3, 2, 1)]
    more = await grandmother.press(buttons[3])
    assert more is not None
    await grandmother.press(next(data for data in more.buttons().values() if data.startswith("say:yes")))
    await grandmother.say("รอนานไปหน่อย แต่ช่างดีมาก")
    assert [tuple(row) for row in await database.read(rated)] == [(4, 2, "รอนานไปหน่อย แต่ช่างดีมาก", "line")]
    events = await database.read(
        "select (body::jsonb ->> 'confidence') c from intake.journal where type = 'complainant-acted' order by position"
    )
    assert [row["c"] for row in events] == [None, "2", "2"]
    await grandmother.press(f"conf:5:{case['id']}")
    assert [row["confidence"] for row in await database.read(rated)] == [2], "what was answered stays"
    await grandmother.press(f"say:no:{case['id']}")
    assert len(await complaints(database)) == 1, "a comment is no new complaint"


async def test_a_button_of_somebody_elses_case_does_nothing(grandmother: Person, database: Database) -> None:
    await grandmother.press(f"act:accept:{new_id()}")
    await grandmother.press(f"conf:5:{new_id()}")
    assert await database.read("select 1 from intake.complainant_action") == []
