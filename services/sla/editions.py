"""The policy versions that sla knows, each with the moment from which it holds."""

from __future__ import annotations

from collections.abc import Sequence

from services.kit.copies import Copies, Fetches
from services.sla.terms import Edition


class Editions:
    """A short memory of the editions; a version never changes, so only new ones are read."""

    def __init__(self, copies: Copies) -> None:
        self.copies = copies
        self._known: tuple[Edition, ...] = ()
        self.recomputed: set[str] = set()
        """Versions whose calendars every open clock is known to follow."""

    async def all(self, source: Fetches, *, needing: str | None = None) -> Sequence[Edition]:
        """Every edition, oldest first.

        Args:
            needing: a version without which there is nothing to do.

        Raises:
            NotYet: the adoption of `needing` has not been read yet.
        """
        if needing is not None:
            await self.copies.policy(source, needing)
        versions = await self.copies.versions(source)
        if len(versions) != len(self._known):
            rows = await source.fetch("select version, adopted_at from sla.policy_copy")
            adopted = {row["version"]: row["adopted_at"] for row in rows}
            self._known = tuple(
                sorted(
                    (
                        Edition(max(effective, adopted[version]), version, bundle)
                        for effective, version, bundle in versions
                        if version in adopted
                    ),
                    key=lambda edition: (edition.since, edition.version),
                )
            )
        return self._known
