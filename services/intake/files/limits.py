"""How many files, how large and of which size in pixels: settings, with values that suit a telephone's camera."""

from __future__ import annotations

from dataclasses import dataclass

from services.kit.errors import Unavailable
from services.kit.i18n import N_
from services.kit.settings import Settings

MEGABYTE = 1_000_000

PERSONAL = frozenset({"web", "tracking", "api", "staff"})
"""Origins at which somebody waits for the answer and can send another; elsewhere nothing is turned away lightly."""


@dataclass(frozen=True, slots=True)
class FileLimits:
    """The limits. Sizes in bytes, pictures in pixels."""

    most: int = 10
    """Files of one form or one message."""
    upload_bytes: int = 25 * MEGABYTE
    """One file that somebody uploads (web, API, staff)."""
    channel_bytes: int = 200 * MEGABYTE
    """One file of a message, which nobody can be asked to shrink."""
    form_bytes: int = 80 * MEGABYTE
    """One form with all its files."""
    pixels: int = 50_000_000
    """The largest picture that is ever decoded; a JPEG is first read at a fraction of its size."""
    side: int = 4096
    """The longest side of a picture as it is kept."""

    def bytes_for(self, origin: str) -> int:
        """The limit of one file of an origin."""
        return self.upload_bytes if origin in PERSONAL else self.channel_bytes


def limits_of(settings: Settings) -> FileLimits:
    """The limits as they are set.

    Raises:
        Unavailable: a limit is set to what is no whole number above nought.
    """
    standard = FileLimits()
    return FileLimits(
        most=whole(settings, "REDRESS_FILES_MOST", standard.most),
        upload_bytes=whole(settings, "REDRESS_FILE_MAX_MB", 25) * MEGABYTE,
        channel_bytes=whole(settings, "REDRESS_CHANNEL_FILE_MAX_MB", 200) * MEGABYTE,
        form_bytes=whole(settings, "REDRESS_FORM_MAX_MB", 80) * MEGABYTE,
        pixels=whole(settings, "REDRESS_PICTURE_MAX_MEGAPIXELS", 50) * MEGABYTE,
        side=whole(settings, "REDRESS_PICTURE_SIDE", standard.side),
    )


def whole(settings: Settings, name: str, standard: int, least: int = 1) -> int:
    """A setting that is a whole number.

    Raises:
        Unavailable: it is something else, or below `least`.
    """
    text = settings.option(name)
    if not text:
        return standard
    if not (text.isascii() and text.isdigit() and least <= int(text) < 10**9):
        raise Unavailable(
            N_("The setting %(name)s is no whole number."),
            N_("Set it to a whole number from %(least)s, or leave it out for %(standard)s."),
            params={"name": name, "least": least, "standard": standard},
        )
    return int(text)
