"""Import a table of staff in one transaction: nobody is added where one line is wrong; run twice it changes nothing."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from schemas.policy import PolicyBundle
from services.governance.add_staff import NewMember, store_member
from services.governance.change_staff import change_staff
from services.governance.import_staff.plan_import import ImportPlan, plan_import
from services.governance.import_staff.read_table import Line
from services.governance.list_staff import accounts_named
from services.governance.passwords import digest_password, fresh_password
from services.kit.database import Database, Transaction
from services.kit.errors import Conflict, InvalidInput
from services.kit.i18n import N_
from services.kit.sheets import inert


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of it: the plan that was applied, and the first passwords, told only now."""

    plan: ImportPlan
    members: tuple[NewMember, ...] = field(repr=False)

    def passwords_csv(self) -> str:
        """The first passwords as a file to hand them over from."""
        written = io.StringIO()
        rows = csv.writer(written)
        rows.writerow(("username", "display_name", "unit", "password"))
        for member in self.members:
            rows.writerow([inert(c) for c in (member.username, member.display_name, member.unit, member.password)])
        return written.getvalue()


async def preview_import(database: Database | Transaction, lines: Sequence[Line], bundle: PolicyBundle) -> ImportPlan:
    """What the table would do now; nothing is changed."""
    return plan_import(
        lines, await accounts_named(database, [line.cells["username"].lower() for line in lines]), bundle
    )


async def import_staff(
    database: Database,
    lines: Sequence[Line],
    bundle: PolicyBundle,
    *,
    seen: str | None = None,
    now: datetime,
    by: UUID | None,
) -> Imported:
    """Apply a table. `seen` is the digest of the plan that was looked at; None applies what it comes to now.

    Raises:
        InvalidInput: a line is wrong; its number and field are named.
        Conflict: the members changed since the plan was looked at, or nobody would be left to administer.
    """
    plan = await preview_import(database, lines, bundle)
    if plan.problems:
        raise InvalidInput(
            N_("Nothing was imported."), N_("Mend these lines and send the table again."), fields=plan.problems
        )
    members = [replace(line.new, password=fresh_password()) for line in plan.lines if line.new]
    # The slow part comes before anything is locked; argon2 lets go of the interpreter lock.
    with ThreadPoolExecutor(2) as pool:
        digests = await asyncio.to_thread(lambda: list(pool.map(digest_password, (m.password for m in members))))
    async with database.transaction() as tx:
        await tx.execute("lock table governance.staff in share row exclusive mode")
        if (await preview_import(tx, lines, bundle)).digest != (plan.digest if seen is None else seen):
            raise Conflict(
                N_("Members were changed since you looked at what would happen."),
                N_("Look at the new list and apply it again."),
            )
        for member, digest in zip(members, digests, strict=True):
            await store_member(tx, member, digest, now=now, by=by)
        await tx.session.flush()
        for line in plan.lines:
            if line.change is not None:
                await change_staff(tx, line.username, line.change, bundle, now=now, by=by)
    return Imported(plan, tuple(members))
