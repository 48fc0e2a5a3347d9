"""Draws one picture anew, in a process of its own with limits on memory and time. Imports nothing of ours.

What comes out holds pixels and colours only: no place, no camera, no time, no text, nothing behind the end of the
picture. Called with source, target, small target, longest side and the largest number of pixels; prints JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

MEMORY = 1_200 * 2**20
"""Bytes of address space: enough for the largest picture that is allowed, and for nothing larger."""
SECONDS = 20
SMALL = 480
FRAMES = 150

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")
PAGES = "application/pdf"
"""What a scan of several pages becomes."""
TOO_LARGE = 3
UNREADABLE = 4


def main(source: str, target: str, small: str, side: int, pixels: int) -> int:
    """Draw it anew; the exit status says what was wrong."""
    from PIL import Image, ImageOps

    warnings.simplefilter("error", Image.DecompressionBombWarning)
    # A JPEG is first read at a fraction of its size, so its header may say more than is ever decoded.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(source, formats=FORMATS) as picture:
            if picture.format == "JPEG":
                picture.draft("RGB", (side, side))
            if picture.width * picture.height > pixels:
                return TOO_LARGE
            frames = getattr(picture, "n_frames", 1)
            moving = picture.format in ("GIF", "WEBP") and 1 < frames <= FRAMES
            if picture.format == "TIFF" and frames > 1:
                found = _pages(picture, target, side, pixels, frames)
            elif moving and picture.width * picture.height * frames <= pixels:
                found = _moving(picture, target)
            else:
                found = _still(ImageOps.exif_transpose(picture), target, side, picture.format == "JPEG")
        if found["media_type"] == PAGES:
            print(json.dumps(found))  # noqa: T201  (its only way of answering)
            return 0
        with Image.open(target, formats=FORMATS) as drawn:
            thumb = drawn.convert("RGBA" if "A" in drawn.mode or "transparency" in drawn.info else "RGB")
            thumb.thumbnail((SMALL, SMALL))
            _flat(thumb).save(small, "JPEG", quality=80, optimize=True)
    except MemoryError:
        return TOO_LARGE
    except Exception:  # any mistake of any decoder means the same: this cannot be shown as a picture
        return UNREADABLE
    print(json.dumps(found))  # noqa: T201  (its only way of answering)
    return 0


def _still(picture: Image, target: str, side: int, photo: bool) -> dict[str, Any]:
    """A picture that stands still: a photo as JPEG, anything with transparency or few colours as PNG."""
    picture.thumbnail((side, side))
    clear = "A" in picture.mode or "transparency" in picture.info
    if not photo and (clear or picture.mode in ("P", "1", "L", "LA") or picture.format == "PNG"):
        drawn = picture.convert("RGBA" if clear else "RGB")
        drawn.info.clear()
        drawn.save(target, "PNG")
        kind = "image/png"
    else:
        drawn = _flat(picture)
        drawn.info.clear()
        drawn.save(target, "JPEG", quality=88, exif=b"", icc_profile=None)
        kind = "image/jpeg"
    return {"media_type": kind, "width": drawn.width, "height": drawn.height}


def _pages(picture: Image, target: str, side: int, pixels: int, frames: int) -> dict[str, Any]:
    """A scan of several pages, as a PDF of them. Raises MemoryError for more pixels together than are allowed."""
    from PIL import ImageSequence

    if frames > FRAMES:
        raise MemoryError
    pages, left = [], pixels
    for page in ImageSequence.Iterator(picture):
        left -= page.width * page.height
        if left < 0:
            raise MemoryError
        drawn = _flat(page)
        drawn.thumbnail((side, side))
        drawn.info.clear()
        pages.append(drawn)
    pages[0].save(target, "PDF", save_all=True, append_images=pages[1:], quality=88, producer="", creator="")
    return {"media_type": PAGES, "width": pages[0].width, "height": pages[0].height}


def _moving(picture: Image, target: str) -> dict[str, Any]:
    """A picture that moves, frame by frame, without what was written beside the frames."""
    from PIL import ImageSequence

    frames = [frame.convert("RGBA") for frame in ImageSequence.Iterator(picture)]
    for frame in frames:
        frame.info.clear()
    pace = picture.info.get("duration", 100)
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], duration=pace, loop=0, disposal=2)
    return {"media_type": "image/gif", "width": frames[0].width, "height": frames[0].height}


def _flat(picture: Image) -> Image:
    """Without transparency, on white."""
    from PIL import Image

    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        ground = Image.new("RGB", clear.size, "white")
        ground.paste(clear, mask=clear.getchannel("A"))
        return ground
    return picture.convert("RGB")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))
