"""Files that people send, and files that somebody made to do harm; all made here."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from PIL import Image


def photo(width: int = 800, height: int = 600, *, kind: str = "JPEG", place: bool = True, **options: Any) -> bytes:
    """A picture with a gradient; a JPEG carries where it was taken."""
    picture = Image.radial_gradient("L").resize((width, height)).convert("RGB")
    out = io.BytesIO()
    if kind == "JPEG" and place:
        exif = Image.Exif()
        exif[0x010F] = "Telephone of somebody"
        exif[0x0112] = 6
        gps = exif.get_ifd(0x8825)
        gps[1], gps[2] = "N", (13.0, 45.0, 0.0)
        gps[3], gps[4] = "E", (100.0, 30.0, 0.0)
        options["exif"] = exif
    picture.save(out, kind, **options)
    return out.getvalue()


PAGE = b"<!doctype html><html><body><script>alert(1)</script></body></html>"
DRAWING = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def zip_bomb() -> bytes:
    """Two hundred megabytes of nothing in a few hundred kilobytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.txt", bytes(200_000_000))
    return out.getvalue()


def polyglot() -> bytes:
    """A photo behind whose end a page and an archive begin."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.js", "alert(1)")
    return photo(64, 64) + PAGE + out.getvalue()
