"""Requests that are wrong, byte by byte: each gets one answer, which says in a sentence what
is wrong, and nothing after it on the connection is taken for a request."""

import re
import socket

from support.daemon import TIMEOUT, Daemon, TestCase, catalog, must, parse

HOST = b"Host: localhost\r\n"
PUT = b"PUT /b/x/ HTTP/1.1\r\n" + HOST
CHUNKED = PUT + b"Transfer-Encoding: chunked\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def get(target):
    return b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n"


def field(*lines):
    return b"GET / HTTP/1.1\r\n" + HOST + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


# Requests after which nobody can know where the next one begins: the name, the bytes and
# the status.
BROKEN = (
    ("HTTP/0.9", b"GET /\r\n\r\n", 400),
    ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    ("HTTP/2.0", b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", 505),
    ("HTTP/3", b"GET / HTTP/3\r\n" + HOST + b"\r\n", 505),
    ("a greeting of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 99, 400),
    ("authority-form", b"CONNECT localhost:1 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("authority-form of a GET", get(b"localhost:1"), 400),
    ("absolute-form", get(b"http://localhost/"), 400),
    ("absolute-form of another host", get(b"http://example.org/"), 400),
    ("absolute-form of another scheme", get(b"file:///etc/passwd"), 400),
    ("a star", get(b"*"), 400),
    ("a star of OPTIONS", b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("NUL in the target", get(b"/\x00"), 400),
    ("NUL in the method", b"G\x00T / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("NUL in the version", b"GET / HTTP/1.1\x00\r\n" + HOST + b"\r\n", 400),
    ("NUL in a field's name", field(b"X\x00: y"), 400),
    ("NUL in a field's value", field(b"X: a\x00b"), 400),
    ("a tab in the request line", b"GET\t/\tHTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("bytes that are not ASCII in the target", get(b"/\xc3\xa9"), 400),
    ("CR in a value", field(b"X: a\rContent-Length: 40"), 400),
    ("LF in a value", field(b"X: a\n b"), 400),
    ("line feeds alone", b"GET / HTTP/1.1\nHost: localhost\n\n", 400),
    ("a folded line", field(b"X: a", b" b"), 400),
    ("a folded line by a tab", field(b"X: a", b"\tb"), 400),
    ("a folded first line", b"GET / HTTP/1.1\r\n " + HOST + b"\r\n", 400),
    ("a space before the colon", field(b"Content-Length : 40"), 400),
    ("a name with a space", field(b"Content Length: 40"), 400),
    ("no colon", field(b"X"), 400),
    ("no name", field(b": x"), 400),
    ("no Host", b"GET / HTTP/1.1\r\n\r\n", 400),
    ("two Hosts", field(b"Host: localhost"), 400),
    ("64 fields", field(*[b"X: y"] * 63), 431),
    ("5000 fields", field(*[b"X: y"] * 5000), 431),
    ("20,000 bytes in a field", field(b"X: " + b"y" * 20000), 431),
    ("a target of 9,000 bytes", get(b"/" + b"a" * 9000), 414),
    ("a query of 9,000 bytes", get(b"/?" + b"a" * 9000), 414),
    ("Content-Length with Transfer-Encoding",
     PUT + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n387\r\n0\r\n\r\n", 400),
    ("Transfer-Encoding with Content-Length",
     PUT + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\n387\r\n0\r\n\r\n", 400),
    ("two lengths that are one", PUT + b"Content-Length: 3\r\n" * 2 + b"\r\n387", 400),
    ("two lengths that differ",
     PUT + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\n387", 400),
    ("a list of lengths", PUT + b"Content-Length: 3, 3\r\n\r\n387", 400),
    ("a length with a sign", PUT + b"Content-Length: +3\r\n\r\n387", 400),
    ("a negative length", PUT + b"Content-Length: -3\r\n\r\n387", 400),
    ("a length in hexadecimal", PUT + b"Content-Length: 0x3\r\n\r\n387", 400),
    ("a length of 100 digits", PUT + b"Content-Length: " + b"9" * 100 + b"\r\n\r\n", 413),
    ("a length that is too great", PUT + b"Content-Length: 67108865\r\n\r\n", 413),
    ("the same, and the client waits",
     PUT + b"Expect: 100-continue\r\nContent-Length: 67108865\r\n\r\n", 413),
    ("no length", PUT + b"\r\n", 411),
    ("no length of a POST", b"POST /b/ HTTP/1.1\r\n" + HOST + b"\r\n", 411),
    ("another expectation", PUT + b"Expect: tea\r\nContent-Length: 3\r\n\r\n387", 417),
    ("a coding before chunked",
     PUT + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    ("a coding after chunked",
     PUT + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 501),
    ("chunked twice",
     PUT + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n", 501),
    ("a control character before chunked",
     PUT + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400),
    ("a chunk's size that overflows", CHUNKED + b"10000000000000003\r\n387\r\n0\r\n\r\n", 400),
    ("a chunk's size that is negative", CHUNKED + b"-3\r\n387\r\n0\r\n\r\n", 400),
    ("a chunk's size that is none", CHUNKED + b"three\r\n387\r\n0\r\n\r\n", 400),
    ("a chunk's size that is empty", CHUNKED + b"\r\n387\r\n0\r\n\r\n", 400),
    ("a chunk's size with 0x", CHUNKED + b"0x3\r\n387\r\n0\r\n\r\n", 400),
    ("a chunk without CRLF after it", CHUNKED + b"3\r\n387XX0\r\n\r\n", 400),
    ("a chunk longer than it says", CHUNKED + b"3\r\n387387\r\n0\r\n\r\n", 400),
    ("a chunk's extension of 9,000 bytes",
     CHUNKED + b"3;a=" + b"b" * 9000 + b"\r\n387\r\n0\r\n\r\n", 400),
)  # fmt: skip

# Requests that are whole, and that only this server has nothing for.
REFUSED = (
    ("a method that is known elsewhere", b"PROPFIND / HTTP/1.1\r\n" + HOST, 501),
    ("another one", b"MKCOL /x/ HTTP/1.1\r\n" + HOST, 501),
    ("a file of the server library's", b"GET /.htpasswd HTTP/1.1\r\n" + HOST, 404),
    ("a script", b"GET /x.cgi HTTP/1.1\r\n" + HOST, 404),
    ("a page with server-side includes", b"GET /x.shtml HTTP/1.1\r\n" + HOST, 404),
    ("a dot segment", b"GET /.. HTTP/1.1\r\n" + HOST, 400),
    ("a dot segment within", b"GET /b/../b/ HTTP/1.1\r\n" + HOST, 400),
    ("a dot segment, encoded", b"GET /%2e%2e/ HTTP/1.1\r\n" + HOST, 400),
    ("half of it encoded", b"GET /.%2E/ HTTP/1.1\r\n" + HOST, 400),
    ("with its slash encoded", b"GET /..%2fetc/ HTTP/1.1\r\n" + HOST, 400),
    ("encoded twice: a name like any other", b"GET /%252e%252e/ HTTP/1.1\r\n" + HOST, 404),
    ("overlong", b"GET /%c0%ae%c0%ae/ HTTP/1.1\r\n" + HOST, 400),
    ("overlong by three bytes", b"GET /%e0%80%ae%e0%80%ae/ HTTP/1.1\r\n" + HOST, 400),
    ("with backslashes, which are letters", b"GET /..\\..\\etc HTTP/1.1\r\n" + HOST, 404),
    ("with backslashes encoded", b"GET /..%5c..%5cetc HTTP/1.1\r\n" + HOST, 404),
    ("NUL, encoded", b"GET /%00 HTTP/1.1\r\n" + HOST, 400),
    ("a Host that is none", b"GET / HTTP/1.1\r\nHost: a b\r\n", 400),
    ("a Host with a path", b"GET / HTTP/1.1\r\nHost: localhost/b\r\n", 400),
    ("a Host with a user", b"GET / HTTP/1.1\r\nHost: u@localhost\r\n", 400),
    ("no JSON", PUT + b"Content-Length: 3\r\n", 400, b"3\x007"),
    ("not UTF-8", PUT + b"Content-Length: 4\r\n", 400, b'"\xff"\n'),
    ("another media type", PUT + b"Content-Type: text/csv\r\nContent-Length: 3\r\n", 415, b"387"),
)  # fmt: skip


class BadInput(TestCase):
    @classmethod
    def fill(cls, daemon):
        must(daemon.put("/b/", catalog()))

    def exchange(self, data):
        """Sends bytes, ends, and gives all that came back."""
        got = b""
        with socket.create_connection(self.daemon.address, timeout=TIMEOUT) as connection:
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                while piece := connection.recv(65536):
                    got += piece
            except OSError:
                pass
        return got

    def check(self, data, status):
        """Gives the first answer, which must be a problem, and what came after it."""
        answer = parse(self.exchange(data))
        length = int(answer["Content-Length"])
        after = answer.body[length:]
        answer.body = answer.body[:length]
        problem = self.assertProblem(answer, status)
        self.assertGreater(len(problem["detail"].split()), 3)
        return answer, after

    def test_what_is_broken_ends_its_connection(self):
        for name, data, status in BROKEN:
            with self.subTest(name):
                answer, after = self.check(data + SMUGGLED, status)
                self.assertEqual(answer["Connection"], "close")
                self.assertEqual(after, b"")
        self.assertEqual(must(self.daemon.get("/b/")).json["entities"], [])

    def test_what_is_refused_leaves_its_connection_consistent(self):
        """The next request is answered, or the connection is closed: nothing else comes."""
        for name, head, status, *body in REFUSED:
            with self.subTest(name):
                data = head + b"\r\n" + b"".join(body)
                answer, after = self.check(data + SMUGGLED, status)
                if answer["Connection"] == "close":
                    self.assertEqual(after, b"")
                else:
                    self.assertProblem(parse(after), 404, "/smuggled/")
        self.assertEqual(must(self.daemon.get("/b/")).json["entities"], [])

    def test_methods_in_other_letters_are_501(self):
        for method in (b"get", b"TRACE", b"FOO", b"X" * 500):
            with self.subTest(method):
                self.check(method + b" / HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED, 501)

    def test_trailers_are_no_fields(self):
        answers = self.exchange(
            CHUNKED.replace(b"/b/x/", b"/b/trailer/")
            + b"3\r\n387\r\n0\r\nContent-Length: 50\r\nHost: example.org\r\n\r\n" + SMUGGLED
        )  # fmt: skip
        statuses = [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)]
        self.assertIn(statuses, ([201], [201, 404], [400]))
        self.daemon.delete("/b/trailer/")

    def test_many_requests_in_a_row_are_answered_in_order(self):
        health = b"GET /-/health HTTP/1.1\r\n" + HOST + b"\r\n"
        missing = b"GET /no HTTP/1.1\r\n" + HOST + b"\r\n"
        answers = self.exchange((health + missing) * 100 + SMUGGLED)
        statuses = [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)]
        self.assertEqual(statuses, [200, 404] * 100 + [404])

    def test_a_head_that_does_not_end_is_given_up(self):
        with Daemon() as daemon:
            with socket.create_connection(daemon.address, timeout=TIMEOUT) as connection:
                data = b""
                connection.settimeout(0.5)
                for byte in (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 200)[:60]:
                    try:
                        connection.sendall(bytes([byte]))
                        piece = connection.recv(65536)
                    except TimeoutError:
                        continue
                    except OSError:
                        break
                    if not piece:
                        break
                    data += piece
            if data:
                self.assertEqual(parse(data).status, 400)

    def test_an_upgrade_is_passed_over(self):
        for fields in (
            b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
        ):
            answer = parse(self.exchange(b"GET /b/ HTTP/1.1\r\n" + HOST + fields + b"\r\n"))
            self.assertStatus(answer, 200)
