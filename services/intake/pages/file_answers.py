"""Files as answers: always to be downloaded, never run, never kept on the way. The guard adds `nosniff` to them all."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

from fastapi.responses import Response, StreamingResponse

from services.intake.files.keep_file import file_store
from services.intake.files.read_files import KeptFile, content_of, no_such_file, readable_or_refuse
from services.kit.service import Context

As = Literal["download", "picture", "small", "frame"]
"""How a file is given: to be downloaded; as a picture of ours or its small one; a PDF in a frame of its own."""


async def file_answer(context: Context, file: KeptFile, given: As = "download") -> Response:
    """The content of a file.

    Only pictures that were drawn anew here, and PDFs, are ever given to be shown; everything else is a download.

    Raises:
        NotFound: erased, refused, still held, or not to be shown in this way.
    """
    readable_or_refuse(file, small=given == "small")
    if (given == "picture" and not file.viewable) or (given == "frame" and not file.readable):
        raise no_such_file()
    pieces = await content_of(file_store(context), file, small=given == "small")
    headers = {
        "cache-control": "private, no-store" if given in ("download", "frame") else "private, max-age=3600",
        "content-disposition": disposition(file.name, inline=given != "download"),
        "cross-origin-resource-policy": "same-origin",
    }
    if given != "small":
        headers["content-length"] = str(file.size)
    if given != "frame":  # a browser shows no PDF inside a sandbox
        headers["content-security-policy"] = "default-src 'none'; sandbox"
    shown = "image/jpeg" if given == "small" else file.media_type
    # Text goes out as bytes too: what a browser might guess to be a page is none.
    media_type = shown if given != "download" or not shown.startswith("text/") else "application/octet-stream"
    return StreamingResponse(pieces, media_type=media_type, headers=headers)


def disposition(name: str | None, *, inline: bool = False) -> str:
    """The header that says how a file is called (RFC 6266), in Thai too."""
    kind = "inline" if inline else "attachment"
    if not name:
        return kind
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\;%' else "_" for c in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
