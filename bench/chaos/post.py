"""The far end of the mail: a server that takes everything and knows what came twice.

A message that was in flight when its process was killed may come again, with the same Message-ID, so that whoever gets
it knows the repeat. The same said under two Message-IDs is a message sent twice.
"""

from __future__ import annotations

import json
from collections import defaultdict
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller


class Post:
    """Mail by recipient and subject, noted in a file so that a run that is resumed knows it too."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.controller = _Controller(self, hostname="127.0.0.1", port=0)

    def __enter__(self) -> Post:
        self.controller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.controller.stop()

    @property
    def environment(self) -> dict[str, str]:
        """What a process of intake is told so that it sends its mail here."""
        url = f"smtp://127.0.0.1:{self.controller.port}?tls=off"
        return {"REDRESS_SMTP_URL": url, "REDRESS_MAIL_FROM": "centre@chaos.example"}

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Note a mail before it is acknowledged."""
        mail = message_from_bytes(envelope.content)
        subject = str(make_header(decode_header(mail["subject"] or "")))
        with self.file.open("a") as out:
            out.write(json.dumps([*envelope.rcpt_tos, subject, mail["message-id"]], ensure_ascii=False) + "\n")
        return "250 taken"

    def judged(self) -> tuple[int, int, list[str]]:
        """How many mails came, how many of them were marked repeats, and what was said twice."""
        mails: dict[tuple[str, str], list[str]] = defaultdict(list)
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        for line in lines:
            recipient, subject, message_id = json.loads(line)
            mails[recipient, subject].append(message_id)
        told_apart = sum(len(set(ids)) for ids in mails.values())
        twice = [
            f"{len(set(ids))} mails {key[1]!r} went to one complainant"
            for key, ids in mails.items()
            if len(set(ids)) > 1
        ]
        return len(lines), len(lines) - told_apart, twice


class _Controller(Controller):
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()  # type: ignore[no-untyped-call]
