"""`rewards serve` as a process: several workers, one sum; requests under way are answered when it is told to stop."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from .conftest import Run

ROOT = Path(__file__).resolve().parents[2]
PHONE = "+8613912345678"


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@dataclass
class Served:
    """A server that runs, and how to call it."""

    process: subprocess.Popen[str]
    port: int
    key: str
    folder: Path

    def call(self, method: str, path: str, body: object = None, key: str | None = None) -> tuple[int, str]:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with closing(connection):
            headers = {
                "Authorization": f"Bearer {self.key if key is None else key}",
                "Content-Type": "application/json",
            }
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def number(self, name: str, **labels: str) -> float:
        """A number of /metrics."""
        status, text = self.call("GET", "/metrics")
        assert status == 200, text
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and sample.labels == labels
        )

    def stop(self) -> list[dict[str, Any]]:
        """Ask it to stop, wait until it has, and read its log."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(40)
        return self.log()

    def log(self) -> list[dict[str, Any]]:
        """The lines of its log; the first line is for people."""
        text = (self.folder / "log").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@contextmanager
def serving(run: Run, folder: Path, workers: int) -> Iterator[Served]:
    key = run("key", "create", "--role", "operator", "--label", "test").stdout.strip()
    port = free_port()
    (folder / "tmp").mkdir()
    words = [sys.executable, "-m", "rewards.cli", "serve", "--port", str(port)]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(folder / "tmp"),
        "REWARDS_WORKERS": str(workers),
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "of somebody else"),
    }
    with (
        (folder / "log").open("w", encoding="utf-8") as log,
        subprocess.Popen(words, cwd=folder, env=environment, stderr=log, text=True) as process,
    ):
        served = Served(process, port, key, folder)
        try:
            for _ in range(600):
                try:
                    if served.call("GET", "/readyz")[0] == 200:
                        break
                except OSError:
                    pass
                assert process.poll() is None, (folder / "log").read_text(encoding="utf-8")
                time.sleep(0.05)
            else:
                raise AssertionError("the server does not answer")
            yield served
        finally:
            process.kill()


def counters(folder: Path) -> list[Path]:
    """The files in which workers keep their counts."""
    return sorted((folder / "tmp").glob("rewards-metrics-*/counter_*.db"))


@pytest.mark.end_to_end
def test_two_workers_answer_with_the_sums_of_both_and_log_nothing_personal(sold: None, run: Run, folder: Path) -> None:
    with serving(run, folder, workers=2) as served:
        status, body = served.call("GET", "/v1/members/ann/balances")
        assert status == 200, body
        assert "7500.00" in body
        assert served.call("GET", "/v1/members/ann/balances", key="made.up")[0] == 401
        assert served.call("GET", "/v1/docs/")[0] == 200
        asked = 0
        while asked < 200 and (len(counters(folder)) < 2 or asked < 40):
            with ThreadPoolExecutor(8) as threads:
                answers = list(threads.map(lambda _: served.call("GET", f"/v1/members/{PHONE}")[0], range(20)))
            assert answers == [404] * 20
            asked += 20
        assert len(counters(folder)) == 2, "only one of the workers was asked"

        labels = {"route": "/v1/members/<member>", "method": "GET"}
        assert {served.number("rewards_requests_total", status="404", **labels) for _ in range(8)} == {asked}
        assert served.number("rewards_request_duration_seconds_count", **labels) == asked
        assert served.number("rewards_refusals_total", code="member.unknown") == asked
        assert served.number("rewards_requests_under_way") == 1  # this one
        with socket.create_connection(("127.0.0.1", served.port)) as raw:
            raw.sendall(f"GET /v1/members/{PHONE} NONSENSE/1\r\n\r\n".encode())
            assert raw.recv(100).startswith(b"HTTP/1.1 400")
        lines = served.stop()

    assert served.process.returncode == 0
    assert [line["status"] for line in lines if line.get("route") == "/v1/members/<member>"] == [404] * asked
    assert "Invalid request …" in {line["event"] for line in lines}
    assert len({line["request_id"] for line in lines if "request_id" in line}) > asked
    said = (folder / "log").read_text(encoding="utf-8")
    assert [word for word in ("13912345", "ann/", "10.0.0", served.key.partition(".")[2]) if word in said] == []
    assert [line for line in said.splitlines() if not line.startswith("{")] == [
        f"serving; documentation at http://127.0.0.1:{served.port}/v1/docs"
    ]
    assert list((folder / "tmp").glob("rewards-metrics-*")) == []
    assert not (folder / "of somebody else").exists()


@pytest.mark.end_to_end
def test_a_request_under_way_is_answered_before_it_stops(sold: None, run: Run, folder: Path) -> None:
    order = {"id": "o-9", "member": "ann", "total": "10", "paid_at": "2025-01-03T12:00:00+08:00"}
    with (
        serving(run, folder, workers=1) as served,
        closing(sqlite3.connect(folder / "rewards.db", isolation_level=None)) as other,
        ThreadPoolExecutor(1) as thread,
    ):
        other.execute("BEGIN IMMEDIATE")  # the order has to wait for this one's turn to end
        answer = thread.submit(served.call, "POST", "/v1/orders", order)
        while served.number("rewards_requests_under_way") < 2:
            time.sleep(0.05)
        served.process.send_signal(signal.SIGTERM)
        while "Handling signal: term" not in {line["event"] for line in served.log()}:
            time.sleep(0.05)
        time.sleep(1.5)  # longer than a worker needs to notice
        assert served.process.poll() is None
        assert not answer.done()
        other.execute("ROLLBACK")
        status, body = answer.result(30)
        served.process.wait(40)

    assert (status, json.loads(body)["id"]) == (201, "o-9")
    assert served.process.returncode == 0
    assert [line["status"] for line in served.log() if line.get("route") == "/v1/orders"] == [201]
    assert run("statement", "ann").stdout


@pytest.mark.end_to_end
@pytest.mark.parametrize("start", [("-m", "rewards.cli", "serve"), ("-c", "import wsgi")])
def test_wrong_settings_are_all_told_at_the_start(sold: None, folder: Path, start: tuple[str, ...]) -> None:
    wrong = {"REWARDS_WORKERS": "two", "REWARDS_MEMBER_RATE": "-1", "REWARDS_LOG_FORMAT": "xml"}
    done = subprocess.run(
        [sys.executable, *start],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **wrong},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == (2 if "serve" in start else 1)
    assert set(wrong) <= set(re.findall(r"^  (REWARDS_\w+): ", done.stderr, re.MULTILINE))
