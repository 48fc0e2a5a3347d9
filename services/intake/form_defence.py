"""Spam defence of the public form without a third party: a trap field, a least time, work of the browser. Pure.

None of it ever loses what a person wrote: whoever is stopped sees the form again as it was, with what to do. The limits
by address and contact are counted in `allowances`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.intake.allowances import Limit
from services.intake.files.limits import whole
from services.kit.errors import RedressError
from services.kit.i18n import N_
from services.kit.settings import Settings
from services.kit.tokens import form_token, form_token_fits

TRAP = "website"
"""A field that people do not see; programs fill it in."""


class LooksAutomatic(RedressError):
    """The form looks as if a program had sent it; a person sends it once more as the remedy says."""

    status = 422
    code = "looks-automatic"


PER_ADDRESS = Limit("form by address", 60, timedelta(hours=1))
PER_CONTACT = Limit("form by contact", 10, timedelta(hours=24))
UPLOADS = Limit("upload by address", 300, timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Defence:
    """The settings of the defence."""

    least_seconds: int = 2
    """A form that is sent sooner after it was opened was not filled in by a person."""
    work_bits: int = 0
    """How many leading noughts the browser has to find; nought switches the work off."""
    wait_seconds: int = 20
    """Without scripts nothing can work: then the form is sent this long after it was opened."""
    per_address: Limit = PER_ADDRESS
    per_contact: Limit = PER_CONTACT
    uploads: Limit = UPLOADS


def defence_of(settings: Settings) -> Defence:
    """The defence as it is set."""
    plain = Defence()
    return Defence(
        least_seconds=whole(settings, "REDRESS_FORM_SECONDS", plain.least_seconds, least=0),
        work_bits=min(24, whole(settings, "REDRESS_FORM_WORK", plain.work_bits, least=0)),
        wait_seconds=whole(settings, "REDRESS_FORM_WAIT_SECONDS", plain.wait_seconds, least=0),
        per_address=_limit(settings, "REDRESS_FORM_PER_ADDRESS", plain.per_address),
        per_contact=_limit(settings, "REDRESS_FORM_PER_CONTACT", plain.per_contact),
        uploads=_limit(settings, "REDRESS_UPLOADS_PER_ADDRESS", plain.uploads),
    )


def _limit(settings: Settings, name: str, plain: Limit) -> Limit:
    return plain._replace(most=whole(settings, name, plain.most, least=0))


def stamp(secret: str, once: str, now: datetime) -> str:
    """When a form was opened, signed for this form alone."""
    at = str(int(now.timestamp()))
    return f"{at}.{form_token(secret, f'opened:{once}:{at}')}"


def opened_at(secret: str, once: str, given: str) -> float | None:
    """When the form was opened, in seconds since 1970; None when the stamp is not ours."""
    at, _, token = given.partition(".")
    if (
        not at.isascii()
        or not at.isdigit()
        or len(at) > 12
        or not form_token_fits((secret,), f"opened:{once}:{at}", token)
    ):
        return None
    return float(at)


def work_fits(once: str, nonce: str, bits: int) -> bool:
    """Whether the browser found a number that makes the digest begin with enough noughts."""
    if not nonce or len(nonce) > 20 or not nonce.isascii() or not nonce.isdigit():
        return False
    digest = hashlib.sha256(f"{once}:{nonce}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> (32 - bits) == 0 if bits else True


def judge(
    defence: Defence, secret: str, *, once: str, trap: str, opened: str, work: str, now: datetime
) -> LooksAutomatic | None:
    """None for a form that a person may have sent; else what to tell them."""
    if trap.strip():
        return LooksAutomatic(
            N_("A field that people do not see was filled in, as programs do."),
            N_("We have emptied it. If you are a person, send it once more."),
        )
    since = opened_at(secret, once, opened)
    spent = 0.0 if since is None else now.timestamp() - since
    needed = defence.least_seconds
    if defence.work_bits and not work_fits(once, work, defence.work_bits):
        needed = max(needed, defence.wait_seconds)
    if spent >= needed:
        return None
    return LooksAutomatic(
        N_("The form was sent faster than a person fills it in."),
        N_("Nothing is lost. Please send it again in %(seconds)s seconds."),
        params={"seconds": max(1, int(needed - spent) + 1)},
    )
