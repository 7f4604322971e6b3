"""Runs the cases of spec/vectors/exchanges/ as spec/vectors/README.md says: sends what a
case has as requests, and tells what is wrong with the responses."""

import base64
import http.client
import json
import urllib.parse

TIMEOUT = 30  # seconds that one response may take


class Response:
    """A response, read whole."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        """What the body holds; an absent value where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return ABSENT


class Absent:
    """What no JSON value is equal to."""

    def __repr__(self):
        return "(nothing)"


ABSENT = Absent()


def fill_in(value, known):
    """A part of a case with its placeholders replaced."""
    if isinstance(value, str):
        for name, text in known.items():
            value = value.replace(f"<{name}>", text)
        return value
    if isinstance(value, list):
        return [fill_in(item, known) for item in value]
    if isinstance(value, dict):
        return {fill_in(name, known): fill_in(item, known) for name, item in value.items()}
    return value


def find(value, pointer):
    """The value that a JSON pointer leads to."""
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdigit() and int(token) < len(value):
            value = value[int(token)]
        else:
            return ABSENT
    return value


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def same(one, other):
    """Equality of JSON values, by which 1 and true are two."""
    if is_number(one) and is_number(other):
        return one == other
    if type(one) is not type(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    return one == other


def listed(value):
    """The members of a header field that is a list, in lower case."""
    return {member.strip().lower() for member in (value or "").split(",") if member.strip()}


HEADER_RULES = {
    "present": lambda had, wanted: (had is not None) is wanted,
    "not": lambda had, wanted: had != wanted,
    "begins": lambda had, wanted: had is not None and had.startswith(wanted),
    "type": lambda had, wanted: (had or "").split(";")[0].strip().lower() == wanted,
    "members": lambda had, wanted: listed(had) == {word.lower() for word in wanted},
    "includes": lambda had, wanted: listed(had) >= {word.lower() for word in wanted},
}


def judge_header(name, had, wanted):
    rules = wanted if isinstance(wanted, dict) else None
    if rules is None:
        good = had == wanted
    else:
        good = all(HEADER_RULES[rule](had, value) for rule, value in rules.items())
    return [] if good else [f"{name} is {had!r}, and not {wanted!r}"]


def judge_body(response, expected):
    faults = []
    body = response.json
    for pointer, wanted in expected.get("body", {}).items():
        had = find(body, pointer)
        if not same(had, wanted):
            faults.append(f"at {pointer!r} is {had!r}, and not {wanted!r}")
    for pointer in expected.get("present", []):
        if find(body, pointer) is ABSENT:
            faults.append(f"nothing is at {pointer!r}")
    for pointer in expected.get("absent", []):
        if find(body, pointer) is not ABSENT:
            faults.append(f"something is at {pointer!r}")
    for pointer, names in expected.get("order", {}).items():
        had = find(body, pointer)
        if not isinstance(had, dict) or list(had) != names:
            faults.append(f"the members at {pointer!r} are not {names!r} in this order")
    return faults


def judge_text(response, expected):
    text = response.text
    faults = []
    if "text" in expected and text != expected["text"]:
        faults.append(f"the text is not {expected['text']!r}")
    faults += [f"{piece!r} is not in it" for piece in expected.get("includes", [])
               if piece not in text]  # fmt: skip
    faults += [f"{piece!r} is in it" for piece in expected.get("excludes", [])
               if piece in text]  # fmt: skip
    return faults


MEMBERS = {
    "status", "headers", "body", "present", "absent", "order", "text", "includes", "excludes",
}  # fmt: skip


def judge(response, expected):
    """What is wrong with a response: a list of sentences."""
    faults = [f"the case has the unknown member {name}" for name in expected.keys() - MEMBERS]
    statuses = expected["status"]
    if response.status not in (statuses if isinstance(statuses, list) else [statuses]):
        faults.append(f"the status is {response.status}, and not {statuses}")
    for name, wanted in expected.get("headers", {}).items():
        faults += judge_header(name, response.headers.get(name), wanted)
    return faults + judge_body(response, expected) + judge_text(response, expected)


def capture(response, rules):
    """The texts that later requests and responses name."""
    taken = {}
    for name, rule in rules.items():
        had = response.headers.get(rule["header"]) if "header" in rule else find(
            response.json, rule["pointer"])  # fmt: skip
        if isinstance(had, str):
            taken[name] = had
    return taken


def content_of(request):
    if "body" in request:
        return json.dumps(request["body"], ensure_ascii=False).encode()
    if "base64" in request:
        return base64.b64decode(request["base64"])
    return request["text"].encode() if "text" in request else None


def send(address, request):
    """Sends one request, and reads the response."""
    content = content_of(request)
    headers = dict(request.get("headers", {}))
    if content is not None and "content-type" not in map(str.lower, headers):
        headers["Content-Type"] = "application/json"
    target = request["target"]
    if "://" in target:
        url = urllib.parse.urlsplit(target)
        target = urllib.parse.urlunsplit(("", "", url.path, url.query, ""))
    connection = http.client.HTTPConnection(*address, timeout=TIMEOUT)
    try:
        connection.request(request.get("method", "GET"), target, content, headers)
        response = connection.getresponse()
        return Response(response.status, response.headers, response.read())
    finally:
        connection.close()


def set_up(address, case, known):
    """Sends what a case needs to be there; faults where that is refused."""
    for request in case.get("setup", []):
        response = send(address, {"method": "PUT", **fill_in(request, known)})
        if not 200 <= response.status < 300:
            return [f"setup: {request['target']}: {response.status} {response.text[:500]}"]
    return []


def run(address, case, base=None):
    """Runs one case against an empty server at an address: a list of faults."""
    authority = f"{address[0]}:{address[1]}"
    known = {"base": (base or f"http://{authority}/").rstrip("/"), "authority": authority}
    faults = set_up(address, case, known)
    for number, exchange in enumerate([] if faults else case["exchanges"], 1):
        request = fill_in(exchange["request"], known)
        response = send(address, request)
        known.update(capture(response, exchange.get("capture", {})))
        where = f"{number}: {request.get('method', 'GET')} {request['target'][:200]}: "
        faults += [where + fault for fault in judge(response, fill_in(exchange["response"], known))]
        if faults:
            faults.append(f"{response.status} {dict(response.headers)} {response.text[:1000]}")
            break
    return faults
