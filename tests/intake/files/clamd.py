"""A small clamd: it speaks PING and INSTREAM as the protocol says, and finds the test virus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    command = await reader.readuntil(b"\0")
    if command == b"zPING\0":
        writer.write(b"PONG\0")
    elif command == b"zINSTREAM\0":
        content = b""
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            content += await reader.readexactly(size)
        found = EICAR in content
        writer.write(b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0")
    else:
        writer.write(b"UNKNOWN COMMAND\0")
    await writer.drain()
    writer.close()


@asynccontextmanager
async def clamd(port: int = 0) -> AsyncIterator[int]:
    """Running at a port of this machine."""
    server = await asyncio.start_server(_serve, "127.0.0.1", port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
