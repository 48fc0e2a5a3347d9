"""Invented names for the people of a sample organisation."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

FIRST = (
    "ปวีณา", "ธนกฤต", "มาลี", "สุริยา", "กรองแก้ว", "วรเดช", "นภัสสร", "อนันต์", "จิราพร", "พิเชษฐ์", "รัตนา", "ศุภชัย",
    "อรทัย", "กิตติพงศ์", "วิมลรัตน์", "ชาญชัย", "ดวงกมล", "ประเสริฐ", "สิรินทร์", "ณัฐพล", "เพ็ญศรี", "ทวีศักดิ์", "ลัดดา",
)  # fmt: skip
LAST = (
    "ศรีวงศ์", "ใจงาม", "ทองดี", "บุญมา", "แสงสว่าง", "วัฒนกุล", "พงษ์ไพร", "สวนสัก", "รักษ์ป่า", "มั่นคง", "เจริญสุข", "ชัยชนะ",
    "ลำดวน", "วงศ์ษา", "คำแหง", "สุขสม", "ไม้งาม", "ธารทอง", "ศิลป์ชัย",
)  # fmt: skip


def sample_names() -> Iterator[str]:
    """First and family names that do not repeat before all 437 pairs are used; no living person is meant."""
    for number in count():
        yield f"{FIRST[number % len(FIRST)]} {LAST[number % len(LAST)]}"
