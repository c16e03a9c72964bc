"""Kite on the bench: a function that answers requests with payloads in Kite's own form."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from shared_utils.brokers.ports import BrokerEndpoint, BrokerSession
from shared_utils.brokers.wire import NoAnswer, NotSent, WireAnswer, WireRequest
from shared_utils.brokers.zerodha.adapter import ZerodhaBroker
from shared_utils.domain.broker_accounts import (
    AccountLimits,
    AccountStatus,
    BrokerAccount,
    BrokerName,
    Egress,
    EgressMode,
)
from tests.clocks import TurnedClock
from tests.conformance.evidence import Evidence
from tests.conformance.orders import TAG
from tests.factories import NOW

ORDER_ID = "261125000000001"
ENDPOINT = BrokerEndpoint(api="http://kite.test", login="http://kite.test/connect/login")
HTML = b"<html><body>Bad gateway</body></html>"

Answer = Callable[[WireRequest], WireAnswer]


def an_account(**changes: Any) -> BrokerAccount:
    fields: dict[str, Any] = {
        "user_id": "user-1",
        "client_id": "AB1234",
        "broker_name": BrokerName.ZERODHA,
        "display_name": "Mine",
        "status": AccountStatus.CONNECTED,
        "capital": Decimal(1_000_000),
        "limits": AccountLimits(),
        "egress": Egress(),
        "created_at": datetime(2026, 11, 1, tzinfo=UTC),
        "updated_at": datetime(2026, 11, 1, tzinfo=UTC),
    }
    return BrokerAccount(**fields | changes)


def success(data: Any) -> WireAnswer:
    return WireAnswer(status=200, body=json.dumps({"status": "success", "data": data}).encode())


def error(status: int, error_type: str, message: str) -> WireAnswer:
    body = {"status": "error", "message": message, "error_type": error_type, "data": None}
    return WireAnswer(status=status, body=json.dumps(body).encode())


def fails(fault: Exception) -> Answer:
    def answer(_: WireRequest) -> WireAnswer:
        raise fault

    return answer


def always(answer: WireAnswer) -> Answer:
    return lambda _: answer


ANSWERS: dict[Evidence, Answer] = {
    Evidence.ORDER_ID: always(success({"order_id": ORDER_ID})),
    Evidence.INPUT_REFUSED: always(error(400, "InputException", "Invalid `quantity`.")),
    Evidence.MARGIN_REFUSED: always(
        error(
            400,
            "MarginException",
            "Insufficient funds. Required margin is 95417.84 but available margin is 74251.80. "
            "Check the orderbook for open orders.",
        )
    ),
    Evidence.NOT_PERMITTED: always(error(403, "PermissionException", "Insufficient permission.")),
    Evidence.SESSION_REFUSED: always(
        error(403, "TokenException", "Incorrect `api_key` or `access_token`.")
    ),
    Evidence.EGRESS_MISSING: always(success({"order_id": ORDER_ID})),
    Evidence.UNSENDABLE: always(success({"order_id": ORDER_ID})),
    Evidence.NO_CONNECTION: fails(NotSent("No connection to the broker.")),
    Evidence.READ_TIMEOUT: fails(NoAnswer("The broker did not answer in time.")),
    Evidence.RESET: fails(NoAnswer("The connection to the broker broke.")),
    Evidence.CUT_ANSWER: always(WireAnswer(status=200, body=b'{"status": "success", "data": {"o')),
    Evidence.EMPTY_ANSWER: always(WireAnswer(status=200, body=b"")),
    Evidence.HTML_200: always(WireAnswer(status=200, body=HTML, content_type="text/html")),
    Evidence.HTML_502: always(WireAnswer(status=502, body=HTML, content_type="text/html")),
    Evidence.SERVER_ERROR: always(error(500, "GeneralException", "Something went wrong.")),
    Evidence.UNREACHABLE: always(error(503, "NetworkException", "Gateway not reachable.")),
    Evidence.BAD_DATA: always(error(502, "DataException", "The OMS gave a bad answer.")),
    Evidence.TOO_MANY: always(error(429, "NetworkException", "Too many requests")),
    Evidence.ORDER_FAILED: always(error(400, "OrderException", "Order request failed.")),
    Evidence.TIMED_OUT_400: always(
        error(
            400,
            "InputException",
            "Order request timed out. Please check the order book and confirm before placing "
            "again.",
        )
    ),
    Evidence.SESSION_DIED: always(error(400, "TokenException", "Session expired.")),
    Evidence.INPUT_500: always(error(500, "InputException", "Invalid `price`.")),
    Evidence.UNLISTED: always(error(400, "SurpriseException", "Never seen before.")),
    Evidence.NO_TYPE: always(
        WireAnswer(status=400, body=b'{"status": "error", "message": "No", "error_type": null}')
    ),
    Evidence.NO_ORDER_ID: always(success({"order_id": None})),
    Evidence.NOT_AN_OBJECT: always(success("done")),
    Evidence.REDIRECT: always(WireAnswer(status=302, body=b"", content_type="text/html")),
    Evidence.NOT_FOUND: always(error(404, "GeneralException", "Couldn't find that `order_id`.")),
    Evidence.ALREADY_COMPLETE: always(
        error(400, "InputException", "Order cannot be cancelled as it is being processed.")
    ),
}


def an_order_row(**changes: Any) -> dict[str, Any]:
    """A row of GET /orders as in zerodha/kiteconnect-mocks."""
    row: dict[str, Any] = {
        "placed_by": "AB1234",
        "order_id": ORDER_ID,
        "exchange_order_id": "1100000000000001",
        "parent_order_id": None,
        "status": "COMPLETE",
        "status_message": None,
        "status_message_raw": None,
        "order_timestamp": "2026-11-25 09:45:00",
        "exchange_update_timestamp": "2026-11-25 09:45:01",
        "exchange_timestamp": "2026-11-25 09:45:00",
        "variety": "regular",
        "modified": False,
        "exchange": "NFO",
        "tradingsymbol": "NIFTY26D0126000CE",
        "instrument_token": 12345602,
        "order_type": "LIMIT",
        "transaction_type": "BUY",
        "validity": "DAY",
        "product": "NRML",
        "quantity": 130,
        "disclosed_quantity": 0,
        "price": 100.5,
        "trigger_price": 0,
        "average_price": 100.45,
        "filled_quantity": 130,
        "pending_quantity": 0,
        "cancelled_quantity": 0,
        "market_protection": 0,
        "meta": {},
        "tag": TAG,
        "tags": [TAG],
        "guid": "XXXXX",
    }
    return row | changes


def a_trade_row(**changes: Any) -> dict[str, Any]:
    """A row of GET /trades."""
    row: dict[str, Any] = {
        "trade_id": "10000001",
        "order_id": ORDER_ID,
        "exchange": "NFO",
        "tradingsymbol": "NIFTY26D0126000CE",
        "instrument_token": 12345602,
        "product": "NRML",
        "average_price": 100.45,
        "quantity": 130,
        "exchange_order_id": "1100000000000001",
        "transaction_type": "BUY",
        "fill_timestamp": "2026-11-25 09:45:01",
        "order_timestamp": "09:45:00",
        "exchange_timestamp": "2026-11-25 09:45:01",
    }
    return row | changes


def kite_book(orders: list[dict[str, Any]], trades: list[dict[str, Any]]) -> Answer:
    def answer(request: WireRequest) -> WireAnswer:
        return success(trades if request.url.endswith("/trades") else orders)

    return answer


class ZerodhaRig:
    order_id = ORDER_ID
    has_no: frozenset[Evidence] = frozenset()

    def __init__(self) -> None:
        self.clock = TurnedClock(NOW)
        self.requests: list[WireRequest] = []
        self._answer: Answer = ANSWERS[Evidence.ORDER_ID]
        self.broker = self._open(Egress())

    @property
    def sent(self) -> int:
        return sum(1 for each in self.requests if each.method != "GET" and "/orders" in each.url)

    @property
    def paused_s(self) -> list[float]:
        return self.clock.slept

    def answer(self, evidence: Evidence) -> None:
        self._answer = ANSWERS[evidence]
        if evidence is Evidence.EGRESS_MISSING:
            self.broker = self._open(Egress(mode=EgressMode.PROXY))

    def fail_looks(self, evidence: Evidence) -> None:
        self.answer(evidence)

    def answer_by(self, answer: Answer) -> None:
        self._answer = answer

    def send(self, request: WireRequest) -> WireAnswer:
        self.requests.append(request)
        return self._answer(request)

    def show_placed_order(self) -> None:
        """Kite's book holds the order of `orders.a_request`, still open."""
        row = an_order_row(status="OPEN", filled_quantity=0, average_price=0)
        self._answer = kite_book([row], [])

    def _open(self, egress: Egress) -> ZerodhaBroker:
        session = BrokerSession(
            account=an_account(egress=egress),
            endpoint=ENDPOINT,
            api_key="apikey",
            access_token="accesstoken",
        )
        return ZerodhaBroker(session, self.send, self.clock)
