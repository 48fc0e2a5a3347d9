"""Settings come from the environment and from a file that only its owner may read."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.kit.settings import Settings, SettingsFileUnusable


def _file(data: Path, text: str, mode: int = 0o600) -> None:
    path = data / "settings.env"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def test_the_environment_comes_before_the_settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _file(tmp_path, "# mail\nREDRESS_SMTP_URL='smtp://file:25'\nexport REDRESS_MAIL_FROM=a@b.example\n")
    settings = Settings(data=tmp_path)
    assert settings.option("REDRESS_SMTP_URL") == "smtp://file:25"
    assert settings.option("REDRESS_MAIL_FROM") == "a@b.example"

    monkeypatch.setenv("REDRESS_SMTP_URL", "smtp://environment:25")
    assert settings.option("REDRESS_SMTP_URL") == "smtp://environment:25"
    assert settings.option("REDRESS_NOTHING", "else") == "else"


def test_a_settings_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    _file(tmp_path, "REDRESS_SMTP_URL=smtp://file:25\n", 0o644)
    with pytest.raises(SettingsFileUnusable, match="read by others"):
        Settings(data=tmp_path).option("REDRESS_SMTP_URL")


@pytest.mark.parametrize("line", ["REDRESS_SMTP_URL", "PATH=/usr/bin"])
def test_a_line_that_is_no_setting_is_named(tmp_path: Path, line: str) -> None:
    _file(tmp_path, f"# first\n{line}\n")
    with pytest.raises(SettingsFileUnusable, match="Line 2 of"):
        Settings(data=tmp_path).option("REDRESS_SMTP_URL")


def test_secrets_among_the_settings_are_not_shown(tmp_path: Path) -> None:
    assert "hush" not in repr(Settings(data=tmp_path, options={"REDRESS_LINE_CHANNEL_SECRET": "hush"}))
