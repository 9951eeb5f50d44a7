"""The measured runs over HTTP: `rewards serve` as its users run it, asked by clients that keep their connections."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from rewards.services.keys import CLIENT, create_key
from rewards.services.platform import Platform
from rewards.services.requests import OrderRequest
from rewards.settings import DATABASE_VARIABLE
from tests.benchmarks.runs import Time, Work, batches

WORKERS = 2
CLIENTS = 4
_PATIENCE_SECONDS = 60


def post_one_by_one(url: str, work: Work) -> Time:
    """Each order in a request of its own, from four clients at a time."""
    with _served(url) as server:
        server.timed(_shared_out(work.before))
        return server.timed(_shared_out(work.timed))


def _shared_out(orders: Sequence[OrderRequest]) -> list[Requests]:
    return [[(_PATHS["one"], _json(order)) for order in orders[number::CLIENTS]] for number in range(CLIENTS)]


def post_in_batches(url: str, work: Work) -> Time:
    """Batches of 1,000 from one client."""
    with _served(url) as server:
        server.timed([_in_batches(work.before)])
        return server.timed([_in_batches(work.timed)])


def _in_batches(orders: Sequence[OrderRequest]) -> Requests:
    return [(_PATHS["batch"], b"\n".join(map(_json, batch))) for batch in batches(orders)]


_PATHS = {"one": "/v1/orders", "batch": "/v1/orders/batch"}
_TYPES = {"/v1/orders": "application/json", "/v1/orders/batch": "application/x-ndjson"}

Requests = list[tuple[str, bytes]]


class _Server:
    """A server that answers, and a key it knows."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._key = key

    def timed(self, clients: Sequence[Requests]) -> Time:
        """How long it takes these clients together; each has connected, and been answered once, before."""
        ready = threading.Barrier(len(clients) + 1)
        failures: list[BaseException] = []

        def client(wanted: Requests) -> None:
            try:
                connection = HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE_SECONDS)
                self._ask(connection, "GET", "/v1/plans")
                ready.wait()
                for path, body in wanted:
                    self._ask(connection, "POST", path, body)
                connection.close()
            except BaseException as failure:
                failures.append(failure)
                ready.abort()

        threads = [threading.Thread(target=client, args=(wanted,)) for wanted in clients]
        for thread in threads:
            thread.start()
        ready.wait()
        started = time.perf_counter()
        for thread in threads:
            thread.join()
        taken = Time(time.perf_counter() - started, None)
        if failures:
            raise failures[0]
        return taken

    def _ask(self, connection: HTTPConnection, method: str, path: str, body: bytes | None = None) -> None:
        headers = {"Authorization": f"Bearer {self._key}"}
        if body is not None:
            headers["Content-Type"] = _TYPES[path]
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 201) or b'"problem"' in text:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:500].decode(errors='replace')}")


@contextmanager
def _served(url: str) -> Iterator[_Server]:
    platform = Platform.open(url)
    key = create_key(platform, CLIENT, "benchmark")
    platform.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "rewards.cli", "serve", "--port", str(port), "--workers", str(WORKERS)]
    with Path(os.devnull).open("w") as nowhere:
        process = subprocess.Popen(command, env={**os.environ, DATABASE_VARIABLE: url}, stdout=nowhere, stderr=nowhere)
        try:
            _wait_for(process, port)
            yield _Server(port, key)
        finally:
            process.terminate()
            process.wait(_PATIENCE_SECONDS)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until every worker is ready, its plans read: connections go to whichever takes them first."""
    give_up = time.monotonic() + _PATIENCE_SECONDS
    answered = 0
    while answered < 10 * WORKERS:
        if process.poll() is not None:
            raise RuntimeError(f"rewards serve has ended with {process.returncode}")
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_SECONDS)
            connection.request("GET", "/readyz")
            connection.getresponse().read()
            connection.close()
            answered += 1
        except ConnectionError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)


def _json(order: OrderRequest) -> bytes:
    body = {"id": order.id, "member": order.member, "total": order.total, "paid_at": order.paid_at.isoformat()}
    return json.dumps(body).encode()
