"""Adopting a policy: only approved, each version once, in force from its day, known to every service."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from schemas.policy import PolicyBundle
from services.cli.runtime import build
from services.governance.adopt_policy import adopt_policy, adopt_sample_policy, policy_in_force
from services.governance.read_policies import one_version, policy_document, policy_versions, version_before
from services.kit.copies import Copies
from services.kit.database import Database
from services.kit.errors import Conflict, InvalidInput, NotFound
from services.kit.settings import SERVICES, Settings
from tests.governance.conftest import SECRET, approved

NOW = datetime(2026, 11, 20, 7, 5, tzinfo=UTC)
NEXT_YEAR = date(2027, 1, 1)


async def adopt(database: Database, bundle: PolicyBundle, now: datetime = NOW) -> None:
    """Adopt as an approved policy."""
    async with database.transaction() as tx:
        await adopt_policy(tx, bundle, now=now, by=None)


@pytest.fixture
async def started(database: Database, bundle: PolicyBundle) -> Database:
    """A system that began with the sample policy."""
    async with database.transaction() as tx:
        await adopt_sample_policy(tx, bundle, now=NOW, effective_from=NOW - timedelta(days=400))
    return database


async def test_a_policy_without_a_record_of_approval_is_refused(started: Database, bundle: PolicyBundle) -> None:
    with pytest.raises(InvalidInput, match="no approval record"):
        await adopt(started, bundle.model_copy(update={"version": "quick-2"}))


async def test_a_policy_takes_effect_at_midnight_of_its_own_zone_and_not_before(
    started: Database, bundle: PolicyBundle
) -> None:
    await adopt(started, approved(bundle, "quick-2", NEXT_YEAR))
    midnight = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    assert await policy_in_force(started, midnight - timedelta(seconds=1)) == "quick-1"
    assert await policy_in_force(started, midnight) == "quick-2"


async def test_a_version_adopted_before_is_refused_whether_or_not_its_contents_differ(
    started: Database, bundle: PolicyBundle
) -> None:
    await adopt(started, approved(bundle, "quick-2", NEXT_YEAR))
    with pytest.raises(Conflict, match="already adopted"):
        await adopt(started, approved(bundle, "quick-2", NEXT_YEAR))
    with pytest.raises(Conflict, match="other contents"):
        await adopt(started, approved(bundle, "quick-2", NEXT_YEAR, zone="Asia/Vientiane"))


async def test_an_effective_date_that_leaves_a_version_no_time_in_force_is_refused(
    started: Database, bundle: PolicyBundle
) -> None:
    await adopt(started, approved(bundle, "quick-2", NEXT_YEAR))
    with pytest.raises(Conflict, match="quick-2"):
        await adopt(started, approved(bundle, "quick-3", NEXT_YEAR))
    with pytest.raises(Conflict, match="quick-1"):
        await adopt(started, approved(bundle, "quick-3", date(2024, 1, 1)))


async def test_a_version_may_take_effect_before_one_that_is_adopted_but_still_to_come(
    started: Database, bundle: PolicyBundle
) -> None:
    await adopt(started, approved(bundle, "quick-3", NEXT_YEAR))
    await adopt(started, approved(bundle, "quick-2", date(2026, 12, 1)))
    versions = await policy_versions(started, NOW)
    assert [(v.version, v.state) for v in versions] == [
        ("quick-3", "coming"),
        ("quick-2", "coming"),
        ("quick-1", "in_force"),
    ]
    later = await policy_versions(started, NOW + timedelta(days=20))
    assert [v.state for v in later] == ["coming", "in_force", "past"]
    assert version_before(later, "quick-2") == "quick-1"
    assert version_before(later, "quick-1") is None
    with pytest.raises(NotFound):
        one_version(later, "quick-9")


async def test_an_approval_ends_a_policys_being_a_sample(started: Database, bundle: PolicyBundle) -> None:
    assert bundle.sample
    await adopt(started, approved(bundle, "quick-2", NEXT_YEAR))
    adopted = await policy_document(started, Copies("governance"), "quick-2")
    assert not adopted.sample
    assert adopted.approval is not None


async def test_the_record_of_approval_is_kept_as_it_was_entered(started: Database, bundle: PolicyBundle) -> None:
    await adopt(started, approved(bundle, "quick-2", NEXT_YEAR))
    version = one_version(await policy_versions(started, NOW), "quick-2")
    assert version.approval is not None
    assert (version.approval.resolution_number, version.approval.effective_from) == ("8/2569", NEXT_YEAR)
    assert one_version(await policy_versions(started, NOW), "quick-1").approval is None


async def test_every_service_learns_an_adopted_policy_by_its_own_reader(
    started: Database, bundle: PolicyBundle, tmp_path: Path
) -> None:
    runtime = build(Settings(data=tmp_path, secret=SECRET), started, SERVICES, lambda: NOW)
    await runtime.prepare()
    await adopt(started, approved(bundle, "quick-2", date(2026, 11, 1)))
    await runtime.drain()
    for name in SERVICES:
        context = runtime.contexts[name]
        assert (await context.copies.in_force(context.database, NOW)).version == "quick-2", name
        assert (await context.copies.policy(context.database, "quick-1")).version == "quick-1", name
