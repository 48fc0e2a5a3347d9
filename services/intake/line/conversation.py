"""The talk in which a complaint is filed, as a pure machine: (talk, what happened, facing) → (talk, replies, effects).

Words, pictures, films, files and places are taken in any order; each answer says what comes next. `ยกเลิก` ends it and
`สถานะ` shows one's cases at any time. What it needs besides the talk is handed in (`Facing`); it does nothing itself.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from services.intake.line import talk as t
from services.intake.line.outcome import (
    Act,
    Drop,
    Effect,
    Fetch,
    File,
    Join,
    Link,
    Outcome,
    Pushes,
    Reply,
    Speak,
    TakeBack,
)
from services.intake.line.reading import (
    Followed,
    Happening,
    Placed,
    Pressed,
    Said,
    Showed,
    Stuck,
    Unfollowed,
    Unsent,
)  # fmt: skip
from services.intake.line.talk import Facing, OpenCase, Piece, Talk

PAGE = 9
"""Categories shown at once; LINE shows at most 13 buttons, and those to turn the page and to leave are among them."""

ACTIONS = frozenset({"accept", "contest"})
MARKS = ("1", "2", "3", "4", "5")


def step(talk: Talk, happened: Happening, facing: Facing) -> Outcome:
    """What follows."""
    if isinstance(happened, Said):
        return _said(talk, happened, facing)
    if isinstance(happened, Showed):
        return _piece(talk, Piece(happened.message_id, happened.kind, happened.name or ""), facing)
    if isinstance(happened, Placed):
        return _piece(talk, Piece(happened.message_id, "place", happened.words), facing)
    if isinstance(happened, Pressed):
        return _pressed(talk, happened.data, facing)
    if isinstance(happened, Stuck):
        return Outcome(talk, (Reply("sticker"), *_again(talk)) if talk.under_way else (Reply("sticker_menu"),))
    if isinstance(happened, Unsent):
        return Outcome(talk.without(happened.message_id), effects=(TakeBack(happened.message_id),))
    if isinstance(happened, Followed):
        return Outcome(talk, (Reply("welcome"),), (Pushes(True),))
    if isinstance(happened, Unfollowed):
        return Outcome(talk, effects=(Pushes(False),))
    return Outcome(talk)


# ---- words


def _said(talk: Talk, said: Said, facing: Facing) -> Outcome:
    command = _command(talk, t.plain(said.text))
    if command is not None:
        return _pressed(talk, command, facing)
    if (code := t.code_in(said.text)) is not None:
        return Outcome(talk, effects=(Link(code),))
    if talk.step == "comment" and talk.recent_case:
        return Outcome(Talk(), effects=(Act(UUID(talk.recent_case), "more", words=said.text),))
    if (chosen := _chosen(talk, said.text, facing)) is not None:
        return _pressed(talk, chosen, facing)
    piece = Piece(said.message_id, "text", said.text)
    if talk.under_way:
        return _piece(talk, piece, facing)
    awaited = any(case.awaits for case in facing.cases)
    if t.is_pleasantry(said.text) and not awaited:
        return Outcome(talk, (Reply("hello"),))
    if t.is_one_word(said.text) and not facing.cases:
        # Kept: whoever writes a word at a time has begun to tell.
        begun = replace(Talk(), step="telling", pieces=(piece,))
        return Outcome(begun, (Reply("tell_more"),))
    return _piece(talk, piece, facing)


def _command(talk: Talk, words: str) -> str | None:
    """The button that a word stands for, as things are."""
    for known, data in ((t.CANCEL, "cancel"), (t.STATUS, "status"), (t.HELP, "help")):
        if words in known:
            return data
    if words in t.LANGUAGE:
        return f"lang:{t.LANGUAGE[words]}"
    if words in t.NEW and talk.step in ("idle", "which"):
        return f"new:{t.NEW[words]}"
    if talk.step in ("telling", "category") and words in t.DONE:
        return "done"
    if talk.step == "identity":
        return "id:named" if words in t.NAMED else "id:confidential" if words in t.CONFIDENTIAL else None
    if talk.step == "confirm":
        return "send" if words in t.SEND else "edit" if words in t.EDIT else None
    return None


def _chosen(talk: Talk, text: str, facing: Facing) -> str | None:
    """The button that a number from the list shown, or a category's name, stands for."""
    number = t.number_in(text)
    if talk.step == "category":
        named = next((one.code for one in facing.choices if t.plain(text) in map(t.plain, one.names)), None)
        if named is not None:
            return f"cat:{named}"
        if number is not None and 1 <= number <= len(facing.choices):
            return f"cat:{facing.choices[number - 1].code}"
    if talk.step == "identity" and number in (1, 2):
        return "id:named" if number == 1 else "id:confidential"
    if talk.step == "confirm" and number in (1, 2):
        return "send" if number == 1 else "edit"
    if talk.step == "which" and number is not None:
        if 1 <= number <= len(facing.cases):
            return f"case:{facing.cases[number - 1].case_id}"
        return "case:new" if number == len(facing.cases) + 1 else None
    return None


# ---- pieces


def _piece(talk: Talk, piece: Piece, facing: Facing) -> Outcome:
    """Something said or shown: into the draft, or to a case."""
    fetch: tuple[Effect, ...] = (Fetch(piece),) if piece.has_content else ()
    if talk.step == "idle" and facing.cases:
        return _for_a_case(talk, piece, facing, fetch)
    if talk.step == "comment":
        return Outcome(talk, _again(talk))
    if talk.is_full:
        return Outcome(talk, (Reply("full"), *_again(talk)))
    told = talk.with_piece(piece)
    if talk.step == "which":
        return Outcome(told, (Reply("which"),), fetch)
    if talk.step in ("identity", "confirm"):
        return Outcome(told, (Reply("added_to_draft"), *_again(told)), fetch)
    if told.kind != "enquiry" and told.category is None and told.has_words:
        asked = replace(told, step="category")
        return Outcome(asked, (Reply("category" if talk.step != "category" else "category_again"),), fetch)
    going_on = replace(told, step="telling")
    if not told.has_words:
        return Outcome(going_on, (Reply("got_content"),), fetch)
    return Outcome(going_on, (Reply("got_more", str(len(told.pieces))),), fetch)


def _for_a_case(talk: Talk, piece: Piece, facing: Facing, fetch: tuple[Effect, ...]) -> Outcome:
    awaiting = [case for case in facing.cases if case.awaits]
    only = facing.cases[0] if len(facing.cases) == 1 else awaiting[0] if len(awaiting) == 1 else None
    if only is None:
        return Outcome(replace(Talk(), step="which", pieces=(piece,)), (Reply("which"),), fetch)
    joined = replace(Talk(), recent_case=str(only.case_id), pieces=(piece,))
    return Outcome(joined, (Reply("joined", only.number),), (*fetch, Join(only.case_id, (piece,))))


# ---- buttons


def _pressed(talk: Talk, data: str, facing: Facing) -> Outcome:
    name, _, value = data.partition(":")
    if name == "status":
        return Outcome(talk, (Reply("cases"), *_again(talk)))
    if name == "cancel":
        return _cancel(talk)
    if name == "lang" and value in ("th", "en"):
        return Outcome(talk, _again(talk) or (Reply("language"),), (Speak(value),))
    if name == "new":
        return _new(talk, value)
    if name == "case":
        return _case(talk, value, facing)
    if name in ("act", "rate", "conf", "say"):
        return _act(talk, name, value, facing)
    if name in ("cat", "page", "done", "id", "send", "edit") and talk.under_way:
        return _onward(talk, name, value, facing)
    return Outcome(talk, _again(talk) or (Reply("menu"),))


def _cancel(talk: Talk) -> Outcome:
    if not talk.under_way:
        return Outcome(talk, (Reply("nothing_to_cancel"),))
    return Outcome(Talk(), (Reply("cancelled"),), (Drop(tuple(talk.contents())),))


def _new(talk: Talk, kind: str) -> Outcome:
    chosen = kind if kind in ("complaint", "enquiry", "suggestion", "compliment") else "complaint"
    kept = talk.pieces if talk.under_way else ()
    begun = replace(Talk(), kind=chosen, step="telling", pieces=kept)
    if kept and begun.has_words:
        return _onward(begun, "done", "", Facing())
    return Outcome(begun, (Reply(f"tell_{chosen}"),))


def _case(talk: Talk, value: str, facing: Facing) -> Outcome:
    """Which case something belongs to, or that it is a new matter."""
    if value == "new":
        begun = replace(Talk(), step="telling", pieces=talk.pieces)
        if not talk.pieces:
            return Outcome(begun, (Reply("tell_complaint"),))
        return _onward(begun, "done", "", facing) if begun.has_words else Outcome(begun, (Reply("got_content"),))
    case = _owned(value, facing)
    if case is None or talk.step != "which" or not talk.pieces:
        return Outcome(talk, _again(talk) or (Reply("menu"),))
    return Outcome(Talk(), (Reply("joined", case.number),), (Join(case.case_id, talk.pieces),))


def _owned(value: str, facing: Facing) -> OpenCase | None:
    return next((case for case in facing.cases if str(case.case_id) == value), None)


def _act(talk: Talk, name: str, value: str, facing: Facing) -> Outcome:
    """An answer to an outcome; whose case it is, and whether it can be done now, is judged where it is done."""
    action, _, identifier = value.partition(":")
    try:
        case_id = UUID(identifier)
    except ValueError:
        return Outcome(talk, (Reply("menu"),))
    if name == "rate" and action in MARKS:
        return Outcome(talk, effects=(Act(case_id, "rate", int(action)),))
    if name == "conf" and action in MARKS:
        return Outcome(talk, effects=(Act(case_id, "more", confidence=int(action)),))
    if name == "say" and not talk.under_way:
        if action == "no":
            return Outcome(talk, (Reply("did_more"),))
        return Outcome(Talk(step="comment", recent_case=str(case_id)), (Reply("comment"),))
    if name == "act" and action in ACTIONS:
        return Outcome(talk, effects=(Act(case_id, action),))
    return Outcome(talk, (Reply("menu"),))


def _onward(talk: Talk, name: str, value: str, facing: Facing) -> Outcome:
    """A step further in telling."""
    if name == "page":
        pages = -(-len(facing.choices) // PAGE) or 1
        turned = replace(talk, step="category", page=(talk.page + 1) % pages)
        return Outcome(turned, (Reply("category"),))
    if name == "cat" and any(one.code == value for one in facing.choices):
        told = replace(talk, category=value, page=0)
        later = talk.step in ("identity", "confirm")
        return _next(told) if later else Outcome(replace(told, step="telling"), (Reply("anything_else"),))
    if name == "id" and value in ("named", "confidential"):
        return _next(replace(talk, identity=value))
    if name == "edit":
        return Outcome(replace(talk, step="telling", identity=None), (Reply("anything_else"),))
    if name == "send" and talk.step == "confirm":
        return Outcome(Talk(), effects=(File(talk),))
    if name == "done":
        return _next(talk)
    return Outcome(talk, _again(talk))


def _next(talk: Talk) -> Outcome:
    """The next question that is not answered."""
    if not talk.pieces:
        return Outcome(replace(talk, step="telling"), (Reply(f"tell_{talk.kind}"),))
    if not talk.has_words and not talk.asked_for_words:
        return Outcome(replace(talk, step="telling", asked_for_words=True), (Reply("some_words"),))
    if talk.kind != "enquiry" and talk.category is None:
        return Outcome(replace(talk, step="category"), (Reply("category"),))
    if talk.kind != "enquiry" and talk.identity is None:
        return Outcome(replace(talk, step="identity"), (Reply("identity"),))
    return Outcome(replace(talk, step="confirm", identity=talk.identity or "named"), (Reply("confirm"),))


_QUESTIONS = {
    "telling": "anything_else", "category": "category_again", "identity": "identity", "confirm": "confirm",
    "which": "which", "comment": "comment",
}  # fmt: skip


def _again(talk: Talk) -> tuple[Reply, ...]:
    """The question that a talk waits for an answer to."""
    if talk.step == "telling" and not talk.pieces:
        return (Reply(f"tell_{talk.kind}"),)
    return (Reply(_QUESTIONS[talk.step]),) if talk.step in _QUESTIONS else ()


def reminder(talk: Talk) -> tuple[Reply, ...]:
    """What is said once to somebody whose talk rests."""
    return (Reply("reminder"), *_again(talk))
