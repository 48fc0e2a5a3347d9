"""The cascade of KPI targets from organisation to person: which stands above which, and whether they can add up."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from schemas.policy_kpi import KPI_CATALOGUE, LEVEL_ORDER, KpiTarget
from schemas.policy_mistakes import Mistake
from schemas.policy_organisation import Unit
from schemas.policy_words import LevelName


class Cascade:
    """Targets with the unit tree they hang in. Keys that name unknown units are left to the reference check."""

    def __init__(self, targets: tuple[KpiTarget, ...], units: dict[str, Unit]) -> None:
        self.targets = targets
        self.units = units
        self.root = next((unit.code for unit in units.values() if unit.parent is None), "")
        self._at: dict[tuple[int, str | None, LevelName, str | None], int] = {}
        self._repeats: list[int] = []
        for index, target in enumerate(targets):
            place = (target.kpi, target.measure, target.level, self._key(target))
            if place in self._at:
                self._repeats.append(index)
            self._at.setdefault(place, index)

    def _key(self, target: KpiTarget) -> str | None:
        return target.key or (self.root if target.level == "organisation" else None)

    def _path(self, code: str) -> Iterator[Unit]:
        seen: set[str] = set()
        while code in self.units and code not in seen:
            seen.add(code)
            yield self.units[code]
            code = self.units[code].parent or ""

    def find(self, kpi: int, measure: str | None, level: LevelName, key: str | None) -> int | None:
        """Index of the target that holds for a unit at a level: its own, else the one for every unit of the level.

        At person level, a target of a unit holds for the persons of the units below it as well.
        """
        if level == "organisation":
            key = key or self.root
        places: list[str | None] = [key]
        if level == "person" and key:
            places = [unit.code for unit in self._path(key)]
        found = (self._at.get((kpi, measure, level, place)) for place in [*places, None])
        return next((index for index in found if index is not None), None)

    def parent_of(self, index: int) -> int | None:
        """Index of the target above: the nearest unit or level above that has one for the same KPI and measure."""
        target = self.targets[index]
        if target.parent is not None:
            unit = self.units.get(target.parent)
            return None if unit is None else self.find(target.kpi, target.measure, unit.level, unit.code)
        if target.key is not None:
            path = list(self._path(target.key))
            above = path if target.level == "person" else path[1:]
            found = (self.find(target.kpi, target.measure, unit.level, unit.code) for unit in above)
            return next((place for place in found if place is not None and place != index), None)
        for level in reversed(LEVEL_ORDER[: LEVEL_ORDER.index(target.level)]):
            key = self.root if level == "organisation" else None
            if (place := self._at.get((target.kpi, target.measure, level, key))) is not None:
                return place
        return None

    def mistakes(self) -> Iterator[Mistake]:
        """Repeated targets, levels a KPI does not have, wrong directions, orphans and children that cannot add up."""
        for index in self._repeats:
            yield Mistake(
                ("kpi_targets", index),
                "repeated",
                "KPI %(kpi)s has a target for the same level and key already.",
                "Remove one of them.",
                {"kpi": self.targets[index].kpi},
            )
        for index, target in enumerate(self.targets):
            own = list(self._own_mistakes(index, target))
            yield from own or self._orphan(index, target)
        for kpi, measure in dict.fromkeys((target.kpi, target.measure) for target in self.targets):
            yield from self._sums(kpi, measure)

    def _own_mistakes(self, index: int, target: KpiTarget) -> Iterator[Mistake]:
        definition = KPI_CATALOGUE[target.kpi]
        if target.level not in definition.levels:
            yield Mistake(
                ("kpi_targets", index, "level"),
                "kpi_level",
                "KPI %(kpi)s is not measured at level %(level)s.",
                "Use one of %(levels)s, or remove the target.",
                {"kpi": target.kpi, "level": target.level, "levels": ", ".join(definition.levels)},
            )
        if definition.better is not None and target.direction != definition.better:
            yield Mistake(
                ("kpi_targets", index, "direction"),
                "direction",
                "KPI %(kpi)s gets better the other way.",
                "Write direction: %(better)s.",
                {"kpi": target.kpi, "better": definition.better},
            )
        if definition.unit == "percent" and not 0 <= target.value <= 100:
            yield Mistake(
                ("kpi_targets", index, "value"),
                "percent",
                "%(value)s is not a percentage.",
                "Write a value from 0 to 100.",
                {"value": str(target.value)},
            )
        unit = self.units.get(target.key or "")
        if unit is not None and target.level != "person" and unit.level != target.level:
            yield Mistake(
                ("kpi_targets", index, "key"),
                "kpi_key",
                "%(unit)s is at level %(actual)s, not %(level)s.",
                "Write level: %(actual)s, or another key.",
                {"unit": unit.code, "actual": unit.level, "level": target.level},
            )

    def _orphan(self, index: int, target: KpiTarget) -> Iterator[Mistake]:
        if target.level == KPI_CATALOGUE[target.kpi].levels[0] or self.parent_of(index) is not None:
            return
        if target.key is not None and target.key not in self.units:
            return
        yield Mistake(
            ("kpi_targets", index),
            "orphan",
            "Orphan target: no target of KPI %(kpi)s stands above it.",
            "Give KPI %(kpi)s a target at a level above, up to the organisation, or remove this one.",
            {"kpi": target.kpi},
        )

    def _sums(self, kpi: int, measure: str | None) -> Iterator[Mistake]:
        holds = {
            code: index
            for code, unit in self.units.items()
            if (index := self.find(kpi, measure, unit.level, code)) is not None
        }
        below: dict[str, list[KpiTarget]] = defaultdict(list)
        for code, index in holds.items():
            target = self.targets[index]
            nearest = (unit.code for unit in self._path(code) if unit.code != code and unit.code in holds)
            above = target.parent or next(nearest, None)
            if above in holds and above != code:
                below[above].append(target)
        told: set[int] = set()
        for code, index in holds.items():
            children = below[code]
            if not children and not KPI_CATALOGUE[kpi].additive:
                person = self.find(kpi, measure, "person", code)
                children = [] if person is None else [self.targets[person]]
            if children and index not in told:
                found = list(self._sum_mistakes(index, children))
                told.update(index for _ in found)
                yield from found

    def _sum_mistakes(self, index: int, children: list[KpiTarget]) -> Iterator[Mistake]:
        parent = self.targets[index]
        wanted = {"kpi": parent.kpi, "value": _plain(parent.value)}
        shares = [child.share or Decimal(0) for child in children]
        if KPI_CATALOGUE[parent.kpi].additive:
            total = sum((child.value for child in children), Decimal(0))
            if total > parent.value:
                yield Mistake(
                    ("kpi_targets", index, "value"),
                    "sum",
                    "KPI %(kpi)s: the targets below add up to %(total)s, more than the %(value)s above them.",
                    "Lower the targets below or raise this one.",
                    {**wanted, "total": _plain(total)},
                )
        elif sum(shares) == 1:
            mean = sum((child.value * share for child, share in zip(children, shares, strict=True)), Decimal(0))
            if not parent.met_by(mean):
                yield Mistake(
                    ("kpi_targets", index, "value"),
                    "sum",
                    "KPI %(kpi)s: by their shares the targets below come to %(total)s, which misses %(value)s.",
                    "Make the targets below stricter, or change this one.",
                    {**wanted, "total": _plain(mean)},
                )
        elif not any(parent.met_by(child.value) for child in children):
            yield Mistake(
                ("kpi_targets", index, "value"),
                "sum",
                "KPI %(kpi)s: every target below is worse than %(value)s, so meeting them all still misses it.",
                "Bring at least one target below up to this one, or change this one.",
                wanted,
            )


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
