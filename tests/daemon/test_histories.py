"""Sixteen writers of eight documents: histories.c keeps and checks what each did and saw."""

import os
import re
import signal
import socket
import subprocess
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

from support.daemon import TIMEOUT, Daemon, catalog, entity, must, parse

HISTORIES = os.environ.get("HISTORIES", "")
SANITIZED = bool(os.environ.get("SHOJID_SANITIZED"))
OPERATIONS = 8_000 if SANITIZED else 200_000
OPERATIONS_AMID_CRASHES = 4_000 if SANITIZED else 40_000
SLOW_READERS = 4 if SANITIZED else 24
WRITES_BESIDE = 5 if SANITIZED else 50


def fill(daemon):
    index = {f"d{n}/": {"count": 0, "writer": 0} for n in range(8)}
    must(daemon.put("/h/", catalog(index={})))
    must(daemon.post("/h/", catalog(index=index)), 201)


def read_slowly(daemon, path, has_begun, hurry):
    """Reads an answer bit by bit, and what is left of it once there is a hurry."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.settimeout(TIMEOUT)
        reader.connect(daemon.address)
        reader.sendall(request.encode())
        pieces = [reader.recv(1000)]
        has_begun.release()
        while piece := reader.recv(1 << 16):
            pieces.append(piece)
            hurry.wait(0.05)
    return parse(b"".join(pieces))


@unittest.skipUnless(HISTORIES, "built without the client")
class Histories(unittest.TestCase):
    def run_writers(self, daemon, operations, crashes=()):
        """Runs them, and kills the daemon at some tenths of their operations. How often
        they did and saw what, by kind."""
        with subprocess.Popen(
            [HISTORIES, str(operations)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "no_proxy": "*"},
        ) as writers:
            try:
                print(daemon.base + "h/", file=writers.stdin, flush=True)
                for tenth, line in enumerate(writers.stdout):
                    if tenth in crashes:
                        daemon.stop(signal.SIGKILL)
                        daemon.start()
                        print(daemon.base + "h/", file=writers.stdin, flush=True)
                status = writers.wait(TIMEOUT)
            finally:
                writers.kill()
        self.assertEqual(status, 0)
        return {kind: int(count) for count, kind in re.findall(r"(\d+) ([a-z ]+)", line)}

    def test_no_update_is_lost_and_no_read_is_stale(self):
        with Daemon("--quiet") as daemon:
            fill(daemon)
            did = self.run_writers(daemon, OPERATIONS)
        self.assertEqual(did["without answer"], 0)
        self.assertGreater(did["written"], OPERATIONS / 20)
        self.assertGreater(did["refused"], 0, "the writers never met")

    def test_every_write_that_was_acknowledged_outlives_a_crash(self):
        with Daemon("--quiet") as daemon:
            fill(daemon)
            did = self.run_writers(daemon, OPERATIONS_AMID_CRASHES, crashes=(3, 5, 8))
        self.assertGreater(did["written"], OPERATIONS_AMID_CRASHES / 20)

    def test_slow_readers_hold_up_no_writer_and_see_one_state(self):
        with Daemon("--quiet", "--page-size", "10000") as daemon:
            fill(daemon)
            index = {f"e{n}/": {"text": "x" * 400} for n in range(9990)}
            must(daemon.post("/h/", catalog(index=index)), 201)
            has_begun, hurry = threading.Semaphore(0), threading.Event()
            with ThreadPoolExecutor(SLOW_READERS) as threads:
                readers = [
                    threads.submit(read_slowly, daemon, "/h/", has_begun, hurry)
                    for _ in range(SLOW_READERS)
                ]
                try:
                    for _ in readers:
                        self.assertTrue(has_begun.acquire(timeout=TIMEOUT))
                    for n in range(8):
                        must(daemon.put(f"/h/d{n}/", entity(count=1, writer=1)))
                    for n in range(WRITES_BESIDE):
                        must(daemon.post("/h/", entity(text=f"later {n}")), 201)
                        must(daemon.delete(f"/h/e{n}/"))
                finally:
                    hurry.set()
            for reader in readers:
                page = must(reader.result()).json
                self.assertEqual(len(page["index"]), 9998)
                for n in range(8):
                    self.assertEqual(page["index"][f"d{n}/"], {"count": 0, "writer": 0})
                self.assertEqual(page["index"]["e0/"], {"text": "x" * 400})


if __name__ == "__main__":
    unittest.main()
