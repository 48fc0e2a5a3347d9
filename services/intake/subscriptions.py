"""What intake listens to: policy, staff and sessions; for the tracking page, the case, its clocks and recovery; and all
of it, with its own filings, for the messages that follow from it."""

from __future__ import annotations

from schemas import cases, clocks, complaints, recovery
from schemas.envelope import Event
from services.intake.dossier.learn_dossier import learn_dossier
from services.intake.follow_case import (
    follow_contacts,
    follow_imports,
    follow_moves,
    follow_reassignments,
    follow_refusals,
    follow_snapshots,
)
from services.intake.follow_clocks import follow_alerts, follow_clocks, follow_misses, follow_withdrawn_misses
from services.intake.follow_recovery import follow_recovery
from services.intake.messages.follow_events import (
    tell_of_filings,
    tell_of_misses,
    tell_of_moves,
    tell_of_offers,
    tell_of_silence,
    untell_misses,
)
from services.intake.messages.write_notice import follow_staff_alerts
from services.intake.split_complaint import split_complaint
from services.kit.database import Transaction
from services.kit.listening import Subscriptions
from services.kit.service import Context


def subscriptions(context: Context) -> Subscriptions:
    """The handlers of intake."""
    subscribed = Subscriptions("intake")
    context.copies.subscribe(subscribed)

    subscribed.gather(cases.CaseMoved)(follow_moves)
    subscribed.on(cases.CaseImported)(follow_imports)
    subscribed.on(cases.CaseReassigned)(follow_reassignments)
    subscribed.on(cases.CasePrioritised, cases.CaseReclassified)(follow_snapshots)
    subscribed.on(cases.ContactRecorded)(follow_contacts)
    subscribed.on(cases.ActionRefused)(follow_refusals)

    subscribed.on(clocks.ClockStarted, clocks.ClockMoved, clocks.ClockPaused, clocks.ClockResumed)(follow_clocks)
    subscribed.on(clocks.ClockMet, clocks.ClockCancelled)(follow_clocks)
    subscribed.on(clocks.DeadlineMissed)(follow_misses)
    subscribed.on(clocks.MissWithdrawn)(follow_withdrawn_misses)
    subscribed.on(clocks.AlertRaised)(follow_alerts)

    subscribed.on(recovery.RecoveryOpened, recovery.RecoveryMoved)(follow_recovery)

    @subscribed.each(cases.CaseSplit)
    async def split(tx: Transaction, event: Event, fact: cases.CaseSplit) -> None:
        await split_complaint(context, tx, event, fact)

    subscribed.each(cases.DossierAsked)(learn_dossier)

    subscribed.on(complaints.ComplaintFiled)(tell_of_filings)
    subscribed.gather(cases.CaseMoved)(tell_of_moves)
    subscribed.on(cases.SilenceNoticed)(tell_of_silence)
    subscribed.on(clocks.DeadlineMissed)(tell_of_misses)
    subscribed.on(clocks.MissWithdrawn)(untell_misses)
    subscribed.on(clocks.AlertRaised)(follow_staff_alerts)
    subscribed.on(recovery.RecoveryMoved)(tell_of_offers)
    return subscribed
