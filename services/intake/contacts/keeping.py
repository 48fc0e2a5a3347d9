"""What is needed to store a contact and to find it again: the seal, and the key of digests."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.intake.contacts.digests import contact_digest
from services.intake.contacts.seal import Seal, place_of, seal_of
from services.kit.settings import Settings


@dataclass(frozen=True, slots=True)
class Contacts:
    """How this system keeps contacts."""

    seal: Seal
    digest_key: str = field(repr=False)

    def digest(self, kind: str, value: str) -> bytes:
        """The digest by which a contact is found."""
        return contact_digest(self.digest_key, kind, value)

    def sealed(self, value: str | None, table: str, column: str, *row: object) -> str | None:
        """A text as it is stored in a column of a row."""
        return self.seal.text(value, place_of(table, column, *row))

    def read(self, stored: str | None, table: str, column: str, *row: object) -> str | None:
        """The text that is stored in a column of a row. Raises ContactKeyMissing, ContactUnreadable."""
        return self.seal.read(stored, place_of(table, column, *row))


def contacts_of(settings: Settings) -> Contacts:
    """How the system with these settings keeps contacts. Raises ContactKeyUnusable."""
    return Contacts(seal_of(settings), settings.digest_key)
