"""Whom a text names with @: by user name, by whole name, or by first name where only one has it. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.governance import StaffMember

_TITLES = re.compile(r"^(นางสาว|นาย|นาง|น\.ส\.|คุณ|ดร\.|Mr\.?|Mrs\.?|Ms\.?|Dr\.?)\s*")
_AT = re.compile(r"(?<![A-Za-z0-9._%+-])@(?=\S)")
_WORD = re.compile(r"[^\W_]|[\u0e30-\u0e3a\u0e40-\u0e4e]")
_NEXT = re.compile(r"[^\s@,;:!?()]{1,40}")


@dataclass(frozen=True, slots=True)
class Named:
    """What a text names: members of staff, and what stands behind an @ and is the name of nobody or of several."""

    members: tuple[StaffMember, ...]
    nobody: tuple[str, ...]
    several: tuple[str, ...]


def names_of(member: StaffMember) -> list[str]:
    """What a member can be called by: user name, display name, the same without its title, first name."""
    whole = member.display_name.strip()
    plain = _TITLES.sub("", whole)
    return [name for name in (member.username, whole, plain, plain.partition(" ")[0]) if name]


def named_in(text: str, staff: Iterable[StaffMember]) -> Named:
    """Everybody a text names, in its order. The longest name that fits counts; an e-mail address names nobody."""
    places = [found.end() for found in _AT.finditer(text)]
    if not places:
        return Named((), (), ())
    called: dict[str, dict[str, StaffMember]] = defaultdict(dict)
    for member in staff:
        for called_by in names_of(member):
            called[called_by.casefold()][member.username] = member
    longest = sorted(called, key=len, reverse=True)
    members: dict[str, StaffMember] = {}
    nobody: list[str] = []
    several: list[str] = []
    for place in places:
        name = _fitting(text, place, longest)
        if name is None:
            rest = _NEXT.match(text, place)
            nobody.append(rest[0] if rest else text[place : place + 1])
        elif len(called[name]) > 1 and name not in {one.username.casefold() for one in called[name].values()}:
            several.append(text[place : place + len(name)])
        else:
            exact = [one for one in called[name].values() if one.username.casefold() == name]
            one = (exact or list(called[name].values()))[0]
            members[one.username] = one
    return Named(tuple(members.values()), tuple(dict.fromkeys(nobody)), tuple(dict.fromkeys(several)))


def _fitting(text: str, place: int, longest: Sequence[str]) -> str | None:
    for name in longest:
        end = place + len(name)
        if text[place:end].casefold() == name and not (end < len(text) and _WORD.match(text[end])):
            return name
    return None
