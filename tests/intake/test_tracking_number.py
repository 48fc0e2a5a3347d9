"""Tracking numbers and secrets: read out on the telephone, typed by anybody, slips caught."""

from __future__ import annotations

import itertools
import string
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.intake.tracking_number import LETTERS, make_number, read_number
from services.intake.tracking_secret import ALPHABET, digest_of_secret, fits, secret_of

AT = datetime(2026, 11, 20, 7, 5, tzinfo=UTC)
SERVER = "a secret of the tests"
NUMBERS = st.builds(
    make_number,
    st.text(string.ascii_uppercase, min_size=2, max_size=5),
    st.integers(0, 14_000).map(lambda days: AT - timedelta(days=2000) + timedelta(days=days)),
    st.integers(1, 99_999_999),
    st.just("Asia/Bangkok"),
)


def test_a_number_is_prefix_buddhist_year_serial_and_letter() -> None:
    assert make_number("FIO", AT, 4827, "Asia/Bangkok")[:-1] == "FIO-69-04827-"


def test_the_year_turns_at_local_midnight() -> None:
    assert make_number("FIO", datetime(2026, 12, 31, 17, tzinfo=UTC), 1, "Asia/Bangkok").startswith("FIO-70-")


def test_no_letter_looks_like_a_digit() -> None:
    assert not set(LETTERS) & set("IOQSZBGLD")


@given(NUMBERS)
def test_every_number_reads_as_itself_however_it_is_typed(number: str) -> None:
    assert read_number(number) == number
    assert read_number(f"  {number.lower().replace('-', ' ')} ") == number
    thai = number.translate({ord(str(digit)): "๐๑๒๓๔๕๖๗๘๙"[digit] for digit in range(10)})
    assert read_number(thai) == number


@given(NUMBERS, st.data())
def test_any_mistyped_digit_is_caught(number: str, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([at for at, sign in enumerate(number) if sign.isdigit()]))
    other = data.draw(st.sampled_from([digit for digit in string.digits if digit != number[place]]))
    assert read_number(number[:place] + other + number[place + 1 :]) is None


@given(NUMBERS, st.data())
def test_any_swap_of_neighbouring_digits_is_caught(number: str, data: st.DataObject) -> None:
    digits = [at for at, sign in enumerate(number) if sign.isdigit()]
    pairs = [(a, b) for a, b in itertools.pairwise(digits) if number[a] != number[b]]
    if not pairs:
        return
    a, b = data.draw(st.sampled_from(pairs))
    signs = list(number)
    signs[a], signs[b] = signs[b], signs[a]
    assert read_number("".join(signs)) is None


@given(NUMBERS, st.sampled_from(string.ascii_uppercase))
def test_another_check_letter_is_caught(number: str, letter: str) -> None:
    assert (read_number(number[:-1] + letter) is None) == (letter != number[-1])


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading(text: str) -> None:
    read_number(text)
    digest_of_secret(SERVER, text)


@given(st.uuids())
def test_a_secret_has_forty_bits_and_is_the_same_for_the_same_complaint(complaint_id: UUID) -> None:
    secret = secret_of(SERVER, complaint_id)
    assert secret == secret_of(SERVER, complaint_id) != secret_of("another", complaint_id)
    assert set(secret.replace("-", "")) <= set(ALPHABET)
    assert len(secret.replace("-", "")) * 5 == 40


@given(st.uuids())
def test_a_secret_fits_however_it_is_typed_and_no_other_does(complaint_id: UUID) -> None:
    secret = secret_of(SERVER, complaint_id)
    stored = digest_of_secret(SERVER, secret)
    typed = secret.lower().replace("-", " ").replace("0", "o").replace("1", "i")
    assert fits(SERVER, secret, stored)
    assert fits(SERVER, typed, stored)
    assert not fits(SERVER, secret_of(SERVER, UUID(int=complaint_id.int ^ 1)), stored)
    assert not fits(SERVER, secret, None)
    assert secret.encode() not in stored
