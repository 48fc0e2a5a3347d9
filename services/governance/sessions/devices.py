"""What a browser calls itself, in two words: enough to know one's own session again. Pure."""

from __future__ import annotations

_PROGRAMS = (
    ("Line/", "LINE"), ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("FxiOS", "Firefox"),
    ("Firefox/", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"),
    ("python", "Python"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def device_of(user_agent: str | None) -> str | None:
    """`Chrome · Windows`; None when neither is known."""
    text = user_agent or ""
    found = [next((name for mark, name in known if mark in text), "") for known in (_PROGRAMS, _SYSTEMS)]
    return " · ".join(part for part in found if part) or None
