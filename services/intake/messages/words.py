"""Channels, purposes and states of messages in words that people read."""

from __future__ import annotations

from collections.abc import Mapping

from services.kit.i18n import N_

CHANNEL_NAMES: Mapping[str, str] = {
    "email": N_("E-mail"),
    "line": N_("LINE"),
    "sms": N_("SMS"),
    "web": N_("Web"),
    "in_app": N_("In the program"),
    "phone": N_("Telephone"),
}

PURPOSE_NAMES: Mapping[str, str] = {
    "acknowledgement": N_("Acknowledgement"),
    "first_contact": N_("Who looks after the case"),
    "progress": N_("How the case stands"),
    "request_information": N_("Request for information"),
    "late": N_("Apology for being late"),
    "decision": N_("The outcome"),
    "review_decision": N_("The outcome of the review"),
    "silence_notice": N_("Reminder to answer"),
    "closed": N_("Case closed"),
    "survey": N_("Survey"),
    "reopened": N_("Opened again"),
    "withdrawn": N_("Withdrawal confirmed"),
    "referred": N_("Referred"),
    "not_accepted": N_("Not accepted"),
    "merged": N_("Merged"),
    "recovery_offer": N_("Offer to put it right"),
}

STATE_NAMES: Mapping[str, str] = {
    "queued": N_("waits to be sent"),
    "sending": N_("is being sent"),
    "sent": N_("handed over"),
    "delivered": N_("delivered"),
    "failed": N_("did not arrive"),
    "unreachable": N_("nobody could be reached"),
    "dropped": N_("not sent: overtaken"),
    "received": N_("from the complainant"),
    "later": N_("tried again later"),
    "refused": N_("refused"),
    "bounced": N_("came back"),
}
