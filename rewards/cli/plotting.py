"""A series as columns of blocks, drawn in whole numbers: a plotting library would want floats of exact amounts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def columns(values: Sequence[Fraction], labels: tuple[str, str], width: int = 60, height: int = 8) -> list[str]:
    """Lines with a column a value, from zero up; `labels` are those of the largest value and of zero.

    Of more values than `width`, as many are shown, evenly chosen, the last among them. Values below zero are shown as
    zero.

    >>> for line in columns([Fraction(1), Fraction(3), Fraction(4)], ("4", "0"), height=2):
    ...     print(line)
    4 │ ▄█
    0 │▄██
    """
    shown = [values[(index + 1) * len(values) // width - 1] for index in range(width)]
    shown = shown if len(values) > width else list(values)
    most = max([*shown, Fraction(0)]) or Fraction(1)
    eighths = [max(int(value * height * 8 / most), 0) for value in shown]
    margin = max(map(len, labels))
    lines = []
    for level in range(height - 1, -1, -1):
        label = labels[0] if level == height - 1 else labels[1] if level == 0 else ""
        blocks = "".join(_EIGHTHS[min(max(each - level * 8, 0), 8)] for each in eighths)
        lines.append(f"{label:>{margin}} │{blocks}".rstrip())
    return lines
