"""A small SVG of bars, for light and dark pages; no library draws it."""

from collections.abc import Iterable, Iterator, Mapping

WIDTH, ROW, LABELS, BARS = 330, 22, 160, 110
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#24292f}.head{font-weight:600}"
    "rect{fill:#9aa4af}.ours{fill:#2f6fde}"
    "@media(prefers-color-scheme:dark){text{fill:#d7dde3}rect{fill:#5d6772}.ours{fill:#6ea1ff}}"
)


def svg(panels: Mapping[str, Mapping[str, float]], ours: str) -> str:
    """One panel of bars for each title, side by side, the shortest bar first."""
    height = ROW * (max(len(bars) for bars in panels.values()) + 2)
    width = WIDTH * len(panels)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
            f"<style>{STYLE}</style>",
            *(line for number, panel in enumerate(panels.items()) for line in drawn(number * WIDTH, *panel, ours)),
            "</svg>\n",
        ]
    )


def drawn(left: int, title: str, bars: Mapping[str, float], ours: str) -> Iterable[str]:
    """One panel."""
    yield f'<text class="head" x="{left + 4}" y="{ROW - 6}">{title}</text>'
    longest = max(bars.values())
    for number, (label, value) in enumerate(sorted(bars.items(), key=lambda bar: bar[1]), start=1):
        yield from bar(
            left, number * ROW, label, value, max(value, 0) / longest, "ours" if label.startswith(ours) else ""
        )


def bar(left: int, top: int, label: str, value: float, share: float, kind: str) -> Iterator[str]:
    """One bar, with its label before it and its figure behind it."""
    length = max(1, round(BARS * share))
    yield f'<text x="{left + LABELS - 6}" y="{top + 15}" text-anchor="end">{label}</text>'
    yield f'<rect class="{kind}" x="{left + LABELS}" y="{top + 4}" width="{length}" height="{ROW - 8}" rx="2"/>'
    yield f'<text x="{left + LABELS + length + 5}" y="{top + 15}">{value:.0f}</text>'
