"""Runs shoji-cli as a user would: by a pipe, or in a terminal; and a server to run it
against, which answers what a test has written down and remembers what it was asked."""

import fcntl
import http.server
import json
import os
import pathlib
import pty
import signal
import struct
import subprocess
import tempfile
import termios
import threading
import time
import unittest

PROGRAM = os.environ.get("SHOJI_CLI", "shoji-cli")
TIMEOUT = 60  # seconds that any run may take

# The few variables that a run sees, so that the caller's own change nothing.
ENVIRONMENT = {
    "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "TERM": "xterm",
    **{
        name: value
        for name, value in os.environ.items()
        if name.endswith("SAN_OPTIONS") or name == "LD_LIBRARY_PATH"
    },
}


class Result:
    """How a run ended."""

    def __init__(self, code, out, err):
        self.code = code
        self.bytes = out
        self.out = out.decode("utf-8", "surrogateescape")
        self.err = err.decode("utf-8", "surrogateescape")

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"

    def json(self):
        return json.loads(self.out)

    def lines(self):
        """The objects of an NDJSON output."""
        return [json.loads(line) for line in self.out.splitlines()]


def environment(changes):
    merged = dict(ENVIRONMENT)
    for name, value in (changes or {}).items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = value
    return merged


def run(*arguments, stdin=b"", env=None, cwd=None, stdout=subprocess.PIPE):
    """Runs the program with its streams on pipes."""
    if isinstance(stdin, str):
        stdin = stdin.encode()
    done = subprocess.run(
        [PROGRAM, *arguments],
        input=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=environment(env),
        cwd=cwd,
        timeout=TIMEOUT,
        check=False,
    )
    return Result(done.returncode, done.stdout or b"", done.stderr)


def read_all(descriptor):
    """What comes from the controlling side of a terminal until the other side closes."""
    pieces = []
    while True:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:  # EIO: the other side has closed
            piece = b""
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)


def run_in_terminal(*arguments, columns=80, env=None, streams=("stdout",)):
    """Runs the program with these of its streams on a terminal. `out` is what came there,
    with the terminal's line ends made plain; `err` what came to a piped stderr."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with tempfile.TemporaryFile() as elsewhere:
        process = subprocess.Popen(
            [PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=terminal if "stdout" in streams else elsewhere,
            stderr=terminal if "stderr" in streams else elsewhere,
            env=environment(env),
        )
        os.close(terminal)
        alarm = threading.Timer(TIMEOUT, process.kill)
        alarm.start()
        out = read_all(controller)
        process.wait()
        alarm.cancel()
        os.close(controller)
        elsewhere.seek(0)
        return Result(process.returncode, out.replace(b"\r\n", b"\n"), elsewhere.read())


def interrupt_when(condition, *arguments, stdin=subprocess.DEVNULL):
    """Starts the program, presses Ctrl-C once the condition holds, and awaits the end."""
    process = subprocess.Popen(
        [PROGRAM, *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(None),
    )
    deadline = time.monotonic() + TIMEOUT
    while not condition() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=TIMEOUT)
    return Result(process.returncode, out, err)


class Answer:
    """One scripted answer."""

    def __init__(self, body=b"", status=200, headers=None, content_type="application/json"):
        if isinstance(body, (dict, list)):
            body = json.dumps(body, ensure_ascii=False).encode()
        elif isinstance(body, str):
            body = body.encode()
        self.body = body
        self.status = status
        self.headers = {"Content-Type": content_type, **(headers or {})}


class Request:
    """What the server was asked."""

    def __init__(self, method, target, headers, body):
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers.get("Content-Length", 0))
        request = Request(self.command, self.path, self.headers, self.rfile.read(length))
        self.server.script.requests.append(request)
        answer = self.server.script.find(request)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD" and answer.status not in (204, 304):
            self.wfile.write(answer.body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = answer

    def log_message(self, *arguments):
        pass


class Server:
    """A server on loopback. `answers` maps a target, or "METHOD target", to an Answer, a
    body, or a function of the Request that gives one of these."""

    def __init__(self, answers=None):
        self.answers = dict(answers or {})
        self.requests = []
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.handle_error = lambda *_: None  # whoever asked may have gone
        self.http.script = self
        self.base = f"http://127.0.0.1:{self.http.server_address[1]}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,))
        self.thread.start()

    def find(self, request):
        for key in (f"{request.method} {request.target}", request.target):
            if key in self.answers:
                answer = self.answers[key]
                if callable(answer):
                    answer = answer(request)
                return answer if isinstance(answer, Answer) else Answer(answer)
        return Answer({"title": "Not Found", "status": 404}, 404)

    def methods(self):
        return [f"{request.method} {request.target}" for request in self.requests]

    def close(self):
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


class TestCase(unittest.TestCase):
    """With a folder of its own, servers that end with it, and two assertions."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def serve(self, answers=None):
        server = Server(answers)
        self.addCleanup(server.close)
        return server

    def write(self, name, content):
        path = self.folder / name
        if isinstance(content, (dict, list)):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def assertDone(self, result):
        self.assertEqual(result.code, 0, result)
        self.assertEqual(result.err, "", result)

    def assertFails(self, result, code, *fragments):
        """It failed with that code, printed nothing on stdout, and said each of these on
        stderr, in lines that begin with the program's name."""
        self.assertEqual(result.code, code, result)
        self.assertEqual(result.out, "", result)
        self.assertTrue(result.err.endswith("\n"), result)
        for line in result.err.splitlines():
            self.assertTrue(line.startswith("shoji-cli: "), result)
        for fragment in fragments:
            self.assertIn(fragment, result.err)
