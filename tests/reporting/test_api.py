"""The HTTP API of the figures: what it answers, to whom, and how it refuses."""

from __future__ import annotations

import csv
import io
from typing import Any

from tests.reporting.conftest import Office
from tests.reporting.happenings import Complaint, person

DUE = "2026-03-10 16:30"


def told(name: str, **more: str) -> Complaint:
    return Complaint(name, "2026-03-02 09:00", **more).met("resolve", DUE, "2026-03-09 09:00")  # type: ignore[arg-type]


async def test_a_figure_carries_its_numerator_denominator_target_and_what_was_left_out(served: Office) -> None:
    await served.world.tell(told("a"), Complaint("b", "2026-03-02 09:00").misses("resolve", DUE))
    item = next(i for i in await served.items() if i["kpi"] == 4)
    wanted = {
        "level": "organisation", "key": "quick", "numerator": 1, "denominator": 2, "value": 50.0, "n": 2,
        "target": 90.0, "withheld": False, "left_out": 0, "met": False, "unit": "percent", "better": "up",
        "measure": None,
    }  # fmt: skip
    assert {name: item[name] for name in wanted} == wanted


async def test_dates_may_be_of_the_buddhist_era(served: Office) -> None:
    await served.world.tell(told("a"))
    answer = await served.get("/api/v1/kpis", **{"from": "1/3/2569", "to": "2569-04-01"})
    assert (answer.json()["from"], answer.json()["to"]) == ("2026-03-01", "2026-04-01")


async def test_without_dates_the_fiscal_quarter_up_to_today_is_meant(served: Office) -> None:
    answer = (await served.get("/api/v1/kpis")).json()
    assert (answer["from"], answer["to"]) == ("2026-04-01", "2026-04-16")


async def test_a_period_that_cannot_be_is_a_problem_that_names_its_field(served: Office) -> None:
    backwards = await served.get("/api/v1/kpis", **{"from": "2026-04-01", "to": "2026-03-01"})
    unread = await served.get("/api/v1/kpis", **{"from": "31/2/2569"})
    assert (backwards.status_code, unread.status_code) == (422, 422)
    assert backwards.headers["content-type"] == "application/problem+json"
    assert [e["field"] for e in backwards.json()["errors"]] == ["to"]
    assert [e["field"] for e in unread.json()["errors"]] == ["from"]
    assert (await served.get("/api/v1/kpis", level="planet")).status_code == 422


async def test_nobody_sees_figures_without_signing_in(served: Office) -> None:
    assert (await served.get("/api/v1/kpis", None)).status_code == 401
    assert (await served.get("/api/v1/kpis/4/cases", None)).status_code == 401


async def test_units_and_persons_are_seen_from_above_only(served: Office) -> None:
    await served.world.tell(told("a"), told("b", unit="sales", owner="malee"), told("c", unit="sales", owner="malee"))
    assert [i["key"] for i in await served.items("malee", level="department", kpi=4)] == ["sales"]
    assert {i["key"] for i in await served.items(level="department", kpi=4)} >= {"sales", "lodging"}
    assert [i["key"] for i in await served.items("somchai", level="person", kpi=4)] == [str(person("somchai"))]
    persons = {i["key_label"]: i["withheld"] for i in await served.items(level="person", kpi=4)}
    assert persons == {"malee": False, "somchai": True}
    assert (await served.items("somchai", kpi=4))[0]["denominator"] == 3
    refused = await served.get("/api/v1/kpis/4/cases", "somchai", level="department", key="sales")
    unknown = await served.get("/api/v1/kpis/4/cases", "somchai", level="department", key="no_such")
    assert (refused.status_code, unknown.status_code) == (404, 404)
    assert refused.json()["title"] == unknown.json()["title"]


async def test_restricted_cases_are_in_the_figures_and_lists_of_the_restricted_unit_alone(served: Office) -> None:
    secret = told("secret", unit="integrity", owner="prasit")
    secret.restricted = True
    secret.unit, secret.category = "integrity", "misconduct"
    await served.world.tell(secret.moves("assigned", "2026-03-02 09:00"), told("open"))
    assert (await served.items(kpi=4))[0]["denominator"] == 1
    assert (await served.items("prasit", kpi=4))[0]["denominator"] == 2
    period = {"from": "2026-03-01", "to": "2026-04-01"}
    seen = (await served.get("/api/v1/kpis/4/cases", "prasit", **period)).json()["items"]
    assert "QCK-secret" in [row["tracking_number"] for row in seen]
    hidden = (await served.get("/api/v1/kpis/4/cases", **period)).json()["items"]
    assert [row["tracking_number"] for row in hidden] == ["QCK-open"]
    assert "integrity" not in {i["key"] for i in await served.items(level="department", kpi=4)}


async def test_the_cases_behind_a_figure_page_by_key_and_can_be_told_apart(served: Office) -> None:
    cases = [told(f"{n}") for n in range(5)] + [Complaint("late", "2026-03-02 09:00").misses("resolve", DUE)]
    await served.world.tell(*cases)
    query: dict[str, Any] = {"from": "2026-03-01", "to": "2026-04-01", "limit": 4}
    page = (await served.get("/api/v1/kpis/4/cases", **query)).json()
    rest = (await served.get("/api/v1/kpis/4/cases", **query, cursor=page["next_cursor"])).json()
    assert (len(page["items"]), len(rest["items"]), rest["next_cursor"]) == (4, 2, None)
    late = (await served.get("/api/v1/kpis/4/cases", **query, part="rest")).json()["items"]
    assert [(row["tracking_number"], row["hit"]) for row in late] == [("QCK-late", False)]
    assert (await served.get("/api/v1/kpis/4/cases", cursor="nonsense")).status_code == 422


async def test_a_figure_that_is_not_computed_or_not_of_a_level_is_refused(served: Office) -> None:
    assert (await served.get("/api/v1/kpis/99/cases")).status_code == 404
    assert (await served.get("/api/v1/kpis/4/cases", measure="nonsense")).status_code == 404
    assert (await served.get("/api/v1/kpis/25/cases", level="department", key="sales")).status_code == 422


async def test_figures_and_cases_come_as_csv_that_no_spreadsheet_takes_for_formulas(served: Office) -> None:
    await served.world.tell(told("=cmd()"))
    answer = await served.get("/api/v1/kpis", **{"from": "2026-03-01", "to": "2026-04-01", "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert next(row["value"] for row in rows if row["kpi"] == "4") == "100.0"
    cases = await served.get("/api/v1/kpis/4/cases", **{"from": "2026-03-01", "to": "2026-04-01", "format": "csv"})
    assert "attachment" in cases.headers["content-disposition"]
    assert not any(cell.startswith("=") for row in csv.reader(io.StringIO(cases.text.lstrip("\ufeff"))) for cell in row)
