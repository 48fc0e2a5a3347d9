"""Every complaint that was accepted is in every service, once, under its number: nothing lost, nothing invented."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from schemas.complaints import ComplaintAcknowledged, ComplaintFiled
from services.cli.books.findings import Books
from services.cli.books.gathering import Databases, Page, Seen, Told

READERS = ("routing", "sla", "reporting")

REBUILD = "See `redress parked list` and the log of that service; `redress rebuild reporting` makes reporting anew."


def check_registered(page: Page, books: Books) -> None:
    """Hold intake's journal against intake's rows and against every projection."""
    filed: dict[UUID, list[Told]] = {}
    for case_id in page.told:
        if found := [it for it in page.facts(case_id, "intake") if isinstance(it.fact, ComplaintFiled)]:
            filed[case_id] = found
    for case_id, told in filed.items():
        books.saw("registered")
        _once(page, books, case_id, told)
        for name in READERS:
            _shown(page.seen[name], name, books, case_id, told[0])
        _acknowledged(page, books, case_id, told[0])
    for case_id in page.filed_rows.keys() - filed.keys():
        books.wrong(
            "registered",
            "intake holds it, but its journal does not say that it was filed",
            "The journal was altered: `redress journal verify`, then restore a backup taken before.",
            case_id,
            page.filed_rows[case_id]["tracking_number"],
        )
    for name in READERS:
        for case_id, row in page.seen[name].rows.items():
            if case_id not in filed and _is_filed(name, row):
                books.wrong(
                    "registered",
                    f"{name} shows it, but intake never announced it",
                    "Somebody wrote into the database: restore a backup taken before, and find out who had access.",
                    case_id,
                    _number(row),
                )


def _once(page: Page, books: Books, case_id: UUID, told: Sequence[Told]) -> None:
    fact = told[0].fact
    number = fact.tracking_number if isinstance(fact, ComplaintFiled) else None
    if len(told) > 1:
        remedy = "Report it: filing must be one event. The second one stands at bucket %s position %s."
        books.wrong(
            "registered",
            f"it was filed {len(told)} times",
            remedy % (told[1].event.bucket, told[1].event.position),
            case_id,
            number,
        )
    row = page.filed_rows.get(case_id)
    if row is None:
        books.wrong(
            "registered",
            "it was accepted, but intake no longer holds it",
            "Restore intake from a backup; its journal still holds what was filed.",
            case_id,
            number,
        )
    elif row["tracking_number"] != number:
        books.wrong(
            "registered",
            f"intake holds it as {row['tracking_number']}",
            "Somebody wrote into the database: restore a backup taken before.",
            case_id,
            number,
        )


def _shown(seen: Seen, name: str, books: Books, case_id: UUID, told: Told) -> None:
    fact, row = told.fact, seen.rows.get(case_id)
    number = fact.tracking_number if isinstance(fact, ComplaintFiled) else None
    shown = row is not None and _is_filed(name, row)
    if not seen.reached(told.event):
        books.in_flight += 1
        if shown:
            books.wrong(
                "registered", f"{name} shows it before having read of it", "Report it with the log.", case_id, number
            )
        return
    why = seen.why_held(told.event)
    if why == "parked":
        return  # listed as parked
    if why == "discarded":
        remedy = "An administrator set its filing aside: `redress parked list` says who and why."
        books.wrong("registered", f"{name} does not show it: its filing was discarded", remedy, case_id, number)
    elif not shown:
        books.wrong("registered", f"{name} has read that it was filed, but does not show it", REBUILD, case_id, number)
    elif _number(row) != number:
        books.wrong("registered", f"{name} shows it as {_number(row)}", REBUILD, case_id, number)


def _is_filed(name: str, row: object) -> bool:
    """Whether a row stands for a filed complaint; other services' events may make one before."""
    if name == "sla":
        return bool(getattr(row, "filed", False))
    return name == "routing" or bool(row["filed"])  # type: ignore[index]


def _number(row: object) -> str | None:
    found = getattr(row, "tracking_number", None)
    return found if found is not None else (row["tracking_number"] if hasattr(row, "keys") else None)  # type: ignore[index]


def _acknowledged(page: Page, books: Books, case_id: UUID, told: Told) -> None:
    """Once in the journal, by filing itself or by an event afterwards, and at the time that intake shows."""
    fact, row = told.fact, page.filed_rows.get(case_id)
    if not isinstance(fact, ComplaintFiled) or row is None:
        return
    later = [it.fact for it in page.facts(case_id, "intake") if isinstance(it.fact, ComplaintAcknowledged)]
    times = [at for at in (fact.acknowledged_at, *(each.acknowledged_at for each in later)) if at is not None]
    books.saw("acknowledged", len(times))
    if len(times) > 1:
        books.wrong(
            "acknowledged",
            f"it was acknowledged {len(times)} times",
            "The first counts. Report it with the log of intake.",
            case_id,
            fact.tracking_number,
        )
    elif times != [at for at in (row["acknowledged_at"],) if at is not None]:
        books.wrong(
            "acknowledged",
            "intake shows another time of acknowledgement than it announced",
            "Somebody wrote into the database: restore a backup taken before.",
            case_id,
            fact.tracking_number,
        )


BATCH = 1000


async def check_expected(databases: Databases, numbers: Sequence[str], books: Books) -> None:
    """Every number that a client was given is registered: none lost. That each is shown once, `check_registered` says.

    A number that the file has twice was given out twice, which must not be either.
    """
    books.begin("expected")
    times = Counter(numbers)
    once = list(times)
    for number in (number for number, count in times.items() if count > 1):
        books.wrong(
            "expected",
            "the file names this number more than once",
            "Two filings got one number, or one answer was noted twice (a repeated Idempotency-Key): look at the file.",
            number=number,
        )
    for first in range(0, len(once), BATCH):
        batch = once[first : first + BATCH]
        rows = await databases["intake"].read(
            "select c.tracking_number, (select count(*) from intake.journal j where j.case_id = c.id"
            " and j.type = 'complaint-filed') as filed from intake.complaint c where c.tracking_number = any($1)",
            batch,
        )
        found = {row["tracking_number"]: row["filed"] for row in rows}
        books.saw("expected", len(batch))
        for number in batch:
            if found.get(number) != 1:
                what = "it was answered with 201, but is not registered" if number not in found else "filed not once"
                remedy = "An accepted complaint is lost: restore the newest backup beside and look for it there."
                books.wrong("expected", what, remedy, number=number)
