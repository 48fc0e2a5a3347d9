"""QR codes as inline SVG: an address on paper or on another screen, opened by a phone's camera. Pure."""

from __future__ import annotations

import segno
from markupsafe import Markup

from services.kit.drawing import svg


def qr_code(address: str, label: str) -> Markup:
    """A QR code of `address`; `label` says to those who do not see it where it leads.

    Drawn dark on white whatever the theme, since cameras want it so; put it in a `.code` box.
    """
    code = segno.make(address, error="m", micro=False)
    size = len(code.matrix)
    runs = []
    for y, line in enumerate(code.matrix):
        x = 0
        while x < size:
            if not line[x]:
                x += 1
                continue
            start = x
            while x < size and line[x]:
                x += 1
            runs.append(f"M{start} {y}.5h{x - start}")
    drawing = '<svg role="img" aria-label="{}" viewBox="-2 -2 {} {}" shape-rendering="crispEdges">'
    ground = '<rect x="-2" y="-2" width="{}" height="{}" fill="#fff"/>'
    edge = size + 4
    return (
        svg(drawing, label, edge, edge)
        + svg(ground, edge, edge)
        + svg('<path stroke="#14392f" d="{}"/></svg>', "".join(runs))
    )
