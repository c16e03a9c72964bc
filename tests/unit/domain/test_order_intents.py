from datetime import timedelta
from decimal import Decimal

from shared_utils.domain.order_intents import (
    account_prefix,
    account_stamp,
    next_attempt,
    order_timestamp,
    unwind_of,
)
from tests.factories import NOW, an_order

RELEASED = NOW + timedelta(microseconds=123_456)


def opened(client_id="ZERODHA_CLIENT1"):
    order = an_order(client_id=client_id, max_attempts=5)
    stamp = account_stamp(RELEASED, order.user_id, client_id)
    return an_order(client_id=client_id, order_timestamp=order_timestamp(stamp, order.order_id))


def test_all_orders_of_an_account_lie_together_whatever_becomes_of_them():
    first = opened()
    later = [first]
    for _ in range(9):
        later.append(next_attempt(later[-1], quantity=65, price=Decimal(1), at=NOW))
    for number in (0, 1, 39, 500):
        back = unwind_of(
            first, quantity=65, price=Decimal(1), at=NOW, send_by=NOW, unwind_round=number
        )
        later += [back, next_attempt(back, quantity=65, price=Decimal(1), at=NOW)]
    prefix = account_prefix(RELEASED, first.user_id, first.client_id)
    assert all(order.order_timestamp.startswith(prefix) for order in later)
    assert len({order.order_timestamp for order in later}) == len(later)


def test_another_account_lies_elsewhere():
    prefix = account_prefix(RELEASED, "user-1", "ZERODHA_CLIENT2")
    assert not opened().order_timestamp.startswith(prefix)


def test_planning_again_a_moment_later_finds_the_same_place():
    later = RELEASED + timedelta(milliseconds=800)
    assert account_stamp(later, "u", "c") == account_stamp(RELEASED, "u", "c")
