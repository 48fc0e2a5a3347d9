"""Sealed contacts: unreadable without their key, bound to their row, readable while keys are exchanged."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.contacts.seal import (
    KEY_FILE,
    ContactKeyMissing,
    ContactKeyUnusable,
    ContactUnreadable,
    Seal,
    fresh_key,
    place_of,
    seal_of,
    write_keys,
)
from services.kit.settings import Settings

OLD, NEW = fresh_key(), fresh_key()
HERE = place_of("identity", "phone", 1)


@pytest.fixture(autouse=True)
def contact_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDRESS_CONTACT_KEY", raising=False)


def seal_with(*keys: str) -> Seal:
    return seal_of(Settings(options={"REDRESS_CONTACT_KEY": ",".join(keys)}))


@given(st.text())
def test_what_is_sealed_is_read_back_and_nowhere_to_be_seen(text: str) -> None:
    seal = seal_with(OLD)
    stored = seal.text(text, HERE)
    assert stored is not None
    assert len(text) < 4 or text not in stored
    assert seal.read(stored, HERE) == text
    assert seal.read_content(seal.content(text.encode(), HERE), HERE) == text.encode()
    assert seal.read_document(seal.document({"said": text}, HERE), HERE) == {"said": text}


def test_the_same_contact_sealed_twice_looks_different() -> None:
    assert seal_with(OLD).text("0812345678", HERE) != seal_with(OLD).text("0812345678", HERE)


def test_a_contact_moved_to_another_row_cannot_be_read() -> None:
    seal = seal_with(OLD)
    with pytest.raises(ContactUnreadable):
        seal.read(seal.text("0812345678", HERE), place_of("identity", "phone", 2))


def test_while_keys_are_exchanged_both_are_believed_and_the_newest_seals() -> None:
    before = seal_with(OLD).text("0812345678", HERE)
    exchanging = seal_with(NEW, OLD)
    assert exchanging.read(before, HERE) == "0812345678"
    assert seal_with(NEW).read(exchanging.text("0812345678", HERE), HERE) == "0812345678"


def test_without_its_key_a_contact_stays_sealed_and_the_missing_key_is_named() -> None:
    old = seal_with(OLD)
    with pytest.raises(ContactKeyMissing) as refused:
        seal_with(NEW).read(old.text("0812345678", HERE), HERE)
    assert old.newest in str(refused.value)


def test_what_was_stored_before_sealing_began_is_read_as_it_is() -> None:
    assert seal_with(OLD).read("0812345678", HERE) == "0812345678"
    assert seal_with(OLD).read_content(b"From: a@example.com", HERE) == b"From: a@example.com"


def test_without_a_setting_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    assert seal_of(settings).newest == seal_of(settings).newest
    assert stat.S_IMODE((tmp_path / "data" / KEY_FILE).stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "data").iterdir()] == [KEY_FILE]


def test_a_new_key_in_the_file_holds_at_once(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    before = seal_of(settings)
    stored = before.text("0812345678", HERE)
    write_keys(tmp_path / KEY_FILE, [NEW, (tmp_path / KEY_FILE).read_text().strip()])
    assert seal_of(settings).newest != before.newest
    assert seal_of(settings).read(stored, HERE) == "0812345678"


def test_a_key_that_others_can_read_or_that_is_short_is_refused(tmp_path: Path) -> None:
    seal_of(Settings(data=tmp_path))
    (tmp_path / KEY_FILE).chmod(0o644)
    with pytest.raises(ContactKeyUnusable):
        seal_of(Settings(data=tmp_path))
    with pytest.raises(ContactKeyUnusable):
        seal_with("too short")


def test_no_key_is_shown_where_a_seal_is_printed() -> None:
    assert OLD not in repr(seal_with(OLD))
