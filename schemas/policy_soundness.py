"""Whether the parts of a policy make sense together: trees, approval from outside, rules, targets, dated lists."""

from collections.abc import Iterator
from typing import Any

from schemas.policy_cascade import Cascade
from schemas.policy_document import PolicyDocument
from schemas.policy_mistakes import Loc, Mistake
from schemas.policy_references import reference_mistakes
from schemas.policy_shadowing import shadowed_rules
from schemas.policy_sla import targets_key

_LEVEL_DEPTH = {"organisation": 0, "line": 1, "department": 2, "person": 3}


def mistakes_in(bundle: PolicyDocument) -> list[Mistake]:
    """Everything in the document that does not fit together. Empty for a sound policy."""
    found = list(reference_mistakes(bundle))
    trees = [*_unit_tree(bundle), *_cycles(bundle, "categories"), *_cycles(bundle, "causes")]
    found += trees
    if not trees:
        found += [*_approval(bundle), *_restriction(bundle), *_rules(bundle)]
        found += Cascade(bundle.kpi_targets, {unit.code: unit for unit in bundle.units}).mistakes()
    return [*found, *_targets(bundle), *_spans(bundle), *_escalation(bundle), *_dated_lists(bundle), *_sample(bundle)]


def _cycles(bundle: PolicyDocument, group: str) -> Iterator[Mistake]:
    entries: list[Any] = list(getattr(bundle, group))
    parents = {entry.code: entry.parent for entry in entries}
    told: set[str] = set()
    for index, entry in enumerate(entries):
        path = [entry.code]
        while (above := parents.get(path[-1])) is not None and above not in path:
            path.append(above)
        if above == entry.code and not told & set(path):
            told.update(path)
            yield Mistake(
                (group, index, "parent"),
                "cycle",
                "The parents in %(group)s go round in a circle: %(circle)s.",
                "Change one parent so that the way up ends.",
                {"group": group, "circle": " → ".join([*path, entry.code])},
            )


def _unit_tree(bundle: PolicyDocument) -> Iterator[Mistake]:
    yield from _cycles(bundle, "units")
    roots = [index for index, unit in enumerate(bundle.units) if unit.parent is None]
    if not roots:
        yield Mistake(("units",), "root", "No unit stands at the top.", "Leave out the parent of exactly one unit.")
    for index in roots[1:]:
        yield Mistake(
            ("units", index),
            "root",
            '"%(unit)s" has no parent, but "%(top)s" stands at the top already.',
            "Give it a parent, for example %(top)s.",
            {"unit": bundle.units[index].code, "top": bundle.units[roots[0]].code},
        )
    units = {unit.code: unit for unit in bundle.units}
    for index, unit in enumerate(bundle.units):
        parent = units.get(unit.parent or "")
        above_parent = parent is not None and _LEVEL_DEPTH[unit.level] < _LEVEL_DEPTH[parent.level]
        if unit.level == "person" or above_parent or (unit.parent is None) != (unit.level == "organisation"):
            yield Mistake(
                ("units", index, "level"),
                "level",
                'The level of "%(unit)s" does not fit its place in the tree.',
                "The unit at the top is the organisation; below it are lines and departments, none above its parent.",
                {"unit": unit.code},
            )
        if unit.parent is not None and parent is None:
            yield Mistake(
                ("units", index, "parent"),
                "tree",
                'The tree breaks off above "%(unit)s".',
                "Name a parent that exists.",
                {"unit": unit.code},
            )
    if bundle.triage_unit in units and [code for code in units if units[code].triage] != [bundle.triage_unit]:
        yield Mistake(
            ("triage_unit",),
            "triage",
            "The triage unit, which takes what no rule matches, is not marked as the one triage desk.",
            "Mark the unit %(unit)s with triage: true, and no other.",
            {"unit": bundle.triage_unit},
        )


def _approval(bundle: PolicyDocument) -> Iterator[Mistake]:
    units = {unit.code: unit for unit in bundle.units}
    for index, unit in enumerate(bundle.units):
        approver = units.get(unit.approved_by or unit.parent or bundle.approval_fallback)
        loc: Loc = ("units", index, "approved_by" if unit.approved_by else "code")
        if approver is not None and approver.code == unit.code:
            yield Mistake(
                loc,
                "approval",
                '"%(unit)s" would approve its own cases.',
                "Name another unit in approved_by.",
                {"unit": unit.code},
            )
        elif approver is not None and unit.restricted and not approver.restricted:
            yield Mistake(
                loc,
                "approval",
                'The restricted unit "%(unit)s" is approved by "%(approver)s", where others would see its cases.',
                "Name a restricted unit in approved_by.",
                {"unit": unit.code, "approver": approver.code},
            )


def _restriction(bundle: PolicyDocument) -> Iterator[Mistake]:
    restricted = {unit.code: unit.restricted for unit in bundle.units}
    if restricted.get(bundle.restricted_unit) is False:
        yield Mistake(
            ("restricted_unit",),
            "restricted",
            '"%(unit)s" is not restricted.',
            "Mark that unit with restricted: true.",
            {"unit": bundle.restricted_unit},
        )
    for field in ("triage_unit", "approval_fallback", "review_unit"):
        code = getattr(bundle, field)
        if restricted.get(code or ""):
            yield Mistake(
                (field,),
                "restricted",
                '"%(unit)s" is restricted, so it cannot serve ordinary cases.',
                "Name a unit that is not restricted.",
                {"unit": code},
            )


def _rules(bundle: PolicyDocument) -> Iterator[Mistake]:
    for later, earlier in shadowed_rules(bundle.rules, bundle.categories):
        yield Mistake(
            ("rules", later),
            "never",
            'This rule can never match: "%(earlier)s" before it takes everything it would take.',
            "Move it up, narrow the earlier rule, or remove it.",
            {"earlier": bundle.rules[earlier].code},
        )


def _targets(bundle: PolicyDocument) -> Iterator[Mistake]:
    seen: dict[object, str] = {}
    for index, target in enumerate(bundle.targets):
        for key in targets_key(target):
            if key in seen:
                yield Mistake(
                    ("targets", index, "target"),
                    "repeated",
                    '"%(other)s" has the same kind, target and priority.',
                    "Remove one of them.",
                    {"other": seen[key]},
                )
            seen.setdefault(key, target.code)
        if list(target.warn_at) != sorted(set(target.warn_at)):
            yield Mistake(
                ("targets", index, "warn_at"),
                "order",
                "The warnings are not in rising order.",
                "Write them as [50, 75, 90].",
            )


def _spans(bundle: PolicyDocument) -> Iterator[Mistake]:
    for index, target in enumerate(bundle.targets):
        if target.every is not None and target.target != "progress":
            yield Mistake(("targets", index, "every"), "every", "Only a progress target repeats.", "Remove every.")
        for field in ("within", "every"):
            span = getattr(target, field)
            if target.target == "progress" and span is not None and not (span.working_days or span.seconds):
                yield Mistake(
                    ("targets", index, field),
                    "empty_span",
                    "A period that repeats cannot be empty.",
                    "Give it a length, such as P15WD.",
                )


def _escalation(bundle: PolicyDocument) -> Iterator[Mistake]:
    seen: set[str] = set()
    warned = {percent for target in bundle.targets for percent in target.warn_at}
    for index, step in enumerate(bundle.escalation):
        if step.code in seen:
            yield Mistake(
                ("escalation", index),
                "repeated",
                "The step %(step)s is there twice.",
                "Remove one of them.",
                {"step": step.code},
            )
        seen.add(step.code)
        if step.when.percent < 100 and step.when.percent not in warned:
            yield Mistake(
                ("escalation", index, "when", "at"),
                "never",
                "This step never happens: no target warns at %(percent)s %%.",
                "Add %(percent)s to warn_at of a target, or change the step.",
                {"percent": step.when.percent},
            )


def _dated_lists(bundle: PolicyDocument) -> Iterator[Mistake]:
    for i, calendar in enumerate(bundle.calendars):
        for field in ("closed", "exceptions"):
            seen = set()
            for j, day in enumerate(getattr(calendar, field)):
                loc: Loc = ("calendars", i, field, j, "date")
                if day.date in seen:
                    yield Mistake(
                        loc,
                        "repeated",
                        "%(date)s is in %(field)s twice.",
                        "Join the two into one.",
                        {"date": day.date.isoformat(), "field": field},
                    )
                seen.add(day.date)
                if not 1950 <= day.date.year <= 2200:
                    yield Mistake(
                        loc,
                        "year",
                        "The year %(year)s is not a year of the common era.",
                        "Write the year of the common era: that of the Buddhist era less 543.",
                        {"year": day.date.year},
                    )


def _sample(bundle: PolicyDocument) -> Iterator[Mistake]:
    if bundle.sample and bundle.approval is not None:
        yield Mistake(
            ("approval",),
            "sample",
            "A sample policy carries a record of approval.",
            "Remove the approval, or write sample: false.",
        )
