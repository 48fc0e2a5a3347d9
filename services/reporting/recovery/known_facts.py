"""What is known of a record, part by part, in words: the body of its page. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from schemas.policy import PolicyBundle
from services.kit.copies import Staff
from services.kit.gist import gist_of
from services.kit.i18n import N_, Lang, translate
from services.kit.thai import format_baht, format_datetime, format_number
from services.reporting.recovery.record import Record
from services.reporting.recovery.show_recovery import say_standard

Facts = list[tuple[str, str]]


def known_facts(record: Record, bundle: PolicyBundle, staff: Staff, lang: Lang) -> list[tuple[str, Facts]]:
    """The record in parts, each with what is known of it; parts of which nothing is known are left out."""
    tell = _Teller(record, bundle, staff, lang)
    parts = [
        (N_("What went wrong"), tell.failure()),
        (N_("Abnormal situation"), tell.situation()),
        (N_("Containment and apology"), tell.containment()),
        (N_("Remedy"), tell.remedy()),
        (N_("Offer and answer"), tell.offer()),
        (N_("Delivery and proof"), tell.delivery()),
        (N_("Cause and what was learned"), tell.learned()),
    ]
    return [(translate(lang, title), facts) for title, facts in parts if facts]


class _Teller:
    """Says the fields of one record in one language."""

    def __init__(self, record: Record, bundle: PolicyBundle, staff: Staff, lang: Lang) -> None:
        self.record, self.bundle, self.staff, self.lang = record, bundle, staff, lang

    def _facts(self, *pairs: tuple[str, str | None]) -> Facts:
        return [(translate(self.lang, name), text) for name, text in pairs if text]

    def _at(self, moment: datetime | None) -> str:
        return format_datetime(moment, self.lang, self.bundle.zone) if moment else ""

    def _label(self, group: str, code: str | None) -> str:
        return self.bundle.label_of(group, code, self.lang) if code else ""

    def _by(self, who: Any, at: datetime | None) -> str:
        return " · ".join(part for part in (self.staff.name(who), self._at(at)) if part) if at else ""

    def failure(self) -> Facts:
        it = self.record
        affected = it.customers_affected
        in_title = it.what_failed is not None and gist_of(it.what_failed) == it.what_failed
        return self._facts(
            (
                N_("What went wrong"),
                None if in_title else it.what_failed,
            ),
            (N_("Touch point"), self._label("categories", it.touch_point)),
            (N_("Standard broken"), say_standard(it.standard, self.lang)),
            (N_("Customers affected"), None if affected is None else format_number(affected, self.lang)),
        )

    def situation(self) -> Facts:
        it = self.record
        return self._facts(
            (N_("Number of the continuity-plan activation"), it.bcm_number),
            (N_("Declared at"), self._at(it.declared_at)),
            (N_("Stood down at"), self._at(it.stood_down_at)),
            (N_("Vulnerable customers"), it.vulnerable),
        )

    def containment(self) -> Facts:
        it = self.record
        return self._facts(
            (N_("Containment"), it.containment), (N_("Apology"), it.apology), (N_("Explanation"), it.explanation)
        )

    def remedy(self) -> Facts:
        it = self.record
        entitlement = self._label("entitlements", it.entitlement)
        if entitlement and it.entitlement_version:
            entitlement = translate(
                self.lang, "%(rule)s (policy version %(version)s)", rule=entitlement, version=it.entitlement_version
            )
        return self._facts(
            (N_("Remedy"), self._label("remedies", it.remedy)),
            (N_("Value in baht"), None if it.baht is None else format_baht(it.baht, self.lang)),
            (N_("What will be done"), it.plan),
            (N_("Entitlement"), entitlement),
            (N_("Authorising rule"), it.authority),
            (N_("Cost centre"), it.cost_centre),
            (N_("Planned by"), self._by(it.planned_by, it.planned_at)),
            (N_("Limit of the planner"), None if it.limit_baht is None else format_baht(it.limit_baht, self.lang)),
            (N_("Approved by"), self._by(it.approved_by, it.approved_at)),
        )

    def offer(self) -> Facts:
        it = self.record
        return self._facts(
            (N_("What we offer"), it.offer),
            (N_("Told by"), self._label("channels", it.offer_medium)),
            (N_("Offered by"), self._by(it.offered_by, it.offered_at)),
            (N_("The offer holds until"), self._at(it.offer_expires_at)),
            (N_("Answered at"), self._at(it.answered_at)),
            (N_("What the customer said"), it.answer),
        )

    def delivery(self) -> Facts:
        it = self.record
        return self._facts(
            (N_("Remedy promised by"), self._at(it.promised_by)),
            (N_("Who delivers"), self.staff.name(it.deliverer)),
            (N_("Completed at"), self._at(it.completed_at)),
            (N_("Evidence"), it.evidence),
            (N_("Verified by"), self._by(it.verified_by, it.verified_at)),
            (N_("What was checked"), it.verification),
            (N_("Satisfaction afterwards"), f"{it.satisfaction} / 5" if it.satisfaction else None),
        )

    def learned(self) -> Facts:
        it = self.record
        return self._facts(
            (N_("Root cause"), self._label("causes", it.cause)),
            (N_("Correction and prevention"), it.lesson),
            (N_("Why nothing is delivered"), translate(self.lang, it.outcome) if it.outcome else None),
        )
