"""The suggestion beside the forms by which a person would follow it: assigning, and calling a case something else."""

from __future__ import annotations

from typing import Any, Protocol

from schemas.policy import PolicyBundle
from services.kit.copies import Fetches
from services.kit.i18n import Lang
from services.routing.suggest.read_suggestion import hint, read_suggestions

SHOWN: dict[str, tuple[str, ...]] = {
    "assigned": ("unit",),
    "reassign": ("unit",),
    "kind": ("category",),
}
"""Which suggestions stand beside which form."""


class Seen(Protocol):
    """As much of a case in sight as is needed."""

    @property
    def found(self) -> Any:
        """The case with everything."""

    @property
    def policy(self) -> PolicyBundle:
        """The policy in force."""

    @property
    def lang(self) -> Lang:
        """The reader's language."""


async def hinted(source: Fetches, seen: Seen, before: str, form: str) -> str:
    """What is said above a form, with the suggestion for it where there is one."""
    targets = SHOWN.get(form)
    if targets is None:
        return before
    said = hint(await read_suggestions(source, seen.found.case.id, seen.policy), targets, seen.policy, seen.lang)
    return " · ".join(filter(None, (before, said)))
