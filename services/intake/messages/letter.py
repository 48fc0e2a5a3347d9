"""The decision as a printable Thai letter (ISO 10002 7.8): as a page, and as a PDF made in a short-lived process.

It is addressed to the complainant of the number, not by name: a name is shown only after a look that is recorded.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from schemas.policy import PolicyBundle
from services.intake.messages.compose import recourse_words
from services.intake.track_complaint import track_complaint
from services.intake.tracking_view import decision_of
from services.intake.tracking_words import office_name
from services.kit.copies import Fetches
from services.kit.errors import NotFound, Unavailable
from services.kit.i18n import N_
from services.kit.paths import fonts_dir
from services.kit.thai import format_date

FONT_PATHS = ("/usr/share/fonts/truetype/tlwg", "/usr/share/fonts/truetype", "/usr/share/fonts")
"""Where Debian's Thai fonts stand; `REDRESS_FONTS` may hold others."""

PDF_SECONDS = 20.0


class NoDecision(NotFound):
    """There is no decision that a letter could tell."""

    code = "no-decision"


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter in Thai, part by part; an empty part is left out."""

    organisation: str
    unit: str
    number: str
    date: str
    subject: str
    to: str
    reference: str
    opening: str
    decision: str
    reasons: str
    remedy: str
    recourse: str
    closing: str
    phone: str


async def letter_of(source: Fetches, case_id: UUID, bundle: PolicyBundle, now: datetime) -> Letter:
    """The letter about the latest decision.

    Raises:
        NoDecision: none was told yet.
    """
    tracked = await track_complaint(source, case_id)
    decision = decision_of(tracked, bundle, "th")
    if decision is None:
        raise NoDecision(
            N_("No decision has been told in this case yet."), N_("The letter can be printed once it was told.")
        )
    number = str(tracked.complaint["tracking_number"])
    received = format_date(tracked.complaint["received_at"], "th", bundle.zone, "full")
    is_complaint = (tracked.progress.get("kind") or tracked.complaint["kind"]) == "complaint"
    remedy = decision.remedy
    if decision.baht:
        remedy = f"{remedy} {decision.baht:,.2f} บาท".strip()
    return Letter(
        organisation=bundle.organisation.name.th,
        unit=office_name(bundle, tracked.unit, "th", restricted=tracked.restricted),
        number=decision.letter_number,
        date=format_date(decision.at or now, "th", bundle.zone, "full"),
        subject=f"แจ้งผลการพิจารณา{'เรื่องร้องเรียน' if is_complaint else 'เรื่อง'} เลขที่ {number}",
        to="ผู้ร้องเรียน" if is_complaint else "ท่านผู้ติดต่อ",
        reference=f"เรื่องของท่านซึ่งได้รับเมื่อ{received}",
        opening=f"ตามที่ท่านได้แจ้งเรื่องไว้กับ{bundle.organisation.name.th} นั้น บัดนี้ได้พิจารณาแล้ว ขอแจ้งผลให้ทราบ ดังนี้",
        decision=decision.correction or decision.reasons,
        reasons=decision.reasons if decision.correction else "",
        remedy=remedy,
        recourse=recourse_words(bundle, decision.recourse, "th") if is_complaint else "",
        closing="จึงเรียนมาเพื่อโปรดทราบ",
        phone=bundle.organisation.phone,
    )


async def print_letter(letter: Letter) -> bytes:
    """The letter as a PDF. The typesetter and its fonts (some 100 MB) live in a process that ends with the paper.

    Raises:
        Unavailable: no PDF came out; the page can still be printed from the browser.
    """
    made = await set_paper("letter", asdict(letter))
    if made is None:
        raise Unavailable(
            N_("The letter could not be made into a PDF."),
            N_("Print the page from the browser; a Thai font (fonts-thai-tlwg) should be installed."),
        )
    return made


async def set_paper(sheet: str, data: Mapping[str, Any]) -> bytes | None:
    """A paper of `letter_worker` as a PDF; None when none came out. The typesetter lives no longer than the paper."""
    places = [str(place) for place in (fonts_dir(), *map(Path, FONT_PATHS)) if place.is_dir()]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.intake.messages.letter_worker",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")},
        cwd=Path(__file__).resolve().parents[3],
    )  # fmt: skip
    wanted = json.dumps({"sheet": sheet, "data": data, "fonts": places}).encode()
    try:
        async with asyncio.timeout(PDF_SECONDS):
            made, _ = await process.communicate(wanted)
    except TimeoutError:
        process.kill()
        await process.wait()
        made = b""
    return made if made.startswith(b"%PDF") else None
