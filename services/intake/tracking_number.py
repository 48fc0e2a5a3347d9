"""Tracking numbers such as `FIO-69-04827-K`: made to be read out on the telephone, with a letter that catches slips.

The check letter is a weighted sum modulo 11. Every weight differs from that of its neighbour and none is zero, so any
single mistyped digit and any swap of two neighbouring digits gives another letter. The eleven letters neither look
like a digit nor, most of them, sound alike.
"""

from __future__ import annotations

import re
from datetime import datetime

from services.kit.thai import ERA, Zone, local, parse_digits

LETTERS = "AFHJKMPRWXY"
_WEIGHTS = tuple(pow(2, place, 11) for place in range(1, 41))
_SHAPE = re.compile(r"([A-Z]{2,5})([0-9]{2})([0-9]{5,12})([A-Z])")


def check_letter(text: str) -> str:
    """The check letter of a number without it; everything but letters and digits is passed over."""
    total = 0
    place = 0
    for sign in reversed(text):
        if "0" <= sign <= "9":
            value = ord(sign) - ord("0")
        elif "A" <= sign <= "Z":
            value = ord(sign) - ord("A") + 10
        else:
            continue
        total += value * _WEIGHTS[place]
        place += 1
    return LETTERS[total % 11]


def make_number(prefix: str, at: datetime, serial: int, zone: Zone) -> str:
    """The tracking number of a serial taken at a moment: prefix, Buddhist year, serial, check letter."""
    stem = f"{prefix}-{(local(at, zone).year + ERA) % 100:02d}-{serial:05d}"
    return f"{stem}-{check_letter(stem)}"


def read_number(typed: str) -> str | None:
    """A number as typed or read out (small letters, ๐–๙, spaces, no dashes) in its proper form; None if it is none."""
    plain = re.sub(r"[\s\-–—.·/]", "", parse_digits(typed[:64])).upper()
    found = _SHAPE.fullmatch(plain)
    if found is None:
        return None
    stem = "-".join(found.groups()[:3])
    return f"{stem}-{found[4]}" if check_letter(stem) == found[4] else None


def read_aloud(number: str) -> list[str]:
    """A number in the groups in which it is read out: `FIO`, `69`, `048`, `27`, `K`; never more than three signs."""
    groups: list[str] = []
    for part in number.split("-"):
        pieces = -(-len(part) // 3)
        size = -(-len(part) // pieces) if part else 1
        groups += [part[at : at + size] for at in range(0, len(part), size)]
    return groups
