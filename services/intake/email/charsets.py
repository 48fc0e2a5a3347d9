"""Bytes of a mail as text, whatever its charset is called or should have been called. Pure; never raises.

What is declared is believed as far as it fits. Thai mail of the last thirty years often says ISO-8859-1, US-ASCII or
nothing at all and means TIS-620, which is recognised by how its letters lie together.
"""

from __future__ import annotations

import codecs
import re

_THAI = frozenset(
    "tis620 tis6200 tis62025291 tis62025330 iso885911 iso8859112001 windows874 xwindows874 cp874 dos874 ibm874 ms874"
    " mswindows874 thai isoir166 8859_11 885911".split()
)
"""Names under which the one-byte Thai code pages go, without their punctuation. Windows-874 holds all of them."""

_WIDER = {
    "gb2312": "gb18030", "gbk": "gb18030", "xgbk": "gb18030", "ksc56011987": "cp949", "euckr": "cp949",
    "shiftjis": "cp932", "sjis": "cp932", "xsjis": "cp932", "iso88591": "cp1252", "latin1": "cp1252",
    "unicode11utf8": "utf-8", "utf8mb4": "utf-8", "unicode": "utf-8", "xunknown": "", "unknown": "", "unknown8bit": "",
    "8bit": "", "7bit": "", "binary": "", "none": "", "default": "", "defaultcharset": "",
}  # fmt: skip
"""Charsets that senders name while they use a larger one, and names that name nothing."""

_NO_TEXT = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_VAGUE = frozenset({"ascii", "cp1252", "iso8859-1", "iso8859-15"})
_THAI_RUN = re.compile(rb"[\xa1-\xda\xdf-\xfb]{3,}")
_HIGH = re.compile(rb"[\x80-\xff]")
_PLACE = "\ufffd"
_LONE = re.compile("[\ud800-\udfff]")


def decode_text(raw: bytes, charset: str | None) -> str:
    """The text of `raw`, which says to be in `charset`; what cannot be read becomes U+FFFD."""
    return _LONE.sub(_PLACE, _decoded(raw, charset))


def _decoded(raw: bytes, charset: str | None) -> str:
    if raw.startswith(codecs.BOM_UTF8):
        return raw[3:].decode("utf-8", "replace")
    name = codec_of(charset)
    if name in (None, *_VAGUE) and _HIGH.search(raw):
        return _sniffed(raw, name)
    if name is None:
        return raw.decode("ascii", "replace")
    try:
        return raw.decode(name)
    except (UnicodeError, ValueError):
        return _nearest(raw, name)


def codec_of(charset: str | None) -> str | None:
    """Python's name of a text codec for what a mail calls its charset, or None when it names none."""
    if not charset:
        return None
    bare = charset.split("*")[0].strip().strip("\"'").casefold()[:60]
    plain = re.sub(r"[^a-z0-9]", "", bare)
    if plain in _THAI:
        return "cp874"
    if plain in _WIDER:
        return _WIDER[plain] or None
    for candidate in (bare, plain):
        try:
            found = codecs.lookup(candidate)
        except (LookupError, ValueError, UnicodeError):
            continue
        if found.name.replace("-", "_") in _NO_TEXT or not getattr(found, "_is_text_encoding", True):
            return None
        return found.name
    return None


def looks_thai(raw: bytes) -> bool:
    """Whether the bytes above 127 are letters of TIS-620: they stand together as no western text has them."""
    high = len(_HIGH.findall(raw))
    together = sum(len(run) for run in _THAI_RUN.findall(raw))
    return high > 0 and together * 10 >= high * 7


def _sniffed(raw: bytes, declared: str | None) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if looks_thai(raw):
        return raw.decode("cp874", "replace")
    return raw.decode(declared if declared and declared != "ascii" else "cp1252", "replace")


def _nearest(raw: bytes, name: str) -> str:
    """What fits best when the declared charset does not fit everywhere."""
    text = raw.decode(name, "replace")
    if name == "cp874" or text.count(_PLACE) * 20 <= max(len(text), 1):
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return text
    return _sniffed(raw, None)
