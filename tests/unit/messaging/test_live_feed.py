"""A push reaches the sockets that listen to it; one that is gone is forgotten."""

import json
from decimal import Decimal

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from shared_utils.messaging.live_feed import LiveFeed
from shared_utils.storage.connections import Connection
from tests.clocks import MONDAY_0900_IST


class Sockets:
    def __init__(self, *channels: str) -> None:
        self.open = [
            Connection(
                connection_id=f"c{number}",
                user_id="u",
                channels=tuple(each.split()),
                connected_at=MONDAY_0900_IST,
                expires_at=MONDAY_0900_IST,
            )
            for number, each in enumerate(channels)
        ]
        self.removed: list[str] = []

    def of_user(self, user_id, *, now):
        return [each for each in self.open if each.user_id == user_id and now <= each.expires_at]

    def remove(self, connection_id):
        self.removed.append(connection_id)


class Gateway:
    def __init__(self, faults: dict[str, Exception] | None = None) -> None:
        self.faults = faults or {}
        self.posted: dict[str, bytes] = {}

    def post_to_connection(self, *, ConnectionId, Data):  # noqa: N803 - boto3's own names
        if ConnectionId in self.faults:
            raise self.faults[ConnectionId]
        self.posted[ConnectionId] = Data


def refused(status: int) -> ClientError:
    response = {"Error": {"Code": "X"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "PostToConnection")  # type: ignore[arg-type]  # a part of it


def feed(gateway: Gateway, sockets: Sockets) -> LiveFeed:
    return LiveFeed(gateway, sockets, lambda: MONDAY_0900_IST)


ORDER_STATUS = {"type": "ORDER_STATUS", "version": 3, "data": {"fill_price": Decimal("101.50")}}


def test_a_push_reaches_the_sockets_that_listen_to_its_type():
    gateway, sockets = Gateway(), Sockets("live", "orders risk", "positions", "")

    reached = feed(gateway, sockets).push("u", ORDER_STATUS)

    assert (reached, set(gateway.posted)) == (2, {"c0", "c1"})


def test_a_push_reaches_nobody_else():
    gateway = Gateway()

    assert feed(gateway, Sockets("live")).push("somebody-else", ORDER_STATUS) == 0


def test_money_is_a_number_with_its_two_decimals():
    gateway = Gateway()

    feed(gateway, Sockets("live")).push("u", ORDER_STATUS)

    assert b'"fill_price":101.50' in gateway.posted["c0"]
    assert json.loads(gateway.posted["c0"])["version"] == 3


def test_a_socket_that_is_gone_is_forgotten_and_the_others_are_served():
    gateway, sockets = Gateway({"c0": refused(410)}), Sockets("live", "live")

    assert feed(gateway, sockets).push("u", ORDER_STATUS) == 1
    assert sockets.removed == ["c0"]


@pytest.mark.parametrize("fault", [refused(429), ReadTimeoutError(endpoint_url="x")])
def test_a_push_that_fails_is_passed_over_and_the_socket_kept(fault):
    gateway, sockets = Gateway({"c0": fault}), Sockets("live", "live")

    assert feed(gateway, sockets).push("u", ORDER_STATUS) == 1
    assert sockets.removed == []


def test_an_answer_to_one_socket_does_not_ask_what_it_listens_to():
    gateway = Gateway()

    assert feed(gateway, Sockets("")).send("c9", {"type": "SUBSCRIBED"}) is True
    assert set(gateway.posted) == {"c9"}
