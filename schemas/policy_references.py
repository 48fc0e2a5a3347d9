"""Whether the parts of a policy fit together: named codes exist, trees have no cycle, approval lies outside."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from schemas.policy_cascade import Cascade
from schemas.policy_document import PolicyDocument
from schemas.policy_rules import BY_CATEGORY, BY_SERVICE_POINT
from schemas.policy_shadowing import shadowed_rules
from schemas.policy_sla import targets_key

Loc = tuple[str | int, ...]
CODED = (
    "levels", "units", "service_points", "segments", "channels", "kinds", "categories", "causes", "priorities",
    "calendars", "targets", "rules", "remedies", "entitlements", "templates",
)  # fmt: skip
_LEVEL_DEPTH = {"organisation": 0, "line": 1, "department": 2, "person": 3}


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong at `loc` (keys and list places from the top of the document), and how to put it right."""

    loc: Loc
    kind: str
    what: str
    remedy: str


def mistakes_in(bundle: PolicyDocument) -> list[Mistake]:
    """Everything that does not fit together, in the order of the document where that is simple."""
    found = [*_repeated_codes(bundle), *_unknown_codes(bundle), *_zones(bundle)]
    trees = [*_unit_tree(bundle), *_cycles(bundle, "categories"), *_cycles(bundle, "causes")]
    found += trees
    if not trees:
        found += [*_approval(bundle), *_rules(bundle)]
        units = {unit.code: unit for unit in bundle.units}
        for wrong in Cascade(bundle.kpi_targets, units).mistakes():
            loc: Loc = ("kpi_targets", wrong.index, wrong.field) if wrong.field else ("kpi_targets", wrong.index)
            found.append(Mistake(loc, "cascade", wrong.what, wrong.remedy))
    return [*found, *_targets(bundle), *_escalation(bundle), *_dated_lists(bundle), *_sample(bundle)]


def _repeated_codes(bundle: PolicyDocument) -> Iterator[Mistake]:
    for group in CODED:
        seen: set[str] = set()
        for index, entry in enumerate(getattr(bundle, group)):
            if entry.code in seen:
                yield Mistake(
                    (group, index, "code"),
                    "repeated",
                    f'the code "{entry.code}" is used twice in {group}',
                    "rename one of them",
                )
            seen.add(entry.code)
    for missing in {"organisation", "line", "department", "person"} - {level.code for level in bundle.levels}:
        yield Mistake(("levels",), "missing", f"the level {missing} has no name", f"add {{code: {missing}, label: …}}")
    for kind in {"complaint", "suggestion", "enquiry", "compliment", "spam"} - {entry.code for entry in bundle.kinds}:
        yield Mistake(("kinds",), "missing", f"the kind {kind} has no name", f"add {{code: {kind}, label: …}}")


def _named_codes(bundle: PolicyDocument) -> Iterator[tuple[Loc, str, str | None]]:
    """(where, group, code) of every code that must exist elsewhere in the document."""
    for field in ("triage_unit", "restricted_unit", "approval_fallback", "review_unit"):
        yield (field,), "units", getattr(bundle, field)
    yield ("default_calendar",), "calendars", bundle.default_calendar
    yield ("severity", "default"), "priorities", bundle.severity.default
    for i, line in enumerate(bundle.severity.rules):
        yield ("severity", "rules", i, "priority"), "priorities", line.priority
    plain: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
        ("units", (("parent", "units"), ("approved_by", "units"), ("calendar", "calendars"))),
        ("service_points", (("unit", "units"), ("calendar", "calendars"))),
        ("categories", (("parent", "categories"), ("unit", "units"), ("priority", "priorities"))),
        ("causes", (("parent", "causes"),)),
        ("targets", (("priority", "priorities"), ("calendar", "calendars"))),
        ("entitlements", (("priority", "priorities"), ("remedy", "remedies"))),
        ("templates", (("channel", "channels"),)),
        ("kpi_targets", (("key", "units"), ("parent", "units"))),
        ("customers", (("unit", "units"),)),
    )
    for group, fields in plain:
        for i, entry in enumerate(getattr(bundle, group)):
            for field, pool in fields:
                yield (group, i, field), pool, getattr(entry, field)
    for i, entitlement in enumerate(bundle.entitlements):
        for j, code in enumerate(entitlement.categories):
            yield ("entitlements", i, "categories", j), "categories", code
    for i, budget in enumerate(bundle.recovery.budgets):
        yield ("recovery", "budgets", i, "unit"), "units", budget.unit
    yield from _codes_in_rules(bundle)


def _codes_in_rules(bundle: PolicyDocument) -> Iterator[tuple[Loc, str, str | None]]:
    pools = {"category": "categories", "service_point": "service_points", "channel": "channels", "segment": "segments"}
    for i, rule in enumerate(bundle.rules):
        for field, pool in pools.items():
            for j, code in enumerate(getattr(rule.when, field)):
                yield ("rules", i, "when", field, j), pool, code
        if rule.then.unit not in (BY_SERVICE_POINT, BY_CATEGORY):
            yield ("rules", i, "then", "unit"), "units", rule.then.unit
        yield ("rules", i, "then", "priority"), "priorities", rule.then.priority


def _unknown_codes(bundle: PolicyDocument) -> Iterator[Mistake]:
    pools = {group: {entry.code for entry in getattr(bundle, group)} for group in CODED}
    for loc, group, code in _named_codes(bundle):
        if code is not None and code not in pools[group]:
            near = _nearest(code, pools[group])
            hint = f'did you mean "{near}"? Otherwise add' if near else "add"
            yield Mistake(
                loc, "unknown", f'there is no "{code}" in {group}', f"{hint} it to {group}, or correct the code"
            )


def _nearest(code: str, pool: set[str]) -> str | None:
    return next(iter(get_close_matches(code, sorted(pool), n=1, cutoff=0.7)), None)


def _zones(bundle: PolicyDocument) -> Iterator[Mistake]:
    places: list[tuple[Loc, str]] = [(("zone",), bundle.zone)]
    places += [(("calendars", i, "zone"), calendar.zone) for i, calendar in enumerate(bundle.calendars)]
    for loc, zone in places:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            yield Mistake(loc, "zone", f'"{zone}" is no time zone', 'write an IANA name such as "Asia/Bangkok"')


def _cycles(bundle: PolicyDocument, group: str) -> Iterator[Mistake]:
    entries: list[Any] = list(getattr(bundle, group))
    parents = {entry.code: entry.parent for entry in entries}
    told: set[str] = set()
    for index, entry in enumerate(entries):
        path = [entry.code]
        while (above := parents.get(path[-1])) is not None and above not in path:
            path.append(above)
        if above is not None and above == entry.code and not told & set(path):
            told.update(path)
            round_trip = " → ".join([*path, entry.code])
            yield Mistake(
                (group, index, "parent"),
                "cycle",
                f"cycle in {group}: {round_trip}",
                "change one parent so that it ends at the top",
            )


def _unit_tree(bundle: PolicyDocument) -> Iterator[Mistake]:
    yield from _cycles(bundle, "units")
    roots = [index for index, unit in enumerate(bundle.units) if unit.parent is None]
    if not roots:
        yield Mistake(("units",), "root", "no unit stands at the top", "leave out the parent of exactly one unit")
    for index in roots[1:]:
        first = bundle.units[roots[0]].code
        yield Mistake(
            ("units", index),
            "root",
            f'"{bundle.units[index].code}" has no parent, but "{first}" stands at the top already',
            f"give it a parent, for example {first}",
        )
    units = {unit.code: unit for unit in bundle.units}
    for index, unit in enumerate(bundle.units):
        parent = units.get(unit.parent or "")
        if unit.level == "person" or (parent and _LEVEL_DEPTH[unit.level] < _LEVEL_DEPTH[parent.level]):
            yield Mistake(
                ("units", index, "level"),
                "level",
                "a unit is an organisation, line or department, and never above its parent",
                "correct its level or its parent",
            )
        if unit.parent and unit.parent not in units:
            yield Mistake(("units", index, "parent"), "tree", "the tree is broken here", "name a parent that exists")
    triage = [unit.code for unit in bundle.units if unit.triage]
    if triage != [bundle.triage_unit]:
        yield Mistake(
            ("triage_unit",), "triage", "exactly the triage unit is the desk that takes what no rule matches",
            f"mark the unit {bundle.triage_unit} with triage: true, and no other",
        )  # fmt: skip


def _approval(bundle: PolicyDocument) -> Iterator[Mistake]:
    units = {unit.code: unit for unit in bundle.units}
    for index, unit in enumerate(bundle.units):
        approver = units.get(unit.approved_by or unit.parent or bundle.approval_fallback)
        field = "approved_by" if unit.approved_by else "code"
        if approver is None:
            continue
        if approver.code == unit.code:
            yield Mistake(
                ("units", index, field),
                "approval",
                f'"{unit.code}" would approve its own cases',
                "name another unit in approved_by",
            )
        elif unit.restricted and not approver.restricted:
            yield Mistake(
                ("units", index, field),
                "approval",
                f'the restricted unit "{unit.code}" is approved by "{approver.code}", where others would see its cases',
                "name a restricted unit in approved_by",
            )
    named = units.get(bundle.restricted_unit)
    if named is not None and not named.restricted:
        yield Mistake(
            ("restricted_unit",),
            "restricted",
            f'"{named.code}" is not restricted',
            "mark that unit with restricted: true",
        )
    for field in ("triage_unit", "approval_fallback", "review_unit"):
        found = units.get(getattr(bundle, field) or "")
        if found is not None and found.restricted:
            yield Mistake((field,), "restricted", f'"{found.code}" is restricted', "name a unit that is not restricted")


def _rules(bundle: PolicyDocument) -> Iterator[Mistake]:
    for i, reason in shadowed_rules(bundle.rules, bundle.categories):
        yield Mistake(
            ("rules", i, "when"),
            "never",
            f"this rule can never match: {reason}",
            "move it up, narrow the other, or remove it",
        )


def _targets(bundle: PolicyDocument) -> Iterator[Mistake]:
    seen: dict[object, str] = {}
    for index, target in enumerate(bundle.targets):
        for key in targets_key(target):
            if key in seen:
                yield Mistake(
                    ("targets", index, "target"),
                    "repeated",
                    f'"{seen[key]}" has the same kind, target and priority',
                    "remove one of them",
                )
            seen.setdefault(key, target.code)
        if target.every is not None and target.target != "progress":
            yield Mistake(("targets", index, "every"), "every", "only a progress target repeats", "remove every")
        if list(target.warn_at) != sorted(set(target.warn_at)):
            yield Mistake(
                ("targets", index, "warn_at"),
                "order",
                "the warnings are not in rising order",
                "write them as [50, 75, 90]",
            )
        for field in ("within", "every"):
            span = getattr(target, field)
            if (
                span is not None
                and not (span.working_days or span.seconds)
                and (target.target == "progress" or field == "every")
            ):
                yield Mistake(
                    ("targets", index, field), "span", "a repeated period cannot be empty", "give it a length"
                )


def _escalation(bundle: PolicyDocument) -> Iterator[Mistake]:
    seen: set[str] = set()
    warned = {percent for target in bundle.targets for percent in target.warn_at}
    for index, step in enumerate(bundle.escalation):
        if step.code in seen:
            yield Mistake(("escalation", index), "repeated", f"{step.code} is there twice", "remove one of them")
        seen.add(step.code)
        if step.when.percent < 100 and step.when.percent not in warned:
            yield Mistake(
                ("escalation", index, "when", "at"),
                "never",
                f"no target warns at {step.when.percent} %",
                "add it to warn_at of a target",
            )


def _dated_lists(bundle: PolicyDocument) -> Iterator[Mistake]:
    for i, calendar in enumerate(bundle.calendars):
        for field in ("closed", "exceptions"):
            seen = set()
            for j, day in enumerate(getattr(calendar, field)):
                if day.date in seen:
                    yield Mistake(
                        ("calendars", i, field, j, "date"),
                        "repeated",
                        f"{day.date} is in {field} twice",
                        "join the two into one",
                    )
                seen.add(day.date)


def _sample(bundle: PolicyDocument) -> Iterator[Mistake]:
    if bundle.sample and bundle.approval is not None:
        yield Mistake(
            ("approval",),
            "sample",
            "a sample policy carries an approval",
            "remove the approval, or write sample: false",
        )
