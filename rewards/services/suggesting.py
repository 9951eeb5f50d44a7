"""Naming what was meant: a refusal of an unknown name offers the nearest one that there is, else all of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from rewards.errors import RewardsError


def unknown(
    kind: type[RewardsError], code: str, name: str, known: Iterable[str], *, pointer: str | None, **parameters: object
) -> RewardsError:
    """The error of an unknown name; its text is that of `code`, or of `code-suggest` when one is near."""
    names = list(dict.fromkeys(known))
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return kind(f"{code}-suggest", pointer=pointer, meant=near[0], **parameters)
    return kind(code, pointer=pointer, known=", ".join(names) or "–", **parameters)
