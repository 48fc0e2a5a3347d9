"""What a file is, told by its first bytes and never by its name or by what its sender says. Pure.

Pictures are drawn anew; documents, sound and film are kept as they are and only ever downloaded; whatever a browser
could run (HTML, SVG, XML) or nobody knows is opaque: refused where somebody can send another file, else kept as bytes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

Treatment = Literal["picture", "document", "opaque", "program"]

HEAD = 4096
"""How many bytes are looked at."""

LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: `endings` are those a name may have, the first being the one it is given."""

    media_type: str
    treatment: Treatment
    endings: tuple[str, ...] = ()
    boxed: bool = False
    """Whether what it tells of place and camera lies in boxes (ISO 14496-12), and is taken out of them."""


OPAQUE = FileKind("application/octet-stream", "opaque", (".bin",))
PROGRAM = FileKind("application/octet-stream", "program")
PLAIN_TEXT = FileKind("text/plain", "document", (".txt", ".csv", ".md", ".log", ".vcf", ".ics", ".eml"))
ZIP = FileKind("application/zip", "document", (".zip",))

TIFF = FileKind("image/tiff", "picture", (".tif", ".tiff"))
OTHER_PICTURE = FileKind("image/x-other", "picture")
"""Raw photos, JPEG 2000, JPEG XL, Photoshop: pictures that may tell a place and that nothing here draws."""

_BEGINNINGS: tuple[tuple[int, bytes, FileKind], ...] = (
    (0, b"\xff\xd8\xff", FileKind("image/jpeg", "picture", (".jpg", ".jpeg", ".jfif"))),
    (0, b"\x89PNG\r\n\x1a\n", FileKind("image/png", "picture", (".png",))),
    (0, b"GIF87a", FileKind("image/gif", "picture", (".gif",))),
    (0, b"GIF89a", FileKind("image/gif", "picture", (".gif",))),
    (0, b"BM", FileKind("image/bmp", "picture", (".bmp",))),
    (0, b"II*\x00", TIFF),
    (0, b"MM\x00*", TIFF),
    (0, b"II+\x00", TIFF),
    (0, b"MM\x00+", TIFF),
    (0, b"IIRO", OTHER_PICTURE),
    (0, b"IIU\x00", OTHER_PICTURE),
    (0, b"FUJIFILMCCD-RAW", OTHER_PICTURE),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", OTHER_PICTURE),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", OTHER_PICTURE),
    (0, b"\xff\x0a", OTHER_PICTURE),
    (0, b"8BPS", OTHER_PICTURE),
    (0, b"%PDF-", FileKind("application/pdf", "document", (".pdf",))),
    (0, b"{\\rtf", FileKind("application/rtf", "document", (".rtf", ".doc"))),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
     FileKind("application/x-ole-storage", "document", (".doc", ".xls", ".ppt", ".msg"))),
    (0, b"ID3", FileKind("audio/mpeg", "document", (".mp3",))),
    (0, b"\xff\xfb", FileKind("audio/mpeg", "document", (".mp3",))),
    (0, b"\xff\xf3", FileKind("audio/mpeg", "document", (".mp3",))),
    (0, b"\xff\xf1", FileKind("audio/aac", "document", (".aac",))),
    (0, b"#!AMR", FileKind("audio/amr", "document", (".amr",))),
    (0, b"OggS", FileKind("audio/ogg", "document", (".ogg", ".oga", ".opus", ".ogv"))),
    (0, b"fLaC", FileKind("audio/flac", "document", (".flac",))),
    (0, b"\x1aE\xdf\xa3", FileKind("video/webm", "document", (".webm", ".mkv"))),
    (0, b"MZ", PROGRAM),
    (0, b"\x7fELF", PROGRAM),
    (0, b"\xca\xfe\xba\xbe", PROGRAM),
    (0, b"\xcf\xfa\xed\xfe", PROGRAM),
    (0, b"\xce\xfa\xed\xfe", PROGRAM),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", PROGRAM),
    (0, b"#!", PROGRAM),
)  # fmt: skip

_RIFF = {
    b"WEBP": FileKind("image/webp", "picture", (".webp",)),
    b"WAVE": FileKind("audio/wav", "document", (".wav",)),
    b"AVI ": FileKind("video/x-msvideo", "document", (".avi",)),
}

_AVIF = FileKind("image/avif", "picture", (".avif",))
_HEIC = FileKind("image/heic", "document", (".heic", ".heif"), boxed=True)
_FILM = FileKind("video/mp4", "document", (".mp4", ".m4v", ".mov", ".m4a", ".3gp"), boxed=True)
_BRANDS = {
    b"avif": _AVIF,
    b"avis": _AVIF,
    b"crx ": OTHER_PICTURE,
    b"M4A ": FileKind("audio/mp4", "document", (".m4a",), boxed=True),
    b"qt  ": FileKind("video/quicktime", "document", (".mov", ".qt"), boxed=True),
    b"3gp4": FileKind("video/3gpp", "document", (".3gp",), boxed=True),
    b"3gp5": FileKind("video/3gpp", "document", (".3gp",), boxed=True),
} | dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), _HEIC)

_IN_ZIP: tuple[tuple[bytes, FileKind], ...] = (
    (b"word/", FileKind(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document", (".docx",))),
    (b"xl/", FileKind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "document", (".xlsx",))),
    (b"ppt/", FileKind(
        "application/vnd.openxmlformats-officedocument.presentationml.presentation", "document", (".pptx",))),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", FileKind(
        "application/vnd.oasis.opendocument.text", "document", (".odt",))),
    (b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", FileKind(
        "application/vnd.oasis.opendocument.spreadsheet", "document", (".ods",))),
    (b"META-INF/MANIFEST.MF", PROGRAM),
    (b"AndroidManifest.xml", PROGRAM),
)  # fmt: skip

_PROGRAM_ENDINGS = frozenset(
    ".exe .com .scr .bat .cmd .ps1 .vbs .vbe .js .jse .wsf .hta .msi .msp .jar .apk .lnk .reg .sh .dll .cpl .pif"
    .split()
)  # fmt: skip

_MARKUP = re.compile(
    rb"<\s*(!doctype|html|head|body|script|svg|\?xml|iframe|math|xsl|\?php)|javascript:", re.IGNORECASE
)


def kind_of(head: bytes, name: str | None = None) -> FileKind:
    """The kind of a file by its first `HEAD` bytes. The name only makes matters stricter, never more trusted."""
    found = _by_content(head)
    if ending_of(name) in _PROGRAM_ENDINGS and found.treatment != "picture":
        return PROGRAM
    return found


def _by_content(head: bytes) -> FileKind:
    for offset, mark, kind in _BEGINNINGS:
        if head.startswith(mark, offset):
            return kind
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], OPAQUE)
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return next((kind for mark, kind in _IN_ZIP if mark in head), ZIP)
    return PLAIN_TEXT if _is_text(head) else OPAQUE


def _by_brand(head: bytes) -> FileKind:
    """By the brand it names first, else by those it says to be compatible with: `mif1` alone says neither."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    if brands[0] in (b"mif1", b"msf1"):
        return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), _HEIC)
    return _BRANDS.get(brands[0], _FILM)


def _is_text(head: bytes) -> bool:
    """Whether it reads as text, in UTF-8 or a Thai code page, that no browser would take for a page."""
    if not head or _MARKUP.search(head) or any(byte < 9 or 13 < byte < 27 for byte in head):
        return False
    for charset in ("utf-8", "cp874"):
        try:
            # The head may end inside a character.
            head.decode(charset) if len(head) < HEAD else head[:-4].decode(charset, "strict")
        except UnicodeDecodeError as problem:
            if charset == "utf-8" and problem.start >= len(head) - 4:
                return True
            continue
        return True
    return False


def ending_of(name: str | None) -> str:
    """The ending of a name in small letters, with its dot."""
    return PurePosixPath((name or "").strip().rstrip(".")).suffix.lower()


def clean_name(name: str | None, kind: FileKind) -> str | None:
    """A name that is safe in a header, in a folder and on a screen, with an ending that fits the content.

    Folders, control signs and signs that turn the direction of writing are taken out.
    """
    last = re.split(r"[\\/]", name or "")[-1]
    plain = "".join(" " if c.isspace() else c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    plain = re.sub(r'[<>:"|?*\u0000]', "_", plain).strip(" .")
    if not plain:
        return None
    ending = ending_of(plain)
    stem = plain[: len(plain) - len(ending)] if ending in kind.endings else plain
    fitting = ending if ending in kind.endings else (kind.endings[0] if kind.endings else ".bin")
    return stem[: LONGEST_NAME - len(fitting)].rstrip(" .") + fitting
