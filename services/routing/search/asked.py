"""What somebody asks of the search: words, facts and days, as they are typed by Thai hands. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas.policy import PolicyBundle
from services.kit.errors import FieldProblem, InvalidInput
from services.kit.i18n import N_
from services.kit.scope import Scope
from services.kit.thai import normalise_phone, parse_date, parse_digits
from services.routing.lifecycle import STATES
from services.routing.queue_search import places_named
from services.routing.search.terms import fact, quoted

LONGEST = 200
PREFIX_FROM = 3
"""Letters from which on a word also finds what begins with it: `ที่พัก` finds `ที่พักแรม`, `deliver` `delivery`."""

MOST_WORDS = 20

FACTS = ("unit", "category", "cause", "service_point", "channel", "state", "kind")
"""What can be asked for beside words."""

_EMAIL = re.compile(r"\S+@\S+\.\S+")


@dataclass(frozen=True, slots=True)
class Asked:
    """A search. `since` and `until` are UTC: received from the first, before the second."""

    typed: str = ""
    facts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None
    units: Sequence[str] = ()
    service_points: Sequence[str] = ()
    """Places whose names hold what was typed; their cases are found too."""

    @property
    def empty(self) -> bool:
        """Whether nothing is asked."""
        return not (self.typed or self.facts or self.since or self.until)


def read_asked(query: Mapping[str, str], bundle: PolicyBundle) -> Asked:
    """What the fields of the form, or of the address, ask for.

    Raises:
        InvalidInput: a day cannot be read, or the last lies before the first; a code is not known.
    """
    typed = " ".join(query.get("q", "").replace("\x00", "").split())[:LONGEST]
    facts: dict[str, Sequence[str]] = {}
    problems: list[FieldProblem] = []
    for name in FACTS:
        if value := query.get(name, "").strip():
            facts[name] = _covered(name, value, bundle)
            if not _known(name, value, bundle):
                problems.append(FieldProblem(name, N_("This value is not known."), N_("Choose from the list.")))
    days = {name: _day(name, query.get(name, ""), problems) for name in ("from", "to")}
    first, last = days["from"], days["to"]
    if first and last and last < first:
        problems.append(FieldProblem("to", N_("The last day lies before the first."), N_("Exchange the two days.")))
    if problems:
        raise InvalidInput(N_("Some fields need changing."), N_("Correct them and search again."), fields=problems)
    zone = ZoneInfo(bundle.zone)
    # Fewer letters stand in too many names.
    units, points = places_named(typed, bundle) if len(typed.casefold()) >= 3 else ((), ())
    return Asked(
        typed,
        facts,
        datetime.combine(first, time(), zone).astimezone(UTC) if first else None,
        datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC) if last else None,
        units,
        points,
    )


def _day(name: str, text: str, problems: list[FieldProblem]) -> date | None:
    if not text.strip():
        return None
    try:
        found = parse_date(text)
    except ValueError:
        problems.append(FieldProblem(name, N_("This is no date."), N_("Write it as 20/11/2569 or 20 พ.ย. 2569.")))
        return None
    if not 1900 < found.year < 2200:
        problems.append(FieldProblem(name, N_("This is no date."), N_("Write it as 20/11/2569 or 20 พ.ย. 2569.")))
        return None
    return found


def _known(name: str, value: str, bundle: PolicyBundle) -> bool:
    if name == "state":
        return value in STATES
    if name == "kind":
        return value in ("complaint", "suggestion", "enquiry", "compliment", "spam")
    if name == "unit":
        return bundle.has_unit(value)
    return bundle.has({"category": "categories", "cause": "causes"}.get(name, f"{name}s"), value)


def _covered(name: str, value: str, bundle: PolicyBundle) -> Sequence[str]:
    """A category stands for those below it, a unit for those below it."""
    if name == "category" and bundle.has("categories", value):
        return [one.code for one in bundle.categories if bundle.category_covers(value, one.code)]
    if name == "unit" and bundle.has_unit(value):
        return sorted(bundle.subtree(value))
    return [value]


def contact_in(typed: str) -> str | None:
    """A telephone number or e-mail address, where that is all that was typed: persons are looked for elsewhere."""
    plain = parse_digits(typed.strip())
    if _EMAIL.fullmatch(plain):
        return plain
    try:
        return normalise_phone(plain) if re.fullmatch(r"[\d+][\d\s().-]{7,18}", plain) else None
    except ValueError:
        return None


def ts_query(asked: Asked, words: Sequence[str], scope: Scope) -> str:
    """The `tsquery` of a search: its words, or the places they name, and its facts; within the units of a scope.

    Empty where nothing but days is asked by somebody whose scope is everything.
    """
    parts: list[str] = []
    if asked.typed:
        spoken = [" & ".join(quoted(word, prefix=len(word) >= PREFIX_FROM) for word in words[:MOST_WORDS])]
        spoken += [quoted(fact("unit", code)) for code in asked.units]
        spoken += [quoted(fact("service_point", code)) for code in asked.service_points]
        parts.append(" | ".join(f"({one})" for one in spoken if one))
    parts += [" | ".join(quoted(fact(name, code)) for code in codes) for name, codes in asked.facts.items()]
    if not scope.everything:
        within = [fact("unit", code) for code in sorted(scope.units | scope.restricted_units)]
        within += [fact("owner", scope.staff_id), *([fact("approving_unit", scope.home)] if scope.decides else [])]
        parts.append(" | ".join(quoted(one) for one in within))
    return " & ".join(f"({one})" for one in parts if one)
