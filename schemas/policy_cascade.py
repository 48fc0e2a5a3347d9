"""The cascade of KPI targets from organisation to person: which stands above which, and whether they can add up."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from schemas.policy_kpi import KPI_CATALOGUE, LEVEL_ORDER, KpiTarget
from schemas.policy_organisation import Unit
from schemas.policy_words import LevelName


@dataclass(frozen=True, slots=True)
class CascadeMistake:
    """A target that does not fit; `index` is its place in the list, `field` the part of it that is wrong."""

    index: int
    field: str | None
    what: str
    remedy: str


class Cascade:
    """Targets with the unit tree they hang in. Keys that name unknown units are left to the reference check."""

    def __init__(self, targets: tuple[KpiTarget, ...], units: dict[str, Unit]) -> None:
        self.targets = targets
        self.units = units
        self.root = next((unit.code for unit in units.values() if unit.parent is None), "")
        self._at: dict[tuple[int, str | None, LevelName, str | None], int] = {}
        self.repeats: list[int] = []
        for index, target in enumerate(targets):
            place = (target.kpi, target.measure, target.level, self._key(target))
            if place in self._at:
                self.repeats.append(index)
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
        return next(
            (
                self._at[kpi, measure, level, place]
                for place in [*places, None]
                if (kpi, measure, level, place) in self._at
            ),
            None,
        )

    def parent_of(self, index: int) -> int | None:
        """Index of the target above: the nearest unit or level above that has one for the same KPI and measure."""
        target = self.targets[index]
        if target.parent is not None:
            unit = self.units.get(target.parent)
            return None if unit is None else self._at.get((target.kpi, target.measure, unit.level, unit.code))
        if target.key is not None:
            path = list(self._path(target.key))
            for unit in path if target.level == "person" else path[1:]:
                found = self.find(target.kpi, target.measure, unit.level, unit.code)
                if found is not None and found != index:
                    return found
            return None
        above = LEVEL_ORDER[: LEVEL_ORDER.index(target.level)]
        for level in reversed(above):
            place = (target.kpi, target.measure, level, self.root if level == "organisation" else None)
            if place in self._at:
                return self._at[place]
        return None

    def _weight(self, child: KpiTarget, parent: KpiTarget) -> int:
        """How many units a target stands for: one with a key, else all of its level below the parent."""
        if child.key is not None:
            return 1
        keyed = {
            t.key for t in self.targets if t.kpi == child.kpi and t.measure == child.measure and t.level == child.level
        }
        return sum(
            unit.level == child.level
            and unit.code not in keyed
            and (parent.key is None or any(above.code == parent.key for above in self._path(unit.code)))
            for unit in self.units.values()
        )

    def mistakes(self) -> Iterator[CascadeMistake]:
        """Repeated targets, levels a KPI does not have, wrong directions, orphans and children that cannot add up."""
        for index in self.repeats:
            yield CascadeMistake(
                index, None, "this KPI has a target for the same level and key already", "remove one of them"
            )
        children: dict[int, list[int]] = defaultdict(list)
        for index, target in enumerate(self.targets):
            yield from self._own_mistakes(index, target)
            highest = target.level == KPI_CATALOGUE[target.kpi].levels[0]
            if highest or target.level == "organisation" or (target.key is not None and target.key not in self.units):
                continue
            parent = self.parent_of(index)
            if parent is None:
                yield self._orphan(index, target)
            else:
                children[parent].append(index)
        for parent, below in children.items():
            yield from self._sum_mistakes(parent, below)

    def _orphan(self, index: int, target: KpiTarget) -> CascadeMistake:
        if target.level not in KPI_CATALOGUE[target.kpi].levels:
            remedy = "remove it: the KPI is not measured at this level"
        elif target.parent is not None:
            remedy = f"give KPI {target.kpi} a target with key {target.parent}, or remove parent"
        else:
            remedy = f"give KPI {target.kpi} a target at a level above, up to the organisation, or remove this one"
        return CascadeMistake(index, "kpi", f"orphan target: no target of KPI {target.kpi} stands above it", remedy)

    def _own_mistakes(self, index: int, target: KpiTarget) -> Iterator[CascadeMistake]:
        definition = KPI_CATALOGUE[target.kpi]
        if target.level not in definition.levels:
            levels = ", ".join(definition.levels)
            yield CascadeMistake(
                index, "level", f"KPI {target.kpi} is not measured at level {target.level}", f"use one of {levels}"
            )
        if definition.better is not None and target.direction != definition.better:
            yield CascadeMistake(
                index,
                "direction",
                f"KPI {target.kpi} is better {definition.better}",
                f"write direction: {definition.better}",
            )
        if definition.unit == "percent" and not 0 <= target.value <= 100:
            yield CascadeMistake(index, "value", f"{target.value} is no percentage", "write a value from 0 to 100")
        unit = self.units.get(target.key or "")
        if unit is not None and target.level != "person" and unit.level != target.level:
            yield CascadeMistake(
                index,
                "key",
                f"{unit.code} is at level {unit.level}, not {target.level}",
                f"write level: {unit.level}, or another key",
            )

    def _sum_mistakes(self, parent_index: int, below: list[int]) -> Iterator[CascadeMistake]:
        parent = self.targets[parent_index]
        wanted = f"{parent.value.normalize():f}"
        children = [self.targets[index] for index in below]
        children = [child for child in children if child.level != "person"] or children
        if KPI_CATALOGUE[parent.kpi].additive:
            if any(child.level == "person" for child in children):
                return
            total = sum((child.value * self._weight(child, parent) for child in children), Decimal(0))
            if total > parent.value:
                yield CascadeMistake(
                    parent_index,
                    "value",
                    f"the targets below add up to {total.normalize():f}, more than the {wanted} above them",
                    "lower the targets below or raise this one",
                )
            return
        shares = [child.share for child in children]
        if shares and all(share is not None for share in shares) and sum(share or 0 for share in shares) == 1:
            mean = sum((child.value * (child.share or 0) for child in children), Decimal(0))
            if not parent.met_by(mean):
                yield CascadeMistake(
                    parent_index,
                    "value",
                    f"by their shares the targets below come to {mean.normalize():f}, which misses {wanted}",
                    "raise the standard of the targets below or change this one",
                )
        elif not any(parent.met_by(child.value) for child in children):
            yield CascadeMistake(
                parent_index,
                "value",
                f"every target below is worse than {wanted}, so meeting all of them still misses this one",
                "bring at least one target below up to this one, or change this one",
            )
