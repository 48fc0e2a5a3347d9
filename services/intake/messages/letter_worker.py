"""The process that sets one paper: JSON comes in, a PDF goes out, then it ends. Words are data, never markup."""

from __future__ import annotations

import json
import resource
import sys

from services.intake.subjects.sheet import SHEET

MEMORY_BYTES = 2 * 1024**3
CPU_SECONDS = 15

PAGE = """
#let it = json(bytes(sys.inputs.at("data")))
#set page(paper: "a4", margin: (left: 3cm, right: 2cm, top: 2.5cm, bottom: 2cm))
#set text(font: ("TH Sarabun New", "Sarabun", "Norasi", "Garuda", "Loma"), size: 14pt, lang: "th", region: "th")
#set par(justify: false, leading: 0.9em, spacing: 1.1em, first-line-indent: (amount: 2.5cm, all: true))
#let plain(body) = par(first-line-indent: 0cm, body)
#let part(title, words) = if words != "" [#plain[#strong(title)] #for line in words.split("\\n") { par(line) }]
#align(center, text(size: 17pt, weight: "bold", it.organisation))
#v(0.6cm)
#grid(columns: (1fr, 1fr), plain[#if it.number != "" [ที่ #it.number]], align(right, plain(it.unit)))
#align(center, plain(it.date))
#v(0.2cm)
#plain[เรื่อง #h(0.4cm) #it.subject]
#plain[เรียน #h(0.4cm) #it.to]
#plain[อ้างถึง #h(0.4cm) #it.reference]
#par(it.opening)
#part("ผลการพิจารณา", it.decision)
#part("เหตุผล", it.reasons)
#part("การเยียวยา", it.remedy)
#part("หากท่านไม่เห็นด้วย", it.recourse)
#par(it.closing)
#v(1.5cm)
#pad(left: 7cm)[#align(center)[#plain[ขอแสดงความนับถือ] #v(1.8cm) #plain[(#box(width: 5cm, repeat[.]))] #plain(it.unit)]]
#place(bottom + left, text(size: 12pt)[โทร #it.phone])
"""


SHEETS = {"letter": PAGE, "subject": SHEET}
"""What can be set, by name."""


def main() -> None:
    """Read, set, write."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    wanted = json.loads(sys.stdin.buffer.read())
    import typst

    made = typst.compile(
        SHEETS[wanted["sheet"]].encode(),
        font_paths=wanted["fonts"],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(wanted["data"], ensure_ascii=False)},
    )
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
