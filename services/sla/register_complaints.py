"""Start the clocks of complaints as they are filed: a batch of many in a handful of statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from schemas.complaints import ComplaintFiled
from schemas.policy import PolicyBundle
from services.kit.copies import Staff
from services.kit.database import Transaction
from services.kit.listening import Received
from services.sla.editions import Editions
from services.sla.keep_clocks import learn
from services.sla.learning import learn_complaint
from services.sla.records import CaseRecord


async def register_complaints(tx: Transaction, editions: Editions, received: Sequence[Received], now: datetime) -> None:
    """Learn the complaints and start their clocks from `received_at` (domain §4.14).

    Raises:
        NotYet: the policy version a complaint was received under has not been read yet.
    """
    copies = editions.copies
    versions = {item.fact.policy_version for item in received}
    bundles: dict[str, PolicyBundle] = {version: await copies.policy(tx, version) for version in versions}
    staff = await copies.staff(tx)

    def learning(case: CaseRecord, item: Received) -> None:
        filed: ComplaintFiled = item.fact
        learn_complaint(case, item.event, filed, bundles[filed.policy_version], _subject_unit(filed, staff))

    await learn(tx, editions, received, learning, now)


def _subject_unit(filed: ComplaintFiled, staff: Staff) -> str | None:
    """The unit complained of, or that of the person complained of."""
    if filed.subject is None:
        return None
    member = staff.by_username.get(filed.subject.person or "")
    return filed.subject.unit or (member.unit if member else None)
