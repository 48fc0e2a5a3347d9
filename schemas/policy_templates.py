"""The templates that are used where the policy has none of its own: every purpose, in Thai and English.

The purpose says at which moment a message goes out.
"""

from __future__ import annotations

from functools import cache

from schemas.policy_publication import Template
from schemas.policy_words import Text

PURPOSES: tuple[str, ...] = (
    "acknowledgement", "first_contact", "progress", "request_information", "late", "decision", "review_decision",
    "silence_notice", "closed", "survey", "reopened", "withdrawn", "referred", "not_accepted", "merged",
    "recovery_offer",
)  # fmt: skip
"""What is said by template, in the order of a case's life."""

_ACKNOWLEDGEMENT = (
    "{centre}ได้รับเรื่องของท่านแล้วเมื่อ {received_at}\nเลขที่เรื่อง {tracking_number} รหัสติดตาม {secret}\nเราจะแจ้งผลภายใน {due}\n"
    "ติดตามเรื่องได้ที่ {link} หรือโทร {phone}",
    "{centre} received your complaint on {received_at}.\nTracking number {tracking_number}, secret {secret}\n"
    "We will tell you the outcome by {due}.\nFollow it at {link} or call {phone}.",
)

_ENGLISH_AND_THAI: tuple[tuple[str, str | None, tuple[str, str], tuple[str, str]], ...] = (
    ("acknowledgement", None, ("รับเรื่องแล้ว เลขที่ {tracking_number}", "Received: {tracking_number}"), _ACKNOWLEDGEMENT),
    (
        "acknowledgement", "suggestion",
        ("ขอบคุณสำหรับข้อเสนอแนะ เลขที่ {tracking_number}", "Thank you for your suggestion {tracking_number}"),
        (
            "ขอบคุณสำหรับข้อเสนอแนะ {centre}จะส่งให้หน่วยงานที่เกี่ยวข้องพิจารณา\n"
            "เลขที่เรื่อง {tracking_number} รหัสติดตาม {secret}\nติดตามได้ที่ {link}",
            "Thank you for your suggestion. {centre} passes it to the unit concerned.\n"
            "Tracking number {tracking_number}, secret {secret}\nFollow it at {link}",
        ),
    ),
    (
        "acknowledgement", "enquiry",
        ("รับข้อสอบถามแล้ว เลขที่ {tracking_number}", "Your enquiry {tracking_number}"),
        (
            "{centre}ได้รับข้อสอบถามของท่านแล้ว และจะตอบกลับโดยเร็ว\nเลขที่เรื่อง {tracking_number} รหัสติดตาม {secret}\n"
            "ติดตามได้ที่ {link} หรือโทร {phone}",
            "{centre} received your enquiry and will answer soon.\nTracking number {tracking_number}, secret {secret}\n"
            "Follow it at {link} or call {phone}.",
        ),
    ),
    (
        "acknowledgement", "compliment",
        ("ขอบคุณสำหรับคำชมเชย", "Thank you for your kind words"),
        (
            "ขอบคุณสำหรับคำชมเชย เราจะส่งต่อให้ผู้ปฏิบัติงานได้รับทราบ\nเลขที่เรื่อง {tracking_number}",
            "Thank you for your kind words. We will pass them on.\nTracking number {tracking_number}",
        ),
    ),
    (
        "first_contact", None,
        ("มีผู้ดูแลเรื่อง {tracking_number} แล้ว", "{tracking_number} is being looked into"),
        (
            "{unit}รับผิดชอบเรื่องเลขที่ {tracking_number} และกำลังตรวจสอบข้อเท็จจริง\nเราจะแจ้งผลภายใน {due}\n"
            "ถ้ามีข้อมูลเพิ่มเติม ส่งได้ที่ {link}",
            "{unit} now looks after your case {tracking_number} and is establishing the facts.\n"
            "We will tell you the outcome by {due}.\nIf you have more to tell us, add it at {link}.",
        ),
    ),
    (
        "progress", None,
        ("ความคืบหน้าเรื่อง {tracking_number}", "Progress of {tracking_number}"),
        (
            "เรื่องเลขที่ {tracking_number} อยู่ในขั้น {status}\n{progress}\nกำหนดแจ้งผล {due}\nดูรายละเอียดได้ที่ {link}",
            "Your case {tracking_number} is at: {status}.\n{progress}\nWe will tell you the outcome by {due}.\n"
            "See more at {link}.",
        ),
    ),
    (
        "request_information", None,
        ("ขอข้อมูลเพิ่มเติม เรื่อง {tracking_number}", "We need more information: {tracking_number}"),
        (
            "เพื่อดำเนินเรื่องเลขที่ {tracking_number} เราขอข้อมูลต่อไปนี้\n{request}\n"
            "ตอบข้อความนี้หรือส่งที่ {link} ระหว่างรอข้อมูล เวลาดำเนินการจะหยุดนับ",
            "To go on with case {tracking_number} we need the following from you:\n{request}\n"
            "Answer this message or send it at {link}. The clock pauses while we wait.",
        ),
    ),
    (
        "late", None,
        ("ขออภัยที่เรื่อง {tracking_number} ล่าช้า", "We are late with {tracking_number}"),
        (
            "ขออภัยที่เรื่องเลขที่ {tracking_number} ไม่เสร็จตามกำหนด {old_due}\nสาเหตุ {reason}\nกำหนดใหม่ {due}\n"
            "เรื่องนี้รายงานผู้บังคับบัญชาแล้ว ติดตามได้ที่ {link} หรือโทร {phone}",
            "We are sorry that your case {tracking_number} was not settled by {old_due}.\nWhy: {reason}\n"
            "The new date is {due}.\nManagement has been told. Follow it at {link} or call {phone}.",
        ),
    ),
    (
        "decision", None,
        ("แจ้งผลเรื่อง {tracking_number}", "The outcome of {tracking_number}"),
        (
            "ผลการพิจารณาเรื่องเลขที่ {tracking_number}\n{decision}\nเหตุผล {reason}\nการเยียวยา {remedy}\n"
            "หากท่านไม่เห็นด้วย {recourse}\nตอบรับหรือขอทบทวนได้ที่ {link}",
            "The outcome of your case {tracking_number}:\n{decision}\nReasons: {reason}\nRemedy: {remedy}\n"
            "If you disagree: {recourse}\nAccept it or ask for a review at {link}.",
        ),
    ),
    (
        "decision", "enquiry",
        ("ตอบข้อสอบถาม {tracking_number}", "Our answer to {tracking_number}"),
        ("{decision}\n{reason}\nถามเพิ่มเติมได้ที่ {link} หรือโทร {phone}",
         "{decision}\n{reason}\nAsk more at {link} or call {phone}."),
    ),
    (
        "decision", "suggestion",
        ("ผลการพิจารณาข้อเสนอแนะ {tracking_number}", "What became of your suggestion {tracking_number}"),
        (
            "ผลการพิจารณาข้อเสนอแนะของท่าน\n{decision}\n{reason}\nขอบคุณที่ช่วยให้เราดีขึ้น",
            "What became of your suggestion:\n{decision}\n{reason}\nThank you for helping us to improve.",
        ),
    ),
    (
        "decision", "compliment",
        ("คำชมเชย {tracking_number} ถึงผู้ปฏิบัติงานแล้ว", "Your kind words {tracking_number} were passed on"),
        ("{decision}\n{reason}\nขอบคุณอีกครั้งสำหรับคำชมเชย", "{decision}\n{reason}\nThank you again for your kind words."),
    ),
    (
        "review_decision", None,
        ("แจ้งผลการทบทวนเรื่อง {tracking_number}", "The outcome of the review of {tracking_number}"),
        (
            "ผลการทบทวนเรื่องเลขที่ {tracking_number}\n{decision}\nเหตุผล {reason}\nการเยียวยา {remedy}\n"
            "หากท่านยังไม่เห็นด้วย {recourse}\nตอบได้ที่ {link}",
            "The outcome of the review of your case {tracking_number}:\n{decision}\nReasons: {reason}\n"
            "Remedy: {remedy}\nIf you still disagree: {recourse}\nAnswer at {link}.",
        ),
    ),
    (
        "silence_notice", None,
        ("รอคำตอบจากท่าน เรื่อง {tracking_number}", "We wait for your answer: {tracking_number}"),
        (
            "เราแจ้งผลเรื่องเลขที่ {tracking_number} แล้ว ถ้าไม่มีคำตอบภายใน {days} วัน จะถือว่าปิดเรื่อง\nตอบได้ที่ {link}",
            "We told you the outcome of {tracking_number}. Without an answer within {days} days we will close it.\n"
            "Answer at {link}.",
        ),
    ),
    (
        "closed", None,
        ("ปิดเรื่อง {tracking_number}", "{tracking_number} is closed"),
        (
            "เรื่องเลขที่ {tracking_number} ดำเนินการเสร็จแล้ว\nถ้ายังไม่ได้แก้ ขอเปิดเรื่องใหม่ได้ที่ {link}",
            "Your case {tracking_number} is settled.\nIf it is not fixed, reopen it at {link}.",
        ),
    ),
    (
        "survey", None,
        ("ท่านพอใจการจัดการเรื่อง {tracking_number} เพียงใด", "How did we handle {tracking_number}?"),
        (
            "ขอเวลาไม่ถึงหนึ่งนาที บอกเราว่าจัดการเรื่องเลขที่ {tracking_number} ได้ดีเพียงใด คำตอบไม่กระทบเรื่องของท่าน\n{survey_link}",
            "It takes less than a minute to tell us how we handled {tracking_number}, and does not affect your case.\n"
            "{survey_link}",
        ),
    ),
    (
        "reopened", None,
        ("เปิดเรื่อง {tracking_number} ใหม่แล้ว", "{tracking_number} is open again"),
        (
            "เปิดเรื่องเลขที่ {tracking_number} ใหม่แล้ว\nเราจะแจ้งผลภายใน {due}\nติดตามได้ที่ {link}",
            "Your case {tracking_number} is open again.\nWe will tell you the outcome by {due}.\nFollow it at {link}.",
        ),
    ),
    (
        "withdrawn", None,
        ("ถอนเรื่อง {tracking_number} แล้ว", "{tracking_number} is withdrawn"),
        (
            "ท่านถอนเรื่องเลขที่ {tracking_number} แล้ว หากไม่ใช่ท่าน โทร {phone}",
            "You withdrew case {tracking_number}. If this was not you, call {phone}.",
        ),
    ),
    (
        "referred", None,
        ("ส่งต่อเรื่อง {tracking_number}", "{tracking_number} was referred"),
        (
            "เรื่องเลขที่ {tracking_number} ส่งต่อไปยังหน่วยงานที่มีอำนาจแล้ว\n{reason}\nสอบถามโทร {phone}",
            "Your case {tracking_number} was referred to the body in charge.\n{reason}\nQuestions: {phone}",
        ),
    ),
    (
        "not_accepted", None,
        ("ไม่รับพิจารณาเรื่อง {tracking_number}", "{tracking_number} is not accepted"),
        (
            "เรื่องเลขที่ {tracking_number} ไม่รับไว้พิจารณา\nเนื่องจาก {reason}\nท่านใช้สิทธิต่อได้ที่ {recourse}",
            "We cannot take up case {tracking_number}.\nReason: {reason}\nWhere else you can turn: {recourse}",
        ),
    ),
    (
        "not_accepted", "enquiry",
        ("ข้อสอบถาม {tracking_number}", "Your enquiry {tracking_number}"),
        (
            "เรื่องที่ท่านสอบถามไม่อยู่ในความรับผิดชอบของเรา\n{reason}\nสอบถามโทร {phone}",
            "What you asked is not ours to answer.\n{reason}\nQuestions: {phone}",
        ),
    ),
    (
        "not_accepted", "suggestion",
        ("ข้อเสนอแนะ {tracking_number}", "Your suggestion {tracking_number}"),
        (
            "เรื่องที่ท่านเสนอแนะไม่อยู่ในความรับผิดชอบของเรา\n{reason}\nสอบถามโทร {phone}",
            "What you suggest is not ours to decide.\n{reason}\nQuestions: {phone}",
        ),
    ),
    (
        "not_accepted", "compliment",
        ("คำชมเชย {tracking_number}", "Your kind words {tracking_number}"),
        (
            "คำชมเชยของท่านเกี่ยวกับหน่วยงานอื่น\n{reason}\nสอบถามโทร {phone}",
            "Your kind words are about another organisation.\n{reason}\nQuestions: {phone}",
        ),
    ),
    (
        "merged", None,
        ("รวมเรื่อง {tracking_number}", "{tracking_number} was merged"),
        (
            "เรื่องเลขที่ {tracking_number} รวมกับเรื่องเดียวกันที่ท่านหรือผู้อื่นแจ้งไว้แล้ว\n{reason}\nติดตามได้ที่ {link}",
            "Your case {tracking_number} was joined with one about the same matter.\n{reason}\nFollow it at {link}.",
        ),
    ),
    (
        "recovery_offer", None,
        ("ข้อเสนอเยียวยา เรื่อง {tracking_number}", "Our offer to put it right: {tracking_number}"),
        (
            "เราขออภัยและเสนอ {remedy} สำหรับเรื่องเลขที่ {tracking_number}\nโปรดตอบภายใน {due}\n"
            "ตอบได้ที่ {link} หรือโทร {phone}",
            "We apologise and offer {remedy} for case {tracking_number}.\nPlease answer by {due}.\n"
            "Answer at {link} or call {phone}.",
        ),
    ),
)  # fmt: skip


@cache
def default_templates() -> tuple[Template, ...]:
    """The templates of every purpose; the one of a kind comes before the one of any kind."""
    return tuple(
        Template(
            code=f"{purpose}_{kind}" if kind else purpose,
            purpose=purpose,
            kind=kind,
            subject=Text(th=subject[0], en=subject[1]),
            body=Text(th=body[0], en=body[1]),
        )
        for purpose, kind, subject, body in _ENGLISH_AND_THAI
    )
