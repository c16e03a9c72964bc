import asyncio
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from simulator.postbacks import Postbacks
from tests.unit.simulator.worlds import Client, TurnedWorld, app

Heard = list[dict[str, Any]]


@pytest.fixture
def ear() -> Iterator[tuple[str, Heard]]:
    """An app that listens for postbacks."""
    heard: Heard = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/postback", heard
    server.shutdown()
    server.server_close()


def play(turned: TurnedWorld, url: str, *, on: bool) -> None:
    turned.world.register(app(1, postback_url=url))
    turned.world.postbacks_on = on
    postbacks = Postbacks(turned.world)
    turned.world.listeners.append(postbacks.note)
    turned.place(turned.option())
    turned.after(1)
    asyncio.run(postbacks.deliver())


def test_an_app_hears_of_its_order_signed_with_its_secret(turned, ear):
    url, heard = ear
    play(turned, url, on=True)
    assert [told["status"] for told in heard] == ["UPDATE", "COMPLETE"]
    told = heard[-1]
    signed = f"{told['order_id']}{told['order_timestamp']}secret1"
    assert told["checksum"] == hashlib.sha256(signed.encode()).hexdigest()
    assert (told["user_id"], told["filled_quantity"], told["unfilled_quantity"]) == (
        "AB0001",
        65,
        0,
    )


def test_postbacks_are_off_unless_switched_on(turned, ear):
    url, heard = ear
    play(turned, url, on=False)
    assert heard == []


def test_an_app_that_does_not_listen_disturbs_nothing(turned):
    play(turned, "http://127.0.0.1:9/nobody", on=True)


def test_they_are_switched_over_http(root, live_world):
    assert Client(root).call("POST", "/admin/postbacks", body={"on": True})[1] == {"on": True}
    assert live_world.postbacks_on
    assert Client(root).call("POST", "/admin/postbacks", body={"on": "perhaps"})[0] == 400
