"""The listeners: 250 only after the commit, 451 in trouble, 552 over the limit, and never a relay."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.intake.email import lmtp, receive_mail
from services.intake.email.lmtp import ListenerUnusable, address_of, is_ours, start_listener
from services.intake.email.receive_mail import MailDesk
from services.kit.database import Database
from tests.intake.email.conftest import CENTRE, count, mail


@pytest.fixture(params=["lmtp", "smtp"])
async def listening(request: pytest.FixtureRequest, desk: MailDesk) -> AsyncIterator[tuple[str, int]]:
    """A listener on a free port: its way and its port."""
    server = await start_listener(desk, request.param, "127.0.0.1", 0)
    yield request.param, server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def hand_over(listening: tuple[str, int], raw: bytes, *to: str, sender: str = "a@example.com") -> dict[str, Any]:
    """Hand a mail over as a mail server does; answers the recipients refused."""
    way, port = listening

    def deliver() -> dict[str, Any]:
        kind = smtplib.LMTP if way == "lmtp" else smtplib.SMTP
        with kind("127.0.0.1", port) as client:
            return client.sendmail(sender, list(to) or [CENTRE], raw)

    return await asyncio.to_thread(deliver)


async def test_a_mail_handed_over_is_a_committed_complaint(listening: tuple[str, int], database: Database) -> None:
    assert await hand_over(listening, mail()) == {}
    assert await count(database, "complaint") == 1
    assert (await database.read("select way from intake.mail"))[0]["way"] == listening[0]


async def test_mails_handed_over_side_by_side_each_become_one(listening: tuple[str, int], database: Database) -> None:
    raws = [mail(f"เรื่อง {n}", message_id=f"<{n}@example.com>", sender=f"p{n}@example.com") for n in range(12)]
    await asyncio.gather(*(hand_over(listening, raw) for raw in [*raws, *raws]))
    assert await count(database, "complaint") == 12


async def test_trouble_with_the_database_is_a_451_and_the_mail_is_offered_again(
    listening: tuple[str, int], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(receive_mail, "note_arrivals", away)
        with pytest.raises(smtplib.SMTPDataError) as refused:
            await hand_over(listening, mail())
    assert refused.value.smtp_code == 451
    assert await count(database, "complaint") == 0
    await hand_over(listening, mail())
    assert await count(database, "complaint") == 1


async def test_a_mail_over_the_limit_is_refused_with_552(
    listening: tuple[str, int], database: Database, monkeypatch: pytest.MonkeyPatch, desk: MailDesk
) -> None:
    monkeypatch.setattr(lmtp, "SIZE_LIMIT", 3 * lmtp.SMALL)
    server = await start_listener(desk, listening[0], "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises((smtplib.SMTPSenderRefused, smtplib.SMTPDataError)) as refused:
            await hand_over((listening[0], port), mail("x" * 70 + "\n") + b"x" * 60 * 70_000)
        assert refused.value.smtp_code == 552
    finally:
        server.close()
    assert await count(database, "arrival") == 0


async def test_lines_of_any_length_are_taken(listening: tuple[str, int], database: Database) -> None:
    await hand_over(listening, b"From: a@example.com\nSubject: long\n\n" + b"word " * 40_000 + b"\n")
    assert await count(database, "complaint") == 1


def test_mail_is_taken_for_the_addresses_that_are_set_and_for_no_other() -> None:
    ours = ("centre@quick.example", "@help.example")
    assert is_ours("Centre@Quick.example", ours)
    assert is_ours("centre+qck-69-00001-a-abcdefghijklmnop@quick.example", ours)
    assert is_ours("anybody@help.example", ours)
    assert not is_ours("other@quick.example", ours)
    assert is_ours("whoever@wherever.example", ())


@pytest.mark.parametrize("value", ["2424", "host:", "host:x", "host:70000"])
def test_an_address_to_listen_on_that_is_none_says_how_to_write_it(value: str) -> None:
    with pytest.raises(ListenerUnusable):
        address_of("REDRESS_LMTP_LISTEN", value)
