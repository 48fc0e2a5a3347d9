"""Learn what intake says of a receipt after it: that it was acknowledged, corrected, or its words erased."""

from __future__ import annotations

from schemas.complaints import ComplaintAcknowledged, MessageTakenBack, ReceiptCorrected
from schemas.envelope import Event, words
from services.kit.database import Transaction
from services.kit.erasure import erase_journal_words
from services.routing.search.read_anew import forget_words, read_anew
from services.routing.steps import FORMS
from services.routing.store import Line, insert_lines


async def learn_acknowledgement(tx: Transaction, event: Event, fact: ComplaintAcknowledged) -> None:
    """The acknowledgement reached the complainant (7.4)."""
    await tx.execute(
        "update routing.case set acknowledged_at = $2 where id = $1 and acknowledged_at is null",
        event.case_id,
        fact.acknowledged_at,
    )
    actor = "staff" if fact.by else "system"
    line = Line("acknowledged", fact.acknowledged_at, actor, fact.by, fields={"medium": fact.medium}, public=True)
    await insert_lines(tx, [(event.case_id, None, line)])


async def learn_correction(tx: Transaction, event: Event, fact: ReceiptCorrected) -> None:
    """A supervisor corrected when the complaint was received; both values stay in the timeline."""
    await tx.execute("update routing.case set received_at = $2 where id = $1", event.case_id, fact.received_at)
    fields = {"before": fact.received_before.isoformat(), "received_at": fact.received_at.isoformat()}
    line = Line("receipt_corrected", event.occurred_at, "staff", fact.by, reason=words(fact.reason), fields=fields)
    await insert_lines(tx, [(event.case_id, None, line)])
    await read_anew(tx, event.case_id)


async def learn_taken_back(tx: Transaction, event: Event, fact: MessageTakenBack) -> None:
    """The complainant unsent a message: its words go from timeline and journal, and a line says that it was there."""
    said = (event.case_id, fact.said_at)
    await tx.execute(
        "update routing.case_event set texts = '{}' where case_id = $1 and at = $2"
        " and (kind = 'complainant_added' or kind = 'refused' and fields ->> 'action' = 'add')",
        *said,
    )
    await tx.execute(
        "update routing.journal set texts = null where case_id = $1 and occurred_at = $2"
        " and type = 'complainant-added'",
        *said,
    )
    await tx.execute(
        "update routing.parked set event = event - 'texts' where case_id = $1"
        " and type = 'complainant-acted' and (event ->> 'occurred_at')::timestamptz = $2",
        *said,
    )
    await forget_words(tx, event.case_id)
    line = Line("taken_back", fact.at, "complainant", fields={"medium": fact.medium}, public=True)
    await insert_lines(tx, [(event.case_id, None, line)])


WORDS = ("narrative", "remedy_sought", "location", "reference")
DOCUMENTS = ("waiting", "proposal", "decision", "outcome")
FREE_NAMES = sorted({one.name for form in FORMS.values() for one in form.fields if one.free})


async def erase_words(tx: Transaction, event: Event) -> None:
    """Blank every free text of a case, here and in routing's own journal, whose digests go on to hold."""
    case_id = event.case_id
    blank = ", ".join([f"{name} = null" for name in WORDS] + [f"{name} = {name} - $2::text[]" for name in DOCUMENTS])
    await tx.execute(f"update routing.case set {blank}, gist = '' where id = $1", case_id, FREE_NAMES)
    await tx.execute("update routing.case_event set texts = '{}', reason = null where case_id = $1", case_id)
    await tx.execute("update routing.task set what = '' where case_id = $1", case_id)
    await tx.execute("delete from routing.case_tag where case_id = $1", case_id)
    await tx.execute(
        'update routing.bulk_change b set asked = \'{"tag": ""}\' from routing.bulk_change_case o'
        " where o.case_id = $1 and b.id = o.change_id and b.kind in ('tag', 'untag')",
        case_id,
    )
    # Why two cases belong together is said of both, so it goes with the words of either.
    await tx.execute("update routing.case_link set reason = null where case_id = $1 or other_id = $1", case_id)
    await erase_journal_words(tx, case_id)
    await forget_words(tx, case_id)
    await insert_lines(tx, [(case_id, None, Line("erased", event.occurred_at, "system"))])
