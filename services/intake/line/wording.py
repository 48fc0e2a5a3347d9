"""Replies of the talk in words and buttons, as messages of the Messaging API. Pure.

Whoever sits at a computer sees no buttons: every question can also be answered with a number or a word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.policy import PolicyBundle
from services.intake.line.conversation import PAGE
from services.intake.line.outcome import Reply
from services.intake.line.talk import Choice, Facing, Talk
from services.kit.i18n import N_, Lang, translate

Message = dict[str, Any]

LABEL = 20
"""Characters of a button's label that LINE takes."""

TEXT = 5000
"""Characters of a text message that LINE takes."""

MOST = 5
"""Messages that LINE takes in one answer."""

_TEXTS: Mapping[str, str] = {
    "welcome": N_(
        "Hello, this is %(centre)s.\nTell us here what happened: write it as you would tell a friend, and send photos"
        " if you have any. Or press a button below."
    ),
    "hello": N_("Hello, glad to hear from you. Is there anything we can help with? Write it here, or press a button."),
    "menu": N_("What can we do for you? Write it here, or press a button."),
    "help": N_(
        "Write what happened, and send photos, films, files or a place with it. We ask what is missing and give you a"
        " number.\nWrite “status” to see your cases, “cancel” to stop at any time, “ภาษาไทย” for Thai."
    ),
    "language": N_("We go on in English."),
    "sticker": N_("Thank you for the sticker."),
    "sticker_menu": N_("Thank you for the sticker. If something went wrong, write it here and we will look into it."),
    "tell_more": N_("We are listening. Tell us a little more: what happened, where and when?"),
    "tell_complaint": N_("Tell us what happened: what, where and when. You can write in several messages."),
    "tell_enquiry": N_("What would you like to know? Write your question here."),
    "tell_suggestion": N_("What could we do better? Write your suggestion here."),
    "tell_compliment": N_("How kind of you. What did we do well? Write it here."),
    "category": N_("We have it. What is it about? Press a button, or write the number."),
    "category_again": N_("We have that too. Please choose what it is about: press a button, or write the number."),
    "got_content": N_("We have it. Please tell us in a few words what it shows."),
    "got_more": N_("We have it (%(about)s messages so far). Send more, or press “That is all”."),
    "added_to_draft": N_("We have added it."),
    "some_words": N_("Just a few words please: what happened? Then press “That is all”."),
    "anything_else": N_("Do you have photos, films, files or a place to send? When you are ready press “That is all”."),
    "identity": N_(
        "Shall we keep confidential who you are?\n1 = My name may be known to those who handle the case\n2 = Keep it"
        " confidential: only very few people see it"
    ),
    "which": N_("Which case does this belong to? Press a button, or write the number.\n%(cases)s"),
    "joined": N_("Added to case %(about)s. The people who handle it will see it."),
    "full": N_("That is a lot; nothing more fits into one case. Send it, and add the rest afterwards."),
    "nothing_to_cancel": N_("There is nothing to cancel. Your cases stay as they are."),
    "cancelled": N_("Cancelled. Nothing of it was kept. Write to us whenever you want."),
    "reminder": N_("Your report is not sent yet. Would you like to go on? If not, it is deleted after a while."),
    "no_cases": N_("You have no case with us yet. To see one that you filed elsewhere, open its tracking page."),
    "linked_case": N_("Done. You now get news of case %(about)s here."),
    "linked_staff": N_("Done. Alerts of the complaint system now come here too, %(about)s."),
    "bad_code": N_("This code is not valid any more. Ask for a new one on the page that showed it."),
    "too_many_codes": N_("Too many wrong codes. Wait an hour, then ask for a new one."),
    "did_accept": N_("Thank you. We carry out what was decided and close case %(about)s."),
    "did_contest": N_("We have your request. People who had no part in the outcome of case %(about)s review it."),
    "did_rate": N_("Thank you for your rating. How much do you trust us to handle complaints well?"),
    "did_confidence": N_("Thank you. Is there anything you would like to add?"),
    "comment": N_("Write it here in one message. It goes with your rating."),
    "did_more": N_("Thank you. We read every comment."),
    "not_now": N_("This cannot be done with the case now. Write “status” to see how it stands."),
    "group": N_(
        "We are glad to help, but not in front of everybody: what you tell us is personal. Please talk to us alone:"
        " %(link)s"
    ),
}

_MENU = (
    (N_("Report a problem"), "new:complaint"),
    (N_("Ask a question"), "new:enquiry"),
    (N_("Suggest something"), "new:suggestion"),
    (N_("Say thank you"), "new:compliment"),
    (N_("See my cases"), "status"),
)
_DONE, _CANCEL = (N_("That is all"), "done"), (N_("Cancel"), "cancel")
_BUTTONS: Mapping[str, Sequence[tuple[str, str]]] = {
    **dict.fromkeys(
        ("welcome", "hello", "menu", "help", "sticker_menu", "cancelled", "no_cases", "nothing_to_cancel"),
        _MENU,
    ),
    "language": _MENU,
    "tell_more": (_DONE, _CANCEL),
    "some_words": (_DONE, _CANCEL),
    "got_content": (_DONE, _CANCEL),
    "got_more": (_DONE, _CANCEL),
    "anything_else": (_DONE, _CANCEL),
    "identity": ((N_("Name may be known"), "id:named"), (N_("Keep confidential"), "id:confidential"), _CANCEL),
    "confirm": ((N_("Send it"), "send"), (N_("Add or change"), "edit"), _CANCEL),
    "joined": ((N_("It is a new matter"), "case:new"), (N_("See my cases"), "status")),
    "reminder": (_CANCEL,),
    "comment": (_CANCEL,),
}
_TOOLS = frozenset({"anything_else", "got_more", "tell_complaint"})
"""Replies that offer camera, album and map."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What a reply is put into words with."""

    bundle: PolicyBundle
    lang: Lang
    talk: Talk
    facing: Facing
    link: str = ""
    """The address at which to talk to us alone."""
    policy_url: str = ""


def said(replies: Sequence[Reply], saying: Saying) -> list[Message]:
    """The messages of an answer. Only the last one shows buttons in LINE, so only it carries them."""
    messages = [message_of(reply, saying) for reply in replies][-MOST:]
    for message in messages[:-1]:
        message.pop("quickReply", None)
    return messages


def message_of(reply: Reply, saying: Saying) -> Message:
    """One reply as a text message with its buttons."""
    message: Message = {"type": "text", "text": _words(reply, saying)[:TEXT]}
    items = _rating_buttons(reply, saying.lang) or _buttons(reply.code, saying)
    if items:
        message["quickReply"] = {"items": items}
    return message


def _rating_buttons(reply: Reply, lang: Lang) -> list[dict[str, Any]]:
    """What is asked after a rating; `about` is the case."""
    if reply.code == "did_rate":
        pairs = [(label, f"conf:{mark}:{reply.about}") for mark, label in _TRUST]
    elif reply.code == "did_confidence":
        pairs = [(N_("Write a comment"), f"say:yes:{reply.about}"), (N_("No, thank you"), f"say:no:{reply.about}")]
    else:
        return []
    return [_postback(translate(lang, label), data) for label, data in pairs]


_TRUST = (
    ("5", N_("5 Very much")), ("4", N_("4 Much")), ("3", N_("3 Somewhat")), ("2", N_("2 Little")),
    ("1", N_("1 Not at all")),
)  # fmt: skip


def _words(reply: Reply, saying: Saying) -> str:
    lang = saying.lang
    if reply.code == "confirm":
        return _summary(saying)
    text = translate(
        lang,
        _TEXTS[reply.code],
        about=reply.about,
        centre=saying.bundle.organisation.centre.say(lang),
        cases="\n".join(f"{place} = {label}" for place, (label, _) in enumerate(_case_buttons(saying), 1)),
        link=saying.link,
    )
    if reply.code in ("category", "category_again"):
        lines = [f"{place} {name_of(one, lang)}" for place, one in enumerate(saying.facing.choices, 1)]
        text = "\n".join([text, *lines])
    return text


def name_of(choice: Choice, lang: Lang) -> str:
    """A category's name."""
    return choice.names[0] if lang == "th" else choice.names[-1]


def _summary(saying: Saying) -> str:
    """What will be sent, to be read once more."""
    lang, talk = saying.lang, saying.talk
    contents = len(talk.contents())
    lines = [
        translate(lang, "Please check before it is sent:"),
        "",
        talk.narrative(translate(lang, NOTHING_SAID))[:1500],
    ]
    if talk.category:
        label = saying.bundle.label_of("categories", talk.category, lang)
        lines.append(translate(lang, "About: %(category)s", category=label))
    if contents:
        lines.append(translate(lang, "With %(n)s photos, films or files", n=contents))
    if place := talk.location():
        lines.append(translate(lang, "Place: %(place)s", place=place[:200]))
    if talk.kind != "enquiry":
        known = N_("Your name may be known") if talk.identity == "named" else N_("Who you are is kept confidential")
        lines.append(translate(lang, known))
    lines += ["", translate(lang, "1 = send, 2 = change. By sending you agree to: %(url)s", url=saying.policy_url)]
    return "\n".join(lines)


NOTHING_SAID = N_("(sent without words)")
"""The account of somebody who only sends pictures."""


def _buttons(code: str, saying: Saying) -> list[dict[str, Any]]:
    lang = saying.lang
    if code in ("category", "category_again"):
        return _category_buttons(saying)
    if code == "which":
        return [
            _postback(label, data) for label, data in [*_case_buttons(saying), (translate(lang, "Cancel"), "cancel")]
        ]
    items = [_postback(translate(lang, label), data) for label, data in _BUTTONS.get(code, ())]
    if code in _TOOLS:
        items += [_tool(kind, translate(lang, label)) for kind, label in _OFFERED]
    return items


_OFFERED = (("camera", N_("Take a photo")), ("cameraRoll", N_("Choose a photo")), ("location", N_("Send a place")))


def _tool(kind: str, label: str) -> dict[str, Any]:
    return {"type": "action", "action": {"type": kind, "label": short(label)}}


def _postback(label: str, data: str) -> dict[str, Any]:
    action = {"type": "postback", "label": short(label), "data": data, "displayText": label[:300]}
    return {"type": "action", "action": action}


def short(label: str) -> str:
    """A label as LINE takes it; one that is cut says so."""
    return label if len(label) <= LABEL else label[: LABEL - 1].rstrip() + "…"


def _category_buttons(saying: Saying) -> list[dict[str, Any]]:
    lang, choices = saying.lang, saying.facing.choices
    first = saying.talk.page * PAGE
    items = [_postback(name_of(one, lang), f"cat:{one.code}") for one in choices[first : first + PAGE]]
    if len(choices) > PAGE:
        items.append(_postback(translate(lang, "Other choices"), "page"))
    return [*items, _postback(translate(lang, "Cancel"), "cancel")]


def _case_buttons(saying: Saying) -> list[tuple[str, str]]:
    """The open cases, newest first, and that it is a new matter."""
    cases = [(case.number, f"case:{case.case_id}") for case in saying.facing.cases]
    return [*cases, (translate(saying.lang, "It is a new matter"), "case:new")]
