"""KPI 24, channel mix and anonymous share: complaints by channel ÷ received; anonymous ones ÷ received."""

from schemas.policy import PolicyBundle, Text
from services.reporting.kpis.formulas import percent
from services.reporting.kpis.material import Measure, of_group, shares

_NEEDS = frozenset({"sums"})

MEASURES = (
    Measure(
        24, "anonymous", "percent", shares("received"), percent, "anonymous",
        label=Text(th="ไม่เปิดเผยตน", en="anonymous"), primary=True, needs=_NEEDS,
    ),
)  # fmt: skip


def channel_measures(bundle: PolicyBundle) -> tuple[Measure, ...]:
    """One share for each channel of the policy."""
    return tuple(
        Measure(
            24, channel.code, "percent", of_group("received", channel.code), percent, f"channel:{channel.code}",
            label=channel.label, needs=_NEEDS,
        )
        for channel in bundle.channels
    )  # fmt: skip
