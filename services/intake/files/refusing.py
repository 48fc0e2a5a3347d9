"""Why a file is not kept, each with what its sender can do instead."""

from __future__ import annotations

from services.intake.files.kinds import FileKind
from services.intake.files.limits import MEGABYTE, PERSONAL
from services.intake.files.redraw import PictureTooLarge
from services.intake.files.scan import Verdict
from services.kit.errors import RedressError
from services.kit.i18n import N_


class FileRefused(RedressError):
    """The file is not kept: empty, too large, a program, infected, or of a kind that cannot be shown safely."""

    status = 422
    code = "file-refused"


class FileTooLarge(FileRefused):
    """The file is over the limit that is set."""

    status = 413
    code = "file-too-large"


def check_size(size: int, limit: int, name: str | None) -> None:
    """Raises FileRefused for an empty file and FileTooLarge for one over the limit."""
    if size == 0:
        raise FileRefused(N_("The file is empty."), N_("Choose it again; it may not have been copied whole."))
    if size > limit:
        raise FileTooLarge(
            N_("The file is larger than %(limit)s MB."),
            N_("Send a smaller one, or a photo in place of a film; or bring it to an office of ours."),
            params={"limit": limit // MEGABYTE},
        )


def refuse_kind(kind: FileKind, origin: str) -> None:
    """Raises FileRefused for a program, and for what nobody knows where its sender can be asked again."""
    if kind.treatment == "program":
        raise FileRefused(N_("Programs are not taken."), N_("Send a photo, a PDF or an ordinary document."))
    if kind.treatment == "opaque" and origin in PERSONAL:
        raise FileRefused(
            N_("The content of this file is of no kind that we can show safely."),
            N_("Send a photo (JPEG, PNG), a PDF, an Office document, plain text, sound or film."),
        )


def infected(verdict: Verdict) -> FileRefused:
    """The refusal of a file in which the scanner found something."""
    return FileRefused(
        N_("The virus scanner refuses this file (%(what)s)."),
        N_("Clean the device it comes from, and send it again as a photo or PDF."),
        params={"what": verdict.what},
    )


def places_remain() -> FileRefused:
    """The refusal of what may still tell where it was taken."""
    return FileRefused(
        N_("Where this was taken cannot be removed from it."),
        N_("Send the photo as JPEG (a screenshot of it will do), or the film from another program."),
    )


def undrawn(problem: Exception) -> FileRefused:
    """The refusal of a picture that cannot be drawn anew."""
    if isinstance(problem, PictureTooLarge):
        return FileRefused(
            N_("The picture has too many pixels."), N_("Send it smaller, or a photo of it taken with a telephone.")
        )
    return FileRefused(N_("The picture cannot be read."), N_("Take it again, or send a screenshot of it."))
