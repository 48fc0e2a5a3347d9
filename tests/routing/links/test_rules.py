"""How much alike two cases are."""

from __future__ import annotations

from services.routing.links.rules import best, is_repeat, likeness, text_likeness, weights_of
from services.routing.links.words import words_of
from tests.routing.world import MONDAY, later


def test_rare_words_count_for_more_than_common_ones() -> None:
    words = [frozenset({"น้ำ", "ปั๊ม"}), frozenset({"น้ำ", "ห้อง"}), frozenset({"ปั๊ม", "เสีย"}), frozenset({"น้ำ", "ไฟ"})]
    weights = weights_of(words)
    assert text_likeness(words[0], words[2], weights) > text_likeness(words[0], words[1], weights) > 0
    assert text_likeness(words[0], words[0], weights) == 1
    assert text_likeness(words[0], frozenset(), weights) == 0


def test_place_alone_does_not_make_two_cases_alike() -> None:
    assert best([("a", likeness(0.0, place=True, category=True))], 5) == []
    assert best([("a", likeness(0.5, place=True, category=True))], 5)


def test_thai_is_compared_by_words_not_by_letters() -> None:
    assert words_of("น้ำไม่ไหลทั้งคืน") & words_of("ทั้งคืนน้ำไม่ไหลเลย") == words_of("น้ำไม่ไหลทั้งคืน")
    assert not words_of("ที่ ๆ และ ก็")


def test_a_repeat_is_the_same_person_and_matter_within_ninety_days() -> None:
    same = {"same_person": True, "same_reference": False, "same_matter": True}
    assert is_repeat(MONDAY, later(days=90), **same)
    assert is_repeat(later(days=90), MONDAY, **same)
    assert not is_repeat(MONDAY, later(days=91), **same)
    assert not is_repeat(MONDAY, MONDAY, **{**same, "same_matter": False})
    assert not is_repeat(MONDAY, MONDAY, **{**same, "same_person": False})
    assert is_repeat(MONDAY, MONDAY, same_person=False, same_reference=True, same_matter=True)
