"""Origins for the client's tests: two over HTTP and one over HTTPS, on loopback.

Prints one line with their base IRIs, then serves until its standard input ends. Every
answer is scripted below; nothing depends on the time of day or on other requests, but for
/log, which tells which requests have come.
"""

import gzip
import http.server
import json
import os
import ssl
import sys
import threading
import time
import urllib.parse

LONGEST = 20.0  # seconds that any answer takes at most
CHUNK = b"x" * 16384

bases = {}  # "FIRST", "SECOND" and "SECURE": the base of that origin, as http://host:port
log = []
log_lock = threading.Lock()


def catalog(**members):
    return {"element": "shoji:catalog", **members}


def entity(**body):
    return {"element": "shoji:entity", "body": body}


# FIRST, SECOND and SECURE stand for the origins.
DOCUMENTS = {
    "/": catalog(
        self="/",
        catalogs={
            "users": "users/",
            "users by name": "users/{?name,born}",
            "pages": "pages/",
            "ring": "ring/",
            "missing": "missing/",
            "moved": "redirect/301?to=/users/",
            "elsewhere": "SECOND/",
            "odd": "odd/",
        },
        views={"sold counts": "sold_counts", "page": "page"},
        urls={
            "trap": "http://somebody:secret@OTHERHOST/",
            "file": "file:///etc/passwd",
        },
    ),
    "/users/": catalog(
        self="/users/",
        index={"1/": {"name": "Ada"}, "2/": {"name": "Grace"}},
    ),
    "/users/1/": entity(first_name="Ada"),
    "/users/2/": entity(first_name="Grace"),
    "/sold_counts": [387, 18843],
    # Draft 02: no slash at the end, and relative references below.
    "/draft": catalog(self="FIRST/draft", entities=["1"], views={"counts": "counts"}),
    "/draft/1": entity(is_draft=True),
    "/draft/counts": [1, 2],
    # Copies of documents of other origins.
    "/mirror/": catalog(self="http://example.org/things/", catalogs={"more": "more/"}),
    "/mirror/more/": entity(kept=True),
    "/lie/": catalog(self="SECOND/lie/", catalogs={"more": "more/"}),
    "/lie/more/": entity(from_="lie"),
    "/urn/": catalog(self="urn:example:1", catalogs={"more": "more/"}),
    "/moved-self/": catalog(self="/users/", entities=["2/"]),
}


def log_request(handler, body):
    if handler.path == "/log":
        return
    with log_lock:
        log.append(
            {
                "origin": handler.server.name,
                "method": handler.command,
                "path": handler.path,
                "headers": [[name, value] for name, value in handler.headers.items()],
                "body": body.decode("utf-8", "replace"),
            }
        )


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format, *args):
        pass

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (ConnectionError, ssl.SSLError):
            self.close_connection = True

    def answer(self, status, body=b"", type="application/json", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if body or status not in (204, 304):
            self.send_header("Content-Type", type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_json(self, value, status=200, type="application/json", headers=()):
        text = json.dumps(value)
        for name, base in bases.items():
            text = text.replace(name + "/", base + "/")
        text = text.replace("OTHERHOST", bases["FIRST"].removeprefix("http://"))
        self.answer(status, text.encode(), type, headers)

    def raw(self, data):
        self.wfile.write(data)
        self.close_connection = True

    def serve(self):
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        log_request(self, body)
        url = urllib.parse.urlsplit(self.path)
        is_read = self.command in ("GET", "HEAD")
        if url.path in DOCUMENTS and is_read and not url.query:
            self.answer_json(DOCUMENTS[url.path])
            return
        head, _, rest = url.path[1:].partition("/")
        script = getattr(self, "script_" + head.replace("-", "_"), None)
        if script is None:
            self.script_problem("404")
            return
        self.query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        self.content = body
        script(rest)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve

    def script_log(self, rest):
        with log_lock:
            self.answer_json(log)

    def script_echo(self, rest):
        headers = [[name.lower(), value] for name, value in self.headers.items()]
        self.answer_json(
            {
                "method": self.command,
                "path": self.path,
                "headers": headers,
                "body": self.content.decode("utf-8", "replace"),
                "port": self.client_address[1],
            }
        )

    def script_redirect(self, status):
        to = self.query.get("to", "")
        for name, base in bases.items():
            to = to.replace(name, base)
        self.answer(int(status), headers=[("Location", to)] if to else [])

    def script_count(self, rest):
        left = int(rest)
        if left == 0:
            self.answer_json("arrived")
        else:
            self.answer(302, headers=[("Location", str(left - 1))])

    def script_problem(self, status):
        self.answer_json(
            {
                "type": "about:blank",
                "title": "A title",
                "status": int(status),
                "detail": f"nothing is at {self.path}\nlook elsewhere",
                "message": "not this one",
            },
            int(status),
            "application/problem+json",
        )

    def script_message(self, status):
        self.answer_json({"message": "the old way to say it"}, int(status))

    def script_html(self, status):
        self.answer(int(status), b"<html>no</html>", "text/html")

    def script_precondition(self, rest):
        holds = self.headers.get("If-Match") == '"1"'
        self.answer_json({"detail": "it has changed"}, 200 if holds else 412)

    def script_created(self, rest):
        self.answer(201, headers=[("Location", "/users/3/")])

    def script_see_other(self, rest):
        self.answer(303, headers=[("Location", "/users/1/")])

    def script_empty(self, rest):
        self.answer(204)

    def script_drip(self, rest):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            self.wfile.write(b" ")
            time.sleep(0.05)
        self.close_connection = True

    def script_stall(self, rest):
        end = time.monotonic() + LONGEST
        self.connection.settimeout(0.2)
        while time.monotonic() < end:
            try:
                if not self.connection.recv(1):
                    break
            except TimeoutError:
                continue
        self.close_connection = True

    def script_endless(self, rest):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK))
        self.close_connection = True

    def script_bomb(self, rest):
        body = gzip.compress(b" " * 20_000_000)
        self.answer(200, body, headers=[("Content-Encoding", "gzip")])

    def script_gzip(self, rest):
        body = gzip.compress(b'{"packed": true}')
        self.answer(200, body, headers=[("Content-Encoding", "gzip")])

    def script_bad_gzip(self, rest):
        self.answer(200, b"not gzip", headers=[("Content-Encoding", "gzip")])

    def script_size(self, rest):
        self.answer(200, b'"' + b"x" * (int(rest) - 2) + b'"')

    def script_announce(self, rest):
        self.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\nx")

    def script_short(self, rest):
        self.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")

    def script_nothing(self, rest):
        self.close_connection = True

    def script_garbage(self, rest):
        self.raw(b"220 mail.example.org ESMTP\r\n")

    def script_many_headers(self, rest):
        fields = [(f"X-{i}", "v") for i in range(int(rest))]
        self.answer(200, b"{}", headers=fields)

    def script_large_headers(self, rest):
        fields = [(f"X-{i}", "v" * 50000) for i in range(6)]
        self.answer(200, b"{}", headers=fields)

    def script_fields(self, rest):
        self.raw(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nVary: Accept\r\n"
            b"X-Empty:\r\nX-Folded: one\r\n  two\r\nvary:Origin \r\n"
            b"VARY:  Accept-Encoding\r\nX-Last: \t end\t\r\n\r\n{}"
        )

    def script_interim(self, rest):
        self.raw(
            b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\nX-Interim: 1\r\n\r\n"
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Final: 1\r\n\r\n{}"
        )

    def script_trailer(self, rest):
        self.raw(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Head: 1\r\n\r\n"
            b"2\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n"
        )

    def script_users(self, rest):
        names = {"Ada": "1/", "Grace": "2/"}
        found = names.get(self.query.get("name"))
        self.answer_json(catalog(self="/users/", entities=[found] if found else []))

    def script_pages(self, rest):
        page = int(self.query.get("after", "0"))
        members = {"index": {f"/page-of/{page}/": {"name": f"page {page}"}}}
        if page < 4:
            members["catalogs"] = {"next": f"?after={page + 1}"}
        self.answer_json(catalog(self="/pages/", **members))

    def script_page_of(self, rest):
        self.answer_json(entity(page=rest))

    def script_ring(self, rest):
        page = int(self.query.get("after", "0"))
        after = page + 1 if page < 6 else 3
        self.answer_json(
            catalog(self="/ring/", entities=[], catalogs={"next": f"?after={after}"})
        )

    def script_odd(self, rest):
        self.answer(300, b"{}")

    def script_page(self, rest):
        self.answer(200, b"<html>a page</html>", "text/html; charset=utf-8")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, name, context=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.name = name
        self.context = context
        scheme = "https" if context else "http"
        bases[name] = f"{scheme}://127.0.0.1:{self.server_address[1]}"

    def finish_request(self, request, client_address):
        """Runs in the connection's own thread, so that no handshake holds others up."""
        if self.context:
            request.settimeout(LONGEST)
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        """Clients that go away are what is being tested."""


def main():
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(
        os.path.join(folder, "certificate.pem"), os.path.join(folder, "key.pem")
    )
    servers = [Server("FIRST"), Server("SECOND"), Server("SECURE", context)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(bases["FIRST"], bases["SECOND"], bases["SECURE"], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
