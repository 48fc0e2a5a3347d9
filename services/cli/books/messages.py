"""What left for complainants left once."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from services.cli.books.findings import Books
from services.cli.books.gathering import Page

REPORT = "Somebody was told the same twice. See the messages on the page of the case, and report it with intake's log."


def check_messages(page: Page, books: Books) -> None:
    """Each message once on a channel, and one acknowledgement a case."""
    acknowledged: dict[UUID, set[UUID]] = defaultdict(set)
    for row in page.messages:
        books.saw("messages")
        if row["times"] > 1:
            name = row["template"] or "in own words"
            what = f"its message {name} was handed over {row['times']} times by {row['channel']}"
            books.wrong("messages", what, REPORT, row["case_id"])
        if row["template"] == "acknowledgement":
            acknowledged[row["case_id"]].add(row["id"])
    for case_id, messages in acknowledged.items():
        if len(messages) > 1:
            books.wrong("messages", f"{len(messages)} acknowledgements were sent for it", REPORT, case_id)
