"""From rounds to figures: medians, and ratios of what was measured in the same round."""

import statistics
from collections.abc import Iterable, Iterator, Sequence

median = statistics.median


def ratio(mine: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of each round."""
    return median(one / other for one, other in zip(mine, theirs, strict=True))


def added(mine: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the differences of each round."""
    return median(one - other for one, other in zip(mine, theirs, strict=True))


def ms(seconds: Iterable[float]) -> str:
    """Milliseconds, at the median."""
    return f"{median(seconds) * 1000:.0f}"


def us(seconds: Iterable[float]) -> str:
    """Microseconds, at the median."""
    return f"{median(seconds) * 1e6:.0f}"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A Markdown table, numbers to the right."""
    yield f"| {' | '.join(head)} |"
    yield f"|---|{'---:|' * (len(head) - 1)}"
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"
