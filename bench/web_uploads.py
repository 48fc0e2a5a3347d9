"""Form submissions with a 5 MB photo, four steps each, by four people at once; the floor writes the same bytes to disk.

    python -m bench web_uploads

The floor is `bench.bare_upload` in the same run, in turns with it: one request, the photo streamed into a file.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
from PIL import Image

from bench.figures import Figure, median
from bench.system import ROOT, System, free_port

PEOPLE = 4
FORMS = 6
RUNS = 3
PHOTO_BYTES = 5_000_000

FIELD = re.compile(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"')


def photo() -> bytes:
    """A JPEG of about five megabytes and twelve megapixels, as a telephone takes it: a scene with noise."""
    scene = Image.radial_gradient("L").resize((4000, 3000)).convert("RGB")
    noise = Image.frombytes("RGB", (1000, 750), os.urandom(1000 * 750 * 3)).resize((4000, 3000))
    out = io.BytesIO()
    for quality in (95, 90, 85, 80, 75, 70, 60, 50):
        out = io.BytesIO()
        Image.blend(scene, noise, 0.35).save(out, "JPEG", quality=quality)
        if out.tell() <= PHOTO_BYTES * 1.1:
            break
    return out.getvalue()


async def one_form(client: httpx.AsyncClient, picture: bytes) -> None:
    """All four steps as a browser without scripts sends them, the photo with the second."""
    page = (await client.get("/")).text
    steps: tuple[tuple[dict[str, str], bool], ...] = (
        ({"go": "next"}, False),
        ({"go": "next", "narrative": "ราวบันไดบ้านพักหัก ส่งภาพมาให้ดู"}, True),
        ({"go": "next", "identity": "anonymous"}, False),
        ({"go": "send"}, False),
    )
    for typed, with_photo in steps:
        files = [("files", ("photo.jpg", picture if with_photo else b"", "image/jpeg"))] if with_photo else None
        answer = await client.post("/", data={**dict(FIELD.findall(page)), **typed}, files=files)
        page = answer.text
    assert answer.status_code == 303, f"{answer.status_code}: {page[:500]}"


async def one_write(client: httpx.AsyncClient, picture: bytes) -> None:
    """The floor: the photo in one request."""
    answer = await client.post("/", files=[("files", ("photo.jpg", picture, "image/jpeg"))])
    assert answer.status_code == 201


async def rate(port: int, picture: bytes, act: Callable[[httpx.AsyncClient, bytes], Awaitable[None]]) -> float:
    """How many a second all people together do."""

    async def person() -> None:
        for _ in range(FORMS):
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
                await act(client, picture)

    begun = time.perf_counter()
    await asyncio.gather(*(person() for _ in range(PEOPLE)))
    return PEOPLE * FORMS / (time.perf_counter() - begun)


def main() -> list[Figure]:
    """Run it."""
    picture = photo()
    os.environ |= {"REDRESS_FORM_SECONDS": "0", "REDRESS_FORM_PER_ADDRESS": "0", "REDRESS_UPLOADS_PER_ADDRESS": "0"}
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as folder:
        port = free_port()
        bare = subprocess.Popen([sys.executable, "-m", "bench.bare_upload", str(port), folder], cwd=ROOT)
        try:
            with System(Path(folder) / "data") as system:
                asyncio.run(rate(system.port, picture, one_form))
                ours, floors = [], []
                for _ in range(RUNS):
                    floors.append(asyncio.run(rate(port, picture, one_write)))
                    ours.append(asyncio.run(rate(system.port, picture, one_form)))
        finally:
            bare.terminate()
            bare.wait(timeout=15)
    note = f"photo of {len(picture) / 1e6:.1f} MB and 12 megapixels, drawn anew; {PEOPLE} at once"
    floor_is = "the same photo written to disk by a bare endpoint"
    return [Figure("forms with a 5 MB photo", median(ours), "a second", median(floors), floor_is, note=note)]
