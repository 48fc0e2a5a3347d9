"""Suggestions: learned in a process of its own, measured on later cases, applied only as far as the policy says."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from schemas.policy import PolicyBundle
from services.routing.reclassify_case import reclassify_case
from services.routing.search.segmenter import Segmenter
from services.routing.suggest.features import features
from services.routing.suggest.learn import PastCase, learn
from services.routing.suggest.model import NotOurs, packed, unpacked
from services.routing.suggest.suggest_cases import Suggester
from services.routing.suggest.train_model import train_model
from tests.routing.visitor import Visitor
from tests.routing.world import MONDAY, World, policy

TOLD = {
    "lodging": ("น้ำไม่ไหลในห้องพัก", "เตียงสกปรกมาก", "แอร์ห้องพักเสียงดัง", "ผ้าปูที่นอนไม่เปลี่ยน"),
    "product": ("โต๊ะไม้แตกร้าว", "สินค้าชำรุดตอนส่ง", "ไม้แปรรูปผิดขนาด", "ตู้ไม้บานพับหลุด"),
    "contract": ("สัญญาเช่าคิดดอกเบี้ยผิด", "ขอสำเนาสัญญาจ้าง", "ค่าปรับตามสัญญาไม่ตรง", "คู่สัญญาไม่วางหลักประกัน"),
}
UNITS = {"lodging": "lodging", "product": "sales", "contract": "legal"}


@pytest.fixture(scope="module")
def segmenter() -> Iterator[Segmenter]:
    """One process for all of them."""
    made = Segmenter()
    yield made
    made.close()


def past(number: int = 240) -> list[PastCase]:
    """Cases of three sorts, told in a few ways."""
    cycle = itertools.cycle(
        [
            (category, text)
            for texts in zip(*TOLD.values(), strict=True)
            for category, text in zip(TOLD, texts, strict=True)
        ]
    )
    return [
        PastCase(f"{text} ครั้งที่ {at}", {"category": category, "unit": UNITS[category]})
        for at, (category, text) in zip(range(number), cycle, strict=False)
    ]


def test_what_was_learned_tells_later_cases_better_than_always_the_commonest() -> None:
    model, measured = learn(past())
    assert model is not None
    assert measured["category"].accuracy > 0.95 > 0.5 > measured["category"].majority
    assert model.shares("unit", features("โต๊ะไม้ที่ซื้อมาแตกร้าว"))[0][0] == "sales"


def test_too_few_cases_teach_nothing() -> None:
    assert learn(past(60)) == (None, {})


def test_a_model_comes_back_as_it_was_kept_and_another_content_is_refused() -> None:
    model, _ = learn(past())
    assert model is not None
    content = packed(model)
    digest = hashlib.sha256(content).hexdigest()
    asked = features("น้ำไม่ไหล")
    (code, share), (again, kept) = model.shares("unit", asked)[0], unpacked(content, digest).shares("unit", asked)[0]
    assert (code, round(share, 2)) == (again, round(kept, 2))
    with pytest.raises(NotOurs):
        unpacked(content[:-1] + b"x", digest)


async def taught(world: World, number: int = 240) -> str:
    """Past cases that were filed, and the model that was learned from them."""
    for at, case in enumerate(past(number)):
        world.now = MONDAY - timedelta(minutes=number - at)
        category = case.labels["category"]
        await world.announce("intake", world.complaint(case.text, category=category))
    world.now = MONDAY
    await world.drain()
    trained = await train_model(world.database, world.bundle, world.now)
    assert trained.version is not None
    return trained.version


async def in_force(world: World, bundle: PolicyBundle) -> None:
    """Let another policy be in force from now on."""
    async with world.database.transaction() as tx:
        await tx.execute(
            "insert into routing.policy_copy (version, effective_from, adopted_at, bundle) values ($1, $2, $2, $3)",
            bundle.version,
            MONDAY - timedelta(days=1),
            bundle.model_dump_json(),
        )
    world.copies.forget()


async def suggested(world: World, segmenter: Segmenter) -> None:
    """Let suggestions be made for all open cases."""
    suggester = Suggester(segmenter)
    while await suggester.suggest(world.database, world.copies, world.now):
        pass


async def test_a_suggestion_stands_beside_the_form_with_confidence_and_accuracy_and_changes_nothing(
    world: World, segmenter: Segmenter, visits: Callable[..., Visitor]
) -> None:
    version = await taught(world)
    case_id = await world.filed("โต๊ะไม้ที่ซื้อมาแตกร้าว", category=None)
    await suggested(world, segmenter)
    case = await world.case(case_id)
    assert (case.state, case.unit, case.category) == ("assessed", "centre", None)
    centre = visits("centre", lang="en")
    page = await centre.page(f"/cases/{case.tracking_number}/steps/assigned")
    assert "Suggested unit: Sales department (confidence " in page
    assert "of 48 later cases" in page
    async with world.database.transaction() as tx:
        await reclassify_case(
            tx, world.copies, case_id, category="product", reason="อ่านแล้ว", viewer=world.people["centre"], now=world.now
        )
    told = await world.database.read("select body::jsonb from routing.journal where type = 'case-reclassified'")
    noted = told[0]["body"]["suggestion"]
    assert (noted["model"], noted["code"], noted["applied"]) == (version, "product", False)


@pytest.fixture
def trusting() -> PolicyBundle:
    """A policy that lets sure suggestions be applied."""
    return policy(version="quick-2", suggestions={"classify_from": 60, "assign_from": 60})


async def test_above_the_share_of_the_policy_a_case_is_classified_and_assigned_and_both_are_journalled(
    world: World, segmenter: Segmenter, trusting: PolicyBundle
) -> None:
    version = await taught(world)
    await in_force(world, trusting)
    case_id = await world.filed("โต๊ะไม้ที่ซื้อมาแตกร้าว สินค้าชำรุด", category=None)
    await suggested(world, segmenter)
    case = await world.case(case_id)
    assert (case.state, case.unit, case.category) == ("assigned", "sales", "product")
    told = await world.database.read(
        "select type, body::jsonb as body from routing.journal where case_id = $1 order by position desc limit 2",
        case_id,
    )
    moved, reclassified = (row["body"] for row in told)
    assert (moved["actor"], moved["rule"], moved["fields"]["suggestion"]["model"]) == ("rules", "suggestion", version)
    assert (reclassified["actor"], reclassified["suggestion"]["applied"]) == ("rules", True)


@pytest.mark.parametrize(
    ("suggestions", "values"),
    [
        ({}, {}),
        ({"assign_from": 99}, {"told": "ครั้งที่"}),
        ({"assign_from": 60, "least_accuracy": 99}, {"worse": 0.9}),
        ({"assign_from": 60}, {"subject": {"unit": "sales"}}),
    ],
)
async def test_nothing_is_applied_without_the_policy_below_its_share_by_a_weak_model_or_about_conduct(
    world: World, segmenter: Segmenter, suggestions: dict[str, Any], values: dict[str, Any]
) -> None:
    await taught(world)
    await in_force(world, policy(version="quick-2", suggestions=suggestions))
    values = dict(values)
    if worse := values.pop("worse", None):
        await world.database.statement(
            "update routing.suggestion_model"
            " set measured = jsonb_set(measured, '{unit,accuracy}', to_jsonb($1::float8))",
            worse,
        )
    case_id = await world.filed(values.pop("told", "สินค้า"), category=None, **values)
    before = await world.case(case_id)
    await suggested(world, segmenter)
    assert await world.case(case_id) == before


async def test_what_a_person_has_touched_is_left_to_people(
    world: World, segmenter: Segmenter, trusting: PolicyBundle
) -> None:
    await taught(world)
    await in_force(world, trusting)
    case_id = await world.filed("โต๊ะไม้ที่ซื้อมาแตกร้าว", category=None)
    async with world.database.transaction() as tx:
        await reclassify_case(
            tx, world.copies, case_id, category="other", reason="ยังไม่แน่ใจ", viewer=world.people["centre"], now=world.now
        )
    await suggested(world, segmenter)
    assert (await world.case(case_id)).state == "assessed"


def test_a_policy_that_trusts_a_guess_is_refused() -> None:
    with pytest.raises(ValueError, match="assign_from"):
        policy(suggestions={"assign_from": 40})
