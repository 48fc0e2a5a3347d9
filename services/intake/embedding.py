"""Which sites may show the form in a frame (`REDRESS_EMBED_ORIGINS`), and the one line they put into a page. Pure."""

from __future__ import annotations

import re

from services.kit.errors import Unavailable
from services.kit.i18n import N_
from services.kit.settings import Settings

_ORIGIN = re.compile(r"https?://[A-Za-z0-9*][A-Za-z0-9.-]*(:(\d{1,5}|\*))?")


def embedded_by(settings: Settings) -> str:
    """The source list of `frame-ancestors`: the system's own pages and the sites that are set.

    Raises:
        Unavailable: a site is not written as an origin.
    """
    origins = settings.option("REDRESS_EMBED_ORIGINS").split()
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise Unavailable(
                N_("REDRESS_EMBED_ORIGINS holds what is no address of a site: %(origin)s."),
                N_("Write the sites with a space between them, such as https://www.example.go.th."),
                params={"origin": origin},
            )
    return " ".join(["'self'", *origins])


def embedding_line(address: str) -> str:
    """The one line of HTML that shows the form on another site, as high as it needs to be."""
    return f'<script src="{address}/embed/frame.js" async></script>'


def frame_script(address: str) -> str:
    """The script behind that line: it puts the frame where it stands and keeps its height."""
    origin = "/".join(address.split("/")[:3])
    return f"""(() => {{
  const here = document.currentScript;
  const frame = document.createElement("iframe");
  const place = here.dataset.place ? "?service_point=" + encodeURIComponent(here.dataset.place) : "";
  frame.src = "{address}/embed" + place;
  frame.title = here.dataset.title || "แบบฟอร์มร้องเรียน";
  frame.allow = "camera";
  frame.style.cssText = "display:block;width:100%;border:0;min-height:640px";
  here.after(frame);
  addEventListener("message", (event) => {{
    const height = event.data && event.data.redressHeight;
    if (event.origin === "{origin}" && event.source === frame.contentWindow && height > 0 && height < 20000)
      frame.style.height = height + "px";
  }});
}})();
"""
