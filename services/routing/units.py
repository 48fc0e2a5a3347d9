"""Which unit answers for a case and which one decides, so that no unit handles or approves its own conduct. Pure."""

from __future__ import annotations

from schemas.policy import PolicyBundle
from services.kit.approving import barred_units, first_outside
from services.kit.placing import outside


def subject_unit_kept(bundle: PolicyBundle, subject_unit: str | None) -> str | None:
    """The unit complained of as a case keeps it.

    None where it is unknown to the policy or the whole enterprise is below it: then nobody stands outside, the
    restricted unit handles the case, and being restricted hides it from everybody else.
    """
    barred = barred_units(bundle, subject_unit)
    return None if not barred or len(barred) == len(bundle.units) else subject_unit


def reviewing_unit_for(bundle: PolicyBundle, unit: str, approving_unit: str, subject_unit: str | None) -> str:
    """The unit a contested decision goes to: if there is one, neither the responsible nor the deciding unit."""
    if bundle.unit(unit).restricted:
        return approving_unit
    barred = barred_units(bundle, subject_unit) | {unit, approving_unit}
    choices = (bundle.reviewing_unit(unit), bundle.review_unit, bundle.approval_fallback, bundle.root.code)
    return first_outside(choices, barred, approving_unit)


def triage_unit_for(bundle: PolicyBundle, subject_unit: str | None) -> str:
    """The desk a returned case goes to: the triage unit, unless it is complained of."""
    if bundle.triage_unit in barred_units(bundle, subject_unit):
        return outside(bundle, subject_unit or bundle.triage_unit)
    return bundle.triage_unit
