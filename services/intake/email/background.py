"""What runs for e-mail as long as intake does: the listeners and the mailboxes that are set up."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from services.intake.arrivals import register_again_by
from services.intake.email.imap import watch_mailbox
from services.intake.email.incoming import CHANNEL
from services.intake.email.lmtp import listen
from services.intake.email.mailboxes import mailboxes_of
from services.intake.email.receive_mail import mail_desk, register_again
from services.intake.serials import Serials
from services.kit.service import Context

LISTENERS = (("lmtp", "REDRESS_LMTP_LISTEN"), ("smtp", "REDRESS_SMTP_LISTEN"))


def background(context: Context, serials: Serials) -> list[Callable[[], Coroutine[Any, Any, None]]]:
    """Each listener and mailbox that has its setting; each by itself, so that one in trouble stops no other."""
    desk = mail_desk(context, serials)
    register_again_by(CHANNEL, register_again)
    works: list[Callable[[], Coroutine[Any, Any, None]]] = []
    for way, setting in LISTENERS:
        if context.settings.option(setting):

            async def listen_for_mail(way: str = way, setting: str = setting) -> None:
                await listen(desk, way, setting)

            works.append(listen_for_mail)
    for mailbox in mailboxes_of(context.settings):

        async def watch(mailbox: Any = mailbox) -> None:
            await watch_mailbox(desk, mailbox)

        works.append(watch)
    return works
