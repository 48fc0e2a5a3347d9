"""The HTML of a mail: the same words as the plain text, readable on a phone, with nothing fetched from outside."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from schemas.policy import PolicyBundle
from services.intake.messages.compose import Written
from services.kit.i18n import Lang
from services.kit.service import Context

_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")


def mail_page(context: Context, written: Written, policy: PolicyBundle, lang: Lang) -> str:
    """The page around a message."""
    return context.web.templates.get_template("intake/mail.html").render(
        lang=lang,
        subject=written.subject,
        organisation=policy.organisation.name.say(lang),
        paragraphs=[_with_links(part) for part in written.text.split("\n\n")],
    )


def _with_links(text: str) -> Markup:
    """The paragraph with its lines kept and its addresses as links."""
    parts, at = [], 0
    for found in _LINK.finditer(text):
        parts += [escape(text[at : found.start()]), Markup('<a href="{0}">{0}</a>').format(found.group())]
        at = found.end()
    parts.append(escape(text[at:]))
    return Markup("").join(parts).replace("\n", Markup("<br>\n"))
