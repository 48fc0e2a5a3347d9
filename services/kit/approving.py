"""Which unit decides for another, so that none approves its own or its subject's: cases and recovery alike. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.policy import PolicyBundle


def barred_units(bundle: PolicyBundle, subject_unit: str | None) -> frozenset[str]:
    """The unit complained of and all below it: none of them handles or decides."""
    if subject_unit is None or not bundle.has_unit(subject_unit):
        return frozenset()
    return frozenset(bundle.subtree(subject_unit))


def approving_unit_for(bundle: PolicyBundle, unit: str, subject_unit: str | None) -> str:
    """The unit that decides on cases of `unit`: never `unit` itself, nor the subject or a unit below it."""
    usual = bundle.approving_unit(unit)
    barred = barred_units(bundle, subject_unit) | {unit}
    if usual not in barred:
        return usual
    return first_outside(
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
    return first_outside((bundle.root.code,), barred, approving_unit_for(bundle, unit, subject_unit))


def first_outside(choices: Iterable[str | None], barred: frozenset[str], otherwise: str) -> str:
    """The first choice that is not barred; where all are, `otherwise`."""
    return next((choice for choice in choices if choice and choice not in barred), otherwise)
