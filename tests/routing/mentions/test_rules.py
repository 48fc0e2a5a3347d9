"""Whom a note names: the longest name that fits, and nobody by accident."""

from __future__ import annotations

from services.routing.mentions.rules import Named, named_in
from tests.routing.world import person

PAWEENA = person("paweena", "lodging", "officer").model_copy(update={"display_name": "นางสาวปวีณา ศรีวงศ์"})
THANAKRIT = person("thanakrit", "lodging", "officer").model_copy(update={"display_name": "ธนกฤต ใจดี"})
OTHER_PAWEENA = person("paweena2", "sales", "officer").model_copy(update={"display_name": "ปวีณา แก้วดี"})


def named(text: str, *more: object) -> Named:
    return named_in(text, [PAWEENA, THANAKRIT, *more])  # type: ignore[list-item]


def test_a_colleague_is_named_by_user_name_whole_name_or_first_name() -> None:
    for text in ("@paweena", "ขอ @Paweena ดู", "@นางสาวปวีณา ศรีวงศ์ เสนอ", "@ปวีณา ศรีวงศ์", "ตรวจแล้ว@ปวีณา, เสนอได้"):
        assert named(text).members == (PAWEENA,), text


def test_several_are_named_in_their_order_and_each_once() -> None:
    assert named("@ธนกฤต กับ @paweena และ @ธนกฤต").members == (THANAKRIT, PAWEENA)


def test_an_address_of_mail_names_nobody() -> None:
    assert named("เขียนถึง fio@paweena.example แล้ว") == Named((), (), ())


def test_a_first_name_of_two_names_neither_until_it_is_written_whole() -> None:
    assert named("@ปวีณา", OTHER_PAWEENA) == Named((), (), ("ปวีณา",))
    assert named("@ปวีณา แก้วดี", OTHER_PAWEENA).members == (OTHER_PAWEENA,)


def test_a_name_within_a_longer_word_is_not_that_name() -> None:
    assert named("@ปวีณาภรณ์ ทราบ") == Named((), ("ปวีณาภรณ์",), ())
    assert named("@paweenas").nobody == ("paweenas",)
