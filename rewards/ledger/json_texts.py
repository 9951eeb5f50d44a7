"""JSON texts as the ledger keeps them: without spaces, characters as they are, and never a float in what is canonical.

`orjson` writes them. What it does not take, such as a number beyond 64 bits, the standard library writes, to the same
text.
"""

from __future__ import annotations

import json
from datetime import datetime

import orjson

_AS_THEY_ARE = orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_SORTED = _AS_THEY_ARE | orjson.OPT_SORT_KEYS
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_COMPACT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def canonical(payload: object) -> str:
    """The one JSON text of a payload: keys sorted, no spaces, characters as they are.

    Floats are refused (TypeError).
    """
    _refuse_floats(payload)
    try:
        return orjson.dumps(payload, option=_SORTED).decode()
    except TypeError:
        return _CANONICAL.encode(payload)


def compact(value: object) -> str:
    """A value as JSON without spaces, keys in their own order; named tuples are lists."""
    try:
        return orjson.dumps(value, _listed, option=_AS_THEY_ARE).decode()
    except TypeError:
        return _COMPACT.encode(value)


def moment_text(moment: datetime) -> str:
    """A moment in UTC as `isoformat` writes it, in a tenth of the time."""
    return orjson.dumps(moment)[1:-1].decode()


def _listed(value: object) -> list[object]:
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(f"not JSON: {type(value).__name__}")


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("a payload holds no floats; write the amount as a decimal string")
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return
    for part in value:
        if not isinstance(part, str):  # most are
            _refuse_floats(part)
