"""The one family of errors: each says what happened and what to do about it.

A service raises a subclass; `kit.web` turns it into an RFC 9457 problem document or an error page, the CLI into one
line. Texts are English source strings of the translation catalogue, with `%(name)s` parameters, so that a person
reads them in their own language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field of a form or request, and how to mend it."""

    field: str
    what: str
    remedy: str = ""
    params: Mapping[str, object] | None = None


class RedressError(Exception):
    """Something a person can act on: what happened, what to do, and which fields are meant.

    `status` is the HTTP status it becomes; `code` a stable slug for programs (the last part of the problem `type`).
    """

    status: int = 400
    code: str = "bad-request"

    def __init__(
        self,
        what: str,
        remedy: str = "",
        *,
        fields: Sequence[FieldProblem] = (),
        params: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(what % params if params else what)
        self.what = what
        self.remedy = remedy
        self.fields = tuple(fields)
        self.params: Mapping[str, object] = params or {}


class InvalidInput(RedressError):
    """The request is understood but one or more fields need changing."""

    status = 422
    code = "invalid-input"


class NotFound(RedressError):
    """Nothing is there, or nothing that the asker may see: the two look the same on purpose."""

    status = 404
    code = "not-found"


class SignInNeeded(RedressError):
    """Nobody is signed in, or the session has ended."""

    status = 401
    code = "sign-in-needed"


class NotAllowed(RedressError):
    """The signed-in person may not do this; the remedy names who may."""

    status = 403
    code = "not-allowed"


class Conflict(RedressError):
    """The thing is not in a state in which this can be done; `fields` or the body says what can."""

    status = 409
    code = "conflict"


class Stale(RedressError):
    """Somebody changed the thing after the asker last read it (If-Match did not match)."""

    status = 412
    code = "stale"


class TooLarge(RedressError):
    """What was sent is over a stated limit."""

    status = 413
    code = "too-large"


class Unavailable(RedressError):
    """A part the request needs is not ready (database, policy, reader far behind)."""

    status = 503
    code = "unavailable"


class StorageFull(RedressError):
    """The disk has no room for anything new; what is stored is safe, and pages can be read."""

    status = 507
    code = "storage-full"
