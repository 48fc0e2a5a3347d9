"""`/api/v1/recoveries`, as for cases: its shape, its refusals, and who sees what."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.kit.access import rules_of
from services.reporting.recovery.record import STORED
from tests.reporting.recovery.office import NEEDED, TO_DELIVERY, Office, at, heard, office, owed, person

DUE = "2026-03-10 16:30"
OPENING = {"what_failed": "น้ำไม่ไหลทั้งคืน", "unit": "lodging", "trigger": "in_service"}


async def opened(client: httpx.AsyncClient, desk: Office, by: str = "somchai", **more: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/recoveries", json={**OPENING, **more}, headers=desk.bearer(by))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def move(
    client: httpx.AsyncClient, desk: Office, record: dict[str, Any], to: str, by: str = "somchai", **fields: Any
) -> httpx.Response:
    return await client.post(
        f"/api/v1/recoveries/{record['id']}/transitions",
        json={"to": to, "fields": {**NEEDED.get(to, {}), **fields}},
        headers={**desk.bearer(by), "if-match": str(record["version"])},
    )


async def test_a_record_tells_what_it_is_and_which_steps_lead_on(client: httpx.AsyncClient, desk: Office) -> None:
    record = await opened(client, desk)
    assert {"id", "number", "tracking_number", "state", "version", "unit", "mode", "trigger", "remedy", "baht",
            "offer_expires_at", "promised_by", "allowed", "timeline"} <= set(record)  # fmt: skip
    assert (record["state"], record["version"], record["trigger"]) == ("detected", 1, "in_service")
    contain, cancel = record["allowed"]
    assert (contain["to"], contain["blocked_by"]) == ("contained", None)
    assert contain["fields"]["required"] == ["containment", "apology"]
    assert contain["fields"]["properties"]["apology"]["x-titles"] == {"th": "คำขอโทษ", "en": "Apology"}
    assert cancel["to"] == "cancelled"
    assert cancel["blocked_by"] is not None
    assert [line["to"] for line in record["timeline"]] == ["detected"]
    by_number = await client.get(f"/api/v1/recoveries/{record['number'].lower()}", headers=desk.bearer("somchai"))
    assert by_number.json()["id"] == record["id"]


async def test_a_step_answers_with_the_new_version(client: httpx.AsyncClient, desk: Office) -> None:
    record = await opened(client, desk)
    answer = await move(client, desk, record, "contained")
    assert (answer.status_code, answer.json()) == (200, {"id": record["id"], "state": "contained", "version": 2})
    assert answer.headers["etag"] == '"2"'


async def test_a_step_that_is_not_possible_is_a_409_with_what_is(client: httpx.AsyncClient, desk: Office) -> None:
    answer = await move(client, desk, await opened(client, desk), "offered")
    assert answer.status_code == 409
    assert answer.json()["state"] == "detected"
    assert [one["to"] for one in answer.json()["allowed"]] == ["contained"]


async def test_a_stale_version_is_a_412(client: httpx.AsyncClient, desk: Office) -> None:
    record = await opened(client, desk)
    await move(client, desk, record, "contained")
    answer = await move(client, desk, record, "contained")
    assert (answer.status_code, answer.json()["version"]) == (412, 2)


async def test_missing_and_unknown_fields_are_a_422_that_names_each(client: httpx.AsyncClient, desk: Office) -> None:
    answer = await move(client, desk, await opened(client, desk), "contained", apology="", colour="green")
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"apology", "colour"}


@pytest.mark.parametrize("given", [{}, {"what_failed": 5}, {**OPENING, "unit": "moon"}, {**OPENING, "trigger": "bcm"},
                                   {**OPENING, "trigger": "complaint"}, {**OPENING, "tracking_number": "QCK-NONE"},
                                   {**OPENING, "customers_affected": "-1"}, {**OPENING, "unit": "sales"}])  # fmt: skip
async def test_a_record_is_not_opened_on_bad_input(
    client: httpx.AsyncClient, desk: Office, given: dict[str, Any]
) -> None:
    answer = await client.post("/api/v1/recoveries", json=given, headers=desk.bearer("somchai"))
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"]
    assert await desk.records() == []


async def test_the_same_key_opens_one_record(client: httpx.AsyncClient, desk: Office) -> None:
    headers = {**desk.bearer("somchai"), "idempotency-key": "k-1"}
    first = await client.post("/api/v1/recoveries", json=OPENING, headers=headers)
    again = await client.post("/api/v1/recoveries", json=OPENING, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert len(await desk.records()) == 1


async def test_the_list_pages_by_key_and_narrows_by_state_and_unit(client: httpx.AsyncClient, desk: Office) -> None:
    for number in range(5):
        desk.now = at(f"2026-03-16 09:0{number}")
        await opened(client, desk)
    await move(client, desk, await opened(client, desk), "contained")
    await opened(client, desk, "malee", unit="sales")
    reader = desk.bearer("auditor")
    seen: list[str] = []
    cursor = None
    while True:
        page = (await client.get("/api/v1/recoveries", params={"limit": 3} | ({"cursor": cursor} if cursor else {}),
                                 headers=reader)).json()  # fmt: skip
        seen += [item["number"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7

    async def count(**asked: str) -> int:
        return len((await client.get("/api/v1/recoveries", params=asked, headers=reader)).json()["items"])

    assert (await count(state="contained"), await count(state="open"), await count(state="ended")) == (1, 7, 0)
    assert (await count(unit="services"), await count(unit="sales")) == (7, 1)
    assert (await client.get("/api/v1/recoveries?state=lost", headers=reader)).status_code == 422
    assert (await client.get("/api/v1/recoveries?cursor=%21", headers=reader)).status_code == 422


async def test_a_record_is_seen_by_its_unit_those_above_and_readers_of_everything(
    client: httpx.AsyncClient, desk: Office
) -> None:
    record = await opened(client, desk)
    for name, status in (
        ("second", 200), ("head", 200), ("approve", 200), ("centre", 200), ("auditor", 200), ("chief", 200),
        ("malee", 404), ("guard", 404), ("keeper", 403),
    ):  # fmt: skip
        one = await client.get(f"/api/v1/recoveries/{record['id']}", headers=desk.bearer(name))
        assert one.status_code == status, name
        listed = await client.get("/api/v1/recoveries", headers=desk.bearer(name))
        assert len(listed.json().get("items", [])) == (1 if status == 200 else 0), name
    assert (await client.get("/api/v1/recoveries")).status_code == 401
    missing = await client.get("/api/v1/recoveries/SR-69-99999", headers=desk.bearer("malee"))
    hidden = await client.get(f"/api/v1/recoveries/{record['id']}", headers=desk.bearer("malee"))
    assert {**missing.json(), "reference": "", "instance": ""} == {**hidden.json(), "reference": "", "instance": ""}


async def test_the_record_of_a_restricted_complaint_exists_only_for_its_unit(
    client: httpx.AsyncClient, desk: Office
) -> None:
    await desk.tell(owed(heard("R", unit="integrity", owner="guard", restricted=True), DUE))
    record = await desk.record()
    for name, status in (("guard", 200), ("centre", 404), ("auditor", 404), ("chief", 404), ("admin", 404)):
        answer = await client.get(f"/api/v1/recoveries/{record.id}", headers=desk.bearer(name))
        assert answer.status_code == status, name
        listed = (await client.get("/api/v1/recoveries", headers=desk.bearer(name))).json()["items"]
        assert len(listed) == (1 if status == 200 else 0), name


async def test_a_restricted_record_is_before_the_executive_only_while_a_sum_beyond_every_approver_waits(
    client: httpx.AsyncClient, desk: Office
) -> None:
    async def seen_by(name: str) -> bool:
        return (await client.get(f"/api/v1/recoveries/{record.id}", headers=desk.bearer(name))).status_code == 200

    complaint = heard("R", unit="integrity", owner="guard", restricted=True)
    await desk.tell(owed(complaint, DUE))
    record = await desk.record()
    usual = record.approving_unit
    record = await desk.step(await desk.step(record, "contained", "guard"), "planned", "guard", baht="90000")
    await desk.tell(complaint.moves("awaiting_third_party", "2026-03-17 10:00"))
    assert await seen_by("chief")
    assert not await seen_by("centre")
    record = await desk.step(record, "approved", "chief")
    assert (record.approved_by, record.approving_unit) == (person("chief"), usual)
    assert not await seen_by("chief")


async def test_an_auditor_and_an_administrator_read_and_change_nothing(client: httpx.AsyncClient, desk: Office) -> None:
    record = await opened(client, desk)
    for name in ("auditor", "admin"):
        assert (await move(client, desk, record, "contained", name)).status_code == 403
        answer = await client.post("/api/v1/recoveries", json=OPENING, headers=desk.bearer(name))
        assert answer.status_code == 403


async def test_every_route_has_a_rule(desk: Office) -> None:
    rules = list(rules_of(desk.service.routers))
    assert all(not rule.public for _, path, rule in rules if "recover" in path)


async def test_tasks_have_an_owner_and_a_date_and_end_before_completion_is_recorded(
    client: httpx.AsyncClient, desk: Office
) -> None:
    await opened(client, desk)
    record = await desk.walk(await desk.record(), "contained", "planned", "offered", "accepted", "in_delivery")
    path, head = f"/api/v1/recoveries/{record.id}", desk.bearer("somchai")
    bad = await client.post(f"{path}/tasks", json={"what": "ซ่อมปั๊ม", "owner": "nobody"}, headers=head)
    assert {error["field"] for error in bad.json()["errors"]} == {"due_at"}
    good = {"what": "ซ่อมปั๊ม", "owner": "second", "due_at": "2026-03-20T09:00"}
    assert (await client.post(f"{path}/tasks", json=good, headers=head)).status_code == 201
    shown = (await client.get(path, headers=head)).json()
    assert [(task["delivery"], task["owner"]) for task in shown["tasks"]] == [(True, "somchai"), (False, "second")]
    blocked = next(one for one in shown["allowed"] if one["to"] == "completed")
    assert blocked["blocked_by"] is not None
    task = shown["tasks"][1]["id"]
    assert (await client.post(f"{path}/tasks/{task}", json={"status": "done"}, headers=head)).status_code == 200
    again = await client.post(f"{path}/tasks/{task}", json={"status": "done"}, headers=head)
    assert again.json()["version"] == 8
    delivery = shown["tasks"][0]["id"]
    refused = await client.post(f"{path}/tasks/{delivery}", json={"status": "done"}, headers=head)
    assert refused.status_code == 422
    shown = (await client.get(path, headers=head)).json()
    assert (await move(client, desk, shown, "completed")).status_code == 200
    shown = (await client.get(path, headers=head)).json()
    assert {task["status"] for task in shown["tasks"]} == {"done"}


async def test_complaints_about_one_incident_link_to_it(client: httpx.AsyncClient, desk: Office) -> None:
    await desk.tell(heard("ONE"), heard("TWO"), heard("SOLD", unit="sales", owner="malee"),
                    heard("DARK", unit="integrity", owner="guard", restricted=True))  # fmt: skip
    record = await opened(client, desk, trigger="complaint", tracking_number="qck-one")
    assert (record["tracking_number"], record["service_point"]) == ("QCK-ONE", "cabin")
    path, head = f"/api/v1/recoveries/{record['id']}", desk.bearer("somchai")
    for number, status in (("QCK-TWO", 201), ("QCK-TWO", 201), ("QCK-SOLD", 422), ("QCK-DARK", 422), ("nothing", 422)):
        answer = await client.post(f"{path}/complaints", json={"tracking_number": number}, headers=head)
        assert answer.status_code == status, number
    shown = (await client.get(path, headers=head)).json()
    assert [case["tracking_number"] for case in shown["complaints"]] == ["QCK-ONE", "QCK-TWO"]
    assert shown["version"] == 2
    dark = await client.post(f"{path}/complaints", json={"tracking_number": "QCK-DARK"}, headers=desk.bearer("guard"))
    assert dark.status_code == 404


async def test_an_abnormal_situation_keeps_its_batches_of_notifications(
    client: httpx.AsyncClient, desk: Office
) -> None:
    usual = await opened(client, desk)
    batch = {"words": "งดเข้าพักสองวัน คืนเงินเต็มจำนวน", "customers": 40, "medium": "phone"}
    path, head = "/api/v1/recoveries/{}/notices", desk.bearer("somchai")
    assert (await client.post(path.format(usual["id"]), json=batch, headers=head)).status_code == 409
    flood = await opened(
        client, desk, trigger="bcm", mode="abnormal", bcm_number="BCM-2", declared_at="2026-03-15T20:00"
    )
    for customers, status in ((40, 201), ("๓๐", 201), (0, 422)):
        answer = await client.post(path.format(flood["id"]), json={**batch, "customers": customers}, headers=head)
        assert answer.status_code == status
    shown = (await client.get(f"/api/v1/recoveries/{flood['id']}", headers=head)).json()
    assert [(notice["number"], notice["customers"]) for notice in shown["notices"]] == [(1, 40), (2, 30)]


async def test_a_rebuild_of_the_projections_has_none_of_the_records_among_its_tables(desk: Office) -> None:
    from services.reporting.tables import PROJECTIONS

    assert not [name for name in PROJECTIONS if name.startswith("recovery") and name != "recovery_fact"]


async def test_the_kpis_hear_of_a_record_what_they_need(client: httpx.AsyncClient, desk: Office) -> None:
    await opened(client, desk)
    record = await desk.walk(
        await desk.record(), "contained", "planned", "offered", "accepted", "in_delivery", "completed"
    )
    await desk.read()
    (row,) = await desk.database.read(
        "select state, unit, baht, opened_at, offered_at, decision, promised_by, completed_at"
        " from reporting.recovery_fact"
    )
    assert dict(row) == {
        "state": "completed", "unit": "lodging", "baht": record.baht, "opened_at": record.opened_at,
        "offered_at": record.offered_at, "decision": "accepted", "promised_by": record.promised_by,
        "completed_at": record.completed_at,
    }  # fmt: skip


async def test_a_record_closed_without_delivery_was_never_completed_and_a_cancelled_one_was_never_owed(
    desk: Office,
) -> None:
    record = await desk.walk(await desk.opens(), "contained", "planned", "offered", "declined")
    await desk.step(record, "closed", "super", outcome="ไม่รับ")
    await desk.read()
    (row,) = await desk.database.read("select completed_at, decision from reporting.recovery_fact")
    assert (row["completed_at"], row["decision"]) == (None, "declined")


async def test_a_completion_that_the_verifier_sent_back_was_none(desk: Office) -> None:
    record = await desk.walk(await desk.opens(), *TO_DELIVERY, "completed")
    await desk.step(record, "in_delivery", "verify", reason="ยังไม่ได้รับ")
    await desk.read()
    (row,) = await desk.database.read("select completed_at from reporting.recovery_fact")
    assert row["completed_at"] is None


def test_every_column_of_a_record_is_stored() -> None:
    from services.reporting.recovery.tables import Recovery

    assert set(STORED) == set(Recovery.model_fields)


def test_the_policy_of_these_tests_is_a_real_one() -> None:
    assert office().recovery.approval_limits
