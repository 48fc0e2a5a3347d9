"""`If-Match`: the version a caller last saw, so that nobody overwrites what they have not read."""

from __future__ import annotations

import re

from services.kit.errors import FieldProblem, InvalidInput, RedressError
from services.kit.i18n import N_


class VersionNeeded(RedressError):
    """A step was asked for without saying on which version of the case it is based."""

    status = 428
    code = "version-needed"


def expected_version(header: str | None, *, required: bool = False) -> int | None:
    """The version in `If-Match` (`"7"`, `W/"7"` or `7`); None where it is left out or `*`.

    Raises:
        VersionNeeded: it is required and left out.
        InvalidInput: it holds no version.
    """
    if header is None:
        if required:
            raise VersionNeeded(
                N_("The request does not say which version of the case it is based on."),
                N_("Send the header If-Match with the version you last read."),
            )
        return None
    text = header.strip()
    if text == "*":
        return None
    found = re.fullmatch(r'(?:W/)?"?(\d{1,9})"?', text)
    if found is None:
        problem = FieldProblem("If-Match", N_("If-Match holds no version."), N_('Send it as If-Match: "7".'))
        raise InvalidInput(problem.what, problem.remedy, fields=[problem])
    return int(found[1])
