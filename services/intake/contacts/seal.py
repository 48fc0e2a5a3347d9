"""Seal contacts for the store and read them again (AES-256-GCM; `docs/decisions/0043-contacts-sealed-at-rest.md`).

What is sealed names its key, so that several keys can be believed while one is exchanged for another, and is bound to
its place (table, column, row): moved to another row it cannot be read. The keys come from `REDRESS_CONTACT_KEY`,
newest first, or from `DATA/contact.key`, which is made where neither is there. A changed file holds at once.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.kit.data_folder import DataFolder
from services.kit.errors import RedressError
from services.kit.i18n import N_
from services.kit.settings import Settings

KEY_FILE = "contact.key"
SETTING = "REDRESS_CONTACT_KEY"
SHORTEST = 32
"""Characters of a key at least: what `secrets.token_urlsafe(48)` gives is twice that."""

_MARK = "sealed1:"
_MARK_BYTES = b"\x00sealed1:"
_NONCE = 12


class ContactKeyUnusable(RedressError):
    """A contact key is too short, or its file is open to others."""

    status = 503
    code = "contact-key-unusable"


class ContactKeyMissing(RedressError):
    """A contact was sealed with a key that is not among those given."""

    status = 503
    code = "contact-key-missing"


class ContactUnreadable(RedressError):
    """A sealed contact was altered, or moved from another row."""

    status = 503
    code = "contact-unreadable"


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals with the newest key, reads with every key. `newest` is the id of a key, which says nothing about it."""

    newest: str
    _ciphers: Mapping[str, AESGCM] = field(repr=False)

    @property
    def known(self) -> frozenset[str]:
        """The ids of every key there is."""
        return frozenset(self._ciphers)

    def text(self, value: str | None, place: str) -> str | None:
        """A text, sealed; nothing stays nothing."""
        if value is None:
            return None
        return f"{_MARK}{self.newest}:{base64.urlsafe_b64encode(self._sealed(value.encode(), place)).decode()}"

    def read(self, stored: str | None, place: str) -> str | None:
        """The text behind what is stored; what was never sealed is itself.

        Raises:
            ContactKeyMissing: its key is not here.
            ContactUnreadable: it was altered, or is in another place than it was sealed for.
        """
        if stored is None or not stored.startswith(_MARK):
            return stored
        key, _, body = stored[len(_MARK) :].partition(":")
        return self._opened(key, base64.urlsafe_b64decode(body), place).decode()

    def content(self, value: bytes | None, place: str) -> bytes | None:
        """Bytes, sealed; nothing stays nothing."""
        if not value:
            return value
        return _MARK_BYTES + self.newest.encode() + self._sealed(value, place)

    def read_content(self, stored: bytes | None, place: str) -> bytes | None:
        """The bytes behind what is stored. Raises as `read` does."""
        if stored is None or not stored.startswith(_MARK_BYTES):
            return stored
        begins = len(_MARK_BYTES) + len(self.newest)
        return self._opened(stored[len(_MARK_BYTES) : begins].decode(), stored[begins:], place)

    def document(self, value: Any, place: str) -> dict[str, str] | None:
        """A JSON value, sealed as one of another shape."""
        text = None if value is None else self.text(orjson.dumps(value).decode(), place)
        return None if text is None else {"sealed": text}

    def read_document(self, stored: Any, place: str) -> Any:
        """The JSON value behind what is stored. Raises as `read` does."""
        if isinstance(stored, dict) and stored.keys() == {"sealed"}:
            return orjson.loads(self.read(stored["sealed"], place) or "null")
        return stored

    def _sealed(self, value: bytes, place: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._ciphers[self.newest].encrypt(nonce, value, place.encode())

    def _opened(self, key: str, sealed: bytes, place: str) -> bytes:
        cipher = self._ciphers.get(key)
        if cipher is None:
            raise ContactKeyMissing(
                N_("A contact was sealed with the key %(key)s, which is not here."),
                N_("Add that key at the end of REDRESS_CONTACT_KEY, or to contact.key in the data folder."),
                params={"key": key},
            )
        try:
            return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
        except InvalidTag:
            raise ContactUnreadable(
                N_("A sealed contact cannot be read: it was altered or moved."),
                N_("Restore the row from a backup, and find out who changed the database."),
            ) from None


def place_of(table: str, column: str, *row: object) -> str:
    """Where something sealed stands: its table, column and the key of its row."""
    return f"{table}.{column}:" + ":".join(part.hex() if isinstance(part, bytes) else str(part) for part in row)


def seal_of(settings: Settings) -> Seal:
    """The seal of this system, by the keys that are set now.

    Raises:
        ContactKeyUnusable: a key is too short, or the file of keys is open to others.
    """
    given = settings.option(SETTING) or _from_file(os.path.join(settings.data, KEY_FILE))  # noqa: PTH118
    return _seal(given)


def split_keys(given: str) -> list[str]:
    """The keys of the setting or the file, newest first."""
    return [part.strip() for part in re.split(r"[,\n]", given) if part.strip()]


@lru_cache(maxsize=16)
def _seal(given: str) -> Seal:
    keys = split_keys(given)
    if any(len(key) < SHORTEST for key in keys):
        raise ContactKeyUnusable(
            N_("A key in REDRESS_CONTACT_KEY is shorter than %(characters)d characters."),
            N_("Make one with `redress contacts new-key`."),
            params={"characters": SHORTEST},
        )
    ciphers = {key_id(key): AESGCM(_derived(key)) for key in keys}
    return Seal(key_id(keys[0]), ciphers)


def key_id(key: str) -> str:
    """The name of a key in what it sealed: eight characters from which nobody learns the key."""
    return hashlib.sha256(b"redress contact key id:" + key.encode()).hexdigest()[:8]


def _derived(key: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"redress contacts 1").derive(key.encode())


def fresh_key() -> str:
    """A new key."""
    return secrets.token_urlsafe(48)


def _from_file(file: str) -> str:
    # By plain strings: it is asked for with every filing, and a `Path` costs more than the question.
    try:
        found = os.stat(file)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        write_keys(Path(file), [fresh_key()], only_new=True)
        found = os.stat(file)  # noqa: PTH116
    if found.st_mode & 0o077:
        raise ContactKeyUnusable(
            N_("The contact keys in %(path)s can be read by others."),
            N_("Close it with `chmod 600 %(path)s`, find out who has read it, and exchange the key."),
            params={"path": file},
        )
    return _read(file, found.st_mtime_ns, found.st_ino)


@lru_cache(maxsize=16)
def _read(file: str, _changed: int, _which: int) -> str:
    return Path(file).read_text(encoding="ascii").strip()


def write_keys(file: Path, keys: list[str], *, only_new: bool = False) -> None:
    """Write the file of keys, its owner's alone, whole or not at all; `only_new` leaves one that is there as it is.

    Raises:
        ContactKeyUnusable: the folder is not there or cannot be written.
    """
    folder, text = DataFolder(file.parent), "\n".join(keys) + "\n"
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not only_new:
            folder.write_private(file.name, text)
            return
        # Of two processes that start at the same moment, one makes the key and both read it.
        fresh = folder.write_private(f"{file.name}.{secrets.token_hex(4)}", text)
        with contextlib.suppress(FileExistsError):
            os.link(fresh, file)
        fresh.unlink()
    except OSError as problem:
        raise ContactKeyUnusable(
            N_("There is no key for contacts, and %(path)s cannot be written: %(reason)s."),
            N_("Set REDRESS_CONTACT_KEY, or give a data folder that can be written."),
            params={"path": file, "reason": problem.strerror},
        ) from problem
