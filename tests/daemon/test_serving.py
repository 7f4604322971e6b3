"""How documents go out: content codings, what caches and browsers are told, what a proxy says
of a request, and what becomes of honest clients beside others that are not."""

import contextlib
import gzip
import pathlib
import socket
import tempfile
import threading
import time
import unittest
from concurrent import futures

from daemon.test_life import run
from support.daemon import (HTML, JSON, SHOJI, TIMEOUT, Daemon, TestCase, bearer, catalog, entity,
                            must, parse, wait_until)  # fmt: skip

MEMBERS = 300


def fill(daemon):
    must(daemon.put("/many/", catalog(tuple=["n"], index={}, catalogs={"by n": "{?n}"})))
    must(daemon.post("/many/", catalog(index={f"e{n}": {"n": n} for n in range(MEMBERS)})))
    must(daemon.put("/many/small/", entity(n=1)))


def accepting(coding, **more):
    return {"Accept-Encoding": coding, **more}


class Codings(TestCase):
    @classmethod
    def fill(cls, daemon):
        fill(daemon)
        cls.built = {
            name
            for name in ("gzip", "br")
            if daemon.request("GET", "/many/", headers=accepting(name))["Content-Encoding"]
        }

    def setUp(self):
        if self.built != {"gzip", "br"}:
            self.skipTest("shojid was built without zlib or without brotli")

    def get(self, path="/many/", **headers):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.daemon.request("GET", path, headers=fields)

    def test_what_the_client_accepts_decides(self):
        for accepted, coding in {
            "": None,
            "identity": None,
            "gzip": "gzip",
            "GZip": "gzip",
            "x-gzip": "gzip",
            "br": "br",
            "gzip, deflate, br": "br",
            "br;q=0.5, gzip": "gzip",
            "br; q=0.001, gzip ; q=0.002": "gzip",
            "br;q=0, gzip;q=0": None,
            "gzip;q=0.5, identity": None,
            "gzip, identity;q=0.5": "gzip",
            "identity;q=0, gzip": "gzip",
            "*;q=0, gzip": "gzip",
            "*": None,
            "deflate, zstd": None,
            "gzip;q=2": None,
            "gzip;q=0.1234": None,
            "gzip;level=9": None,
            "gzip;q=0, *": None,
            "identity;q=0, *": "br",
            "identity;q=0, br;q=0, *": "gzip",
            ",, ,gzip,": "gzip",
        }.items():
            with self.subTest(accepted):
                answer = self.assertStatus(self.get(Accept_Encoding=accepted), 200)
                self.assertEqual(answer["Content-Encoding"], coding)
                self.assertEqual(answer["Vary"], "Accept, Accept-Encoding")

    def test_who_accepts_nothing_gets_406_with_what_there_is(self):
        for accepted in ("identity;q=0", "*;q=0", "identity;q=0, deflate", "br;q=0, *;q=0"):
            with self.subTest(accepted):
                answer = self.get(Accept_Encoding=accepted)
                self.assertProblem(answer, 406, "gzip", "br")
                self.assertIn("Accept-Encoding", answer["Vary"])
                self.assertIsNone(answer["Content-Encoding"])

    def test_the_text_is_the_same(self):
        plain = must(self.get())
        for form in (JSON, SHOJI, HTML):
            plain = must(self.get(Accept=form))
            for _ in ("made", "kept"):
                coded = must(self.get(Accept=form, Accept_Encoding="gzip"))
                self.assertEqual(gzip.decompress(coded.body), plain.body)
                self.assertEqual(coded["Content-Type"], plain["Content-Type"])
                self.assertEqual(
                    coded["Content-Security-Policy"], plain["Content-Security-Policy"]
                )
                self.assertLess(len(coded.body), len(plain.body) // 2)

    def test_every_target_has_its_own(self):
        for path in ("/many/", "/many/?limit=150", "/many/?limit=150&after=151", "/many/?n=7"):
            plain = must(self.get(path))
            for _ in ("made", "kept"):
                coded = must(self.get(path, Accept_Encoding="gzip"))
                body = gzip.decompress(coded.body) if coded["Content-Encoding"] else coded.body
                self.assertEqual(body, plain.body)

    def test_every_host_has_its_own(self):
        for host in ("localhost", "127.0.0.1", "localhost"):
            coded = must(self.get("/many/", Host=host, Accept_Encoding="gzip"))
            text = gzip.decompress(coded.body)
            self.assertIn(b'"self":"http://%s/many/"' % host.encode(), text)

    def test_a_write_is_seen_at_once(self):
        for n in range(5):
            must(self.daemon.put("/many/small/", entity(n=n, text="x" * 2000)))
            answer = must(self.get("/many/small/", Accept_Encoding="gzip"))
            self.assertIn(b'"n":%d' % n, gzip.decompress(answer.body))

    def test_what_is_small_goes_out_as_it_is(self):
        answer = must(self.get("/many/e1/", Accept_Encoding="gzip"))
        self.assertIsNone(answer["Content-Encoding"])
        self.assertIn("Accept-Encoding", answer["Vary"])

    def test_head_says_what_get_does(self):
        for coding in ("gzip", "br", "identity"):
            of_get = must(self.get(Accept_Encoding=coding))
            of_head = must(self.daemon.request("HEAD", "/many/", headers=accepting(coding)))
            self.assertEqual(of_head.body, b"")
            for name in ("Content-Length", "Content-Encoding", "ETag", "Vary"):
                self.assertEqual(of_head[name], of_get[name])

    def test_tags_differ_by_coding(self):
        tags = [must(self.get(Accept_Encoding=coding))["ETag"] for coding in ("", "gzip", "br")]
        self.assertEqual(len(set(tags)), 3)
        for tag in tags:
            self.assertRegex(tag, '^"[^"]+"$')

    def test_every_tag_satisfies_if_match(self):
        for coding in ("identity", "gzip", "br"):
            must(self.daemon.put("/many/m/", entity(text=coding * 500)))
            tag = must(self.get("/many/m/", Accept_Encoding=coding))["ETag"]
            must(self.get("/many/m/", If_Match=tag))
            must(self.daemon.put("/many/m/", entity(n=2), If_Match=tag), 204)
            self.assertProblem(self.daemon.put("/many/m/", entity(n=3), If_Match=tag), 412)
            must(self.daemon.delete("/many/m/"))

    def test_a_copy_is_good_for_whom_it_was_made(self):
        tags = {coding: must(self.get(Accept_Encoding=coding))["ETag"]
                for coding in ("identity", "gzip", "br")}  # fmt: skip
        for held, accepted, status in (
            ("gzip", "gzip", 304), ("br", "br", 304), ("identity", "identity", 304),
            ("identity", "gzip", 304), ("gzip", "br, gzip", 304), ("gzip", "identity", 200),
            ("gzip", "br", 200), ("br", "gzip", 200), ("gzip", "gzip;q=0", 200),
        ):  # fmt: skip
            with self.subTest(held=held, accepted=accepted):
                answer = self.get(If_None_Match=tags[held], Accept_Encoding=accepted)
                self.assertStatus(answer, status)
                if status == 304:
                    self.assertEqual(answer["ETag"], tags[held])
                    self.assertIsNone(answer["Content-Encoding"])

    def test_problems_go_out_as_they_are(self):
        answer = self.get("/missing/" + "x" * 2000, Accept_Encoding="gzip, identity;q=0")
        self.assertProblem(answer, 404)
        self.assertIsNone(answer["Content-Encoding"])


class NoCoding(TestCase):
    arguments = ("--compression=no",)

    @classmethod
    def fill(cls, daemon):
        fill(daemon)

    def test_nothing_is_compressed(self):
        answer = must(self.daemon.request("GET", "/many/", headers=accepting("gzip, br")))
        self.assertIsNone(answer["Content-Encoding"])
        self.assertEqual(answer["Vary"], "Accept")
        answer = self.daemon.request("GET", "/many/", headers=accepting("identity;q=0, *"))
        self.assertProblem(answer, 406)


class NotForAll(TestCase):
    """What not everybody may read is kept apart, and its length tells nothing."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        store = f"sqlite:{cls.folder.name}/a.db"
        with Daemon(store=store) as daemon:
            fill(daemon)
            must(daemon.put("/open/", catalog()))
        file = pathlib.Path(cls.folder.name, "shojid.conf")
        file.write_text(
            "[http]\ncache-control = max-age=60\n"
            "[rule /many/]\nread = users\n[rule /many/e1/]\nread = ann\n",
            encoding="utf-8",
        )
        cls.arguments = ("-c", str(file))
        cls.options = {"no_auth": False, "store": store}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.folder.cleanup()

    @classmethod
    def fill(cls, daemon):
        cls.ann = bearer(daemon.token("ann"))
        cls.bob = bearer(daemon.token("bob"))

    def get(self, who, path="/many/"):
        return self.daemon.request("GET", path, headers=accepting("gzip", **who))

    def setUp(self):
        if not must(self.get(self.ann))["Content-Encoding"]:
            self.skipTest("shojid was built without zlib")

    def test_nothing_is_compressed_beside_what_a_query_says(self):
        for path in ("/many/?limit=200", "/many/?"):
            self.assertIsNone(must(self.get(self.ann, path))["Content-Encoding"])

    def test_everybody_gets_their_own(self):
        for _ in ("made", "kept"):
            for who, members in ((self.ann, MEMBERS + 1), (self.bob, MEMBERS)):
                answer = must(self.get(who))
                self.assertEqual(answer["Content-Encoding"], "gzip")
                size = gzip.decompress(answer.body).count(b'"n":')
                self.assertEqual(size, members)
            self.assertProblem(self.get({}), 401)

    def test_no_shared_cache_keeps_it(self):
        self.assertEqual(must(self.get(self.ann))["Cache-Control"], "private, no-cache")
        self.assertEqual(must(self.get({}, "/open/"))["Cache-Control"], "max-age=60")


class Caches(TestCase):
    arguments = ("--cache-control", "public, max-age=60")

    def test_what_caches_are_told_can_be_set(self):
        answer = must(self.daemon.get("/"))
        self.assertEqual(answer["Cache-Control"], "public, max-age=60")
        again = self.daemon.get("/", If_None_Match=answer["ETag"])
        self.assertEqual(again["Cache-Control"], "public, max-age=60")

    def test_problems_are_not_kept(self):
        self.assertEqual(self.daemon.get("/missing")["Cache-Control"], "no-store")

    def test_ranges_are_not_served_and_that_is_said(self):
        answer = must(self.daemon.get("/", Range="bytes=0-3"), 200)
        self.assertEqual(answer["Accept-Ranges"], "none")
        self.assertIn(b"shoji:catalog", answer.body)


PAGE = "https://page.example"
ASKS = {"Origin": PAGE, "Access-Control-Request-Method": "PUT"}


class NoPages(TestCase):
    def test_no_page_of_another_origin_reads_or_writes_unless_told(self):
        answer = self.daemon.request("OPTIONS", "/", headers=ASKS)
        for answer in (answer, self.daemon.get("/", Origin=PAGE)):
            self.assertFalse([name for name in answer.headers if name.startswith("Access-")])
        self.assertProblem(self.daemon.put("/x/", entity(), Origin=PAGE), 403)


class Pages(TestCase):
    arguments = ("--cors-origin", PAGE, "--cors-origin", "http://localhost:3000")

    def test_an_origin_that_is_named_may_read(self):
        for origin in (PAGE, "http://localhost:3000"):
            answer = must(self.daemon.get("/", Origin=origin))
            self.assertEqual(answer["Access-Control-Allow-Origin"], origin)
            exposed = answer["Access-Control-Expose-Headers"].split(", ")
            for name in ("ETag", "Location", "Link", "Allow", "Content-Location"):
                self.assertIn(name, exposed)
            self.assertIsNone(answer["Access-Control-Allow-Credentials"])

    def test_others_may_not(self):
        for origin in ("https://other.example", "http://page.example", PAGE + ":444", "null",
                       PAGE + ".example", "*", ""):  # fmt: skip
            with self.subTest(origin):
                answer = self.daemon.get("/", Origin=origin)
                self.assertIsNone(answer["Access-Control-Allow-Origin"])

    def test_answers_depend_on_the_origin_and_say_so(self):
        for headers in ({}, {"Origin": PAGE}, {"Origin": "https://other.example"}):
            for path in ("/", "/missing"):
                answer = self.daemon.request("GET", path, headers=headers)
                self.assertIn("Origin", answer["Vary"].split(", "))

    def test_a_problem_can_be_read_too(self):
        answer = self.daemon.get("/missing", Origin=PAGE)
        self.assertProblem(answer, 404)
        self.assertEqual(answer["Access-Control-Allow-Origin"], PAGE)

    def test_a_browser_that_asks_first_is_answered(self):
        for path in ("/", "/missing/", "/-/health"):
            answer = self.assertStatus(self.daemon.request("OPTIONS", path, headers=ASKS), 204)
            self.assertEqual(answer["Access-Control-Allow-Origin"], PAGE)
            self.assertIn("PUT", answer["Access-Control-Allow-Methods"].split(", "))
            allowed = answer["Access-Control-Allow-Headers"].split(", ")
            for name in ("Authorization", "Content-Type", "If-Match", "Slug"):
                self.assertIn(name, allowed)

    def test_an_options_that_asks_nothing_is_the_methods_own(self):
        answer = self.assertStatus(self.daemon.request("OPTIONS", "/"), 204)
        self.assertIn("GET", answer["Allow"])
        self.assertIsNone(answer["Access-Control-Allow-Methods"])

    def test_a_page_that_is_named_may_write_and_no_other(self):
        must(self.daemon.put("/x/", entity(n=1), Origin=PAGE))
        self.assertProblem(self.daemon.put("/x/", entity(), Origin="https://other.example"), 403)


class AllPages(TestCase):
    arguments = ("--cors-origin", "*")

    def test_every_page_may_read_and_none_write(self):
        answer = must(self.daemon.get("/", Origin=PAGE))
        self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
        self.assertNotIn("Origin", answer["Vary"].split(", "))
        self.assertProblem(self.daemon.put("/x/", entity(), Origin=PAGE), 403)


class NoProxy(TestCase):
    def test_nobody_is_believed_unless_told(self):
        answer = must(self.daemon.get("/", Forwarded="for=192.0.2.7;proto=https;host=x.example",
                                      X_Forwarded_Host="y.example"))  # fmt: skip
        self.assertEqual(answer.json["self"], self.daemon.base)
        must(self.daemon.get("/", Forwarded="not at all", X_Forwarded_For="nor this"))
        self.assertNotIn("192.0.2.7", self.daemon.log())


class Proxy(TestCase):
    arguments = ("--trusted-proxy", "127.0.0.0/8", "--trusted-proxy", "192.0.2.1")

    def self_of(self, **headers):
        return must(self.daemon.get("/", **headers)).json["self"]

    def address_of(self, **headers):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.daemon.request("GET", "/-/health", headers=fields)
        self.assertStatus(answer, 200)
        mark = f" {answer['X-Request-Id']} "
        self.assertTrue(wait_until(lambda: mark in self.daemon.log()))
        return self.daemon.log().split(mark)[1].split()[0]

    def test_scheme_and_host_are_the_clients(self):
        for headers, base in (
            ({}, self.daemon.base),
            ({"Forwarded": "proto=https;host=a.example"}, "https://a.example/"),
            ({"Forwarded": 'Host="a.example:8443";Proto=HTTPS;by=_x'}, "https://a.example:8443/"),
            ({"Forwarded": "host=evil.example, for=198.51.100.7;host=a.example"},
             "http://a.example/"),
            ({"X_Forwarded_Proto": "https", "X_Forwarded_Host": "a.example"}, "https://a.example/"),
            ({"X_Forwarded_Host": "evil.example, a.example"}, "http://a.example/"),
        ):  # fmt: skip
            with self.subTest(headers):
                self.assertEqual(self.self_of(**headers), base)

    def test_the_address_is_the_clients(self):
        for headers, address in (
            ({}, "127.0.0.1"),
            ({"Forwarded": "for=198.51.100.7"}, "198.51.100.7"),
            ({"Forwarded": 'for="198.51.100.7:4711"'}, "198.51.100.7"),
            ({"Forwarded": 'for="[2001:db8::1]:4711"'}, "2001:db8::1"),
            ({"Forwarded": "for=203.0.113.9, for=198.51.100.7"}, "198.51.100.7"),
            ({"Forwarded": "for=203.0.113.9, for=198.51.100.7, for=192.0.2.1"}, "198.51.100.7"),
            ({"Forwarded": "for=unknown"}, "127.0.0.1"),
            ({"Forwarded": "for=_hidden"}, "127.0.0.1"),
            ({"Forwarded": "proto=https"}, "127.0.0.1"),
            ({"X_Forwarded_For": "198.51.100.7"}, "198.51.100.7"),
            ({"X_Forwarded_For": "203.0.113.9, 198.51.100.7, 192.0.2.1"}, "198.51.100.7"),
            ({"X_Forwarded_For": "forged nonsense, 198.51.100.7"}, "198.51.100.7"),
            ({"X_Forwarded_For": "2001:db8::1"}, "2001:db8::1"),
        ):
            with self.subTest(headers):
                self.assertEqual(self.address_of(**headers), address)

    def test_of_several_lines_the_last_counts_however_long_the_others_are(self):
        long = b", ".join([b"203.0.113.9"] * 400)
        for first, second, last in (
            (b"X-Forwarded-For: 203.0.113.9", b"X-Forwarded-For: " + long,
             b"X-Forwarded-For: 198.51.100.7"),
            (b"Forwarded: for=203.0.113.9", b'Forwarded: by="' + b"a" * 5000 + b'"',
             b"Forwarded: for=198.51.100.7"),
        ):  # fmt: skip
            answer = self.daemon.raw_request(
                b"GET /-/health HTTP/1.1", b"Host: a", first, second, last
            )
            self.assertStatus(answer, 200)
            mark = f" {answer['X-Request-Id']} "
            self.assertTrue(wait_until(lambda: mark in self.daemon.log()))
            self.assertEqual(self.daemon.log().split(mark)[1].split()[0], "198.51.100.7")

    def test_what_is_malformed_is_400(self):
        for headers in (
            {"Forwarded": ""}, {"Forwarded": "for"}, {"Forwarded": "for="},
            {"Forwarded": "for=1.2.3.4 proto=https"}, {"Forwarded": 'for="1.2.3.4'},
            {"Forwarded": "for=1.2.3.256"}, {"Forwarded": "for=example.org"},
            {"Forwarded": "for=1.2.3.4;for=1.2.3.5"}, {"Forwarded": "proto=ftp"},
            {"Forwarded": "for=1.2.3.4:"}, {"Forwarded": 'for="1.2.3.4:x"'},
            {"Forwarded": "for=[::1]"}, {"Forwarded": 'for="[::1"'}, {"Forwarded": "host="},
            {"Forwarded": "for=1.2.3.4,"}, {"Forwarded": ",".join(["for=127.0.0.1"] * 65)},
            {"Forwarded": "host=" + "a" * 300}, {"Forwarded": 'for="\\'},
            {"X_Forwarded_For": ""}, {"X_Forwarded_For": "x"}, {"X_Forwarded_For": "1.2.3.4:x"},
            {"X_Forwarded_Proto": "ftp"}, {"X_Forwarded_Host": ""},
        ):  # fmt: skip
            with self.subTest(headers):
                answer = self.daemon.get("/", **headers)
                self.assertProblem(answer, 400, "proxy")

    def test_a_host_that_is_none_is_400(self):
        self.assertProblem(self.daemon.get("/", Forwarded='host="a b"'), 400)
        self.assertProblem(self.daemon.get("/", X_Forwarded_Host="a/b"), 400)

    def test_both_at_once_are_400(self):
        answer = self.daemon.get("/", Forwarded="for=1.2.3.4", X_Forwarded_For="1.2.3.4")
        self.assertProblem(answer, 400, "Forwarded")


class Settings(unittest.TestCase):
    def test_values_that_are_none_are_told(self):
        for flag, values, word in (
            ("--connections", ("0", "-1", "x", "10001"), "10000"),
            ("--connections-per-address", ("0", "x", "10001"), "off"),
            ("--trusted-proxy", ("x", "192.0.2.1/33", "192.0.2.1/24", "192.0.2.0/", "::1"), "192.0.2.0/24"),
            ("--cors-origin", ("example.org", "https://example.org/", "https://", "ftp://a", "https://A",
                               "null"), "https://example.org"),
            ("--cache-control", ("", "a\nb", "x" * 300), "256"),
            ("--compression", ("maybe",), "yes or no"),
        ):  # fmt: skip
            for value in values:
                with self.subTest(f"{flag}={value}"):
                    done = run(f"{flag}={value}", "dir:/")
                    self.assertEqual((done.returncode, done.stdout), (2, ""))
                    self.assertIn(flag, done.stderr)
                    self.assertIn(word, done.stderr)


@contextlib.contextmanager
def open_many(daemon, count, data):
    """Connections that have sent this, and stay."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(open_one(daemon, data)) for _ in range(count)]


def open_one(daemon, data):
    connection = socket.create_connection(daemon.address, timeout=TIMEOUT)
    connection.sendall(data)
    return connection


HALF = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "
BODY = (b"PUT /x/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1000\r\n\r\n")  # fmt: skip


class Crowds(TestCase):
    """Honest requests are answered while connections stand that never send theirs."""

    def drip(self, connections, end):
        while not end.wait(1):
            for connection in connections:
                with contextlib.suppress(OSError):
                    connection.sendall(b" ")

    def test_half_open_and_dripping_connections_hold_up_nobody(self):
        for arguments in ((), ("--connections", "20")):
            with self.subTest(arguments), Daemon(*arguments) as daemon:
                fill(daemon)
                with open_many(daemon, 200, HALF), open_many(daemon, 50, BODY) as dripping:
                    end = threading.Event()
                    dripper = threading.Thread(target=self.drip, args=(dripping, end))
                    dripper.start()
                    try:
                        for _ in range(100):
                            must(daemon.get("/many/e1/"))
                        must(daemon.put("/many/small/", entity(n=2)))
                    finally:
                        end.set()
                        dripper.join()

    def test_who_sends_no_head_makes_room_for_who_does(self):
        with Daemon("--connections", "4") as daemon:
            with open_many(daemon, 4, HALF) as crowd:
                time.sleep(0.5)
                must(daemon.get("/-/health"))
                self.assertTrue(wait_until(lambda: self.count_open(crowd) < 4))

    def test_idle_connections_make_room(self):
        with Daemon("--connections", "4") as daemon, contextlib.ExitStack() as stack:
            for _ in range(12):
                connection = stack.enter_context(daemon.connection())
                must(daemon.request("GET", "/", connection=connection))

    def test_an_address_has_no_more_than_its_share(self):
        with Daemon("--connections-per-address", "3") as daemon:
            with open_many(daemon, 8, HALF) as crowd:
                must(daemon.get("/-/health"))
                self.assertTrue(wait_until(lambda: self.count_open(crowd) <= 3))

    def count_open(self, connections):
        count = 0
        for connection in connections:
            connection.setblocking(False)
            try:
                while connection.recv(65536):
                    pass
            except BlockingIOError:
                count += 1
            except OSError:
                pass
        return count

    def test_more_clients_than_connections_are_all_served(self):
        with Daemon("--connections", "8") as daemon:
            fill(daemon)
            statuses = []

            def read():
                for _ in range(20):
                    with contextlib.suppress(OSError):
                        statuses.append(daemon.get("/many/e1/").status)

            threads = [threading.Thread(target=read) for _ in range(40)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertLessEqual(set(statuses), {200, 503})
            self.assertGreater(statuses.count(200), 100)
            must(daemon.get("/many/e1/"))


class SlowSenders(TestCase):
    """A thread waits for a body for as long as is said, and no byte now and then makes it
    wait for more."""

    HEAD = (b"PUT /x/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n%s\r\n\r\n")
    SIZED = HEAD % b"Content-Length: 60000"
    CHUNKED = HEAD % b"Transfer-Encoding: chunked"
    MALFORMED = (b"PUT /x/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
                 b"Content-Length: 60000\r\n\r\n")  # fmt: skip

    def drip(self, daemon, head, byte):
        """Sends a byte a second until the server has closed: returns the status that came,
        None where it has not closed in the end."""
        data = b""
        with socket.create_connection(daemon.address, timeout=1) as connection:
            connection.sendall(head)
            for _ in range(60):
                try:
                    piece = connection.recv(65536)
                    if not piece:
                        return int(data.split()[1])
                    data += piece
                except TimeoutError:
                    pass
                except ConnectionError:
                    return int(data.split()[1])
                with contextlib.suppress(ConnectionError):
                    connection.sendall(byte)
        return None

    def test_a_body_that_comes_too_slowly_is_408(self):
        heads = [
            (self.SIZED, b" "),
            (self.CHUNKED + b"1000\r\n", b" "),
            (self.CHUNKED, b"0"),
        ]
        with Daemon() as daemon, futures.ThreadPoolExecutor(len(heads)) as threads:
            for status in threads.map(lambda sent: self.drip(daemon, *sent), heads):
                self.assertEqual(status, 408)
            must(daemon.put("/x/", entity()), 201)

    def test_a_body_that_nobody_wants_is_waited_for_a_little(self):
        with Daemon() as daemon:
            self.assertEqual(self.drip(daemon, self.MALFORMED, b" "), 415)


class SlowReaders(TestCase):
    def test_one_who_reads_a_large_page_slowly_holds_up_no_writer(self):
        with Daemon() as daemon:
            must(daemon.put("/big/", catalog(index={})))
            for begin in range(0, 40000, 10000):
                index = {f"e{n}": {"text": "x" * 200} for n in range(begin, begin + 10000)}
                must(daemon.post("/big/", catalog(index=index)))
            request = b"GET /big/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            with socket.socket() as reader:
                reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                reader.settimeout(TIMEOUT)
                reader.connect(daemon.address)
                reader.sendall(request)
                got = reader.recv(1000)
                for n in range(20):
                    must(daemon.put("/big/e1/", entity(n=n)), 204)
                    self.assertEqual(must(daemon.get("/big/e1/")).json["body"], {"n": n})
                while piece := reader.recv(1 << 20):
                    got += piece
            # What it reads is as it was before the writes.
            page = parse(got).json
            self.assertEqual(len(page["index"]), 10000)
            self.assertEqual(page["index"]["e1/"], {"text": "x" * 200})
