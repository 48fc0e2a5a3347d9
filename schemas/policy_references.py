"""Whether every code that a policy names exists, once, where it should."""

from collections.abc import Iterator
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from schemas.policy_document import PolicyDocument
from schemas.policy_mistakes import Loc, Mistake
from schemas.policy_rules import BY_CATEGORY, BY_SERVICE_POINT

CODED = (
    "levels", "units", "service_points", "segments", "channels", "kinds", "categories", "causes", "priorities",
    "calendars", "targets", "rules", "remedies", "entitlements", "templates",
)  # fmt: skip
_ALL_LEVELS = ("organisation", "line", "department", "person")
_ALL_KINDS = ("complaint", "suggestion", "enquiry", "compliment", "spam")
# (group, field) -> the group in which the code must exist
_NAMES: dict[str, dict[str, str]] = {
    "units": {"parent": "units", "approved_by": "units", "calendar": "calendars"},
    "service_points": {"unit": "units", "calendar": "calendars"},
    "categories": {"parent": "categories", "unit": "units", "priority": "priorities"},
    "causes": {"parent": "causes"},
    "targets": {"priority": "priorities", "calendar": "calendars"},
    "entitlements": {"priority": "priorities", "remedy": "remedies"},
    "templates": {"channel": "channels"},
    "kpi_targets": {"key": "units", "parent": "units"},
    "customers": {"unit": "units"},
}


def reference_mistakes(bundle: PolicyDocument) -> Iterator[Mistake]:
    """Codes used twice, names that are missing, codes and time zones that do not exist."""
    yield from _repeated_codes(bundle)
    yield from _missing_names(bundle)
    yield from _unknown_codes(bundle)
    yield from _unknown_zones(bundle)


def _repeated_codes(bundle: PolicyDocument) -> Iterator[Mistake]:
    for group in CODED:
        seen: set[str] = set()
        for index, entry in enumerate(getattr(bundle, group)):
            if entry.code in seen:
                yield Mistake(
                    (group, index, "code"),
                    "repeated",
                    'The code "%(code)s" is used twice in %(group)s.',
                    "Rename one of them.",
                    {"code": entry.code, "group": group},
                )
            seen.add(entry.code)


def _missing_names(bundle: PolicyDocument) -> Iterator[Mistake]:
    for group, wanted in (("levels", _ALL_LEVELS), ("kinds", _ALL_KINDS)):
        present = {entry.code for entry in getattr(bundle, group)}
        for code in wanted:
            if code not in present:
                yield Mistake(
                    (group,),
                    "missing_name",
                    "%(group)s gives %(code)s no name.",
                    "Add {code: %(code)s, label: {th: …}} to it.",
                    {"group": group, "code": code},
                )


def _named_codes(bundle: PolicyDocument) -> Iterator[tuple[Loc, str, str | None]]:
    """(where, group, code) of every code that must exist elsewhere in the document."""
    for field in ("triage_unit", "restricted_unit", "approval_fallback", "review_unit"):
        yield (field,), "units", getattr(bundle, field)
    yield ("default_calendar",), "calendars", bundle.default_calendar
    yield ("call_back", "calendar"), "calendars", bundle.call_back.calendar
    yield ("severity", "default"), "priorities", bundle.severity.default
    for i, line in enumerate(bundle.severity.rules):
        yield ("severity", "rules", i, "priority"), "priorities", line.priority
    for group, fields in _NAMES.items():
        for i, entry in enumerate(getattr(bundle, group)):
            for field, pool in fields.items():
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
        if code is None or code in pools[group]:
            continue
        near = next(iter(get_close_matches(code, sorted(pools[group]), n=1, cutoff=0.7)), None)
        params = {"code": code, "group": group, "near": near or ""}
        yield Mistake(
            loc,
            "unknown",
            'There is no "%(code)s" in %(group)s.',
            'Did you mean "%(near)s"? Otherwise add it to %(group)s.'
            if near
            else "Add it to %(group)s, or correct the code.",
            params,
        )


def _unknown_zones(bundle: PolicyDocument) -> Iterator[Mistake]:
    places: list[tuple[Loc, str]] = [(("zone",), bundle.zone)]
    places += [(("calendars", i, "zone"), calendar.zone) for i, calendar in enumerate(bundle.calendars)]
    for loc, zone in places:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            yield Mistake(
                loc,
                "zone",
                '"%(zone)s" is not a time zone.',
                'Write an IANA name such as "Asia/Bangkok".',
                {"zone": zone},
            )
