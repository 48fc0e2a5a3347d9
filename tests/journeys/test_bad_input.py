"""Whatever is sent, the answer says what is wrong and what to do about it, in the language asked for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.kit.access import rules_of
from services.kit.database import Database
from services.kit.room import Room
from tests.journeys.whole import Whole

FILING = {"narrative": "น้ำไม่ไหล", "identity": "anonymous"}
LARGE = b'{"narrative": "' + "ก".encode() * 3_500_000 + b'", "identity": "anonymous"}'
JSON = {"content-type": "application/json"}


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document of an answer, complete."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert document["type"].startswith("urn:redress:problem:")
    assert document["title"]
    assert document["detail"]
    assert len(document["reference"]) == 8
    for each in document["errors"]:
        assert each["field"]
        assert each["detail"]
        assert each["remedy"]
    return document


async def stored(whole: Whole) -> int:
    """How many complaints there are."""
    rows = await whole.database.read("select count(*) n from intake.complaint")
    return int(rows[0]["n"])


# ---- bodies


async def in_pieces() -> AsyncIterator[bytes]:
    """The large body without a word about its length."""
    for start in range(0, len(LARGE), 65_536):
        yield LARGE[start : start + 65_536]


@pytest.mark.parametrize("path", ["/api/v1/complaints", "/api/v1/sessions", "/api/v1/cases/x/notes", "/sign-in", "/"])
@pytest.mark.parametrize("says_its_length", [True, False])
async def test_ten_megabytes_are_refused_by_every_kind_of_route(whole: Whole, path: str, says_its_length: bool) -> None:
    before = await stored(whole)
    kind = "application/json" if path.startswith("/api") else "application/x-www-form-urlencoded"
    headers = {"content-type": kind, "accept": "application/json"}
    async with whole.client("centre" if "cases" in path else None, **headers) as client:
        answer = await client.post(path, content=LARGE if says_its_length else in_pieces())
    assert problem(answer, 413)["title"]
    assert await stored(whole) == before


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[]", b"null", b"5", b'"x"', b"[" * 5000, b'{"a":' + b"9" * 6000 + b"}", b'{"a": NaN}'],
    ids=lambda body: str(body[:12]),
)
async def test_what_is_no_object_of_json_is_refused_by_every_call(whole: Whole, body: bytes) -> None:
    calls = [
        ("centre", f"/api/v1/cases/{uuid4()}/transitions"), ("centre", f"/api/v1/cases/{uuid4()}/notes"),
        ("centre", "/api/v1/recoveries"), ("centre", "/api/v1/staff/me/duty"), (None, "/api/v1/complaints"),
        (None, "/api/v1/sessions"), ("administrator", "/api/v1/parked/sla/intake/1/1/discard"),
    ]  # fmt: skip
    for username, path in calls:
        async with whole.client(username, **JSON, **{"if-match": "1"}) as client:
            answer = await client.post(path, content=body)
        assert answer.status_code in (400, 422), f"{path}: {answer.status_code}"
        problem(answer, answer.status_code)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", ""])
async def test_json_under_another_name_is_taken_or_refused_but_never_half_read(whole: Whole, kind: str) -> None:
    async with whole.client(**{"content-type": kind}) as client:
        filed = await client.post("/api/v1/complaints", content=json.dumps(FILING))
        refused = await client.post("/api/v1/sessions", content=json.dumps({"username": "centre", "password": "x"}))
    assert filed.status_code in (201, 400, 422)
    assert "Content-Type" in str(problem(refused, 422)) or refused.status_code == 422


async def test_the_validators_own_refusals_are_in_our_words_in_both_languages(whole: Whole) -> None:
    body = {"password": 5, "username": None}
    async with whole.client() as client:
        thai = problem(await client.post("/api/v1/sessions", json=body), 422)
        english = problem(await client.post("/api/v1/sessions?lang=en", json=body), 422)
        asked = problem(await client.post("/api/v1/sessions", json=body, headers={"accept-language": "en-GB"}), 422)
    assert {each["detail"] for each in thai["errors"]} == {"ต้องเป็นข้อความ"}
    assert {each["detail"] for each in english["errors"]} == {"This must be text."}
    assert [each["detail"] for each in asked["errors"]] == [each["detail"] for each in english["errors"]]
    assert {each["field"] for each in english["errors"]} == {"password", "username"}


@pytest.mark.parametrize(
    ("path", "field", "said"),
    [
        ("/api/v1/cases?limit=0", "limit", "less than 1"),
        ("/api/v1/cases?limit=100000", "limit", "more than 200"),
        ("/api/v1/cases?limit=viele", "limit", "whole number"),
        ("/api/v1/cases?overdue=perhaps", "overdue", "true or false"),
        ("/api/v1/kpis?level=planet", "level", "none of the values"),
        ("/api/v1/kpis?kpi=one", "kpi.0", "whole number"),
        ("/api/v1/kpis?from=2569-13-01", "from", "not a date"),
        ("/api/v1/kpis?format=pdf", "format", "none of the values"),
        ("/api/v1/cases?cursor=garbage", "cursor", ""),
        ("/api/v1/alerts?cursor=garbage", "cursor", ""),
        ("/api/v1/recoveries?cursor=garbage", "cursor", ""),
        ("/api/v1/kpis/1/cases?cursor=garbage", "cursor", ""),
        ("/api/v1/cases?cursor=" + "x" * 5000, "cursor", "too long"),
    ],
)
async def test_what_stands_in_an_address_is_named_with_its_remedy(
    whole: Whole, path: str, field: str, said: str
) -> None:
    async with whole.client("centre", **{"accept-language": "en"}) as client:
        document = problem(await client.get(path), 422)
    named = {each["field"]: each["detail"] for each in document["errors"]}
    assert said in named[field]


@pytest.mark.parametrize("path", ["/api/v1/cases/a%00b", "/api/v1/cases?state=%00", "/track/%00", "/p/%00"])
async def test_null_characters_in_an_address_are_refused(whole: Whole, path: str) -> None:
    async with whole.client("centre", accept="application/json") as client:
        assert "U+0000" in problem(await client.get(path), 422)["title"]


@pytest.mark.parametrize("path", ["/admin/staff/member/{sign}", "/api/v1/recoveries/{sign}"])
async def test_a_null_character_that_reaches_the_database_is_refused_there(
    whole: Whole, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("services.kit.guard.Guard._refuse_early", lambda *_: None)
    async with whole.client("administrator", accept="application/json") as client:
        answer = await client.get(path.format(sign="a%00b"))
    problem(answer, answer.status_code)
    assert answer.status_code in (404, 422)


@pytest.mark.parametrize("sign", ["\\ud800", "\\udfff", "\\u202e", "\\u0007"])
async def test_half_characters_and_turned_ones_never_break_an_answer(whole: Whole, sign: str) -> None:
    receipt = await whole.file()
    case = await whole.case(receipt["tracking_number"])
    async with whole.client("centre", **JSON) as client:
        for what, body in (
            ("notes", f'{{"text": "a{sign}b"}}'),
            ("kind", f'{{"category": "{sign}"}}'),
            ("transitions", f'{{"to": "{sign}", "fields": {{"{sign}": "{sign}"}}}}'),
        ):
            headers = {"if-match": str(case["version"])}
            answer = await client.post(f"/api/v1/cases/{case['id']}/{what}", content=body, headers=headers)
            assert answer.status_code in (201, 409, 412, 422), answer.text
            assert (await client.get(f"/api/v1/cases/{case['id']}")).status_code == 200


# ---- headers, methods, ids


async def test_a_step_needs_the_version_it_is_based_on(whole: Whole) -> None:
    receipt = await whole.file()
    case = await whole.case(receipt["tracking_number"])
    path = f"/api/v1/cases/{case['id']}/transitions"
    body = {"to": "investigating", "fields": {}}
    async with whole.client("centre") as client:
        assert "If-Match" in problem(await client.post(path, json=body), 428)["detail"]
        garbage = problem(await client.post(path, json=body, headers={"if-match": "yesterday"}), 422)
        assert garbage["errors"][0]["field"] == "If-Match"
        stale = await client.post(path, json=body, headers={"if-match": '"999"'})
        problem(stale, 412)
    assert (await whole.case(receipt["tracking_number"]))["version"] == case["version"]


@pytest.mark.parametrize("ident", [str(uuid4()), "nothing", "QCK-69-00001-A", "..", "๑๒๓", "x" * 2000, "💥"])
async def test_what_is_not_there_is_not_there_whatever_it_is_called(whole: Whole, ident: str) -> None:
    async with whole.client("centre", **{"x-tracking-secret": "AAAA-AAAA", "if-match": "1"}) as client:
        for path in (f"/api/v1/cases/{ident}", f"/api/v1/recoveries/{ident}", f"/api/v1/complaints/{ident}"):
            if ident != "..":
                problem(await client.get(path), 404)
        answer = await client.post(f"/api/v1/cases/{ident}/transitions", json={"to": "assessed"})
        problem(answer, 404 if ident != ".." else answer.status_code)


async def test_a_wrong_method_names_the_right_ones(whole: Whole) -> None:
    async with whole.client("centre") as client:
        answer = await client.put("/api/v1/cases", json={})
        assert "/openapi.json" in problem(answer, 405)["detail"]
        assert "GET" in answer.headers["allow"]
        problem(await client.get("/api/v1/nothing"), 404)


async def test_eight_repeats_at_once_are_one_complaint_with_one_answer(whole: Whole) -> None:
    before = await stored(whole)
    async with whole.client(**{"idempotency-key": str(uuid4())}) as client:
        answers = await asyncio.gather(*(client.post("/api/v1/complaints", json=FILING) for _ in range(8)))
        other = await client.post("/api/v1/complaints", json={**FILING, "narrative": "เรื่องอื่น"})
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert problem(other, 422)["type"].endswith("idempotency-key-reused")
    assert await stored(whole) == before + 1


@pytest.mark.parametrize("key", ["", " ", "x" * 256])
async def test_an_idempotency_key_that_is_none_is_named(whole: Whole, key: str) -> None:
    async with whole.client(**{"idempotency-key": key}) as client:
        document = problem(await client.post("/api/v1/complaints", json=FILING), 422)
    assert document["errors"][0]["field"] == "Idempotency-Key"


async def test_a_case_without_its_secret_is_unknown(whole: Whole) -> None:
    number = (await whole.file())["tracking_number"]
    async with whole.client() as client:
        missing = problem(await client.get(f"/api/v1/complaints/{number}"), 404)
        wrong = problem(
            await client.get(f"/api/v1/complaints/{number}", headers={"x-tracking-secret": "x" * 5000}), 404
        )
        unknown = problem(await client.get("/api/v1/complaints/QCK-69-99999-A"), 404)
    assert missing["title"] == wrong["title"] == unknown["title"]
    assert missing["detail"] == wrong["detail"] == unknown["detail"]


# ---- trouble of ours


class Broken:
    """Something no request can help."""

    def __init__(self, problem: Exception) -> None:
        self.problem = problem

    async def __call__(self, *_: object, **__: object) -> None:
        raise self.problem


async def test_a_database_that_is_away_is_said_to_pass(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "statement", Broken(ConnectionRefusedError(111, "refused")))
    async with whole.client() as client:
        answer = await client.post("/api/v1/complaints", json=FILING)
    assert "Idempotency-Key" in problem(answer, 503)["detail"]
    assert int(answer.headers["retry-after"]) > 0
    assert "content-security-policy" in answer.headers


async def test_a_fault_of_ours_is_told_by_a_reference_and_its_log_holds_nothing_that_was_sent(
    whole: Whole, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Database, "statement", Broken(ValueError("เรื่องลับ 081 234 5678")))
    async with whole.client() as client:
        document = problem(await client.post("/api/v1/complaints", json={**FILING, "narrative": "เรื่องลับ"}), 500)
        page = await client.get("/receipt", headers={"cookie": "pass_receipt=x"})
    said = "".join(capfd.readouterr())
    assert document["reference"] in said
    assert "ValueError" in said
    assert "file_complaint" in said
    assert "เรื่องลับ" not in said + json.dumps(document, ensure_ascii=False)
    assert "Traceback" not in said
    assert page.status_code < 500


class Full(Room):
    """A disk with nothing left on it."""

    free = 0


async def test_a_full_disk_takes_nothing_in_and_still_shows_everything(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = await whole.file()
    before = await stored(whole)
    monkeypatch.setattr(type(whole.database.room), "free", 0)
    async with whole.client("centre") as client:
        document = problem(await client.post("/api/v1/complaints", json=FILING), 507)
        assert "ว่าง" in document["detail"]
        shown = await client.get(f"/api/v1/cases/{receipt['tracking_number']}")
        page = await client.get("/track")
    assert (shown.status_code, page.status_code) == (200, 200)
    assert await stored(whole) == before


# ---- every route, whatever is sent


async def test_every_route_answers_odd_requests_of_everybody_without_a_fault(whole: Whole) -> None:
    """Every route, by nobody and by everyone, with an id, a query and a body that fit nothing."""
    odd = ["a", "๒๕๖๖-๑๓-๔๕", "9" * 40, "' or 1=1 --", "\u202e", "<b>", "=cmd()", "-1", "9999-12-31T23:59:59Z"]
    people = [None, "centre", "administrator", "officer1.lodging", "auditor"]
    wrong = []
    for number, (method, path, _) in enumerate(rules_of([whole.app])):
        sign = odd[number % len(odd)]
        address = "/".join(httpx.URL("/").copy_with(path="/" + sign).raw_path.decode()[1:] if part.startswith("{")
                           else part for part in path.split("/"))  # fmt: skip
        names = ("cursor", "limit", "state", "unit", "from", "to", "level", "key", "q", "period", "kpi", "page", "view")
        query = dict.fromkeys(names, sign)
        for person in people:
            async with whole.client(person, **{"if-match": "1", "accept": "application/json"}) as client:
                answer = await client.request(method, address, params=query, json={"to": sign, "fields": sign})
            if answer.status_code >= 500:
                wrong.append(f"{method} {path} for {person}: {answer.status_code}")
            if "content-security-policy" not in answer.headers:
                wrong.append(f"{method} {path} for {person}: no content-security-policy")
    assert wrong == []
