"""Leaving Python's search for reference cycles alone while a batch is interpreted, or the columns of a close are read.

A batch makes many objects that all live until they are written, and hardly a cycle. The collector would look through
all of them again and again, and through everything else in the process: a third of a batch's time. It is the
process's own, so it is left alone until the last of several batches at a time is done.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_batches = 0
_was_enabled = True


@contextmanager
def collections_paused() -> Iterator[None]:
    """Look for no cycles inside; what is not in one is freed as ever."""
    global _batches, _was_enabled
    with _lock:
        if _batches == 0:
            _was_enabled = gc.isenabled()
            gc.disable()
        _batches += 1
    try:
        yield
    finally:
        with _lock:
            _batches -= 1
            if _batches == 0 and _was_enabled:
                gc.enable()
