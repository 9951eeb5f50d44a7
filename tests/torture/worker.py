"""A process that does scripts, each in a process of its own that may be killed; run by the tests.

Each line of standard input is a run, in JSON; a line of JSON answers how it went. The runs are forked from here, where
everything is loaded and compiled already, so that a run begins with its first step.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from tests.torture.points import Points
from tests.torture.script import Script
from tests.torture.steps import DO, Work, settled

Request = dict[str, Any]

WRITES = ("INSERT", "UPDATE", "DELETE", "COMMIT")

_MOST_BYTES = 65_536


def perform(request: Request, points: Points | None) -> None:
    """Do a script from its first step to its last."""
    script = Script.of(request["script"])
    work = Work.on(request["url"], Path(request["folder"]))
    script.write_files(work.folder)
    for number, step in enumerate(script.steps()):
        if points:
            points.begin(number)
        DO[step["do"]](work, step)
    work.platform.close()


def _in_child(request: Request, pipe: int) -> None:
    """Do a script as a process of its own; what goes wrong is told through the pipe. Does not return."""
    code = 1
    try:
        kill_at = request.get("kill_at")
        perform(request, Points(pipe, tuple(kill_at) if kill_at else None))
        code = 0
    except BaseException:
        os.write(pipe, f"error\t0\t{json.dumps(traceback.format_exc())}\n".encode())
    finally:
        os._exit(code)


def run(request: Request) -> dict[str, Any]:
    """Do a script in a process of its own; kill it after `kill_after` seconds if that is given.

    Answers how many points each step had, those before and after writing, and the last one that was passed.
    """
    reading, writing = os.pipe()
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _in_child(request, writing)
    os.close(writing)
    told = _listen(reading, child, begun, request.get("kill_after"))
    _, status = os.waitpid(child, 0)
    return {
        "killed": os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL,
        "code": os.waitstatus_to_exitcode(status),
        "seconds": time.monotonic() - begun,
        **_passed(told),
    }


def _listen(pipe: int, child: int, begun: float, kill_after: float | None) -> str:
    """Read what a process tells until it ends, and end it when its time has come."""
    told = b""
    waiting = kill_after
    while True:
        left = None if waiting is None else max(0.0, begun + waiting - time.monotonic())
        if select.select([pipe], [], [], left)[0]:
            part = os.read(pipe, _MOST_BYTES)
            if not part:
                break
            told += part
        if waiting is not None and time.monotonic() - begun >= waiting:
            os.kill(child, signal.SIGKILL)
            waiting = None
    os.close(pipe)
    return told.decode(errors="replace")


def _passed(told: str) -> dict[str, Any]:
    points: dict[int, int] = {}
    writes: list[tuple[int, int]] = []
    last: list[Any] = [0, 0, "before the first statement"]
    error = None
    for line in told.splitlines():
        step, point, what = line.split("\t", 2)
        if step == "error":
            error = json.loads(what)
        else:
            last = [int(step), int(point), what]
            points[int(step)] = int(point) + 1
            if what.split()[1] in WRITES:
                writes.append((int(step), int(point)))
    return {"points": points, "writes": writes, "last": last, "error": error}


def main() -> None:
    """Answer runs until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what the command prints is not for the tests
    with settled():
        for line in sys.stdin:
            request = json.loads(line)
            if request.get("warm"):
                perform(request, None)
            answer = {} if request.get("warm") else run(request)
            print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
