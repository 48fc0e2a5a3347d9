"""Keys can be exchanged while people work: the former one is still believed, and what is stored keeps its own."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from services.intake.passes import issue_pass, read_pass
from services.kit.database import new_id
from services.kit.paths import deploy_dir
from services.kit.settings import Settings
from services.kit.tokens import SessionClaims, form_token, form_token_fits, issue_session, read_session

OLD, NEW = "the former key, long enough to sign with", "the new key, just as long as the former one"
NOW = datetime.now(UTC)


@pytest.fixture
def during_exchange(monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("REDRESS_SECRET_KEY_PREVIOUS", OLD)
    monkeypatch.setenv("REDRESS_DIGEST_KEY", OLD)
    return Settings(secret=NEW)


def test_a_session_form_and_pass_of_the_former_key_hold_while_it_is_named(during_exchange: Settings) -> None:
    claims = SessionClaims(new_id(), new_id())
    assert read_session(during_exchange.secrets, issue_session(OLD, claims, NOW)) == claims
    assert read_session(during_exchange.secrets, issue_session(NEW, claims, NOW)) == claims
    assert form_token_fits(during_exchange.secrets, "browser", form_token(OLD, "browser"))
    complaint = new_id()
    assert read_pass(during_exchange.secrets, "receipt", issue_pass(OLD, "receipt", complaint, NOW), NOW) == complaint


def test_once_the_former_key_is_gone_so_is_everything_it_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDRESS_SECRET_KEY_PREVIOUS", raising=False)
    after = Settings(secret=NEW)
    assert read_session(after.secrets, issue_session(OLD, SessionClaims(new_id(), new_id()), NOW)) is None
    assert not form_token_fits(after.secrets, "browser", form_token(OLD, "browser"))
    assert read_pass(after.secrets, "receipt", issue_pass(OLD, "receipt", new_id(), NOW), NOW) is None


def test_what_is_stored_is_digested_by_the_signing_key_until_the_two_part(
    during_exchange: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert during_exchange.digest_key == OLD
    monkeypatch.delenv("REDRESS_DIGEST_KEY")
    assert Settings(secret=NEW).digest_key == NEW


def test_no_key_is_in_the_text_of_the_settings(during_exchange: Settings) -> None:
    assert OLD not in repr(during_exchange)
    assert NEW not in repr(during_exchange)


def test_only_passes_sessions_and_forms_are_made_with_the_key_that_is_exchanged() -> None:
    root = deploy_dir().parent
    elsewhere = [
        f"{file.relative_to(root)}:{number}"
        for file in sorted((root / "services").rglob("*.py"))
        if file.parts[-2] != "kit" and "governance" not in file.parts
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"settings\.secret\b", line) and not re.search(r"\b(issue_pass|form_token)\(", line)
    ]
    assert elsewhere == [], "what is stored is keyed by settings.digest_key"
