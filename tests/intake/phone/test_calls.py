"""The way in of the switchboard: only what it signed just now is taken, and the same event twice is one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.intake.contacts.keeping import Contacts
from services.intake.contacts.seal import seal_of
from services.intake.contacts.seal_again import contacts_left, seal_all
from services.intake.phone.caller import in_groups, masked
from services.intake.phone.life import Times, owed
from services.intake.phone.reading import read_event
from services.intake.phone.signature import is_fresh, signature_fits, signature_of
from services.kit.database import Database
from services.kit.errors import InvalidInput
from services.kit.service import Context
from services.kit.settings import Settings
from tests.intake.conftest import CONTACT_KEY, NOW, SECRET
from tests.intake.phone.conftest import PHONE_SECRET, Agent, arrivals, rows, tell

NIGHT = datetime(2026, 11, 19, 15, 0, tzinfo=UTC)


def test_the_signature_covers_time_stamp_and_body() -> None:
    signature = signature_of("secret", "1795158300", b'{"event":"ringing"}')
    # What `printf '1795158300.{"event":"ringing"}' | openssl dgst -sha256 -hmac secret` prints.
    assert signature == "sha256=c3e77729192260a96974a5bf6783d0c254f2aa14a3d35bd517eb03072660d790"
    assert signature_fits("secret", "1795158300", b'{"event":"ringing"}', signature)
    assert signature_fits("secret", "1795158300", b'{"event":"ringing"}', signature.removeprefix("sha256=").upper())
    assert not signature_fits("secret", "1795158301", b'{"event":"ringing"}', signature)
    assert not signature_fits("secret", "1795158300", b'{"event":"ended"}', signature)
    assert not signature_fits("secret", "1795158300", b'{"event":"ringing"}', None)


def test_a_time_stamp_is_fresh_for_five_minutes() -> None:
    assert is_fresh(str(int(NOW.timestamp()) - 299), NOW)
    assert is_fresh(str(int(NOW.timestamp()) + 299), NOW)
    assert not is_fresh(str(int(NOW.timestamp()) - 302), NOW)
    assert not any(is_fresh(stamp, NOW) for stamp in (None, "", "now", "-5", "1e9", "9" * 40, "๑๗๙๕๑๕๘๓๐๐"))


async def test_a_wrong_signature_is_refused_and_nothing_is_kept(http: httpx.AsyncClient, database: Database) -> None:
    assert (await tell(http, "ringing", secret="another")).status_code == 401
    assert (await http.post("/channels/phone/calls", json={"event": "ringing", "call": "1"})).status_code == 401
    old = await tell(http, "ringing", sent_at=NOW - timedelta(minutes=6))
    assert old.status_code == 401
    assert old.json()["type"].endswith("signature-wrong")
    assert [await rows(database, table) for table in ("phone_event", "phone_call", "arrival")] == [[], [], []]


async def test_a_body_over_the_limit_is_refused(http: httpx.AsyncClient, database: Database) -> None:
    assert (await tell(http, "ringing", more="x" * 70_000)).status_code == 413
    assert await rows(database, "phone_event") == []


async def test_without_a_secret_the_telephone_is_off(http: httpx.AsyncClient, context: Context) -> None:
    del context.settings.options["REDRESS_PHONE_SECRET"]  # type: ignore[attr-defined]
    assert (await tell(http, "ringing")).status_code == 404


async def test_a_ringing_call_is_kept_sealed_and_counted(http: httpx.AsyncClient, database: Database) -> None:
    answer = await tell(http, "ringing")
    assert (answer.status_code, answer.json()["new"]) == (202, True)
    (call,) = await rows(database, "phone_call")
    assert call["state"] == "ringing"
    assert b"0812345678" not in call["number"]
    assert call["number"].startswith(b"\x00sealed1:")
    assert (await arrivals(database))["1.1"][0] == "held"


async def test_the_number_is_sealed_anew_with_a_new_contact_key_and_still_read(
    http: httpx.AsyncClient, agent: Agent, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(http, "ringing")
    await tell(http, "missed", call="2.1", caller="0899999999")
    keys = f"another key for the contacts of these tests,{CONTACT_KEY}"
    monkeypatch.setenv("REDRESS_CONTACT_KEY", keys)
    contacts = Contacts(seal_of(Settings(options={"REDRESS_CONTACT_KEY": keys})), SECRET)
    await seal_all(database, contacts)
    assert (await contacts_left(database, contacts)).to_do == 0
    monkeypatch.setenv("REDRESS_CONTACT_KEY", keys.split(",")[0])
    assert "081 234 5678" in (await agent.client.get("/desk/phone/now")).text
    assert "089 ••• •999" in (await agent.client.get("/desk/call-backs")).text


async def test_the_same_event_twice_is_one(http: httpx.AsyncClient, database: Database) -> None:
    await tell(http, "ringing")
    again = await tell(http, "ringing")
    assert (again.status_code, again.json()["new"]) == (200, False)
    assert len(await rows(database, "phone_event")) == len(await rows(database, "phone_call")) == 1
    await tell(http, "answered", id="e-1")
    assert (await tell(http, "answered", id="e-1")).json()["new"] is False
    assert len(await rows(database, "phone_event")) == 2


async def test_events_may_come_in_any_order(http: httpx.AsyncClient, database: Database) -> None:
    await tell(http, "ended", at=NOW, extension="101")
    await tell(http, "recording", recording="https://pbx.test/1.wav")
    await tell(http, "answered", at=NOW - timedelta(minutes=2), extension="101")
    await tell(http, "ringing", at=NOW - timedelta(minutes=3))
    (call,) = await rows(database, "phone_call")
    assert (call["state"], call["recording"]) == ("ended", "https://pbx.test/1.wav")
    assert call["began_at"] == NOW - timedelta(minutes=3)
    assert [row["state"] for row in await rows(database, "call_back")] == ["closed"]


async def test_a_call_that_went_out_is_counted_and_nothing_is_due(http: httpx.AsyncClient, database: Database) -> None:
    await tell(http, "missed", direction="outbound")
    assert (await arrivals(database))["1.1"][0] == "ignored"
    assert await rows(database, "call_back") == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"event": "sneezed"}, "event"),
        ({"call": ""}, "call"),
        ({"call": ["1"]}, "call"),
        ({"call": "x" * 300}, "call"),
        ({"at": "yesterday"}, "at"),
        ({"at": 1e30}, "at"),
        ({"direction": "sideways"}, "direction"),
        ({"event": "recording"}, "recording"),
    ],
)
def test_what_is_wrong_with_an_event_is_named(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_event(json.dumps({"event": "ringing", "call": "1", **fields}).encode(), NOW, "Asia/Bangkok")
    assert [problem.field for problem in refused.value.fields] == [field]


def test_a_number_is_known_in_whatever_way_the_switchboard_writes_it() -> None:
    def caller(number: str) -> str | None:
        body = json.dumps({"event": "ringing", "call": "1", "from": number}).encode()
        return read_event(body, NOW, "Asia/Bangkok").caller

    for written in ("+66812345678", "0812345678", "66812345678", "081-234-5678", "๐๘๑ ๒๓๔ ๕๖๗๘", "0066812345678"):
        assert caller(written) == "0812345678"
    assert caller("anonymous") is None
    assert caller("101") is None
    assert in_groups("0812345678") == "081 234 5678"
    assert in_groups("022823243") == "02 282 3243"
    assert masked("0812345678") == "081 ••• •678"


def test_a_time_without_a_zone_is_that_of_the_policy_and_one_ahead_is_now() -> None:
    def at(moment: object) -> datetime:
        body = json.dumps({"event": "ringing", "call": "1", "at": moment}).encode()
        return read_event(body, NOW, "Asia/Bangkok").at

    assert at("2026-11-20T14:00:00") == datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
    assert at(int(NOW.timestamp()) - 60) == NOW - timedelta(minutes=1)
    assert at("2026-11-20T09:00:00Z") == NOW


@pytest.mark.parametrize(
    ("times", "open_then", "why"),
    [
        (Times(NOW, missed_at=NOW), True, "missed"),
        (Times(NOW, ended_at=NOW), True, "missed"),
        (Times(NOW), True, None),
        (Times(NOW), False, "out_of_hours"),
        (Times(NOW, answered_at=NOW, by_person=True), False, None),
        (Times(NOW, answered_at=NOW, ended_at=NOW), False, "out_of_hours"),
        (Times(NOW, answered_at=NOW, missed_at=NOW, by_person=True), True, None),
    ],
)
def test_who_is_owed_a_call(times: Times, open_then: bool, why: str | None) -> None:
    assert owed(times, open_then=open_then) == why


async def test_whoever_rings_five_times_is_owed_one_call(http: httpx.AsyncClient, database: Database) -> None:
    for number in range(5):
        await tell(http, "missed", call=f"1.{number}", at=NOW + timedelta(seconds=number - 60))
    (owed_call,) = await rows(database, "call_back")
    assert (owed_call["calls"], owed_call["why"]) == (5, "missed")
    assert owed_call["rang_at"] == NOW - timedelta(seconds=60)


async def test_a_withheld_number_cannot_be_called_back_and_is_counted(
    http: httpx.AsyncClient, database: Database
) -> None:
    await tell(http, "missed", caller="anonymous")
    assert await rows(database, "call_back") == []
    assert (await arrivals(database))["1.1"][0] == "ignored"


async def test_a_call_out_of_hours_is_owed_from_the_next_opening_unless_a_person_takes_it(
    http: httpx.AsyncClient, database: Database
) -> None:
    await tell(http, "ringing", at=NIGHT)
    (owed_call,) = await rows(database, "call_back")
    # Two working hours of the telephone's own calendar: from half past eight.
    assert (owed_call["why"], owed_call["due_at"]) == ("out_of_hours", datetime(2026, 11, 20, 3, 30, tzinfo=UTC))
    await tell(http, "answered", at=NIGHT + timedelta(seconds=20), extension="101")
    (owed_call,) = await rows(database, "call_back")
    assert (owed_call["state"], owed_call["outcome"]) == ("closed", "needless")
    assert (await arrivals(database))["1.1"][0] == "held"


async def test_a_call_pops_up_for_whoever_answers_at_the_extension(
    http: httpx.AsyncClient, agent: Agent, hire: Any
) -> None:
    other = await hire("lek", "lodging", "officer")
    await agent.does("/desk/phone/extension", extension="๑๐๑")
    await tell(http, "ringing")
    assert "081 234 5678" in (await agent.client.get("/desk/phone/now")).text
    assert "081 234 5678" not in (await other.client.get("/desk/phone/now")).text
    await tell(http, "answered", extension="101")
    page = (await agent.client.get("/desk/phone/now")).text
    assert "data-mine" in page
    assert "data-mine" not in (await other.client.get("/desk/phone/now")).text


@settings(
    max_examples=60,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
        ),
        st.fixed_dictionaries(
            {"event": st.sampled_from(["ringing", "answered", "ended", "missed", "recording"]), "call": st.text()},
            optional={
                name: st.text() | st.integers()
                for name in ("id", "at", "from", "to", "extension", "agent", "direction", "recording")
            },
        ),
    )
)
async def test_no_event_however_odd_is_a_fault_of_ours(http: httpx.AsyncClient, given_body: Any) -> None:
    body = given_body if isinstance(given_body, bytes) else json.dumps(given_body).encode("utf-8", "replace")
    stamp = str(int(NOW.timestamp()))
    headers = {"x-redress-timestamp": stamp, "x-redress-signature": signature_of(PHONE_SECRET, stamp, body)}
    answer = await http.post("/channels/phone/calls", content=body, headers=headers)
    assert answer.status_code in (200, 202, 422, 400)
