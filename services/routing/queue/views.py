"""The views of the desk: each as SQL, for the lists and counts, and as a rule over one case, for what arrives live."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kit.i18n import N_

TO_TAKE = ("received", "assessed", "assigned", "reopened", "investigating")
"""States in which a case without an owner waits for somebody to take it."""

TO_DECIDE = ("response_proposed", "internal_review")


class Standing(Protocol):
    """What of a case says in which views it stands."""

    @property
    def state(self) -> str:
        """Where in its life it is."""

    @property
    def unit(self) -> str:
        """The unit responsible."""

    @property
    def owner(self) -> UUID | None:
        """The officer responsible."""

    @property
    def approving_unit(self) -> str:
        """The unit that decides."""

    @property
    def safety(self) -> bool:
        """Whether it touches people's safety."""

    @property
    def is_open(self) -> bool:
        """Whether it is neither over nor spam."""

    @property
    def paused(self) -> bool:
        """Whether no clock runs."""

    @property
    def due_order(self) -> datetime:
        """Its next deadline; the end of time where none runs."""

    @property
    def open_tasks(self) -> int:
        """Tasks not finished yet."""

    @property
    def open_remedies(self) -> int:
        """Those of them that deliver a remedy."""


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks at the desk, and when. `units` are theirs with those below; `watched` the cases they follow."""

    me: UUID
    home: str
    units: frozenset[str]
    now: datetime
    midnight: datetime
    watched: frozenset[UUID] = frozenset()


Holds = Callable[[UUID, Standing, Looking], bool]
Key = Literal["owner", "unit", "approving_unit", "few", ""]


@dataclass(frozen=True, slots=True)
class View:
    """A way to look at the queue. `title` is a message id; `where` SQL over `c`, with {…} for its parameters; `holds`
    the same rule in Python. `key` names the column by which it is found, `few` a list of ids, "" the scope."""

    code: str
    title: str
    where: str
    holds: Holds
    key: Key = ""
    open_only: bool = True


VIEWS: tuple[View, ...] = (
    View("mine", N_("My work"), "c.owner = {me} and c.is_open", lambda _, case, my: case.owner == my.me, "owner"),
    View(
        "unit",
        N_("My unit"),
        "c.unit = any({units}::text[]) and c.is_open",
        lambda _, case, my: case.unit in my.units,
        "unit",
    ),
    View(
        "unassigned",
        N_("Not assigned"),
        f"c.owner is null and c.is_open and c.state in {TO_TAKE}",
        lambda _, case, my: case.owner is None and case.state in TO_TAKE,
    ),
    View(
        "today",
        N_("Due today"),
        "c.due_order >= {now} and c.due_order < {midnight} and not c.paused and c.is_open",
        lambda _, case, my: my.now <= case.due_order < my.midnight and not case.paused,
    ),
    View(
        "late",
        N_("Overdue"),
        "c.due_order < {now} and not c.paused and c.is_open",
        lambda _, case, my: case.due_order < my.now and not case.paused,
    ),
    View(
        "awaiting",
        N_("Waiting for the complainant"),
        "c.state = 'awaiting_complainant' and c.is_open",
        lambda _, case, my: case.state == "awaiting_complainant",
    ),
    View(
        "approve",
        N_("To approve"),
        f"c.state in {TO_DECIDE} and c.approving_unit = {{home}} and c.is_open",
        lambda _, case, my: case.state in TO_DECIDE and case.approving_unit == my.home,
        "approving_unit",
    ),
    View(
        "verify",
        N_("To verify"),
        "c.state = 'implementing' and c.open_tasks = c.open_remedies and c.is_open",
        lambda _, case, my: case.state == "implementing" and case.open_tasks == case.open_remedies,
    ),
    View("safety", N_("Touching safety"), "c.safety and c.is_open", lambda _, case, my: case.safety),
    View(
        "watched",
        N_("Watched"),
        "c.id = any(array(select w.case_id from routing.watch w where w.staff_id = {me})) and c.is_open",
        lambda ident, case, my: ident in my.watched,
        "few",
    ),
    View("open", N_("All open"), "c.is_open", lambda _, case, my: True),
    View("all", N_("All cases"), "true", lambda _, case, my: True, open_only=False),
)
"""The views of the desk, in its order."""

VIEW: Mapping[str, View] = {view.code: view for view in VIEWS}

COUNTED = tuple(view for view in VIEWS if view.code != "all")
"""Those whose number stands beside them."""


def stands_in(view: View, ident: UUID, case: Standing, looking: Looking) -> bool:
    """Whether a case stands in a view; its scope is another question."""
    return (case.is_open or not view.open_only) and view.holds(ident, case, looking)


def midnight_after(now: datetime, zone: str) -> datetime:
    """The end of the local day of `now`, in UTC."""
    local = now.astimezone(ZoneInfo(zone))
    return (local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)).astimezone(UTC)
