"""Kite's status words against the market's status map."""

import logging

import pytest

from shared_utils.brokers.zerodha.mapping import STATES, state_of
from shared_utils.domain.orders import SETTLED, OrderState

# Every status that Kite was seen to send, and what it means.
KITE = {
    "PUT ORDER REQ RECEIVED": OrderState.OPEN,
    "VALIDATION PENDING": OrderState.OPEN,
    "OPEN PENDING": OrderState.OPEN,
    "AMO REQ RECEIVED": OrderState.OPEN,
    "OPEN": OrderState.OPEN,
    "TRIGGER PENDING": OrderState.OPEN,
    "MODIFY VALIDATION PENDING": OrderState.OPEN,
    "MODIFY PENDING": OrderState.OPEN,
    "MODIFIED": OrderState.OPEN,
    "NOT MODIFIED": OrderState.OPEN,
    "CANCEL PENDING": OrderState.OPEN,
    "UPDATE": OrderState.OPEN,
    "CANCELLED AMO": OrderState.CANCELLED,
    "COMPLETE": OrderState.FILLED,
    "CANCELLED": OrderState.CANCELLED,
    "REJECTED": OrderState.REJECTED,
}


def test_the_table_is_complete():
    assert dict(STATES) == KITE


@pytest.mark.parametrize("written", ["complete", "Complete ", "COMPLETE"])
def test_a_status_is_known_however_it_is_written(written):
    assert state_of(written) is OrderState.FILLED
    assert state_of("trigger_pending") is OrderState.OPEN


@pytest.mark.parametrize("status", ["EXPIRED", "FROZEN", "COMPLETED", "lapsed", "", "CANCEL"])
def test_an_unknown_status_is_open_and_alarms(status, caplog):
    with caplog.at_level(logging.ERROR):
        assert state_of(status) not in SETTLED
    assert "unknown order status" in caplog.text
