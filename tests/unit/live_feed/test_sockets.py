"""A ticket opens one socket, once; a socket listens to what it asks for."""

from typing import Any

import pytest

from shared_utils.api.live_messages import ErrorMessage, SubscribedMessage
from shared_utils.messaging.live_feed import CHANNELS
from tests.api_events import OTHER
from tests.fake_dynamo.tables import table_name
from tests.unit.live_feed.conftest import ARN, Live


def effect(policy: Any) -> Any:
    (statement,) = policy["policyDocument"]["Statement"]
    assert statement["Resource"] == ARN
    return statement["Effect"]


def test_a_ticket_says_where_it_is_good_and_until_when(live: Live):
    issued = live.ticket()
    assert issued.status == 201
    assert issued.body["url"] == "wss://live.example.com/live"
    assert issued.body["expires_at"] == "2026-11-23T03:30:30Z"
    assert len(issued.body["ticket"]) == 43
    assert live.ticket().body["ticket"] != issued.body["ticket"]
    assert issued.headers["Cache-Control"] == "no-store"


def test_nobody_gets_a_ticket_without_a_token(live: Live):
    refused = live.ticket(caller=None)
    assert (refused.status, refused.error["code"]) == (401, "UNAUTHENTICATED")
    assert live.dynamo.rows(table_name("live-connections")) == []


def test_the_table_does_not_hold_what_opens_a_socket(live: Live):
    ticket = live.ticket().body["ticket"]
    assert ticket not in str(live.dynamo.rows(table_name("live-connections")))


def test_a_ticket_lets_its_user_in_once(live: Live):
    ticket = live.ticket().body["ticket"]
    first = live.authorize(ticket=ticket, channel="positions")
    assert effect(first) == "Allow"
    assert first["context"] == {"user_id": "user-1", "channels": "positions"}
    second = live.authorize(ticket=ticket)
    assert effect(second) == "Deny"
    assert "context" not in second


def test_a_late_ticket_is_denied_although_its_row_is_still_there(live: Live):
    ticket = live.ticket().body["ticket"]
    live.wall.advance(seconds=30)
    assert effect(live.authorize(ticket=ticket)) == "Deny"
    assert len(live.dynamo.rows(table_name("live-connections"))) == 1


@pytest.mark.parametrize("query", [{}, {"ticket": ""}, {"ticket": "guess"}, {"channel": "live"}])
def test_without_a_good_ticket_the_door_stays_shut(live: Live, query):
    assert effect(live.authorize(**query)) == "Deny"


def test_a_connection_is_not_a_ticket(live: Live):
    live.connect("c1")
    assert effect(live.authorize(ticket="c1")) == "Deny"


def test_a_socket_is_its_users_and_ends_after_two_hours(live: Live):
    assert live.connect("c1", channels="positions") == 200
    (socket,) = live.connections.of_user("user-1", now=live.wall.now())
    assert (socket.connection_id, socket.channels) == ("c1", ("positions",))
    assert live.connections.of_user("user-2", now=live.wall.now()) == ()
    live.wall.advance(hours=2)
    assert live.connections.of_user("user-1", now=live.wall.now()) == ()
    (row,) = live.dynamo.rows(table_name("live-connections"))
    assert row["ttl"]["N"] == str(int(live.wall.now().timestamp()))


def test_who_the_authorizer_does_not_vouch_for_is_not_connected(live: Live):
    assert live.socket("c1", "$connect") == 401
    assert live.socket("c1", "$connect", authorizer={"channels": "live"}) == 401
    assert live.dynamo.rows(table_name("live-connections")) == []


def test_a_socket_that_asks_for_an_unknown_channel_is_not_connected(live: Live):
    assert live.connect("c1", channels="gossip") == 400
    assert live.connections.of_user("user-1", now=live.wall.now()) == ()


def test_a_socket_that_closes_is_forgotten(live: Live):
    live.connect("c1")
    assert live.socket("c1", "$disconnect") == 200
    assert live.socket("c1", "$disconnect") == 200
    assert live.dynamo.rows(table_name("live-connections")) == []


def test_channels_come_and_go(live: Live):
    live.connect("c1", channels="")
    every = sorted(CHANNELS)
    answer = live.say("c1", {"action": "subscribe", "channels": every}, route="subscribe")
    assert answer == {"type": "SUBSCRIBED", "version": 2, "data": {"channels": every}}
    answer = live.say("c1", {"action": "unsubscribe", "channels": ["risk", "live"]})
    SubscribedMessage.model_validate(answer)
    assert answer["version"] == 3
    assert answer["data"] == {"channels": ["market-data", "orders", "positions"]}
    (socket,) = live.connections.of_user("user-1", now=live.wall.now())
    assert socket.channels == ("market-data", "orders", "positions")


@pytest.mark.parametrize(
    ("message", "code", "named"),
    [
        ({"action": "subscribe", "channels": ["orders", "gossip"]}, "UNKNOWN_CHANNEL", "gossip"),
        ({"action": "dance", "channels": []}, "UNKNOWN_ACTION", "dance"),
        ({"action": "subscribe"}, "MESSAGE_UNREADABLE", "subscribe"),
        ({"action": "subscribe", "channels": "orders"}, "MESSAGE_UNREADABLE", "subscribe"),
        ({"action": "subscribe", "channels": [], "user_id": "x"}, "MESSAGE_UNREADABLE", "subscr"),
        ("not json", "MESSAGE_UNREADABLE", "subscribe"),
        ("", "MESSAGE_UNREADABLE", "subscribe"),
        ("[" * 5000, "MESSAGE_UNREADABLE", "subscribe"),
    ],
)
def test_what_cannot_be_meant_is_answered_and_changes_nothing(live: Live, message, code, named):
    live.connect("c1", channels="positions")
    before = live.dynamo.rows(table_name("live-connections"))
    answer = live.say("c1", message)
    ErrorMessage.model_validate(answer)
    assert answer["type"] == "ERROR"
    assert answer["error"]["code"] == code
    assert named in answer["error"]["message"]
    assert live.dynamo.rows(table_name("live-connections")) == before


def test_a_socket_that_we_forgot_is_told_to_come_again(live: Live):
    live.connect("c1", OTHER)
    live.wall.advance(hours=2)
    answer = live.say("c1", {"action": "subscribe", "channels": ["live"]})
    assert answer["error"]["code"] == "NOT_CONNECTED"
