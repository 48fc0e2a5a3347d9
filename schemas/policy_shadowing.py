"""Rules that can never match because an earlier rule takes everything they would take."""

from collections.abc import Iterable, Iterator

from schemas.policy_organisation import Category
from schemas.policy_rules import BY_CATEGORY, BY_SERVICE_POINT, Rule, RuleWhen

_LISTS = ("kind", "service_point", "area", "channel", "segment", "identity")


def shadowed_rules(rules: tuple[Rule, ...], categories: Iterable[Category]) -> Iterator[tuple[int, int]]:
    """(place, earlier place) of each rule that an earlier one covers entirely. Categories must have no cycle."""
    parents = {category.code: category.parent for category in categories}
    for later, rule in enumerate(rules):
        for earlier in range(later):
            if _always_lands(rules[earlier]) and _covers(rules[earlier].when, rule.when, parents):
                yield later, earlier
                break


def _always_lands(rule: Rule) -> bool:
    """Whether the rule assigns whatever matches, and does not pass for want of a service point or category unit."""
    if rule.then.unit == BY_SERVICE_POINT:
        return bool(rule.when.service_point)
    return rule.then.unit != BY_CATEGORY


def _covers(wide: RuleWhen, narrow: RuleWhen, parents: dict[str, str | None]) -> bool:
    for field in _LISTS:
        if getattr(wide, field) and not (
            getattr(narrow, field) and set(getattr(narrow, field)) <= set(getattr(wide, field))
        ):
            return False
    if wide.category and not (
        narrow.category and all(_below(code, wide.category, parents) for code in narrow.category)
    ):
        return False
    if wide.keywords and not (
        narrow.keywords and all(any(w.casefold() in n.casefold() for w in wide.keywords) for n in narrow.keywords)
    ):
        return False
    if wide.subject is not None and not (
        narrow.subject == wide.subject or (wide.subject == "any" and narrow.subject is not None)
    ):
        return False
    return wide.misconduct is None or wide.misconduct == narrow.misconduct


def _below(code: str | None, wide: tuple[str, ...], parents: dict[str, str | None]) -> bool:
    while code is not None:
        if code in wide:
            return True
        code = parents.get(code)
    return False
