#!/usr/bin/env python3
"""The library as its users have it: installed into a folder, found by pkg-config, and used
by the examples, by the program of the manual page, and from C++.

The environment says what to use: MESON, BUILD (the build folder), SOURCE (the project's
root), CC, CXX, PKG_CONFIG, and CLIENT=yes where the client was built.
"""

import functools
import http.client
import http.server
import json
import os
import pathlib
import shlex
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest

SOURCE = pathlib.Path(os.environ["SOURCE"])
CC = shlex.split(os.environ["CC"])
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
WITH_CLIENT = os.environ.get("CLIENT") == "yes"

USERS = """{"element": "shoji:catalog", "self": "/users/",
 "catalogs": {"bills": "bills/", "by name": "{?name}"},
 "index": {"1/": {"name": "Katsuhiro"}, "2/": null},
 "views": {"Sold Counts": "sold_counts"}}
"""


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        subprocess.run(
            [*shlex.split(os.environ["MESON"]), "install", "-C", os.environ["BUILD"]]
            + ["--destdir", cls.root, "--no-rebuild", "--quiet"],
            check=True,
        )
        (description,) = cls.root.rglob("shoji.pc")
        cls.environment = {
            **os.environ,
            "PKG_CONFIG_PATH": str(description.parent),
            "PKG_CONFIG_SYSROOT_DIR": str(cls.root),
            "LD_LIBRARY_PATH": str(description.parent.parent),
        }
        cls.flags = shlex.split(
            subprocess.run(
                [os.environ["PKG_CONFIG"], "--cflags", "--libs", "shoji"],
                env=cls.environment, check=True, capture_output=True, text=True,
            ).stdout
        )

    def build(self, source, compiler=CC, options=("-std=c11",)):
        program = self.root / pathlib.Path(source).stem
        subprocess.run(
            [*compiler, *options, *WARNINGS, "-o", program, source, *self.flags], check=True
        )
        return program

    def run_program(self, *arguments):
        return subprocess.run(
            arguments, env=self.environment, capture_output=True, text=True, timeout=60
        )

    def write(self, name, text):
        path = self.root / name
        path.write_text(text, encoding="utf-8")
        return path


class Built(Installed):
    """The examples, built by their own Makefile, in a copy of their folder."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.examples = cls.root / "examples"
        shutil.copytree(SOURCE / "examples", cls.examples)
        programs = ["links", "device/device", *(["follow"] if WITH_CLIENT else [])]
        subprocess.run(
            ["make", "-s", "-C", cls.examples, "CC=" + " ".join(CC), *programs]
            + ["CFLAGS=" + " ".join(WARNINGS)],
            env=cls.environment, check=True,
        )


class Examples(Built):
    def test_links_prints_where_a_document_leads(self):
        run = self.run_program(
            self.examples / "links", self.write("users.json", USERS)
        )
        self.assertEqual(run.stderr, "")
        self.assertEqual(
            run.stdout.splitlines(),
            [
                "catalogs:bills -> bills/",
                "catalogs:by name -> {?name} (template)",
                "views:Sold Counts -> sold_counts",
                "entity -> 1/",
                "entity -> 2/",
            ],
        )

    def test_links_tells_where_a_text_is_wrong(self):
        path = self.write("wrong.json", '{"element": "shoji:catalog",\n "entities": ["1",]}\n')
        run = self.run_program(self.examples / "links", path)
        self.assertEqual(run.returncode, 1)
        self.assertIn(f"{path}:2:18: ", run.stderr)

    @unittest.skipUnless(WITH_CLIENT, "built without the client")
    def test_follow_prints_the_document_behind_the_names(self):
        program = self.examples / "follow"
        site = self.root / "site"
        (site / "users").mkdir(parents=True)
        (site / "index.html").write_text(
            '{"element": "shoji:catalog", "self": "/", "catalogs": {"users": "users/"}}'
        )
        (site / "users/index.html").write_text(USERS)
        (site / "users/sold_counts").write_text("[387, 18843]")
        handler = functools.partial(QuietHandler, directory=site)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever).start()
            root = f"http://127.0.0.1:{server.server_port}/"
            good = self.run_program(program, root, "users", "Sold Counts")
            bad = self.run_program(program, root, "users", "nobody")
            server.shutdown()
        self.assertEqual((good.stdout, good.stderr), ("[387, 18843]", ""))
        self.assertEqual((bad.returncode, bad.stdout), (1, ""))
        self.assertIn("nobody", bad.stderr)


class Device(Built):
    """The example that is a server: read-only, and on the library without its client."""

    def setUp(self):
        self.sensor = self.write("temperature", "21.50 degrees\n")
        self.write("broken", "no number\n")
        command = [self.examples / "device/device", "127.0.0.1", "0"]
        self.process = subprocess.Popen(
            [*command, f"cellar={self.sensor}", f"attic={self.root / 'broken'}"],
            env=self.environment, stdout=subprocess.PIPE, text=True,
        )
        self.addCleanup(self.stop)
        self.address = ("127.0.0.1", int(self.process.stdout.readline().split()[-1]))

    def stop(self):
        self.assertIsNone(self.process.poll(), "it has ended by itself")
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def ask(self, path, method="GET", **fields):
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        connection.request(
            method, path, headers={name.replace("_", "-"): fields[name] for name in fields}
        )
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response, body

    def talk(self, data):
        """Sends bytes, and returns the first line of what comes until it closes."""
        with socket.create_connection(self.address, timeout=60) as connection:
            connection.sendall(data)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        return answer.split(b"\r\n")[0].decode()

    def read(self, path):
        response, body = self.ask(path)
        self.assertEqual(response.status, 200)
        return json.loads(body)

    def test_all_that_it_has_is_found_from_its_catalog(self):
        catalog = self.read("/")
        self.assertEqual(
            catalog,
            {
                "element": "shoji:catalog",
                "self": "/",
                "views": {"readings": "readings"},
                "index": {"cellar/": {"name": "cellar"}, "attic/": {"name": "attic"}},
            },
        )
        self.assertEqual(
            self.read("/" + catalog["views"]["readings"]),
            {"element": "shoji:view", "self": "/readings",
             "value": {"cellar": 21.5, "attic": None}},
        )
        self.assertEqual(
            self.read("/cellar/"),
            {"element": "shoji:entity", "self": "/cellar/",
             "body": {"name": "cellar", "reading": 21.5}},
        )

    def test_a_number_is_spelt_as_the_sensor_spells_it(self):
        self.assertIn(b'"reading":21.50}', self.ask("/cellar/")[1])

    @unittest.skipUnless(WITH_CLIENT, "built without the client")
    def test_names_are_followed_to_it(self):
        base = "http://{}:{}/".format(*self.address)
        run = self.run_program(self.examples / "follow", base, "cellar")
        self.assertEqual(run.stderr, "")
        self.assertEqual(json.loads(run.stdout)["body"]["reading"], 21.5)

    def test_an_entity_tag_holds_until_the_reading_changes(self):
        tag = self.ask("/cellar/")[0].headers["ETag"]
        response, body = self.ask("/cellar/", If_None_Match=tag)
        self.assertEqual((response.status, response.headers["ETag"], body), (304, tag, b""))
        self.assertEqual(self.ask("/cellar/", If_Match=tag)[0].status, 200)
        self.sensor.write_text("22")
        response, body = self.ask("/cellar/", If_None_Match=tag)
        self.assertEqual(response.status, 200)
        self.assertIn(b'"reading":22}', body)
        self.assertEqual(self.ask("/cellar/", If_Match=tag)[0].status, 412)

    def test_each_media_type_that_it_has_is_given_to_who_asks_for_it(self):
        tags = set()
        for accept in ("application/json", "application/shoji+json"):
            response, _ = self.ask("/", Accept=accept)
            self.assertEqual(response.headers["Content-Type"], accept)
            tags.add(response.headers["ETag"])
        self.assertEqual(len(tags), 2)
        self.assertEqual(self.ask("/", Accept="*/*")[0].headers["Content-Type"], "application/json")
        self.assertEqual(self.ask("/", Accept="image/png")[0].status, 406)

    def test_head_is_get_without_content(self):
        got, body = self.ask("/")
        head, nothing = self.ask("/", "HEAD")
        self.assertEqual(nothing, b"")
        for name in ("ETag", "Content-Type", "Content-Length"):
            self.assertEqual(head.headers[name], got.headers[name])
        self.assertEqual(int(got.headers["Content-Length"]), len(body))

    def test_what_it_does_not_do_it_refuses_with_a_problem(self):
        for path, method, status in (
            ("/cellar", "GET", 404), ("/", "PUT", 405), ("/?x=1", "GET", 404),
        ):  # fmt: skip
            response, body = self.ask(path, method)
            self.assertEqual(response.status, status)
            self.assertEqual(response.headers["Content-Type"], "application/problem+json")
            self.assertEqual(response.headers["Allow"], "GET, HEAD")
            self.assertEqual(json.loads(body)["status"], status)

    def test_what_is_no_request_is_refused(self):
        host = b"Host: d\r\n"
        for data, status in (
            (b"GET / HTTP/1.1\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\n" + host * 2 + b"\r\n", 400),
            (b"GET http://d/ HTTP/1.1\r\n" + host + b"\r\n", 400),
            (b"GET / HTTP/2.0\r\n" + host + b"\r\n", 400),
            (b"GET /\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\n" + host + b" folded: 1\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\n" + host + b"A : 1\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\n" + host + b"A: 1\nB: 2\r\n\r\n", 400),
            (b"GET /\0 HTTP/1.1\r\n" + host + b"\r\n", 400),
            (b"\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nA: " + b"x" * 5000, 431),
        ):
            with self.subTest(data[:60]):
                self.assertEqual(self.talk(data).split()[:2], ["HTTP/1.1", str(status)])

    def test_a_request_that_comes_byte_by_byte_is_read(self):
        with socket.create_connection(self.address, timeout=60) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in b"GET / HTTP/1.1\r\nHost: d\r\n\r\n":
                connection.sendall(bytes([byte]))
            self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 200 OK\r\n"))

    def test_a_body_that_nobody_reads_does_not_take_the_answer_away(self):
        head = b"PUT / HTTP/1.1\r\nHost: d\r\nContent-Length: 1000000\r\n\r\n"
        self.assertIn(" 405 ", self.talk(head + b"x" * 1000000))

    def test_clients_that_say_nothing_keep_nobody_out(self):
        silent = [socket.create_connection(self.address, timeout=60) for _ in range(100)]
        self.assertEqual(self.ask("/")[0].status, 200)
        for connection in silent:
            connection.close()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *arguments):
        pass


class Manual(Installed):
    def test_the_example_of_the_manual_page_prints_what_the_page_says(self):
        page = (SOURCE / "libshoji/libshoji.3.scd").read_text(encoding="utf-8")
        blocks = page.split("# EXAMPLE", 1)[1].replace("\\\\", "\\").split("\n```\n")
        run = self.run_program(self.build(self.write("manual.c", blocks[1])))
        self.assertEqual(run.stdout.strip(), blocks[3].strip())


@unittest.skipUnless(os.environ.get("CXX"), "no C++ compiler")
class Cxx(Installed):
    def test_a_cxx_program_uses_the_library(self):
        source = self.write(
            "program.cpp",
            """#include <shoji/shoji.h>
            #include <cstdio>
            int main() {
                shoji_tree *tree = nullptr;
                shoji_error error = SHOJI_ERROR_INIT;
                if (shoji_tree_parse(&tree, "[387]", 5, nullptr, &error) != SHOJI_OK)
                    return 1;
                std::puts(shoji_value_number(shoji_value_item(shoji_tree_root(tree), 0), nullptr));
                shoji_tree_free(tree);
                return 0;
            }""",
        )
        compiler = shlex.split(os.environ["CXX"])
        run = self.run_program(self.build(source, compiler, ("-std=c++11",)))
        self.assertEqual(run.stdout, "387\n")


if __name__ == "__main__":
    unittest.main()
