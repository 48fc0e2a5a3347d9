"""What is filed in the measurements: about one kilobyte of Thai, the same length each time."""

from __future__ import annotations

from typing import Any

SENTENCES = (
    "เมื่อคืนวันศุกร์เข้าพักที่บ้านพักของสวนป่าแล้วน้ำไม่ไหลตั้งแต่สองทุ่มจนถึงเช้า",
    "โทรแจ้งเจ้าหน้าที่เวรหลายครั้งแต่ไม่มีผู้รับสาย ต้องไปซื้อน้ำขวดมาใช้กันเองทั้งครอบครัว",
    "มีผู้สูงอายุและเด็กเล็กไปด้วยจึงเดือดร้อนมาก ขอให้ตรวจสอบและชี้แจงด้วย",
    "ขอให้พิจารณาคืนค่าห้องพักบางส่วนตามสมควร และแจ้งผลให้ทราบภายในกำหนด",
)
NARRATIVE = " ".join(SENTENCES) + " รายละเอียดเพิ่มเติมสอบถามได้ในเวลาทำการ"


def filing(place: int, number: int) -> dict[str, Any]:
    """A complaint as the public form sends it; the sender and the number make each one different."""
    return {
        "narrative": f"{NARRATIVE} ({place:02d}-{number:05d})",
        "category": "lodging_not_ready",
        "identity": "named",
        "complainant": {"name": "สมชาย ใจดี", "phone": f"08{place:02d}{number:06d}"},
        "language": "th",
    }
