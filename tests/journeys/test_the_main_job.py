"""The main job from end to end, through the interface clients use, on a running system with targets in seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.system import ROOT, Running, until
from tests.kafka_cluster import TRANSPORTS, environment_of

pytestmark = [pytest.mark.process, pytest.mark.timeout(240)]


@pytest.fixture(scope="module", params=TRANSPORTS)
def system(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Running]:
    environment = environment_of(request.param, request)
    running = Running(tmp_path_factory.mktemp("main") / "data", environment=environment).start()
    yield running
    if running.process and running.process.poll() is None:
        running.stop()


def worked_to_decision(system: Running, number: str, remedy: str) -> str:
    """A case led by its owner and an approver to the decision; returns the owner's user name."""
    case = system.in_state(number, "assigned")
    owner = case["owner"]["username"] if isinstance(case["owner"], dict) else case["owner"]
    system.step(owner, number, "investigating", no_conflict=True)
    system.step(
        owner,
        number,
        "response_proposed",
        findings="ปั๊มน้ำเสีย",
        evidence="ภาพถ่าย",
        cause="equipment",
        correction="ซ่อมปั๊ม",
        prevention="ตรวจปั๊มทุกเดือน",
        remedy=remedy,
    )
    approver = f"approver.{system.case(number)['approving_unit']}"
    system.step(
        approver,
        number,
        "decision_communicated",
        reasons="พบว่าเป็นความบกพร่องของเรา",
        recourse="ขอทบทวนได้ใน 30 วัน",
        medium="web",
    )
    return str(owner)


def test_a_complaint_is_worked_to_closed_by_officer_approver_complainant_and_verifier(system: Running) -> None:
    before = system.kpis()
    receipt = system.file(category="lodging", narrative="ห้องพักไม่สะอาด")
    number = receipt["tracking_number"]
    case = system.in_state(number, "assigned")
    assert case["unit"] == "lodging"
    assert {clock["target"] for clock in until("clocks", lambda: system.case(number)["clocks"] or None)} >= {"resolve"}
    worked_to_decision(system, number, remedy="apology")
    system.act(receipt, "accept")
    case = system.in_state(number, "implementing")
    for task in case.get("tasks", []):
        if task["status"] == "open":
            with system.client("officer1.lodging") as staff:
                assert staff.post(f"/api/v1/cases/{case['id']}/tasks/{task['id']}", json={"status": "done"}).is_success
    system.step("verifier", number, "closed", proof="โทรยืนยันกับผู้ร้องแล้ว")
    system.act(receipt, "rate", rating=5)

    def closed_and_rated() -> bool:
        now = system.kpis()
        return bool(now[15, None]["denominator"] == before[15, None]["denominator"] + 1)

    until("the rating to be counted", closed_and_rated)
    figures = system.kpis()
    assert figures[7, None]["denominator"] == before[7, None]["denominator"] + 1
    assert figures[15, None]["numerator"] == before[15, None]["numerator"] + 1


def test_a_missed_deadline_alerts_up_the_chain_once_and_opens_the_recovery_it_owes(system: Running) -> None:
    receipt = system.file(category="broken", narrative="ประตูบ้านพักพังเข้าไม่ได้")
    number = receipt["tracking_number"]
    with system.client("head.quick") as executive, system.client("auditor") as auditor:

        def alerts() -> list[dict[str, object]]:
            items = auditor.get("/api/v1/alerts", params={"limit": 200}).json()["items"]
            return [item for item in items if item["tracking_number"] == number]

        until("warnings before the breach", lambda: [a for a in alerts() if str(a["level"]).startswith("warn")])
        until(
            "the missed resolve clock to alert the unit head",
            lambda: [a for a in alerts() if a["target"] == "resolve" and str(a["level"]).startswith("unit_head")],
        )
        until(
            "the case to show the missed clock",
            lambda: [c for c in system.case(number)["clocks"] if (c["target"], c["state"]) == ("resolve", "missed")],
        )

        def recovery() -> dict[str, object] | None:
            items = auditor.get("/api/v1/recoveries").json()["items"]
            return next((item for item in items if item["tracking_number"] == number), None)

        record = until("a recovery record", recovery)
        assert record["state"] == "detected"
        assert float(str(record["baht"])) == 300
        keys = [(a["target"], a["cycle"], a["level"]) for a in alerts()]
        assert len(keys) == len(set(keys))
        assert executive.get("/api/v1/alerts").status_code == 200
    tracked = system.client().get(
        f"/api/v1/complaints/{number}", headers={"x-tracking-secret": receipt["tracking_secret"]}
    )
    assert tracked.status_code == 200


def test_a_misconduct_case_is_in_no_list_but_that_of_the_restricted_unit(system: Running) -> None:
    receipt = system.file(category="misconduct", narrative="เรียกรับเงินเพื่อออกใบอนุญาต")
    number = receipt["tracking_number"]
    system.case(number, "officer1.integrity")
    for username in ("centre", "auditor", "head.quick", "administrator", "officer1.lodging", "head.services"):
        with system.client(username) as staff:
            assert staff.get(f"/api/v1/cases/{number}").status_code in (403, 404), username
            listed = staff.get("/api/v1/cases", params={"limit": 200})
            assert number not in listed.text, username
            assert number not in staff.get("/api/v1/alerts").text, username


def test_the_same_key_answers_the_same_and_another_body_is_refused(system: Running) -> None:
    with system.client() as public:
        headers = {"idempotency-key": "journey-1"}
        body = {"narrative": "ป้ายบอกทางหาย", "identity": "anonymous"}
        first = public.post("/api/v1/complaints", json=body, headers=headers)
        again = public.post("/api/v1/complaints", json=body, headers=headers)
        other = public.post("/api/v1/complaints", json={**body, "narrative": "อื่น"}, headers=headers)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json() == again.json()


def test_a_wrong_secret_and_an_unknown_number_look_the_same(system: Running) -> None:
    receipt = system.file()
    with system.client() as public:
        wrong = public.get(
            f"/api/v1/complaints/{receipt['tracking_number']}", headers={"x-tracking-secret": "AAAA-AAAA"}
        )
        unknown = public.get("/api/v1/complaints/QCK-69-99999-A", headers={"x-tracking-secret": "AAAA-AAAA"})
    volatile = ("reference", "instance")
    assert wrong.status_code == unknown.status_code
    assert {k: v for k, v in wrong.json().items() if k not in volatile} == {
        k: v for k, v in unknown.json().items() if k not in volatile
    }


def redress(system: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command beside the running system."""
    return subprocess.run(
        [sys.executable, "-m", "services", *arguments, "--data", str(system.data)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_commands_work_beside_the_running_system(system: Running, tmp_path: Path) -> None:
    verified = redress(system, "journal", "verify", "--format", "json")
    assert verified.returncode == 0, verified.stderr
    assert all(row["breaks"] == 0 for row in json.loads(verified.stdout))
    figures = redress(system, "kpi", "--format", "json")
    assert figures.returncode == 0, figures.stderr
    assert {row["kpi"] for row in json.loads(figures.stdout)} >= {1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15}
    doctor = redress(system, "doctor", "--format", "json")
    assert all(row[""] == "✓" for row in json.loads(doctor.stdout)), doctor.stdout


def test_brute_force_and_a_rebuild_give_the_same_figures_also_on_a_stopped_system(system: Running) -> None:
    assert system.stop() == 0

    def figures(*more: str) -> list[dict[str, object]]:
        answer = redress(system, "kpi", "--format", "json", *more)
        assert answer.returncode == 0, answer.stderr
        rows: list[dict[str, object]] = json.loads(answer.stdout)
        return rows

    live = figures()
    assert len(live) > 20
    assert figures("--recompute") == live
    rebuilt = redress(system, "rebuild", "reporting")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert figures() == live
