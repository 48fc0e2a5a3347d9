"""Retention by the policy's schedule: identity, files and words go in their time, and what was counted stays."""

from __future__ import annotations

import pytest

from schemas.policy import PolicyBundle, Retention
from services.intake.subjects.keep_by_schedule import cut_off, keep_by_schedule
from tests.intake.conftest import Clock
from tests.intake.subjects.conftest import STORY, Office

LABEL = {"th": "ก", "en": "a"}


@pytest.fixture(scope="session")
def bundle(bundle: PolicyBundle) -> PolicyBundle:
    """The quick policy, which keeps names for two years and words for ten."""
    kept = [Retention(what="identity", years=2, label=LABEL), Retention(what="case", years=10, label=LABEL)]
    return bundle.model_copy(update={"retention": tuple(kept)})


async def test_names_go_after_their_years_and_words_after_theirs(office: Office, clock: Clock) -> None:
    ended, still_open = await office.file(), await office.file()
    await office.end(ended)
    clock.move(days=2 * 365)
    assert await keep_by_schedule(office.context, clock()) == 0
    clock.move(days=2)
    assert await keep_by_schedule(office.context, clock()) == 1
    assert await keep_by_schedule(office.context, clock()) == 0
    rows = await office.database.read("select complaint_id from intake.identity")
    assert [row["complaint_id"] for row in rows] == [still_open]
    (row,) = await office.database.read("select narrative from intake.complaint where id = $1", ended)
    assert row["narrative"] == STORY
    clock.move(days=8 * 366)
    assert await keep_by_schedule(office.context, clock()) == 1
    (row,) = await office.database.read("select narrative, erased_at from intake.complaint where id = $1", ended)
    assert row["narrative"] is None
    log = await office.database.read("select what from intake.disposal order by at")
    assert [row["what"] for row in log] == ["identity", "case"]


async def test_a_policy_without_a_schedule_takes_nothing_away(bundle: PolicyBundle, clock: Clock) -> None:
    assert cut_off(bundle, "attachment", clock()) is None


def test_a_schedule_that_falls_on_a_leap_day_has_a_day_in_every_year(bundle: PolicyBundle, clock: Clock) -> None:
    leap = clock().replace(year=2028, month=2, day=29)
    found = cut_off(bundle, "identity", leap)
    assert found is not None
    assert (found.year, found.month, found.day) == (2026, 2, 28)
