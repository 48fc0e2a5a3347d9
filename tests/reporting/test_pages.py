"""The report's pages: they show the figures, in both languages, and every figure leads to its cases."""

from __future__ import annotations

import re

import pytest

from services.kit import i18n
from tests.reporting.conftest import Office
from tests.reporting.happenings import Complaint, person

DUE = "2026-04-10 16:30"


async def some(served: Office) -> None:
    """Five cases of April, one of them late."""
    await served.world.tell(
        *(
            Complaint(f"{n}", "2026-04-02 09:00", cause="staff")
            .moves("assigned", "2026-04-02 10:00")
            .met("resolve", DUE, "2026-04-09 09:00")
            for n in range(4)
        ),
        Complaint("late", "2026-04-02 09:00").moves("assigned", "2026-04-02 10:00").misses("resolve", DUE),
    )


@pytest.mark.parametrize("lang", ["th", "en"])
async def test_the_report_shows_tiles_charts_cascade_and_every_indicator(served: Office, lang: str) -> None:
    await some(served)
    page = await served.get("/reports", lang=lang)
    assert page.status_code == 200
    say = i18n.gettext_for(i18n.language(lang))
    for words in ("Pareto of causes", "Service points compared", "Every indicator", "Missed"):
        assert say(words) in page.text
    assert "80.0" in page.text
    assert "style=" not in page.text


async def test_an_empty_period_says_what_to_do(served: Office) -> None:
    page = await served.get("/reports", **{"from": "2020-01-01", "to": "2020-02-01", "lang": "en"})
    assert "Choose another period, or look at all channels" in page.text


async def test_the_last_day_of_a_custom_period_is_included(served: Office) -> None:
    await some(served)
    page = await served.get("/reports", **{"from": "1 เม.ย. 2569", "through": "10 เม.ย. 2569", "lang": "en"})
    assert "to=2026-04-11" in page.text


async def test_every_link_of_the_report_to_cases_opens(served: Office) -> None:
    await some(served)
    page = (await served.get("/reports", lang="en")).text
    links = sorted(set(re.findall(r'href="(/reports[^"]*|/api/v1/kpis[^"]*)"', page)))
    assert len(links) > 40
    for link in links:
        answer = await served.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200, link


async def test_a_unit_and_a_person_have_their_own_report_within_sight_only(served: Office) -> None:
    await some(served)
    assert (await served.get("/reports", level="department", key="lodging")).status_code == 200
    assert (await served.get("/reports", level="person", key=str(person("somchai")))).status_code == 200
    assert (await served.get("/reports", level="person")).status_code == 200
    assert (await served.get("/reports", "somchai", level="department", key="sales")).status_code == 404


async def test_the_cases_page_lists_what_the_figure_counts(served: Office) -> None:
    await some(served)
    page = await served.get("/reports/cases", kpi=4, part="rest", lang="en")
    assert "QCK-late" in page.text
    assert "QCK-1" not in page.text


async def test_every_text_of_the_reports_has_its_thai(served: Office) -> None:
    ours = ("reporting/templates/reporting/reports.html", "reporting/templates/reporting/cases.html")
    missing = [line for line in i18n.missing_translations() if line.startswith(ours)]
    assert missing == []
