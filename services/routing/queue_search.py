"""What somebody typed into the search box: the number of a case, or words that occur in number, gist or place. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from schemas.policy import PolicyBundle
from services.kit.thai import parse_digits

LONGEST = 120

_NUMBER = re.compile(r"([A-Z]{2,5})([0-9]{2})([0-9]{5,12})([A-Z])")


@dataclass(frozen=True, slots=True)
class Search:
    """Words, and the units and service points whose names hold them."""

    words: str
    digits: str
    """The words with ๐–๙ as 0–9, as numbers are written."""
    units: tuple[str, ...] = ()
    service_points: tuple[str, ...] = ()


def number_in(typed: str) -> str | None:
    """A tracking number as typed or pasted (small letters, ๐–๙, spaces, no dashes) in its proper form, or None."""
    plain = re.sub(r"[\s\-–—.·/]", "", parse_digits(typed[:LONGEST])).upper()
    found = _NUMBER.fullmatch(plain)
    return f"{found[1]}-{found[2]}-{found[3]}-{found[4]}" if found else None


def search_for(typed: str, bundle: PolicyBundle) -> Search | None:
    """The words to look for, and the places that bear such a name; None when nothing was typed."""
    words = " ".join(typed.replace("\x00", "").split())[:LONGEST]
    if not words:
        return None
    units, points = places_named(words, bundle)
    return Search(words, parse_digits(words), units, points)


def places_named(words: str, bundle: PolicyBundle) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The units and the service points whose names hold the words."""
    sought = words.casefold()

    def named(*names: str | None) -> bool:
        return any(sought in name.casefold() for name in names if name)

    units = tuple(
        unit.code
        for unit in bundle.units
        if named(unit.name.th, unit.name.en, *((unit.short.th, unit.short.en) if unit.short else ()))
    )
    return units, tuple(p.code for p in bundle.service_points if named(p.name.th, p.name.en, p.area))
