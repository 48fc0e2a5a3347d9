"""Mails that lie on a disk: a maildir, an mbox, or `.eml` files, one or a folder of them."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from datetime import datetime
from email.parser import BytesHeaderParser
from pathlib import Path

from services.intake.email.headers import date_of
from services.intake.email.parts import HEADER_LIMIT
from services.kit.errors import RedressError
from services.kit.i18n import N_

ENDINGS = frozenset({".eml", ".msg", ".mail"})


class NoMails(RedressError):
    """There is no maildir, mbox or `.eml` file at a path."""

    code = "no-mails"


def read_store(path: Path) -> Iterator[bytes]:
    """Every mail at a path, one at a time.

    Raises:
        NoMails: there is none.
    """
    files = mail_files(path)
    if not files:
        raise NoMails(
            N_("There are no mails at %(path)s."),
            N_("Give a maildir, an mbox file, an .eml file, or a folder of .eml files."),
            params={"path": path},
        )
    for file in files:
        with file.open("rb") as opened:
            is_mbox = opened.read(5) == b"From "
        if is_mbox:
            box = mailbox.mbox(file, create=False)
            for key in box.keys():  # noqa: SIM118  (a mailbox is no dict)
                yield box.get_bytes(key)
        else:
            yield file.read_bytes()


def count_mails(path: Path) -> int:
    """How many mails lie there, for the progress shown. Raises NoMails."""
    return sum(1 for _ in read_store(path))


def mail_files(path: Path) -> list[Path]:
    """The files that hold mails: all of a maildir's `cur` and `new`, and in other folders those named as mails."""
    if path.is_file():
        return [path]
    found = []
    for file in sorted(path.rglob("*")) if path.is_dir() else []:
        in_maildir = file.parent.name in ("cur", "new") and (file.parent.parent / "tmp").is_dir()
        if file.is_file() and (in_maildir or file.suffix.casefold() in ENDINGS or file.suffix.casefold() == ".mbox"):
            found.append(file)
    return found


def received_when(raw: bytes, now: datetime) -> datetime:
    """When a stored mail was received: by its Date, unless that is none or lies in the future."""
    found = date_of(BytesHeaderParser().parsebytes(raw[:HEADER_LIMIT]))
    return found if found is not None and found.year > 1990 and found <= now else now
