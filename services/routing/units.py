"""Which unit answers for a case and which one decides, so that no unit handles or approves its own conduct. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.policy import PolicyBundle
from services.kit.placing import outside


def barred_units(bundle: PolicyBundle, subject_unit: str | None) -> frozenset[str]:
    """The unit complained of and all below it: none of them handles or decides."""
    if subject_unit is None or not bundle.has_unit(subject_unit):
        return frozenset()
    return frozenset(bundle.subtree(subject_unit))


def subject_unit_kept(bundle: PolicyBundle, subject_unit: str | None) -> str | None:
    """The unit complained of as a case keeps it.

    None where it is unknown to the policy or the whole enterprise is below it: then nobody stands outside, the
    restricted unit handles the case, and being restricted hides it from everybody else.
    """
    barred = barred_units(bundle, subject_unit)
    return None if not barred or len(barred) == len(bundle.units) else subject_unit


def approving_unit_for(bundle: PolicyBundle, unit: str, subject_unit: str | None) -> str:
    """The unit that decides on cases of `unit`: never `unit` itself, nor the subject or a unit below it."""
    usual = bundle.approving_unit(unit)
    barred = barred_units(bundle, subject_unit) | {unit}
    if usual not in barred:
        return usual
    return _first(
        (
            *bundle.ancestors(unit),
            bundle.approval_fallback,
            bundle.root.code,
            bundle.restricted_unit,
            *(other.code for other in bundle.units),
        ),
        barred,
        usual,
    )


def executive_unit_for(bundle: PolicyBundle, unit: str, subject_unit: str | None) -> str:
    """The unit whose executive decides where a sum is beyond every approver; the usual one if that is complained of."""
    barred = barred_units(bundle, subject_unit) | {unit}
    return _first((bundle.root.code,), barred, approving_unit_for(bundle, unit, subject_unit))


def reviewing_unit_for(bundle: PolicyBundle, unit: str, approving_unit: str, subject_unit: str | None) -> str:
    """The unit a contested decision goes to: if there is one, neither the responsible nor the deciding unit."""
    if bundle.unit(unit).restricted:
        return approving_unit
    barred = barred_units(bundle, subject_unit) | {unit, approving_unit}
    choices = (bundle.reviewing_unit(unit), bundle.review_unit, bundle.approval_fallback, bundle.root.code)
    return _first(choices, barred, approving_unit)


def triage_unit_for(bundle: PolicyBundle, subject_unit: str | None) -> str:
    """The desk a returned case goes to: the triage unit, unless it is complained of."""
    if bundle.triage_unit in barred_units(bundle, subject_unit):
        return outside(bundle, subject_unit or bundle.triage_unit)
    return bundle.triage_unit


def _first(choices: Iterable[str | None], barred: frozenset[str], otherwise: str) -> str:
    return next((choice for choice in choices if choice and choice not in barred), otherwise)
