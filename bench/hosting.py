"""100,000 entities in a shojid: how long the import takes, what a look-up by attribute costs
beside a plain GET of one entity, what compression costs, what becomes of honest clients beside
others that never send their requests, and how much memory the daemon has used at most.

Usage: hosting.py BUILD_FOLDER
"""

import contextlib
import http.client
import json
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

ENTITIES = 100_000
REQUESTS = 2_000
HALF_OPEN = 200
DRIPPING = 50


def write_rows(path):
    with open(path, "w", encoding="utf-8") as rows:
        for number in range(ENTITIES):
            row = {
                "id": number,
                "name": f"Person {number}",
                "city": f"City {number % 997}",
                "sold_count": number * 7 % 20011,
            }
            rows.write(json.dumps(row) + "\n")


def start(build, folder):
    """Starts a shojid on a port of its own choice; gives the process and its base IRI."""
    log = open(folder / "log", "w+", encoding="utf-8")
    daemon = subprocess.Popen(
        [build / "shojid/shojid", "--no-auth", "--listen", "127.0.0.1:0",
         f"sqlite:{folder / 'store.db'}"],
        stdout=log, stderr=log)
    for _ in range(200):
        log.seek(0)
        found = re.search(r"http://127\.0\.0\.1:\d+/", log.read())
        if found:
            return daemon, found.group()
        if daemon.poll() is not None:
            break
        time.sleep(0.05)
    log.seek(0)
    daemon.kill()
    sys.exit(f"shojid did not start: {log.read()}")


def measure(connection, paths, etags=None, coding=None):
    """Milliseconds of each GET over one connection."""
    times = []
    for index, path in enumerate(paths):
        headers = {"If-None-Match": etags[index]} if etags else {}
        if coding:
            headers["Accept-Encoding"] = coding
        begin = time.perf_counter()
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read()
        times.append((time.perf_counter() - begin) * 1000)
        expected = 304 if etags else 200
        if response.status != expected:
            sys.exit(f"{path}: {response.status} {body[:200]!r}")
    return times


def etag_of(connection, path):
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    return response.headers["ETag"]


def peak_memory(daemon):
    status = pathlib.Path(f"/proc/{daemon.pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) / 1024


def measure_afresh(host, paths):
    """The same, each over a connection of its own."""
    times = []
    for path in paths:
        with contextlib.closing(http.client.HTTPConnection(host, timeout=30)) as connection:
            times += measure(connection, [path])
    return times


@contextlib.contextmanager
def crowd(host):
    """Connections that send a head, or a body, and never the end of it."""
    head = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "
    body = (b"PUT /x/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000\r\n\r\n")
    address = (host.split(":")[0], int(host.split(":")[1]))
    end = threading.Event()

    def open_one(data):
        connection = socket.create_connection(address, timeout=30)
        connection.sendall(data)
        return connection

    def drip():
        while not end.wait(1):
            for at, data in enumerate([head] * HALF_OPEN + [body] * DRIPPING):
                try:
                    open_now[at].sendall(b"x" if data is head else b" ")
                except OSError:
                    # It was shut down: it comes again.
                    open_now[at].close()
                    open_now[at] = open_one(data)

    open_now = [open_one(data) for data in [head] * HALF_OPEN + [body] * DRIPPING]
    dripper = threading.Thread(target=drip)
    dripper.start()
    try:
        yield
    finally:
        end.set()
        dripper.join()
        for connection in open_now:
            connection.close()


def report(name, times, floor):
    ordered = sorted(times)
    median = statistics.median(ordered)
    print(f"| {name:34} | {median:7.3f} | {ordered[int(len(ordered) * 0.99)]:7.3f} "
          f"| {median / floor:5.2f} |")


def bench(build, folder):
    rows = folder / "people.ndjson"
    write_rows(rows)
    daemon, base = start(build, folder)
    try:
        begin = time.perf_counter()
        subprocess.run([build / "shoji-cli/shoji-cli", "--quiet", "import", base + "people/",
                        rows, "--id", "id", "--filter", "name,sold_count"], check=True)
        seconds = time.perf_counter() - begin
        print(f"import of {ENTITIES:,} entities: {seconds:.1f} s, {ENTITIES / seconds:,.0f}/s")

        connection = http.client.HTTPConnection(urllib.parse.urlsplit(base).netloc)
        numbers = [index * 48271 % ENTITIES for index in range(REQUESTS)]
        entities = [f"/people/{number}/" for number in numbers]
        names = ["/people/?name=" + urllib.parse.quote(f"Person {number}")
                 for number in numbers]
        counts = [f"/people/?sold_count={number * 7 % 20011}" for number in numbers]
        measure(connection, entities[:100])

        plain = measure(connection, entities)
        floor = statistics.median(plain)
        print(f"\n{REQUESTS:,} requests of each kind, one after the other on one connection:\n")
        print("| request                            |  median |     p99 | ratio |")
        print("|------------------------------------|--------:|--------:|------:|")
        report("GET of one entity, ms", plain, floor)
        report("look-up by name (1 of 100,000), ms", measure(connection, names), floor)
        report("look-up by number (5 of 100,000), ms", measure(connection, counts), floor)
        catalog = ["/people/"] * 20
        report("GET of a page of 10,000 members, ms", measure(connection, catalog), floor)
        connection.request("GET", "/people/", headers={"Accept-Encoding": "gzip"})
        connection.getresponse().read()
        report("the same by gzip, made before, ms", measure(connection, catalog, coding="gzip"),
               floor)
        tag = etag_of(connection, "/people/")
        report("the same, not modified (304), ms",
               measure(connection, ["/people/"] * REQUESTS, [tag] * REQUESTS), floor)

        host = urllib.parse.urlsplit(base).netloc
        report("GET by a new connection, ms", measure_afresh(host, entities), floor)
        with crowd(host):
            report("the same beside the crowd, ms", measure_afresh(host, entities), floor)
        print(f"\nThe crowd: {HALF_OPEN} connections that never end their heads, and {DRIPPING} "
              "whose bodies come\nat a byte a second.")

        begin = time.perf_counter()
        subprocess.run([build / "shoji-cli/shoji-cli", "follow", base, "people", "by name",
                        "name=Person 77777"], check=True, stdout=subprocess.DEVNULL)
        print(f"\nshoji-cli follow, the whole command: "
              f"{(time.perf_counter() - begin) * 1000:.0f} ms")
        print(f"shojid's memory at its peak: {peak_memory(daemon):.1f} MiB")
    finally:
        daemon.terminate()
        daemon.wait(timeout=30)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        bench(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(folder))


if __name__ == "__main__":
    main()
