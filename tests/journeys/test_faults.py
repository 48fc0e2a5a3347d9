"""The short form of `make chaos`: three faults under load over a real broker, then the books."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.chaos.__main__ import chaos
from bench.chaos.faults import FAULTS, sequence
from scripts.kafka import NotHere

ORDER = ("kill routing", "restart postgres", "kill broker")


@pytest.mark.process
@pytest.mark.kafka
@pytest.mark.timeout(600)
def test_the_books_hold_after_a_service_the_database_and_a_broker_were_killed_under_load(tmp_path: Path) -> None:
    try:
        wrong = chaos(tmp_path, order=ORDER, seed=1, rate=1.0, scale=0.1, small=True)
    except NotHere as problem:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no Kafka: {problem}")
    assert not wrong
    assert len((tmp_path / "answered.txt").read_text().splitlines()) > len(ORDER)


def test_the_same_seed_makes_the_same_faults_and_each_kind_comes_before_any_comes_again() -> None:
    order = sequence(7, 3 * len(FAULTS))
    assert order == sequence(7, 3 * len(FAULTS))
    assert order[:5] == sequence(7, 5), "a run that is made longer goes on where it was"
    assert order != sequence(8, 3 * len(FAULTS))
    for turn in range(3):
        assert set(order[turn * len(FAULTS) : (turn + 1) * len(FAULTS)]) == set(FAULTS)
