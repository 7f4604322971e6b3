"""Runs shojid as an administrator would, and talks to it: by requests, and by raw bytes."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import tempfile
import time
import unittest

PROGRAM = os.environ.get("SHOJID", "shojid")
TIMEOUT = 30  # seconds that anything may take

JSON = "application/json"
SHOJI = "application/shoji+json"
PROBLEM = "application/problem+json"
HTML = "text/html"


class Answer:
    """A response, read whole."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def __repr__(self):
        return f"{self.status} {dict(self.headers)}\n{self.body[:2000]!r}"

    def __getitem__(self, name):
        """The value of a header; None where there is none."""
        return self.headers.get(name)

    @property
    def json(self):
        return json.loads(self.body)


class Daemon:
    """A shojid on a port of its own. Without a store it has a new database."""

    def __init__(self, *arguments, store=None, no_auth=True, cwd=None, user=None):
        self.folder = tempfile.TemporaryDirectory()
        self.store = store or f"sqlite:{self.folder.name}/shoji.db"
        self.arguments = [*arguments, *(["--no-auth"] if no_auth else [])]
        self.cwd = cwd
        self.user = user
        self.process = None
        self.address = None
        self.errors = None

    def start(self):
        self.errors = open(pathlib.Path(self.folder.name, "stderr"), "w+b")
        self.process = subprocess.Popen(
            [PROGRAM, "--listen", "127.0.0.1:0", *self.arguments, self.store],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            cwd=self.cwd,
            user=self.user,
        )
        ready, _, _ = select.select([self.process.stdout], [], [], TIMEOUT)
        line = self.process.stdout.readline().decode() if ready else ""
        if " at http://" not in line:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"shojid did not start: {line!r} {self.log()!r}")
        host, port = line.rstrip().removesuffix("/").rsplit("/", 1)[1].rsplit(":", 1)
        self.address = (host, int(port))
        return self

    def stop(self, how=signal.SIGTERM):
        """Stops it, and returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(TIMEOUT)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process.stdout.close()
            self.errors.close()

    def close(self):
        """Stops it if it still runs, and forgets its database. It must have ended well."""
        try:
            if self.process is not None and not self.errors.closed:
                status = self.stop()
                assert status == 0, f"shojid ended with {status}"
        finally:
            self.folder.cleanup()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def token(self, user, *arguments):
        """Makes a token for a user, while it runs."""
        return token(self.store, "add", user, *arguments).stdout.strip()

    def log(self):
        path = pathlib.Path(self.folder.name, "stderr")
        return path.read_text(encoding="utf-8", errors="replace")

    def memory(self):
        """Bytes that it has in memory at most since it was started."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmHWM")

    @property
    def base(self):
        return f"http://{self.address[0]}:{self.address[1]}/"

    @contextlib.contextmanager
    def connection(self):
        connection = http.client.HTTPConnection(*self.address, timeout=TIMEOUT)
        try:
            yield connection
        finally:
            connection.close()

    def request(self, method, path, body=None, headers=None, connection=None):
        """One request. A body that is no bytes is sent as JSON."""
        if connection is None:
            with self.connection() as own:
                return self.request(method, path, body, headers, own)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", JSON)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())

    def get(self, path, accept=None, **headers):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if accept is not None:
            fields["Accept"] = accept
        return self.request("GET", path, headers=fields)

    def head(self, path, accept=None, **headers):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if accept is not None:
            fields["Accept"] = accept
        return self.request("HEAD", path, headers=fields)

    def put(self, path, body, **headers):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("PUT", path, body, fields)

    def post(self, path, body, **headers):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", path, body, fields)

    def delete(self, path, **headers):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("DELETE", path, headers=fields)

    def raw(self, data, seconds=TIMEOUT):
        """Sends bytes, and returns all that comes until the server closes."""
        pieces = []
        with socket.create_connection(self.address, timeout=seconds) as connection:
            connection.sendall(data)
            with contextlib.suppress(ConnectionResetError):
                while piece := connection.recv(65536):
                    pieces.append(piece)
        return b"".join(pieces)

    def raw_request(self, line, *fields, body=b""):
        """Sends a request whose line and header fields are bytes, and returns the answer."""
        data = b""
        with socket.create_connection(self.address, timeout=TIMEOUT) as connection:
            connection.sendall(b"\r\n".join([line, *fields, b"", body]))
            while not is_whole(data) and (piece := connection.recv(65536)):
                data += piece
        return parse(data)


def token(store, *arguments, status=0):
    """Runs "shojid token" on a store, and returns what became of it."""
    done = subprocess.run(
        [PROGRAM, "token", *arguments, store],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT,
        text=True,
        check=False,
    )
    assert done.returncode == status, done
    return done


def bearer(text):
    """The header field that carries a token."""
    return {"Authorization": f"Bearer {text}"}


def is_whole(data):
    """Whether what a server sent has a response, as long as it says."""
    head, end, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-Length: (\d+)", head)
    return bool(end) and len(body) >= int(length.group(1) if length else 0)


def parse(data):
    """The first response in what a server sent; the rest is in its body."""
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if not lines[0].startswith(b"HTTP/1.1 "):
        raise AssertionError(f"no response: {data[:200]!r}")
    headers = http.client.HTTPMessage()
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        headers[name.decode()] = value.decode().strip()
    return Answer(int(lines[0].split()[1]), headers, body)


def wait_until(condition, seconds=TIMEOUT):
    """Waits for a condition to hold, and returns whether it does."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class TestCase(unittest.TestCase):
    """Tests against one shojid, which is there for all tests of a class."""

    arguments = ()
    options = {}

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(*cls.arguments, **cls.options).start()
        try:
            cls.fill(cls.daemon)
        except BaseException:
            cls.daemon.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.daemon.close()

    @classmethod
    def fill(cls, daemon):
        """What the tests of a class find in the store."""

    def assertStatus(self, answer, status):
        self.assertEqual(answer.status, status, answer)
        return answer

    def assertProblem(self, answer, status, *words):
        """It is a problem object, whose detail holds these words."""
        self.assertStatus(answer, status)
        problem = answer.json
        self.assertEqual(problem["status"], status)
        self.assertEqual(problem["message"], problem["detail"])
        for member in ("type", "title"):
            self.assertIsInstance(problem[member], str)
        for word in words:
            self.assertIn(word, problem["detail"])
        return problem


def must(answer, *statuses):
    """For what a test needs to be done before it begins."""
    if answer.status not in (statuses or (200, 201, 204)):
        raise AssertionError(f"unexpected answer: {answer}")
    return answer


def entity(**body):
    return {"element": "shoji:entity", "body": body}


def catalog(**members):
    return {"element": "shoji:catalog", **members}
