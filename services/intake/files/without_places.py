"""Take what tells of place, camera and person out of HEIC pictures and films (ISO 14496-12), byte for byte in place.

Neither is decoded here, so neither is drawn anew. Their metadata lie in boxes and items of their own: those are filled
with zeros, and nothing else moves. What cannot be followed to its end is not taken for clean.
"""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

_TIFFS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"IIRO", b"IIU\0", b"FUJI", b"\0\0\0\x0c", b"8BPS")
"""How pictures begin that keep what they tell in TIFF or in boxes, and that nothing here draws."""

MOST_BOXES = 20_000
LARGEST_META = 8 * 2**20
"""Bytes of a picture's table of items that are read."""

_INSIDE = frozenset({b"moov", b"trak", b"mdia", b"minf", b"moof", b"traf"})
"""Boxes of a film that hold others, among which metadata may lie."""
_TOLD = frozenset({b"udta", b"meta", b"uuid", b"loci", b"skip", b"free", b"Xtra"})
"""Boxes of a film that tell of its making; none is needed to play it. `free` is where an editor leaves old ones."""
_ITEMS = frozenset({b"Exif", b"mime", b"uri "})
"""Kinds of items of a picture that are no picture: Exif and XMP."""
_NOTHING_TOLD = bytes(4) + b"II*\0" + b"\x08\0\0\0" + bytes(6)
"""Exif without an entry: viewers that find nothing but zeros where Exif should be do not show the picture."""


class PlacesRemain(Exception):
    """It is not laid out as it should be, so that nobody can say what it still tells."""


class Box(NamedTuple):
    """A box: its kind, where its head and its content begin, and where it ends."""

    kind: bytes
    head: int
    start: int
    end: int


def without_places(source: Path) -> Path:
    """The same picture or film, beside its source, without what was written about it.

    Raises:
        PlacesRemain: its boxes cannot be followed.
    """
    target = source.with_suffix(".plain")
    shutil.copyfile(source, target)
    with target.open("r+b") as file:
        size = os.fstat(file.fileno()).st_size
        try:
            budget = iter(range(MOST_BOXES))
            for box in _boxes(file, 0, size, budget):
                if box.kind == b"meta":
                    _blank_items(file, box, size)
                elif box.kind in _INSIDE:
                    _blank_told(file, box, budget)
                elif box.kind in _TOLD:
                    _blank(file, box)
        except (struct.error, IndexError, ValueError, StopIteration, RecursionError) as problem:
            raise PlacesRemain from problem
    return target


def _boxes(file: BinaryIO, start: int, end: int, budget: Iterator[int]) -> Iterator[Box]:
    """The boxes that lie one after another between two places."""
    at = start
    while at + 8 <= end:
        if next(budget, None) is None:
            raise PlacesRemain
        file.seek(at)
        size, kind = struct.unpack(">I4s", file.read(8))
        content = at + 8
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8))
            content += 8
        elif size == 0:
            size = end - at
        if kind == b"mdat":
            size = min(size, end - at)  # a film that was cut off plays as far as it goes
        if size < content - at or at + size > end:
            raise PlacesRemain
        yield Box(kind, at, content, at + size)
        at += size


def _blank_told(file: BinaryIO, outer: Box, budget: Iterator[int]) -> None:
    for box in _boxes(file, outer.start, outer.end, budget):
        if box.kind in _TOLD:
            _blank(file, box)
        elif box.kind in _INSIDE:
            _blank_told(file, box, budget)


def _blank(file: BinaryIO, box: Box) -> None:
    """Leave an empty box where this one was."""
    file.seek(box.head + 4)
    file.write(b"free")
    _zero(file, box.start, box.end)


def _zero(file: BinaryIO, start: int, end: int) -> None:
    file.seek(start)
    left = end - start
    while left > 0:
        left -= file.write(bytes(min(left, 2**20)))


def _blank_items(file: BinaryIO, meta: Box, size: int) -> None:
    """Zero the content of the items of a picture that are no picture."""
    if meta.end - meta.start > LARGEST_META:
        raise PlacesRemain
    inner = {box.kind: box for box in _boxes(file, meta.start + 4, meta.end, iter(range(MOST_BOXES)))}
    if b"iinf" not in inner or b"iloc" not in inner:
        _blank(file, meta)  # that of a film: it has no items
        return
    told = _told_items(file, inner[b"iinf"])
    exif = {item for item, kind in told.items() if kind == b"Exif"}
    idat = inner.get(b"idat")
    file.seek(inner[b"iloc"].start)
    table = Reader(file.read(inner[b"iloc"].end - inner[b"iloc"].start))
    for item, method, offset, length in _extents(table):
        if item not in told:
            continue
        base = 0 if method == 0 else (idat.start if method == 1 and idat is not None else None)
        until = size if method == 0 else (idat.end if idat is not None else 0)
        if base is None or base + offset + length > until:
            raise PlacesRemain
        _zero(file, base + offset, base + offset + (length or until - base - offset))
        if item in exif and length >= len(_NOTHING_TOLD):
            exif.discard(item)  # the first of its pieces is where it begins
            file.seek(base + offset)
            file.write(_NOTHING_TOLD)


def _told_items(file: BinaryIO, iinf: Box) -> dict[int, bytes]:
    """The ids of items that are no picture, and their kinds."""
    file.seek(iinf.start)
    version = file.read(4)[0]
    told = {}
    for box in _boxes(file, iinf.start + (6 if version == 0 else 8), iinf.end, iter(range(MOST_BOXES))):
        file.seek(box.start)
        entry = Reader(file.read(min(box.end - box.start, 64)))
        version = entry.number(1)
        entry.number(3)
        if box.kind != b"infe" or version < 2:
            raise PlacesRemain
        item = entry.number(2 if version == 2 else 4)
        entry.number(2)
        if (kind := entry.take(4)) in _ITEMS:
            told[item] = kind
    return told


def _extents(table: Reader) -> Iterator[tuple[int, int, int, int]]:
    """Item, how it is placed (0 in the file, 1 in `idat`), offset and length of each piece."""
    version = table.number(1)
    table.number(3)
    sizes, more = table.number(1), table.number(1)
    offset_size, length_size, base_size = sizes >> 4, sizes & 15, more >> 4
    index_size = more & 15 if version else 0
    for _ in range(table.number(2 if version < 2 else 4)):
        item = table.number(2 if version < 2 else 4)
        method = table.number(2) & 15 if version else 0
        table.number(2)
        base = table.number(base_size)
        for _ in range(table.number(2)):
            table.number(index_size)
            offset = table.number(offset_size)
            yield item, method, base + offset, table.number(length_size)


class Reader:
    """Numbers one after another, the high byte first."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, 0

    def take(self, length: int) -> bytes:
        """The next bytes. Raises ValueError where there are not so many."""
        found = self._raw[self._at : self._at + length]
        if len(found) != length:
            raise ValueError("the table ends too early")
        self._at += length
        return found

    def number(self, length: int) -> int:
        """The number that the next bytes are; 0 for none."""
        return int.from_bytes(self.take(length), "big")


def tells_more(path: Path) -> bool:
    """Whether a picture that was not drawn anew may carry a place: by the marks of Exif, XMP and TIFF in its bytes."""
    content = path.read_bytes()
    return content[:4] in _TIFFS or any(mark in content for mark in (b"Exif\0\0", b"eXIf", b"ns.adobe.com/xap"))
