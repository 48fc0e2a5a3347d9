"""Which copies of which originals are made, and what each is called: number, secret, bucket, oldest first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from bench.templates import DIGITS, Original
from schemas.envelope import bucket_of
from schemas.policy import PolicyBundle
from services.intake.tracking_number import make_number
from services.intake.tracking_secret import digest_of_secret, secret_of

STEP = timedelta(weeks=13)
"""How far one layer of history lies behind the next: as long as the past that is copied, in whole weeks."""

LAYERS = 38
"""Layers of history: nine and a half years, in all of which the sample policy was in force."""

OPEN_SHARE = 0.02
"""The share of copies that are still open: those are of today, so that the queues are long but not absurd."""


class Copy(NamedTuple):
    """A case to be made; `variant` says by how much its original is shifted in time."""

    ord: int
    bucket: int
    variant: int
    original: int
    mark: str
    case_id: UUID
    tracking_number: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """How many copies are made of each original."""

    ended: Sequence[Original]
    open: Sequence[Original]
    cases: int

    @property
    def open_cases(self) -> int:
        """Copies that are open."""
        return round(self.cases * OPEN_SHARE) if self.open else 0

    def shifts(self, original: Original) -> Mapping[int, timedelta]:
        """The variants of an original: one for each layer of history, or only that of today for what is open."""
        if not original.ended:
            return {0: timedelta()}
        return {layer: -STEP * (layer - 1) for layer in range(1, LAYERS + 1)}

    def layout(self) -> Iterator[tuple[int, Original, int]]:
        """Variant, original and number of each copy among those of its original; the oldest layer first."""
        ended = self.cases - self.open_cases
        rounds = -(-ended // len(self.ended))
        for place in range(ended):
            turn, which = divmod(place, len(self.ended))
            yield LAYERS - turn * LAYERS // rounds, self.ended[which], turn
        for place in range(self.open_cases):
            turn, which = divmod(place, len(self.open))
            yield 0, self.open[which], turn

    def copies(
        self, bundle: PolicyBundle, server_secret: str, now: datetime, first_serial: int, taken: Collection[str]
    ) -> Iterator[Copy]:
        """Every copy, with the number and the secret that intake would give it; none ends in digits that are taken."""
        free = (mark for number in range(16**DIGITS) if (mark := f"{number:0{DIGITS}x}") not in taken)
        marks = list(islice(free, self.cases // min(len(self.ended), max(len(self.open), 1)) + 2))
        prefix, zone = bundle.organisation.tracking_prefix, bundle.zone
        moments = {layer: now - STEP * max(layer - 1, 0) for layer in range(LAYERS + 1)}
        for place, (variant, original, turn) in enumerate(self.layout()):
            mark = marks[turn]
            case_id = UUID(str(original.case_id)[:-DIGITS] + mark)
            number = make_number(prefix, moments[variant], first_serial + place, zone)
            secret = digest_of_secret(server_secret, secret_of(server_secret, case_id))
            yield Copy(place, bucket_of(case_id), variant, original.number, mark, case_id, number, secret)
