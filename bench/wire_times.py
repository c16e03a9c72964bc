"""Many accounts' orders side by side, over real connections to a stub of known slowness."""

import json
import multiprocessing
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bench.rows import Row
from lambda_functions.execution_engine.order_manager.account_desks import side_by_side
from shared_utils.brokers.catalogue import BrokerParts, open_broker
from shared_utils.brokers.ports import Accepted, Broker, BrokerEndpoint, BrokerSession, PlaceOrder
from shared_utils.brokers.rate_limits import OrderRates
from shared_utils.clock import SystemClock
from shared_utils.domain.instruments import Side
from shared_utils.domain.legs import OrderType
from shared_utils.domain.orders import Product
from tests.factories import a_contract
from tests.simulation.market import an_account

FASTEST_S, SLOWEST_S = 0.02, 0.2
ROUNDS = 7


def run() -> list[Row]:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(port,), daemon=True)
    server.start()
    try:
        _await(port)
        accounts = _ratios(port, orders=[f"CLIENT{n:03d}" for n in range(50)])
        wave = _ratios(port, orders=["CLIENT000"] * 6)
    finally:
        server.terminate()
        server.join()
    return [
        ("50 accounts' orders: last answer / slowest call, cold", accounts[0], 1.5, "ratio"),
        ("50 accounts' orders: last answer / slowest call, warm", min(accounts[1:]), 1.1, "ratio"),
        ("6 legs of one account: last answer / slowest call, warm", min(wave[1:]), 1.1, "ratio"),
    ]


def _ratios(port: int, orders: list[str]) -> list[float]:
    # Each account is worked by a process of its own, with connections of its own.
    brokers = {client: _broker(client, port) for client in dict.fromkeys(orders)}
    step = (SLOWEST_S - FASTEST_S) / max(1, len(orders) - 1)
    calls = [
        partial(_place, brokers[client], f"S{round((FASTEST_S + step * n) * 1000):03d}")
        for n, client in enumerate(orders)
    ]
    found = []
    with ThreadPoolExecutor(len(calls)) as threads:
        for _ in range(ROUNDS):
            # An account sends nine messages a second at most.
            time.sleep(1.1)
            began = time.perf_counter()
            side_by_side(threads, calls)
            found.append((time.perf_counter() - began) / SLOWEST_S)
    return found


def _place(broker: Broker, tag: str) -> None:
    request = PlaceOrder(
        contract=a_contract(),
        side=Side.BUY,
        quantity=65,
        order_type=OrderType.LIMIT,
        price=Decimal(100),
        trigger_price=None,
        product=Product.NORMAL,
        tag=tag,
    )
    answer = broker.place(request)
    if not isinstance(answer, Accepted):
        raise ConnectionError(f"the stub did not take an order: {answer}")


def _broker(client_id: str, port: int) -> Broker:
    clock = SystemClock()
    parts = BrokerParts(clock=clock, rates=OrderRates(clock))
    address = f"http://127.0.0.1:{port}"
    session = BrokerSession(
        account=an_account(client_id),
        endpoint=BrokerEndpoint(api=address, login=address),
        api_key="key",
        access_token="token",  # noqa: S106 - a stub's
    )
    return open_broker(session, parts)


class _Stub(BaseHTTPRequestHandler):
    """Takes as long as the order's tag says: S020 is 20 ms."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        tag = next(part for part in body.split("&") if part.startswith("tag=S"))
        time.sleep(int(tag.removeprefix("tag=S")) / 1000)
        answer = json.dumps({"status": "success", "data": {"order_id": "1"}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Silent."""


def _serve(port: int) -> None:
    class Server(ThreadingHTTPServer):
        request_queue_size = 256
        daemon_threads = True

    Server(("127.0.0.1", port), _Stub).serve_forever()


def _await(port: int) -> None:
    until = time.monotonic() + timedelta(seconds=20).total_seconds()
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
        except OSError:
            threading.Event().wait(0.1)
        else:
            return
    raise TimeoutError("the stub did not start")
