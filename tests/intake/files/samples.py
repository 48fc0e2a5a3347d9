"""Files that people send, and files that somebody made to do harm; all made here."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from PIL import Image


def photo(width: int = 800, height: int = 600, *, kind: str = "JPEG", place: bool = True, **options: Any) -> bytes:
    """A picture with a gradient; a JPEG, AVIF or TIFF carries where it was taken."""
    picture = Image.radial_gradient("L").resize((width, height)).convert("RGB")
    out = io.BytesIO()
    if kind in ("JPEG", "AVIF", "TIFF") and place:
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


def heic() -> bytes:
    """A picture in the boxes of a HEIC, with Exif and XMP as items; what is coded within is AV1, which nobody reads."""
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="13,45N"/>'
    made = photo(64, 48, kind="AVIF", xmp=xmp)
    return made[:8] + b"heic" + made[12:16] + made[16:].replace(b"avifmif1miaf", b"heicmif1miaf", 1)


def _box(kind: bytes, *inside: bytes) -> bytes:
    content = b"".join(inside)
    return (len(content) + 8).to_bytes(4, "big") + kind + content


PLAYED = bytes(range(256)) * 40


def film(*, cut: int = 0) -> bytes:
    """A film in boxes, as telephones write it: where it was taken, and by what, beside what is played."""
    told = _box(b"\xa9xyz", b"\x00\x12\x15\xc7+13.7563+100.5018/")
    keys = _box(b"meta", _box(b"keys", b"com.apple.quicktime.location.ISO6709"), _box(b"ilst", b"+13.7563+100.5018/"))
    track = _box(b"trak", _box(b"tkhd", bytes(84)), _box(b"udta", _box(b"name", b"Somchai's telephone")))
    moov = _box(b"moov", _box(b"mvhd", bytes(100)), track, _box(b"udta", told), keys)
    whole = _box(b"ftyp", b"mp42", bytes(4), b"mp42isom") + moov + _box(b"mdat", PLAYED)
    return whole[: len(whole) - cut]


def scan(pages: int) -> bytes:
    """A scan of several pages."""
    drawn = [Image.new("1", (80, 110), page % 2) for page in range(pages)]
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Scanner of somebody"
    drawn[0].save(out, "TIFF", save_all=True, append_images=drawn[1:], exif=exif)
    return out.getvalue()
