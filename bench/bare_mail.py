"""The floor of `bench.mail`: `aiosmtpd` by LMTP, each mail parsed by the standard library and dropped.

python -m bench.bare_mail PORT
"""

from __future__ import annotations

import asyncio
import email
import sys
from typing import Any

import uvloop
from aiosmtpd.lmtp import LMTP


class Dropping:
    """Parses and drops."""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """One mail."""
        message = email.message_from_bytes(envelope.content)
        for part in message.walk():
            part.get_payload(decode=True)
        return "250 OK"


async def main(port: int) -> None:
    """Listen until ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: LMTP(Dropping(), loop=loop), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
