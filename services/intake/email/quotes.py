"""What somebody wrote, apart from what they quote and sign with (Thai and English mail programs). Pure, linear.

Folding never loses: `Folded.new`, `quoted` and `signature` together hold every line. When in doubt a line counts as
new, since reading a quotation too much costs a second, and a complaint folded away is a complaint unread. A message
that is all quotation is left whole.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LINES_READ = 20_000

_ATTRIBUTION = re.compile(
    r"^\s*(?:>\s*)?(?:"
    r"on\s.{4,200}\bwrote\s*:?|"
    r"le\s.{4,200}a\s+écrit\s*:|"
    r"(?:เมื่อ|ในวันที่|วันที่|ในวัน|วัน).{4,200}(?:เขียนว่า|ได้เขียน(?:ว่า|ข้อความต่อไปนี้)?|เขียน)\s*:?|"
    r".{2,200}(?:เขียนว่า|ได้เขียนข้อความต่อไปนี้)\s*:|"
    r"\d{4}[-/.年]\d{1,2}.{3,160}<[^<>\s]{3,200}@[^<>\s]{3,200}>\s*:?"
    r")\s*$",
    re.IGNORECASE,
)
_ATTRIBUTION_START = re.compile(r"^\s*(?:on\s\S.{3,200}|(?:เมื่อ|ในวันที่|ในวัน).{4,200})$", re.IGNORECASE)
_SEPARATOR = re.compile(
    r"^\s*(?:>\s*)?(?:"
    r"[-_]{2,}\s*(?:original message|forwarded message|reply message"
    r"|ข้อความต้นฉบับ|ข้อความเดิม|ข้อความที่ส่งต่อ|จดหมายเดิม)\s*[-_]{2,}|"
    r"begin forwarded message\s*:|เริ่มข้อความที่ส่งต่อ\s*:|_{20,})\s*$",
    re.IGNORECASE,
)
_RULE = re.compile(r"^\s*[-–—=]{8,}\s*$")
_FORWARD = re.compile(r"forward|ส่งต่อ", re.IGNORECASE)
_HEAD_FROM = re.compile(r"^\s*\*?(?:from|จาก|ผู้ส่ง)\s*:\*?\s*\S", re.IGNORECASE)
_HEAD_MORE = re.compile(
    r"^\s*\*?(?:sent|date|to|cc|subject|reply-to|ส่ง|ส่งเมื่อ|วันที่|ถึง|สำเนา|สำเนาถึง|เรื่อง|หัวเรื่อง)\s*:", re.IGNORECASE
)
_MARK = re.compile(r"^\s*--\s?$|^\s*__+\s*$")
_SENT_FROM = re.compile(
    r"^\s*(?:sent (?:from|via|with) (?:my |the |a )?\S.{0,60}|get outlook for .{2,40}|-+\s*sent from .{2,60}"
    r"|ส่งจาก\s?\S.{0,60}|ส่งด้วย\s?\S.{0,40}|รับ outlook สำหรับ .{2,40}|ดาวน์โหลด outlook .{2,40}"
    r"|envoyé de mon .{2,40})\s*$",
    re.IGNORECASE,
)
_SIGNATURE_LINES = 15


class Folded(NamedTuple):
    """A message taken apart: what is new in it, what it quotes, and how it is signed."""

    new: str
    quoted: str
    signature: str


def fold(text: str) -> Folded:
    """Take a message apart."""
    lines = text.split("\n")
    rest = lines[LINES_READ:]
    kinds = _kinds(lines[:LINES_READ])
    new = [line for line, kind in zip(lines, kinds, strict=False) if kind == "new"]
    quoted = [line for line, kind in zip(lines, kinds, strict=False) if kind == "quoted"] + rest
    signature = [line for line, kind in zip(lines, kinds, strict=False) if kind == "signature"]
    if not any(line.strip() for line in new):
        if not any(line.strip() for line in quoted):
            return Folded(text.strip(), "", "")
        return Folded("\n".join(lines).strip(), "", "")
    return Folded(_joined(new), _joined(quoted), _joined(signature))


def _kinds(lines: list[str]) -> list[str]:
    kinds = ["new"] * len(lines)
    at, signing = 0, False
    while at < len(lines):
        line = lines[at]
        if (more := _attribution(lines, at)) or _SEPARATOR.match(line) or _outlook_head(lines, _past_rule(lines, at)):
            signing = False
            if more and not _tail_is_quoted(lines, at + more):
                # Answers between quoted lines: fold only the line that says who wrote.
                kinds[at : at + more] = ["quoted"] * more
                at += more
                continue
            if _is_forward(lines, at) and not any(lines[i].strip() and kinds[i] == "new" for i in range(at)):
                break  # nothing but a forwarded message: what was forwarded is what they want to say
            kinds[at:] = ["quoted"] * (len(lines) - at)
            break
        if line.lstrip().startswith(">"):
            kinds[at] = "quoted"
            signing = False
        elif signing or _SENT_FROM.match(line) or (_MARK.match(line) and _ends_soon(lines, at)):
            kinds[at] = "signature"
            signing = signing or bool(_MARK.match(line))
        at += 1
    return kinds


def _attribution(lines: list[str], at: int) -> int:
    """How many lines from `at` on say who wrote what follows: 0 when none do."""
    if _ATTRIBUTION.match(lines[at]):
        return 1
    if len(lines[at]) <= 210 and _ATTRIBUTION_START.match(lines[at]):
        for more in (2, 3):
            joined = " ".join(line.strip() for line in lines[at : at + more])
            if at + more <= len(lines) and len(joined) < 320 and _ATTRIBUTION.match(joined):
                return more
    return 0


def _tail_is_quoted(lines: list[str], at: int) -> bool:
    """Whether nothing new stands after a quotation: either all of it is marked, or none is (top-posting)."""
    tail = [line for line in lines[at:] if line.strip()]
    marked = sum(line.lstrip().startswith(">") for line in tail)
    return marked == 0 or marked == len(tail)


def _past_rule(lines: list[str], at: int) -> int:
    """The next line with words when this one is but a drawn rule, else this one."""
    if not _RULE.match(lines[at]):
        return at
    return next((after for after in range(at + 1, min(at + 4, len(lines))) if lines[after].strip()), at)


def _outlook_head(lines: list[str], at: int) -> bool:
    """Whether a head as Outlook writes it starts here: From, then two more of its fields close by."""
    if not _HEAD_FROM.match(lines[at]):
        return False
    return sum(bool(_HEAD_MORE.match(line)) for line in lines[at + 1 : at + 8]) >= 2


def _is_forward(lines: list[str], at: int) -> bool:
    return _FORWARD.search(lines[at]) is not None


def _ends_soon(lines: list[str], at: int) -> bool:
    """Whether a signature starts here: few lines follow until the end or the quotation, and none is long."""
    following: list[str] = []
    for line in lines[at + 1 : at + 3 + _SIGNATURE_LINES]:
        if line.lstrip().startswith(">") or _ATTRIBUTION.match(line) or _SEPARATOR.match(line):
            return bool(following)
        if line.strip():
            following.append(line)
    return bool(following) and at + 1 + _SIGNATURE_LINES >= len(lines) - 1 and max(map(len, following)) <= 120


def _joined(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
