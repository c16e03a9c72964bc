"""What is known when an HTTP exchange fails, over real sockets."""

import gzip
import socket
import time

import pytest
import urllib3

from shared_utils.brokers import wire
from shared_utils.brokers.wire import (
    Connections,
    NoAnswer,
    NotSent,
    Patience,
    WireRequest,
    http_send,
)
from tests.unit.brokers.sockets import reset, says, served

FAST = Patience(connect_s=0.3, read_s=0.3, total_s=0.6)


def post(url: str, patience: Patience = FAST, proxy_url: str | None = None) -> wire.WireAnswer:
    send = http_send(Connections().pool(proxy_url), patience, time.monotonic)
    return send(
        WireRequest(method="POST", url=url + "/orders", headers={"X-A": "b"}, body=b"quantity=65")
    )


def test_an_answer_comes_back_whole():
    with served(says(b'{"status": "success"}', "Content-Type: Application/JSON")) as (url, heard):
        answer = post(url)

    assert (answer.status, answer.body) == (200, b'{"status": "success"}')
    assert answer.content_type == "application/json"
    assert heard[0].startswith(b"POST /orders HTTP/1.1")
    assert heard[0].endswith(b"quantity=65")


def test_a_packed_answer_is_unpacked():
    packed = gzip.compress(b"x" * 1000)
    with served(says(packed, "Content-Encoding: gzip")) as (url, _):
        assert post(url).body == b"x" * 1000


def test_nobody_listening_is_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(NotSent):
        post(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize("url", ["http://", "http://127.0.0.1:99999", "ftp://127.0.0.1"])
def test_an_address_that_is_none_is_not_sent(url):
    with pytest.raises(NotSent):
        post(url)


def test_a_proxy_that_is_not_there_is_not_sent_and_not_gone_around():
    with (
        served(says(b"{}")) as (url, heard),
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        port = listener.getsockname()[1]
        listener.close()
        with pytest.raises(NotSent):
            post(url, proxy_url=f"http://127.0.0.1:{port}")
        assert heard == []


def test_an_account_with_a_proxy_leaves_by_it():
    with served(says(b"{}")) as (proxy_url, heard):
        post("http://kite.test", proxy_url=proxy_url)

    assert heard[0].startswith(b"POST http://kite.test/orders HTTP/1.1")


def test_each_way_out_has_its_own_connections():
    connections = Connections()

    mine, yours = connections.pool("http://10.0.0.1:3128"), connections.pool("http://10.0.0.2:3128")
    assert mine is not yours
    assert connections.pool("http://10.0.0.1:3128") is mine
    assert not isinstance(connections.pool(None), urllib3.ProxyManager)


def test_silence_is_no_answer():
    with served(lambda _: time.sleep(0.5)) as (url, heard), pytest.raises(NoAnswer):
        post(url)
    assert len(heard) == 1


def test_a_reset_is_no_answer_and_is_not_sent_again():
    with served(reset) as (url, heard), pytest.raises(NoAnswer):
        post(url)
    assert len(heard) == 1


def test_a_closed_connection_is_no_answer():
    with served(lambda _: None) as (url, heard), pytest.raises(NoAnswer):
        post(url)
    assert len(heard) == 1


def test_an_answer_that_stops_in_the_middle_is_no_answer():
    with served(says(b'{"order_id"', length=100)) as (url, _), pytest.raises(NoAnswer):
        post(url)


def test_an_answer_that_drips_is_given_up():
    def drips(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for _ in range(20):
            connection.sendall(b"x")
            time.sleep(0.1)

    with served(drips) as (url, _):
        begun = time.monotonic()
        with pytest.raises(NoAnswer, match="too long"):
            post(url)
        assert time.monotonic() - begun < 1.5


def test_a_redirect_is_an_answer_and_is_not_followed():
    with served(says(b"", "Location: http://127.0.0.1:1/", status="307 Temporary Redirect")) as (
        url,
        heard,
    ):
        assert post(url).status == 307
    assert len(heard) == 1


def test_a_small_packet_that_unpacks_without_end_is_no_answer(monkeypatch):
    monkeypatch.setattr(wire, "LARGEST_ANSWER", 100_000)
    bomb = gzip.compress(b"\0" * 10_000_000)
    with served(says(bomb, "Content-Encoding: gzip")) as (url, _), pytest.raises(NoAnswer):
        post(url, Patience(connect_s=1, read_s=1, total_s=2))


def test_an_answer_larger_than_any_can_be_is_no_answer(monkeypatch):
    monkeypatch.setattr(wire, "LARGEST_ANSWER", 1000)
    with served(says(b"x" * 5000)) as (url, _), pytest.raises(NoAnswer):
        post(url)


def test_a_cut_packet_is_no_answer():
    packed = gzip.compress(b"x" * 1000)[:-10]
    with served(says(packed, "Content-Encoding: gzip")) as (url, _), pytest.raises(NoAnswer):
        post(url)


def test_what_calls_itself_packed_and_is_not_is_no_answer():
    with served(says(b"plain", "Content-Encoding: gzip")) as (url, _), pytest.raises(NoAnswer):
        post(url)
