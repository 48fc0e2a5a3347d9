"""A dossier is asked for with a reason; routing's part reads by itself and holds everything it knows."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable

import pytest

from schemas.cases import DossierAsked
from services.kit.errors import InvalidInput
from services.routing.dossier.ask_dossier import ask_dossier
from tests.routing.visitor import Visitor
from tests.routing.world import World

OFFICER, APPROVER = "officer1.lodging", "approver.services"


async def test_the_record_holds_complaint_story_decision_and_digests(
    world: World, visits: Callable[..., Visitor]
) -> None:
    case_id = await world.filed("น้ำไม่ไหล <ทั้งคืน>")
    await world.step(case_id, "investigating", OFFICER)
    await world.step(case_id, "response_proposed", OFFICER)
    await world.step(case_id, "decision_communicated", APPROVER)
    before = await world.announced(case_id)
    address = f"/cases/{(await world.case(case_id)).tracking_number}"
    answer = await visits(OFFICER).fill(f"{address}/acts/dossier", reason="ผู้ตรวจการแผ่นดินขอ ตามหนังสือ ผผ 12/2569")
    assert answer.status_code == 303, answer.text
    fact = (await world.announced(case_id))[-1].payload()
    assert isinstance(fact, DossierAsked)
    assert fact.by == world.people[OFFICER].staff_id
    page = gzip.decompress(base64.b64decode(str(fact.record))).decode()
    for said in ("น้ำไม่ไหล &lt;ทั้งคืน&gt;", "แจ้งผล", "ตรวจพบว่าเป็นความบกพร่องของเรา", f"ชื่อ {APPROVER}"):
        assert said in page, said
    assert all(event.digest().hex() in page for event in before)
    line = (await world.file(case_id, OFFICER)).timeline[-1]
    assert (line.kind, line.by) == ("dossier", world.people[OFFICER].staff_id)
    assert "จัดทำสำนวนทั้งเรื่อง" in await visits(OFFICER).page(address)


async def test_what_a_dossier_is_for_has_to_be_said(world: World) -> None:
    case_id = await world.filed()
    async with world.database.transaction() as tx:
        with pytest.raises(InvalidInput):
            await ask_dossier(tx, world.copies, case_id, reason=" ", viewer=world.people[OFFICER], now=world.now)
