"""What can be filed: every refusal names the field and the remedy, and nothing is lost on the way in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.filing import NARRATIVE_LIMIT, clean, read_filing
from services.intake.filing_dates import UnclearDate, read_moment
from services.kit.database import Database
from services.kit.errors import InvalidInput
from tests.intake.conftest import filing

NOW = datetime(2026, 11, 20, 7, 5, tzinfo=UTC)

WHO = {"name": "สมชาย", "phone": "0812345678"}

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"narrative": 5}, "narrative"),
    ({"narrative": None}, "narrative"),
    ({"narrative": " \n\t "}, "narrative"),
    ({"narrative": "ก" * (NARRATIVE_LIMIT + 1)}, "narrative"),
    ({"narrative": "ก\x00ข"}, "narrative"),
    ({"identity": None}, "identity"),
    ({"identity": "secret"}, "identity"),
    ({"identity": "named"}, "complainant"),
    ({"identity": "named", "complainant": {"phone": "0812345678"}}, "complainant"),
    ({"identity": "confidential", "complainant": {}}, "complainant"),
    ({"identity": "anonymous", "complainant": WHO}, "complainant"),
    ({"identity": "named", "complainant": "สมชาย"}, "complainant"),
    ({"identity": "named", "complainant": {**WHO, "phone": "12"}}, "complainant.phone"),
    ({"identity": "named", "complainant": {**WHO, "email": "nobody"}}, "complainant.email"),
    ({"identity": "named", "complainant": {**WHO, "line": "x"}}, "complainant.line"),
    ({"identity": "named", "complainant": WHO, "contact_preference": "email"}, "complainant.email"),
    ({"contact_preference": "pigeon"}, "contact_preference"),
    ({"kind": "spam"}, "kind"),
    ({"kind": ["complaint"]}, "kind"),
    ({"category": "nothing"}, "category"),
    ({"category": 7}, "category"),
    ({"service_point": "nowhere"}, "service_point"),
    ({"segment": "none"}, "segment"),
    ({"subject": {"unit": "nowhere"}}, "subject.unit"),
    ({"subject": {"unit": "integrity"}}, "subject.unit"),
    ({"occurred_at": "2570-01-01"}, "occurred_at"),
    ({"occurred_at": "2027-01-01T00:00:00Z"}, "occurred_at"),
    ({"occurred_at": "11/12/69"}, "occurred_at"),
    ({"occurred_at": "yesterday"}, "occurred_at"),
    ({"occurred_at": 20261120}, "occurred_at"),
    ({"occurred_at": "1066-10-14"}, "occurred_at"),
    ({"occurred_at": "2026-02-30"}, "occurred_at"),
    ({"representative": {"relation": "แม่"}}, "representative.name"),
    ({"language": "fr"}, "language"),
    ({"consent": 1}, "consent"),
    ({"location": "ก" * 4001}, "location"),
    ({"reference": "ก" * 301}, "reference"),
    ({"naration": "x"}, "naration"),
]


@pytest.mark.parametrize(("fields", "field"), REFUSED, ids=lambda value: str(value)[:50])
async def test_bad_input_names_the_field_and_the_remedy_and_saves_nothing(
    client: httpx.AsyncClient, database: Database, fields: dict[str, Any], field: str
) -> None:
    answer = await client.post("/api/v1/complaints", json=filing(**fields))
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problems = {problem["field"]: problem for problem in answer.json()["errors"]}
    assert field in problems, problems
    assert problems[field]["detail"]
    assert problems[field]["remedy"]
    assert not await database.read("select 1 from intake.complaint")


async def test_every_wrong_field_is_named_at_once(client: httpx.AsyncClient) -> None:
    body = filing(category="x", service_point="y", segment="z", occurred_at="soon")
    answer = await client.post("/api/v1/complaints", json=body)
    named = {problem["field"] for problem in answer.json()["errors"]}
    assert named == {"category", "service_point", "segment", "occurred_at"}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"narrative": "\\ud800", "identity": "anonymous"}'])
async def test_what_is_not_json_is_refused_with_what_to_send(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/api/v1/complaints", content=body)
    assert answer.status_code in (400, 422)
    assert answer.json()["detail"]


@pytest.mark.parametrize("body", ["[]", '"x"', "null", "5"])
async def test_json_that_is_no_object_is_refused(client: httpx.AsyncClient, body: str) -> None:
    answer = await client.post("/api/v1/complaints", content=body)
    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_ten_megabytes_are_refused_before_they_are_read(client: httpx.AsyncClient, database: Database) -> None:
    answer = await client.post("/api/v1/complaints", json=filing(narrative="ก" * 3_500_000))
    assert answer.status_code == 413
    assert answer.json()["detail"]


async def test_a_narrative_of_the_limit_is_kept_whole(client: httpx.AsyncClient, database: Database) -> None:
    text = "ก" * NARRATIVE_LIMIT
    assert (await client.post("/api/v1/complaints", json=filing(narrative=text))).status_code == 201
    assert (await database.read("select narrative from intake.complaint"))[0]["narrative"] == text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\u202eถูกกลับ\u202c", "ถูกกลับ"),
        ("\u2066ซ่อน\u2069", "ซ่อน"),
        ("ก\x07ข\x1b[31m", "กข[31m"),
        ("=cmd|'/c calc'!A1", "=cmd|'/c calc'!A1"),
        ("บรรทัด\r\nสอง\rสาม", "บรรทัด\nสอง\nสาม"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("ผู้หญิง 👩‍👧", "ผู้หญิง 👩‍👧"),
    ],
)
async def test_what_cannot_be_seen_is_taken_out_and_everything_else_stays(
    client: httpx.AsyncClient, database: Database, typed: str, kept: str
) -> None:
    answer = await client.post("/api/v1/complaints", json=filing(narrative=typed))
    assert answer.status_code == 201
    assert (await database.read("select narrative from intake.complaint"))[0]["narrative"] == kept


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=200))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner)
                    | st.dictionaries(st.sampled_from(["narrative", "identity", "complainant", "name", "subject"]),
                                      inner)))  # fmt: skip
def test_no_json_whatever_breaks_the_reading(data: Any) -> None:
    refused: InvalidInput | None = None
    try:
        read_filing(data)
    except InvalidInput as problem:
        refused = problem
    assert refused is None or (refused.fields and all(each.what and each.remedy for each in refused.fields))


# ---- dates


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2026-11-19T10:00:00+07:00", "2026-11-19T03:00:00+00:00"),
        ("2026-11-19T03:00:00Z", "2026-11-19T03:00:00+00:00"),
        ("2026-11-19T10:00", "2026-11-19T03:00:00+00:00"),
        ("2026-11-19", "2026-11-18T17:00:00+00:00"),
        ("2569-11-19", "2026-11-18T17:00:00+00:00"),
        ("2566-11-19T10:00:00Z", "2023-11-19T10:00:00+00:00"),
        ("2567-02-29", "2024-02-28T17:00:00+00:00"),
        ("19/11/2569 14:05", "2026-11-19T07:05:00+00:00"),
        ("๑๙ พ.ย. ๒๕๖๙ ๑๔.๐๕ น.", "2026-11-19T07:05:00+00:00"),
        ("19 Nov 2026", "2026-11-18T17:00:00+00:00"),
        ("2026-11-20T14:08:00+07:00", "2026-11-20T07:05:00+00:00"),
    ],
)
def test_dates_are_understood_in_either_era(typed: str, moment: str) -> None:
    assert read_moment(typed, NOW, "Asia/Bangkok") == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "typed",
    ["2026-11-20T14:11:00+07:00", "2569-12-01", "01/01/2570", "19/11/69", "2026-13-01", "2026-02-29", "", "เมื่อวาน"],
)
def test_dates_that_cannot_be_or_could_be_two_are_asked_back(typed: str) -> None:
    with pytest.raises(UnclearDate) as asked:
        read_moment(typed, NOW, "Asia/Bangkok")
    assert asked.value.remedy


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_dates(text: str) -> None:
    moment: datetime | None
    try:
        moment = read_moment(text, NOW, "Asia/Bangkok")
    except UnclearDate as asked:
        moment = NOW if asked.remedy else None
    assert moment is not None
    assert moment <= NOW
