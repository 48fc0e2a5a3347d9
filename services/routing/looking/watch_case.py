"""Tell a screen that has a case open who else looks at it or writes, and that somebody changed it meanwhile.

A stream of server-sent events. The stream itself is the looking: it is noted when it opens, again while it lasts, and
taken back when it ends. It waits for the bell of its case, which rings in this process at once and in others by NOTIFY.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from schemas.governance import StaffMember
from services.kit.copies import Staff
from services.kit.database import new_id
from services.kit.i18n import N_, Lang, translate
from services.kit.scope import scope_of
from services.kit.server_events import BEGIN, LASTS_SECONDS, LOOK_SECONDS, STILL_HERE, line_of
from services.kit.service import Context
from services.routing.looking.look_at_case import Looker, bell_of, look_at, look_away, lookers
from services.routing.read_case import TimelineRow
from services.routing.timeline import label_of_line

AGAIN_SECONDS = 20.0
"""How often the screen is noted again."""


@dataclass(slots=True)
class Watch:
    """A screen of a member of staff on a case; `seen` is the version the screen shows."""

    context: Context
    member: StaffMember
    case_id: UUID
    lang: Lang
    seen: int
    say_form: Callable[[str, Lang], str]
    """What the form of an act or a step is called."""
    screen: UUID = field(default_factory=new_id)
    told: list[dict[str, str]] | None = None

    async def events(self) -> AsyncGenerator[str, None]:
        """The stream: `looking` when who looks or writes changes, `changed` with each version, `gone` at the end of
        the viewer's sight."""
        database = self.context.database
        bell = database.doorbell.listen((bell_of(self.case_id),))
        until, noted = time.monotonic() + LASTS_SECONDS, 0.0
        try:
            yield BEGIN
            while time.monotonic() < until and not database.doorbell.closing:
                bell.take()
                version = await self._version()
                if version is None:
                    yield _event("gone", {})
                    return
                if time.monotonic() - noted > AGAIN_SECONDS:
                    noted = time.monotonic()
                    await look_at(database, self.case_id, self.screen, self.member.staff_id, self.context.now())
                for event in await self._news(version):
                    yield event
                try:
                    await asyncio.wait_for(bell.wait(), LOOK_SECONDS)
                except TimeoutError:
                    yield STILL_HERE
        finally:
            database.doorbell.forget(bell)
            with contextlib.suppress(Exception):  # a database that is away forgets the screen by its time
                await asyncio.shield(look_away(database, self.case_id, self.screen))

    async def _version(self) -> int | None:
        """The version of the case, or None where the viewer may no longer see it."""
        now = self.context.now()
        scope = scope_of(await self.context.copies.in_force(self.context.database, now), self.member)
        sql, args = scope.where("c", 2)
        rows = await self.context.database.read(
            f"select c.version from routing.case c where c.id = $1 and ({sql})", self.case_id, *args
        )
        return rows[0]["version"] if rows else None

    async def _news(self, version: int) -> list[str]:
        database, found = self.context.database, []
        staff = await self.context.copies.staff(database)
        others = await lookers(database, self.case_id, self.context.now(), besides=self.member.staff_id)
        shown = shown_lookers(others, staff, self.lang, self.say_form)
        if shown != self.told:
            self.told = shown
            found.append(_event("looking", {"people": shown}))
        if version > self.seen:
            found.append(_event("changed", {"version": version, "text": await self._what(version, staff)}))
            self.seen = version
        return found

    async def _what(self, version: int, staff: Staff) -> str:
        rows = await self.context.database.read(
            f"select {', '.join(f'e.{name}' for name in TimelineRow.__slots__)}, c.policy_version"
            " from routing.case_event e join routing.case c on c.id = e.case_id"
            " where e.case_id = $1 and e.version > $2 and e.version <= $3 order by e.version desc limit 1",
            self.case_id, self.seen, version,
        )  # fmt: skip
        if not rows:
            return translate(self.lang, N_("This case was changed"))
        row = dict(rows[0])
        bundle = await self.context.copies.policy(self.context.database, row.pop("policy_version"))
        line = TimelineRow(**row)
        label = label_of_line(line, bundle, staff, self.lang)
        return f"{staff.name(line.by)} · {label}" if line.by else label


def shown_lookers(
    others: Sequence[Looker], staff: Staff, lang: Lang, say_form: Callable[[str, Lang], str]
) -> list[dict[str, str]]:
    """Who else looks, in words: "… is writing: internal note" or "… is looking too"."""
    shown = []
    for one in others:
        name = staff.name(one.staff_id)
        if not name:
            continue
        form = say_form(one.writing, lang) if one.writing else ""
        text = (
            translate(lang, N_("%(name)s is writing: %(form)s"), name=name, form=form)
            if form
            else translate(lang, N_("%(name)s is looking too"), name=name)
        )
        shown.append({"name": name, "text": text, "writing": "1" if form else ""})
    return shown


def _event(name: str, data: dict[str, Any]) -> str:
    return line_of(name, orjson.dumps(data).decode())
