"""A client in the manner of those in production: it knows one address and the protocol,
and finds all else by name. It asks for application/json, sends application/json, and takes
the IRIs that it is given as they stand; those in `index` it resolves against `self`."""

import json
import unittest
import urllib.error
import urllib.parse
import urllib.request

from support.daemon import JSON, TIMEOUT, Daemon

MAPS = ("catalogs", "views", "fragments", "orders", "urls")


class ClientError(Exception):
    """An answer that is an error, with the message that is in it."""

    def __init__(self, status, document):
        self.status = status
        self.document = document
        self.message = document.get("message") if isinstance(document, dict) else None
        super().__init__(f"{status}: {self.message}")


class Session:
    """The requests of one user. `log_in` is given the address at which a token is to be
    had, and returns one."""

    def __init__(self, token=None, accept=JSON, log_in=None):
        self.token = token
        self.accept = accept
        self.log_in = log_in

    def request_again(self, error, *request):
        """Once more with a token, where the server tells how to get one."""
        iri = (error.document or {}).get("urls", {}).get("login_url")
        if error.status != 401 or self.token is not None or None in (iri, self.log_in):
            raise error
        self.token = self.log_in(iri)
        return self.request(*request)

    def request(self, method, iri, document=None):
        """(headers, document or None)"""
        headers = {"Accept": self.accept}
        data = None
        if document is not None:
            headers["Content-Type"] = JSON
            data = json.dumps(document).encode()
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(iri, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
                return response.headers, self.parse(response)
        except urllib.error.HTTPError as error:
            with error:
                refusal = ClientError(error.code, self.parse(error))
            return self.request_again(refusal, method, iri, document)

    @staticmethod
    def parse(response):
        text = response.read()
        if not text:
            return None
        assert response.headers.get_content_type() == JSON, response.headers
        return json.loads(text)

    def get(self, iri):
        return Resource(self, iri, self.request("GET", iri)[1])


class Resource:
    """A document. Names of its maps are attributes; `catalog["1/"]` is an entity of its
    index, by a relative or an absolute IRI."""

    def __init__(self, session, iri, document):
        self.session = session
        self.document = document
        self.self = document["self"] if isinstance(document, dict) else iri

    def __getattr__(self, name):
        for part in MAPS:
            links = self.document.get(part, {})
            if name in links:
                return self.session.get(links[name])
        raise AttributeError(name)

    @property
    def body(self):
        return self.document["body"]

    @property
    def index(self):
        """Tuples by absolute IRI."""
        return {
            urllib.parse.urljoin(self.self, key): value
            for key, value in self.document["index"].items()
        }

    def __getitem__(self, key):
        iri = urllib.parse.urljoin(self.self, key)
        if iri not in self.index:
            raise KeyError(key)
        return self.session.get(iri)

    def refresh(self):
        self.document = self.session.request("GET", self.self)[1]
        return self

    def create(self, **body):
        document = {"element": "shoji:entity", "body": body}
        headers, _ = self.session.request("POST", self.self, document)
        return self.session.get(headers["Location"])

    def send(self, method, **members):
        document = {"element": self.document["element"], **members}
        self.session.request(method, self.self, document)

    def edit(self, **body):
        self.send("PATCH", body=body)
        self.body.update(body)

    def replace(self, **body):
        self.send("PUT", body=body)

    def edit_index(self, tuples):
        self.send("PATCH", index=tuples)

    def drop(self, key):
        self.edit_index({key: None})

    def delete(self):
        self.session.request("DELETE", self.self)


def fill(daemon, token=None):
    """What the owner of the server has put there."""
    owner = Session(token)
    base = daemon.base

    def put(path, document):
        owner.request("PUT", base + path, document)

    put("users/", {"element": "shoji:catalog", "index": {},
                   "views": {"sold_counts": "sold_counts/", "limits": "limits/"},
                   "orders": {"by_hand": "by_hand/"},
                   "catalogs": {"by_name": "{?name}"}})  # fmt: skip
    for number, name in ((1, "Ada"), (2, "Bob")):
        body = {"name": name, "sold_count": number * 100}
        put(f"users/{number}/", {"element": "shoji:entity", "body": body})
    put("users/sold_counts/", {"element": "shoji:view", "projection": {"attribute": "sold_count"}})
    put("users/limits/", {"element": "shoji:view", "value": [0, 10]})
    put("users/by_hand/", {"element": "shoji:order", "graph": ["../2/", {"Best": ["../1/"]}]})


class Client(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.addCleanup(self.daemon.close)
        self.daemon.start()
        fill(self.daemon)
        self.root = Session().get(self.daemon.base)
        self.users = self.root.users

    def test_the_root_is_walked_by_names(self):
        for accept in (JSON, "*/*"):
            root = Session(accept=accept).get(self.daemon.base)
            self.assertEqual(root.self, self.daemon.base)
            self.assertEqual(root.users.self, self.daemon.base + "users/")
            self.assertEqual(root.users.limits.document["value"], [0, 10])
        with self.assertRaises(AttributeError):
            _ = self.root.nothing

    def test_an_index_is_read_by_relative_and_by_absolute_iri(self):
        self.assertEqual(self.users["1/"].body["name"], "Ada")
        absolute = self.daemon.base + "users/2/"
        self.assertEqual(self.users.index[absolute], {"name": "Bob", "sold_count": 200})
        self.assertEqual(self.users[absolute].body["name"], "Bob")
        with self.assertRaises(KeyError):
            _ = self.users["3/"]

    def test_an_entity_is_created_and_found_at_its_location(self):
        made = self.users.create(name="Cy", sold_count=300)
        self.assertTrue(made.self.startswith(self.users.self))
        self.assertEqual(made.body, {"name": "Cy", "sold_count": 300})
        self.assertEqual(self.users.refresh().index[made.self], {"name": "Cy", "sold_count": 300})

    def test_an_entity_is_edited_and_replaced_and_refreshed(self):
        ada, other = self.users["1/"], self.users["1/"]
        ada.edit(sold_count=101)
        self.assertEqual(other.body["sold_count"], 100)
        self.assertEqual(other.refresh().body, {"name": "Ada", "sold_count": 101})
        ada.replace(name="Ada L.")
        self.assertEqual(other.refresh().body, {"name": "Ada L."})

    def test_an_index_is_edited(self):
        absolute = self.daemon.base + "users/2/"
        self.users.edit_index({"1/": {"sold_count": 7}, absolute: {"sold_count": 8}})
        counts = {tuple_["name"]: tuple_["sold_count"] for tuple_ in self.users.refresh().index.values()}
        self.assertEqual(counts, {"Ada": 7, "Bob": 8})
        self.users.edit_index({"9/": {"name": "Nin"}})
        self.assertEqual(self.users.refresh()["9/"].body, {"name": "Nin"})

    def test_an_entity_is_dropped(self):
        bob = self.users["2/"]
        self.users.drop(bob.self)
        self.assertEqual(list(self.users.refresh().index), [self.daemon.base + "users/1/"])
        with self.assertRaises(ClientError) as caught:
            bob.refresh()
        self.assertIn(caught.exception.status, (404, 410))
        self.users.drop("1/")
        self.assertEqual(self.users.refresh().index, {})

    def test_an_entity_is_deleted(self):
        ada = self.users["1/"]
        ada.delete()
        with self.assertRaises(ClientError) as caught:
            ada.refresh()
        self.assertIn(caught.exception.status, (404, 410))

    def test_the_value_of_a_view_is_replaced(self):
        limits = self.users.limits
        limits.send("PUT", value=[5, 15])
        self.assertEqual(limits.refresh().document["value"], [5, 15])
        limits.send("PATCH", value={"low": 1})
        self.assertEqual(limits.refresh().document["value"], {"low": 1})

    def test_a_computed_view_follows_the_entities(self):
        counts = self.users.sold_counts
        self.assertEqual(counts.document["value"], [100, 200])
        self.users["2/"].edit(sold_count=201)
        self.assertEqual(counts.refresh().document["value"], [100, 201])

    def test_the_graph_of_an_order_is_replaced(self):
        order = self.users.by_hand
        ada, bob = self.daemon.base + "users/1/", self.daemon.base + "users/2/"
        self.assertEqual(order.document["graph"], [bob, {"Best": [ada]}])
        order.send("PUT", graph=[ada, {"Rest": [bob]}])
        self.assertEqual(order.refresh().document["graph"], [ada, {"Rest": [bob]}])
        names = [Session().get(iri).body["name"] for iri in (ada, bob)]
        self.assertEqual(names, ["Ada", "Bob"])

    def test_a_template_that_is_filled_in_by_hand_leads_to_entities(self):
        template = self.users.document["catalogs"]["by_name"]
        found = Session().get(template.replace("{?name}", "?name=Bob"))
        self.assertEqual(list(found.index), [self.daemon.base + "users/2/"])
        self.assertEqual(found[self.daemon.base + "users/2/"].body["name"], "Bob")

    def test_the_message_of_an_error_is_read(self):
        for call, status, word in (
            (lambda: self.users.send("PATCH", index={"..": {}}), 422, ".."),
            (lambda: self.users.send("POST", graph=[]), 422, "index"),
            (lambda: Session().get(self.daemon.base + "nothing/"), 404, "nothing"),
            (lambda: self.users["1/"].send("POST", body={}), 405, "POST"),
        ):
            with self.assertRaises(ClientError) as caught:
                call()
            self.assertEqual(caught.exception.status, status)
            self.assertIn(word, caught.exception.message)
            self.assertEqual(caught.exception.document["status"], status)


class ClientWithTokens(unittest.TestCase):
    """The same against a server that lets users write alone."""

    LOGIN = "https://login.example/start?next=shoji"

    def setUp(self):
        self.daemon = Daemon("--login-url", self.LOGIN, no_auth=False)
        self.addCleanup(self.daemon.close)
        self.daemon.start()
        self.token = self.daemon.token("ann")
        fill(self.daemon, self.token)

    def test_a_token_lets_its_user_write(self):
        users = Session(self.token).get(self.daemon.base).users
        made = users.create(name="Cy")
        made.edit(name="Cyd")
        users.drop("1/")
        self.assertEqual(made.refresh().body, {"name": "Cyd"})
        self.assertEqual(len(users.refresh().index), 2)

    def test_a_client_without_a_token_is_told_where_to_log_in(self):
        def log_in(iri):
            asked.append(iri)
            return self.token

        asked = []
        session = Session(log_in=log_in)
        ada = session.get(self.daemon.base).users["1/"]
        self.assertEqual(asked, [])
        ada.edit(name="Ada L.")
        self.assertEqual(asked, [self.LOGIN])
        self.assertEqual(session.token, self.token)
        self.assertEqual(ada.refresh().body["name"], "Ada L.")

    def test_a_token_that_is_none_is_refused_with_a_message(self):
        with self.assertRaises(ClientError) as caught:
            Session("shj_none").get(self.daemon.base)
        self.assertEqual(caught.exception.status, 401)
        self.assertIn("token", caught.exception.message)


if __name__ == "__main__":
    unittest.main()
