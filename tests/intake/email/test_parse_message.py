"""A mail read as a person would: every charset, whatever is broken, and nothing that fills the memory."""

from __future__ import annotations

import base64
import time
import tracemalloc
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.email.charsets import codec_of, decode_text
from services.intake.email.headers import decoded
from services.intake.email.html_text import sanitised, text_of_html
from services.intake.email.parse_message import ParsedMessage, parse_message
from services.intake.email.parts import MailUnreadable
from services.intake.email.quotes import fold
from tests.intake.email.conftest import samples

THAI = "น้ำประปาไม่ไหลสามวันแล้ว"


def parsed(text: str) -> ParsedMessage:
    """A message written out."""
    return parse_message(text.encode("utf-8", "surrogateescape"))


@pytest.mark.parametrize(
    "charset", ["windows-874", "TIS-620", "tis620", "ISO-8859-11", "cp874", "x-windows-874", "UTF-8", "utf8",
                "iso-8859-1", "us-ascii", "unknown-8bit", "x-made-up", "", "base64", "idna"]
)  # fmt: skip
def test_thai_is_read_whatever_its_charset_is_called(charset: str) -> None:
    codec = "utf-8" if charset.casefold().startswith("utf") else "cp874"
    assert decode_text(THAI.encode(codec), charset) == THAI


def test_western_letters_are_not_taken_for_thai() -> None:
    assert decode_text("Où est l'été à Besançon ?".encode("latin-1"), "iso-8859-1") == "Où est l'été à Besançon ?"


@pytest.mark.parametrize("charset", ["zip", "rot13", "unicode_escape", "punycode", "\x00", "a" * 500])
def test_what_is_no_charset_names_none(charset: str) -> None:
    assert codec_of(charset) is None


def test_the_thai_header_vectors_decode() -> None:
    lines = (samples("THAI_HEADER_VECTORS.txt")).read_text("utf-8").splitlines()
    pairs = [line.split("\t")[:2] for line in lines if line.startswith("=?")]
    assert pairs
    assert [decoded(word) for word, _ in pairs] == [text for _, text in pairs]


def test_a_letter_cut_in_two_by_encoded_words_is_whole_again() -> None:
    raw = THAI.encode()
    words = " ".join(f"=?utf-8?B?{base64.b64encode(raw[at : at + 10]).decode()}?=" for at in range(0, len(raw), 10))
    assert decoded(words) == THAI


def test_bare_bytes_in_a_header_are_read_as_thai() -> None:
    mail = parse_message(b"From: a@example.com\nSubject: " + THAI.encode("cp874") + b"\n\nx\n")
    assert mail.subject == THAI


def test_html_alone_becomes_text_and_is_shown_without_anything_that_runs() -> None:
    html = (
        "<style>p{}</style><p>เรียน ศูนย์<br>น้ำไม่ไหล</p><script>alert(1)</script><ul><li>หนึ่ง<li>สอง</ul>"
        "<a href='https://x.example/a'>ดูรูป</a><img src=x onerror=alert(1)><div style='display:none'>ซ่อน</div>"
    )
    mail = parsed(f"From: a@example.com\nContent-Type: text/html; charset=utf-8\n\n{html}")
    assert "เรียน ศูนย์\nน้ำไม่ไหล" in mail.text
    assert "• หนึ่ง" in mail.text
    assert "ดูรูป <https://x.example/a>" in mail.text
    assert "ซ่อน" not in mail.text
    assert "alert" not in (mail.html or "")
    assert "<img" not in (mail.html or "")


@pytest.mark.parametrize(
    "html",
    ["<div>" * 100_000, "<!--" * 100_000, "<a <a " * 100_000, "<b><i>" * 50_000, "&" * 300_000, "<table>" * 50_000],
)
def test_html_made_to_hold_a_reader_up_does_not(html: str) -> None:
    begun = time.process_time()
    text_of_html(html)
    sanitised(html)
    assert time.process_time() - begun < 10


def test_of_alternatives_the_text_is_read_and_the_html_kept_to_be_shown() -> None:
    message = EmailMessage()
    message["From"] = "a@example.com"
    message.set_content("ข้อความ")
    message.add_alternative("<p><b>ข้อความ</b></p>", subtype="html")
    mail = parse_message(message.as_bytes())
    assert (mail.text, mail.html) == ("ข้อความ", "<p><b>ข้อความ</b></p>\n")
    assert not mail.attachments


def test_a_forwarded_message_is_read_and_kept_whole() -> None:
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "b@example.com", "ของเดิม"
    inner.set_content("ถนนพัง")
    outer = EmailMessage()
    outer["From"] = "a@example.com"
    outer.set_content("ส่งต่อครับ")
    outer.add_attachment(inner)
    mail = parse_message(outer.as_bytes())
    assert "ส่งต่อครับ" in mail.text
    assert "ถนนพัง" in mail.text
    assert [file.media_type for file in mail.attachments] == ["message/rfc822"]
    assert b"b@example.com" in mail.attachments[0].content


def test_an_invitation_says_what_when_and_where() -> None:
    event = "SUMMARY:ประชุม\r\nDTSTART:20261120T090000Z\r\nLOCATION:ห้อง 1\r\n"
    calendar = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{event}END:VEVENT\r\n"
    mail = parsed(f"From: a@example.com\nContent-Type: text/calendar; charset=utf-8\n\n{calendar}")
    assert "ประชุม\nDTSTART: 20261120T090000Z\nLOCATION: ห้อง 1" in mail.text
    assert [file.media_type for file in mail.attachments] == ["text/calendar"]


def test_what_outlook_wraps_and_cannot_be_unwrapped_stays_a_file() -> None:
    message = EmailMessage()
    message["From"] = "a@example.com"
    message.set_content("x")
    message.add_attachment(b"no tnef at all", maintype="application", subtype="ms-tnef", filename="winmail.dat")
    assert [file.name for file in parse_message(message.as_bytes()).attachments] == ["winmail.dat"]


@pytest.mark.parametrize(
    ("text", "new", "quoted", "signature"),
    [
        ("ใหม่\n\nเมื่อ 20 พ.ย. 2569 ศูนย์ <a@b.example> เขียนว่า:\n> เก่า\n", "ใหม่", "> เก่า", ""),
        ("New\n\nOn Fri, 20 Nov 2026 at 10:00, Centre <a@b.example>\nwrote:\n\n> old", "New", "> old", ""),
        ("ใหม่\n\nจาก: ศูนย์\nส่ง: 20 พฤศจิกายน 2569\nถึง: ผม\nเรื่อง: น้ำ\n\nเก่า", "ใหม่", "เก่า", ""),
        ("ใหม่\n\n-----Original Message-----\nเก่า", "ใหม่", "เก่า", ""),
        ("ใหม่\n\nส่งจาก iPhone ของฉัน", "ใหม่", "", "ส่งจาก iPhone ของฉัน"),
        ("ใหม่\n\n-- \nสมชาย\nโทร 081", "ใหม่", "", "สมชาย"),
        ("---------- Forwarded message ----------\nFrom: x\n\nเรื่องร้องเรียน", "เรื่องร้องเรียน", "", ""),
        ("> มีแต่ข้อความเก่า", "> มีแต่ข้อความเก่า", "", ""),
    ],
)
def test_quotation_and_signature_are_folded_away_and_kept(text: str, new: str, quoted: str, signature: str) -> None:
    folded = fold(text)
    assert new in folded.new
    assert quoted in folded.quoted
    assert signature in folded.signature
    assert bool(quoted) == bool(folded.quoted)
    assert not quoted or "เก่า" not in folded.new


@given(
    st.lists(
        st.sampled_from(["a", "> b", "-- ", "On x y z wrote:", "", "From: a", "Sent: b", "To: c", "----", "ส่งจาก x"])
    )
)
def test_folding_loses_no_line(lines: list[str]) -> None:
    folded = fold("\n".join(lines))
    kept = "\n".join(folded).split("\n")
    assert sorted(filter(None, map(str.strip, kept))) == sorted(filter(None, map(str.strip, lines)))


def test_answers_of_many_mail_programs_are_parted_from_what_they_answer() -> None:
    for path in samples("reply_parser").glob("*.txt"):
        folded = fold(path.read_text("utf-8"))
        assert folded.new.strip(), path.name
    text = (samples("reply_parser") / "email_1_4.txt").read_text("utf-8")
    assert fold(text).new == "Awesome! I haven't had another problem with it."


def nested(depth: int) -> bytes:
    """Parts within parts."""
    head = b"From: a@example.com\n"
    for level in range(depth):
        head += f'Content-Type: multipart/mixed; boundary="b{level}"\n\n--b{level}\n'.encode()
    return head + b"Content-Type: text/plain\n\nx\n"


@pytest.mark.parametrize(
    "raw",
    [
        nested(500),
        nested(60),
        b"From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n\n" * 30_000,
        b"From: a@example.com\n" + b"X-Y: z\n" * 200_000,
        b"From: a@example.com\n\n" + b"\n" * 4_000_000,
    ],
)
def test_a_bomb_is_refused_in_bounded_memory(raw: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(MailUnreadable):
        parse_message(raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60_000_000


def test_a_head_of_nearly_1_mb_is_read() -> None:
    mail = parse_message(b"From: a@example.com\nSubject: x" + b" y" * 450_000 + b"\n\ntext\n")
    assert mail.text == "text"


_PIECES = st.sampled_from(
    [
        b"From: ", b"Subject: ", b"Message-ID: <", b"Date: Tue, 99", b"a@b.example", b"(((", b'"', b">", b"\x00",
        b"\r\n", b"Content-Type: multipart/mixed; boundary=b\n", b"\n\n", b"--b\n", b"--b--\n", b"=?utf-8?B?", b"?=",
        b"<p>", b"Content-Transfer-Encoding: base64\n", b"Content-Type: text/html; charset=x\n", b"\xb9\xe9\xd3",
        b"Content-Type: message/rfc822\n\n", b'Content-Disposition: attachment; filename*0*="', b"begin 644 x\n",
        b"Content-Type: application/ms-tnef\n\n", b"Content-Type: message/delivery-status\n\n",
    ]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(_PIECES, st.binary(max_size=40)), max_size=40))
def test_whatever_comes_is_read_or_refused_and_no_error_escapes(pieces: list[bytes]) -> None:
    raw = b"".join(pieces)
    try:
        mail = parse_message(raw)
    except MailUnreadable:
        return
    for text in (mail.text, mail.subject, mail.html or "", *(file.name or "" for file in mail.attachments)):
        text.encode()  # no half of a letter that could not be kept
        assert "\x00" not in text
    assert "\n" not in mail.subject
    assert mail.sender is None or not set("\r\n") & set(mail.sender.name + mail.sender.address)
