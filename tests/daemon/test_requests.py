"""What a stranger can send: every byte of it has an answer of its own, or none at all."""

import json
import re
import socket

from support.daemon import TIMEOUT, TestCase, catalog, entity, must, parse

CLOSE = b"Connection: close"
HOST = b"Host: localhost"


class Targets(TestCase):
    @classmethod
    def fill(cls, daemon):
        must(daemon.put("/a/", catalog()))

    def get(self, target):
        return self.daemon.raw_request(b"GET " + target + b" HTTP/1.1", HOST, CLOSE)

    def test_dot_segments_are_400_in_every_encoding(self):
        for target in (
            b"/..", b"/../", b"/a/..", b"/a/../a/", b"/./a", b"/a/.", b"/%2e%2e/", b"/%2E%2E",
            b"/.%2e/", b"/%2e./x", b"/a/%2e", b"/%2e%2e%2fetc/passwd", b"/../../etc/passwd",
            b"/..%2f..%2fetc%2fpasswd", b"/a/..;/",
        ):  # fmt: skip
            with self.subTest(target):
                answer = self.get(target)
                if target == b"/a/..;/":
                    self.assertStatus(answer, 404)
                else:
                    self.assertProblem(answer, 400, "path")

    def test_what_no_name_can_hold_is_400(self):
        for target, word in {
            b"/a/%00": "NUL",
            b"/%00": "NUL",
            b"/a%2Fb": "slash",
            b"/a%2fb/": "slash",
            b"//": "empty",
            b"//etc/passwd": "empty",
            b"/a//b": "empty",
            b"/%C0%AE%C0%AE/": "UTF-8",
            b"/%FF": "UTF-8",
            b"/%ED%A0%80": "UTF-8",
            b"/%F4%90%80%80": "UTF-8",
            b"/%C3": "UTF-8",
            b"/%": "%25",
            b"/%4": "%25",
            b"/%zz": "%25",
            b"/a?x=%zz": "%25",
            b"/a#b": "%23",
            b"/a?x#b": "%23",
        }.items():
            with self.subTest(target):
                self.assertProblem(self.get(target), 400, word)

    def test_characters_that_are_not_sent_raw_are_encoded(self):
        self.assertProblem(self.get(b"/{x}|y\\"), 404, "/%7Bx%7D%7Cy%5C/")

    def test_only_paths_are_targets(self):
        port = self.daemon.address[1]
        for line in (
            b"GET http://example.org/ HTTP/1.1",
            b"GET http://127.0.0.1:%d/ HTTP/1.1" % port,
            b"GET http://127.0.0.1:%d/a/ HTTP/1.0" % port,
            b"GET ftp://example.org/ HTTP/1.1",
            b"CONNECT example.org:443 HTTP/1.1",
            b"GET example.org HTTP/1.1",
            b"OPTIONS * HTTP/1.1",
            b"GET ? HTTP/1.1",
        ):
            with self.subTest(line):
                answer = self.daemon.raw_request(line, HOST)
                self.assertEqual(answer["Connection"], "close")
                self.assertIn(answer.status, (400, 501))
                self.assertEqual(answer.json["status"], answer.status)

    def test_an_absolute_target_is_told_from_a_method(self):
        for line in (b"GET http://example.org/ HTTP/1.0", b"GET * HTTP/1.0"):
            answer = parse(self.daemon.raw(line + b"\r\n\r\n"))
            self.assertProblem(answer, 400, "slash")

    def test_a_target_that_is_too_long_is_414(self):
        self.assertProblem(self.get(b"/" + b"a" * 8192), 414, "8192")
        self.assertProblem(self.get(b"/?" + b"a" * 8192), 414)
        self.assertStatus(self.get(b"/" + b"a" * 8000), 404)

    def test_a_request_line_that_is_none_is_400(self):
        for line in (b"GET", b"GET /", b"GET  ", b"/ HTTP/1.1", b"GET / HTTP/1.1 x", b"GET /\xff HTTP/1.1",
                     b"GET /\x01 HTTP/1.1", b"GET / FTP/1.1", b"\x00", b"{}"):  # fmt: skip
            with self.subTest(line):
                answer = self.daemon.raw_request(line, HOST)
                self.assertEqual(answer.status, 400)
                self.assertEqual(answer.json["status"], 400)

    def test_another_version_is_505(self):
        for version in (b"HTTP/2.0", b"HTTP/1.2", b"HTTP/0.9"):
            self.assertProblem(self.daemon.raw_request(b"GET / " + version, HOST), 505)


class Fields(TestCase):
    def get(self, *fields):
        return self.daemon.raw_request(b"GET / HTTP/1.1", *fields)

    def test_exactly_one_host(self):
        self.assertProblem(self.get(CLOSE), 400, "Host")
        self.assertProblem(self.get(HOST, HOST, CLOSE), 400, "Host")

    def test_http_1_0_needs_a_host_for_links_alone(self):
        answer = self.daemon.raw_request(b"GET /-/health HTTP/1.0")
        self.assertStatus(answer, 200)
        self.assertProblem(self.daemon.raw_request(b"GET / HTTP/1.0"), 400, "Host")

    def test_line_breaks_and_control_characters_are_400(self):
        for field in (b"X: a\rb", b"X: a\nb", b"X: a\x00b", b"X: \x7f", b"X: \x0b", b"\x01: a"):
            with self.subTest(field):
                self.assertEqual(self.get(HOST, field, CLOSE).status, 400)

    def test_lines_that_servers_disagree_on_are_400(self):
        for fields in (
            (b" X: folded",),
            (b"A: b", b" folded: c"),
            (b"A: b", b"\tfolded: c"),
            (b": no name",),
            (b"A: b", b": no name"),
            (b"no colon",),
            (b"A : b",),
            (b"Content-Length : 5",),
            (b"A b: c",),
            (b"A(b): c",),
            (b"\xc3\xa9: c",),
            (b"A: b", b"\xc3\xa9: c"),
        ):
            with self.subTest(fields):
                for order in ((HOST, *fields, CLOSE), (*fields, HOST, CLOSE)):
                    answer = self.get(*order)
                    self.assertEqual(answer.status, 400, order)
                    self.assertEqual(answer["Connection"], "close")

    def test_line_feeds_alone_do_not_hide_fields(self):
        answers = self.daemon.raw(
            b"GET / HTTP/1.1\nHost: localhost\n X: y\nContent-Length: 3\n\nabc"
        )
        self.assertEqual(parse(answers).status, 400)
        self.assertEqual(answers.count(b"HTTP/1.1 "), 1)

    def test_fields_that_are_too_large_are_431(self):
        self.assertProblem(self.get(HOST, b"X: " + b"a" * 17000, CLOSE), 431, "16384")
        many = [b"X-%d: a" % n for n in range(80)]
        self.assertProblem(self.get(HOST, *many, CLOSE), 431)

    def test_a_head_that_is_far_too_large_is_400(self):
        self.assertProblem(self.get(HOST, b"X: " + b"a" * 40000, CLOSE), 400, "32768")

    def test_non_ascii_values_are_taken(self):
        self.assertStatus(self.get(HOST, "X: é".encode(), CLOSE), 200)

    def test_a_websocket_is_not_opened(self):
        answer = self.get(HOST, b"Connection: Upgrade", b"Upgrade: websocket",
                          b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: dGhlIHNhbXBsZQ==")  # fmt: skip
        self.assertStatus(answer, 200)
        self.assertEqual(answer["Connection"], "close")

    def test_the_librarys_own_files_are_out_of_reach(self):
        for path in ("/index.html", "/.htpasswd", "/etc/passwd", "/x.cgi", "/x.shtml", "/x.php"):
            self.assertProblem(self.daemon.get(path), 404)


class Bodies(TestCase):
    @classmethod
    def fill(cls, daemon):
        must(daemon.put("/b/", catalog()))

    TEXT = json.dumps(entity(a=1)).encode()

    def put(self, *fields, body=b"", line=b"PUT /b/1/ HTTP/1.1"):
        return self.daemon.raw_request(line, HOST, *fields, CLOSE, body=body)

    def test_a_body_without_length_is_411(self):
        self.assertProblem(self.put(), 411, "Content-Length")

    def test_a_length_that_is_none_is_400(self):
        for length in (b"-1", b"+5", b"5x", b"x", b"0x10", b"5 5", b"5,5", b"1e3", b"", b" "):
            with self.subTest(length):
                answer = self.put(b"Content-Length: " + length, body=b"abcde")
                self.assertProblem(answer, 400, "Content-Length")

    def test_two_lengths_are_400(self):
        answer = self.put(b"Content-Length: 3", b"Content-Length: 3", body=b"387")
        self.assertProblem(answer, 400, "Content-Length")

    def test_length_with_transfer_encoding_is_400(self):
        for fields in ((b"Transfer-Encoding: chunked", b"Content-Length: 3"),
                       (b"Content-Length: 3", b"Transfer-Encoding: chunked")):  # fmt: skip
            answer = self.put(*fields, body=b"3\r\n387\r\n0\r\n\r\n")
            self.assertProblem(answer, 400, "Transfer-Encoding")

    def test_other_transfer_encodings_are_501(self):
        for encoding in (b"gzip, chunked", b"gzip", b"identity", b"xchunked", b"chunked, chunked"):
            with self.subTest(encoding):
                answer = self.put(b"Transfer-Encoding: " + encoding, body=b"0\r\n\r\n")
                self.assertProblem(answer, 501, "chunked")

    def test_http_1_0_has_no_transfer_encoding(self):
        answer = self.put(b"Transfer-Encoding: chunked", body=b"0\r\n\r\n",
                          line=b"PUT /b/1/ HTTP/1.0")  # fmt: skip
        self.assertProblem(answer, 400)

    def test_a_body_that_is_too_large_is_413_before_it_is_sent(self):
        for length in (b"67108865", b"99999999999", b"9" * 30):
            self.assertProblem(self.put(b"Content-Length: " + length), 413)

    def test_a_chunked_body_is_read(self):
        half = len(self.TEXT) // 2
        chunks = b"".join(
            b"%x\r\n%s\r\n" % (len(part), part)
            for part in (self.TEXT[:half], self.TEXT[half:])
        )
        answer = self.put(b"Transfer-Encoding: chunked", body=chunks + b"0\r\n\r\n")
        self.assertIn(answer.status, (201, 204))
        self.assertEqual(must(self.daemon.get("/b/1/")).json["body"], {"a": 1})

    def test_a_large_chunked_body_is_read(self):
        text = json.dumps(entity(a="x" * 300000)).encode()
        chunks = b"".join(
            b"%x\r\n%s\r\n" % (len(text[i : i + 7000]), text[i : i + 7000])
            for i in range(0, len(text), 7000)
        )
        answer = self.put(b"Transfer-Encoding: chunked", body=chunks + b"0\r\n\r\n",
                          line=b"PUT /b/large/ HTTP/1.1")  # fmt: skip
        self.assertStatus(answer, 201)
        self.assertEqual(len(must(self.daemon.get("/b/large/")).json["body"]["a"]), 300000)

    def test_malformed_chunks_are_400(self):
        for body in (b"x\r\nabc\r\n0\r\n\r\n", b"-1\r\n", b"3\r\nabcde\r\n0\r\n\r\n",
                     b"ffffffffffffffff\r\nabc\r\n", b"8000000000000000\r\n", b"3 \r\nabc\r\n0\r\n\r\n",
                     b"\r\n", b"0x3\r\nabc\r\n0\r\n\r\n"):  # fmt: skip
            with self.subTest(body):
                with socket.create_connection(self.daemon.address, timeout=TIMEOUT) as connection:
                    connection.sendall(
                        b"PUT /b/c/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + body
                    )
                    connection.shutdown(socket.SHUT_WR)
                    data = b""
                    while piece := connection.recv(65536):
                        data += piece
                self.assertEqual(parse(data).status, 400, data)
                self.assertEqual(data.count(b"HTTP/1.1 "), 1)

    def test_a_body_that_ends_early_is_400(self):
        with socket.create_connection(self.daemon.address, timeout=TIMEOUT) as connection:
            connection.sendall(b"PUT /b/1/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
            connection.shutdown(socket.SHUT_WR)
            self.assertEqual(parse(connection.recv(65536)).status, 400)

    def test_a_client_that_waits_is_told_to_go_on(self):
        with socket.create_connection(self.daemon.address, timeout=TIMEOUT) as connection:
            connection.sendall(
                b"PUT /b/1/ HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(self.TEXT)
            )
            self.assertEqual(connection.recv(65536), b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.sendall(self.TEXT)
            self.assertIn(parse(connection.recv(65536)).status, (201, 204))

    def test_a_client_that_waits_in_vain_is_not_told(self):
        answer = self.put(b"Content-Length: 5", b"Expect: 100-continue", b"Content-Type: text/csv")
        self.assertProblem(answer, 415)

    def test_another_expectation_is_417(self):
        self.assertProblem(self.put(b"Content-Length: 0", b"Expect: the best"), 417)

    def test_the_answer_to_a_refused_body_arrives(self):
        body = b"x" * 200000
        answer = self.put(b"Content-Type: text/csv", b"Content-Length: %d" % len(body), body=body)
        self.assertProblem(answer, 415)

    def test_a_get_may_carry_a_body(self):
        answer = self.daemon.raw_request(
            b"GET /b/ HTTP/1.1", HOST, CLOSE, b"Content-Length: 3", body=b"abc"
        )
        self.assertStatus(answer, 200)


class Connections(TestCase):
    def responses(self, data):
        return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", self.daemon.raw(data))]

    def test_requests_are_answered_in_a_row(self):
        get = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        missing = b"GET /no HTTP/1.1\r\nHost: localhost\r\n\r\n"
        put = b"PUT /x/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n387"
        head = b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        last = b"DELETE /x/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        self.assertEqual(
            self.responses(get + missing + put + head + last), [200, 404, 201, 200, 204]
        )

    def test_a_304_and_a_204_do_not_end_the_connection(self):
        tag = must(self.daemon.get("/"))["ETag"].encode()
        cached = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nIf-None-Match: " + tag + b"\r\n\r\n"
        options = b"OPTIONS / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        last = b"GET /-/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        self.assertEqual(self.responses(cached + options + last), [304, 204, 200])

    def test_http_1_0_closes_unless_it_is_asked_not_to(self):
        one = b"GET /-/health HTTP/1.0\r\n\r\n"
        kept = b"GET /-/health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        self.assertEqual(self.responses(one + one), [200])
        self.assertEqual(self.responses(kept + one), [200, 200])
        self.assertIn(b"\r\nConnection: keep-alive\r\n", self.daemon.raw(kept + one))

    def test_close_closes_and_is_said(self):
        close = b"GET /-/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        self.assertEqual(self.responses(close + close), [200])
        self.assertIn(b"\r\nConnection: close\r\n", self.daemon.raw(close))

    def test_a_refused_head_ends_the_connection(self):
        bad = b"GET / HTTP/1.1\r\nHost: localhost\r\n X: y\r\nContent-Length: 40\r\n\r\n"
        self.assertEqual(self.responses(bad + b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"), [400])

    def test_a_body_that_was_not_read_is_not_taken_for_a_request(self):
        body = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
        head = b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: %d\r\n\r\n"
        self.assertEqual(self.responses(head % len(body) + body), [415])

    def test_an_idle_connection_is_closed(self):
        with socket.create_connection(self.daemon.address, timeout=TIMEOUT) as connection:
            connection.sendall(b"GET /-/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while connection.recv(65536):
                pass


class Ids(TestCase):
    def test_a_request_gets_an_id(self):
        one, other = (self.daemon.get("/")["X-Request-Id"] for _ in range(2))
        self.assertRegex(one, "^[0-9a-f]{16}$")
        self.assertNotEqual(one, other)

    def test_the_client_can_choose_one(self):
        self.assertEqual(self.daemon.get("/", X_Request_Id="a-1._Z")["X-Request-Id"], "a-1._Z")

    def test_an_id_that_is_none_is_not_taken(self):
        for bad in ("a b", "x" * 65, "é".encode().decode("latin-1"), "<b>", ""):
            self.assertRegex(self.daemon.get("/", X_Request_Id=bad)["X-Request-Id"], "^[0-9a-f]{16}$")
