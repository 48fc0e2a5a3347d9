"""Adopt a policy: it becomes a version, with its approval and the date it takes effect, known to every service."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from schemas.governance import POLICY_STREAM, PolicyAdopted
from schemas.policy import Approval, PolicyBundle, content_digest
from services.governance.tables import PolicyVersion
from services.kit.database import Database, Transaction
from services.kit.errors import Conflict, InvalidInput
from services.kit.i18n import N_


async def policy_in_force(database: Database, now: datetime) -> str | None:
    """The version in force at `now`, or None when none was ever adopted."""
    rows = await database.read(
        "select version from governance.policy_version"
        " order by (effective_from <= $1) desc, case when effective_from <= $1 then effective_from end desc,"
        " effective_from limit 1",
        now,
    )
    return str(rows[0]["version"]) if rows else None


async def adopt_policy(tx: Transaction, bundle: PolicyBundle, *, now: datetime, by: UUID | None) -> None:
    """Adopt an approved policy. It takes effect at the start of its `effective_from` in the policy's own zone.

    A record of approval ends a policy's being a sample.

    Raises:
        InvalidInput: the bundle has no approval record (FAQ rulings of SE-AM 5.3).
        Conflict: the version was adopted before, or its date leaves it no time in force.
    """
    if bundle.approval is None:
        raise InvalidInput(
            N_("This policy has no approval record, so it cannot be adopted."),
            N_("Add `approval` with body, resolution number and date, signatory and effective date."),
        )
    effective = effective_moment(bundle.approval, bundle)
    await _keep_order(tx, bundle.version, effective, now)
    await _adopt(tx, bundle.model_copy(update={"sample": False}), now=now, effective_from=effective, by=by)


def effective_moment(approval: Approval, bundle: PolicyBundle) -> datetime:
    """When an approved policy takes effect: the first moment of the day, on the policy's own clock."""
    day = approval.effective_from
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(bundle.zone))


async def _keep_order(tx: Transaction, version: str, effective: datetime, now: datetime) -> None:
    """Refuse a date on which another version takes effect, or one before that of the version in force."""
    row = await tx.fetchrow(
        "select version from governance.policy_version where version <> $1 and (effective_from = $2"
        " or effective_from > $2 and effective_from <= $3) order by effective_from desc limit 1",
        version,
        effective,
        now,
    )
    if row is not None:
        raise Conflict(
            N_("Version %(version)s takes effect on that day or has taken over since."),
            N_("Choose a later effective date, so that this version is in force for a time."),
            params={"version": row["version"]},
        )


async def adopt_sample_policy(
    tx: Transaction, bundle: PolicyBundle, *, now: datetime, effective_from: datetime
) -> None:
    """Adopt a sample policy for a new data folder. Every public page then says that it is a sample, not approved.

    An approved bundle may start a folder too; it keeps its own approval record.
    """
    await _adopt(tx, bundle, now=now, effective_from=effective_from, by=None)


async def _adopt(
    tx: Transaction, bundle: PolicyBundle, *, now: datetime, effective_from: datetime, by: UUID | None
) -> None:
    digest = content_digest(bundle)
    known = await tx.fetchval("select digest from governance.policy_version where version = $1", bundle.version)
    if known is not None:
        if known == digest:
            raise Conflict(N_("This version is already adopted."), N_("Nothing needs to be done."))
        raise Conflict(
            N_("A version of this name was adopted with other contents."), N_("Give the changed policy a new version.")
        )
    document: dict[str, Any] = bundle.model_dump(mode="json")
    tx.session.add(
        PolicyVersion(
            version=bundle.version,
            effective_from=effective_from,
            adopted_at=now,
            adopted_by=by,
            sample=bundle.sample,
            digest=digest,
            bundle=document,
            approval=document.get("approval"),
        )
    )
    tx.announce(
        PolicyAdopted(
            policy_version=bundle.version, effective_from=effective_from, adopted_at=now, by=by, bundle=document
        ),
        case_id=POLICY_STREAM,
        at=now,
    )
