"""Read the policy versions: the list with their dates and approvals, and the document of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from schemas.policy import Approval, PolicyBundle
from services.kit.copies import Copies, parsed
from services.kit.database import Database
from services.kit.errors import NotFound
from services.kit.i18n import N_
from services.kit.listening import NotYet


@dataclass(frozen=True, slots=True)
class AdoptedVersion:
    """A version as adopted. `state` is `in_force`, `coming` or `past`."""

    version: str
    effective_from: datetime
    adopted_at: datetime
    adopted_by: UUID | None
    sample: bool
    approval: Approval | None
    state: str
    until: datetime | None
    """When the next version takes over; None for the last."""


async def policy_versions(database: Database, now: datetime) -> list[AdoptedVersion]:
    """Every version, the newest first."""
    rows = await database.read(
        "select version, effective_from, adopted_at, adopted_by, sample, approval from governance.policy_version"
        " order by effective_from, adopted_at"
    )
    begun = [row["version"] for row in rows if row["effective_from"] <= now]
    in_force = begun[-1] if begun else (rows[0]["version"] if rows else None)
    nexts = [*(row["effective_from"] for row in rows[1:]), None]
    found = [
        AdoptedVersion(
            version=row["version"],
            effective_from=row["effective_from"],
            adopted_at=row["adopted_at"],
            adopted_by=row["adopted_by"],
            sample=row["sample"],
            approval=Approval.model_validate(row["approval"]) if row["approval"] else None,
            state="in_force" if row["version"] == in_force else "past" if row["effective_from"] <= now else "coming",
            until=until,
        )
        for row, until in zip(rows, nexts, strict=False)
    ]
    return found[::-1]


def one_version(versions: Sequence[AdoptedVersion], name: str | None = None) -> AdoptedVersion:
    """The version of that name, or the one in force.

    Raises:
        NotFound: there is none of that name.
    """
    for version in versions:
        if version.version == name or (name is None and version.state == "in_force"):
            return version
    raise NotFound(N_("There is no such version of the policy."), N_("/policy lists the versions there are."))


def version_before(versions: Sequence[AdoptedVersion], name: str) -> str | None:
    """The version that was in force before the one of that name."""
    names = [version.version for version in versions]
    return next(iter(names[names.index(name) + 1 :]), None)


async def policy_document(database: Database, copies: Copies, name: str) -> PolicyBundle:
    """The document of a version; also of one adopted a moment ago, which the copies have not read yet.

    Raises:
        NotFound: there is no such version.
    """
    try:
        return await copies.policy(database, name)
    except NotYet:
        rows = await database.read("select bundle from governance.policy_version where version = $1", name)
    if not rows:
        raise NotFound(N_("There is no such version of the policy."), N_("/policy lists the versions there are."))
    return parsed(name, orjson.dumps(rows[0]["bundle"]).decode())
