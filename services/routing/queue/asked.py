"""What a desk is asked to show, as it stands in its address: a view, filters, words. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from schemas.policy import PolicyBundle
from services.kit.copies import Staff
from services.kit.i18n import N_, Lang, translate
from services.kit.scope import Scope
from services.routing.form_reading import clean
from services.routing.lifecycle import STATE_LABELS, STATES
from services.routing.queue.tag_case import LONGEST
from services.routing.queue.views import VIEW
from services.routing.queue_search import search_for
from services.routing.read_cases import Filters
from services.routing.words import category_name, unit_name
from services.routing.writing import wrong

NAMES = ("category", "service_point", "unit", "owner", "channel", "priority", "state", "tag")
"""The filters, by their names in the address, in the order they are shown."""

Options = Sequence[tuple[str, str]]
"""Codes with what they are called."""

LONGEST_VALUE = 120


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter of the queue: its name in the address, what it is called, what can be chosen, what is chosen."""

    name: str
    label: str
    options: Options
    chosen: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A view, the filters that are set, the words looked for."""

    view: str
    chosen: Mapping[str, str]
    typed: str = ""

    def address(self, **more: str) -> dict[str, str]:
        """The parameters of an address that asks for the same."""
        return {"view": self.view, **({"q": self.typed} if self.typed else {}), **self.chosen, **more}

    @property
    def narrowed(self) -> bool:
        """Whether less than the whole view is asked for."""
        return bool(self.chosen or self.typed)


def choices_for(bundle: PolicyBundle, scope: Scope, staff: Staff, query: Mapping[str, str], lang: Lang) -> list[Choice]:
    """The filters on offer within a scope, with what the address sets of them; what it sets wrongly counts as unset."""
    seen = {unit.code for unit in bundle.units if scope.everything or unit.code in scope.units | scope.restricted_units}
    officers = [(member.username, member.display_name) for member in staff.holding("officer", seen)]
    offered = options_of(bundle, seen, lang) | {"owner": (N_("Owner"), officers if len(officers) > 1 else [])}
    return [
        Choice(name, label, options, query.get(name, "") if query.get(name) in {code for code, _ in options} else "")
        for name in NAMES
        for label, options in [offered.get(name, ("", ()))]
        if options
    ]


def options_of(bundle: PolicyBundle, seen: Container[str], lang: Lang) -> dict[str, tuple[str, Options]]:
    """What a list of cases can be narrowed by, of the units that are seen: each with its label (a message id)."""
    units = [(unit.code, unit_name(bundle, unit.code, lang)) for unit in bundle.units if unit.code in seen]
    return {
        "category": (N_("Category"), [(c.code, category_name(bundle, c.code, lang)) for c in bundle.categories]),
        "cause": (N_("Cause"), [(c.code, bundle.label_of("causes", c.code, lang)) for c in bundle.causes]),
        "service_point": (
            N_("Service point"),
            [(point.code, point.name.say(lang)) for point in bundle.service_points if point.unit in seen],
        ),
        "unit": (N_("Unit"), units if len(units) > 1 else []),
        "channel": (N_("Channel"), [(channel.code, channel.label.say(lang)) for channel in bundle.channels]),
        "priority": (N_("Priority"), [(p.code, p.label.say(lang)) for p in bundle.priorities]),
        "state": (N_("State"), [(state, translate(lang, STATE_LABELS[state])) for state in STATES]),
    }


def asked_in(query: Mapping[str, str], choices: Sequence[Choice], view: str) -> Asked:
    """What an address asks for."""
    chosen = {choice.name: choice.chosen for choice in choices if choice.chosen}
    if tag := " ".join(query.get("tag", "").replace("\x00", "").split())[:LONGEST]:
        chosen["tag"] = tag
    return Asked(view if view in VIEW else "all", chosen, " ".join(query.get("q", "").replace("\x00", "").split()))


def checked_asked(view: str, chosen: Mapping[str, str], typed: str) -> Asked:
    """What a program asks for.

    Raises:
        InvalidInput: a view or a filter that there is none of.
    """
    if view not in VIEW:
        raise wrong("view", N_("This value is not known."), N_("Choose one of those offered."))
    if unknown := next((name for name in chosen if name not in NAMES), None):
        raise wrong(unknown, N_("This value is not known."), N_("Choose one of those offered."))
    if chosen.get("state", STATES[0]) not in STATES:
        raise wrong("state", N_("This value is not known."), N_("Choose one of those offered."))
    values = {name: clean(value)[:LONGEST_VALUE] for name, value in chosen.items()}
    return Asked(view, {name: value for name, value in values.items() if value}, clean(typed)[:LONGEST_VALUE])


def filters_of(asked: Asked, bundle: PolicyBundle, staff: Staff) -> Filters:
    """The list it stands for. A category covers those below it."""
    chosen = dict(asked.chosen)
    category, state, owner = chosen.pop("category", None), chosen.pop("state", None), chosen.pop("owner", None)
    below = [c.code for c in bundle.categories if category and bundle.category_covers(category, c.code)]
    if category and not below:
        below = [category]  # kept before the policy gave it up: no case, rather than all
    member = staff.by_username.get(owner) if owner else None
    return Filters(
        view=asked.view,
        states=(state,) if state else (),
        categories=below,
        owner=member.staff_id if member else UUID(int=0) if owner else None,
        search=search_for(asked.typed, bundle),
        **chosen,  # type: ignore[arg-type]
    )
