from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shared_utils.domain.instruments import Side
from shared_utils.domain.positions import PositionStatus, apply_fill, new_position
from tests.factories import a_fill, an_order

ZERO = Decimal(0)


def a_position():
    return new_position(an_order(fills=(a_fill(),)))


def traded(*trades):
    position = a_position()
    for number, (side, quantity, price) in enumerate(trades):
        fill = a_fill(f"t{number}", quantity, price)
        position = apply_fill(position, side, fill, ZERO)
    return position


def test_a_short_sold_high_and_bought_low_earns_the_difference():
    position = traded((Side.SELL, 65, "100"), (Side.BUY, 65, "40"))
    assert position.realised_pnl == Decimal(3900)
    assert position.status is PositionStatus.CLOSED


def test_a_growing_position_averages_its_cost():
    assert traded((Side.BUY, 65, "100"), (Side.BUY, 65, "110")).average_price == Decimal(105)


def test_a_flip_closes_the_old_side_and_opens_the_new_at_the_fill():
    position = traded((Side.BUY, 65, "100"), (Side.SELL, 130, "120"))
    assert (position.net_quantity, position.average_price) == (-65, Decimal(120))
    assert position.realised_pnl == Decimal(1300)


def test_profit_without_a_mark_is_unknown_not_zero():
    position = apply_fill(a_position(), Side.SELL, a_fill(), ZERO)
    assert replace(position, mark_price=None).unrealised_pnl is None


def test_profit_after_unknown_charges_is_unknown():
    position = apply_fill(a_position(), Side.SELL, a_fill(), None)
    assert position.net_pnl is None
    assert position.unrealised_pnl == 0


trades = st.lists(
    st.tuples(
        st.sampled_from(Side),
        st.integers(1, 40).map(lambda lots: lots * 65),
        st.integers(1, 400_000).map(lambda ticks: str(Decimal(ticks) * Decimal("0.05"))),
    ),
    min_size=1,
    max_size=12,
)


@given(trades)
def test_realised_and_open_value_add_up_to_the_cash_that_moved(sequence):
    position = traded(*sequence)
    cash = position.sell_value - position.buy_value
    worth = position.average_price * position.net_quantity
    assert abs(position.realised_pnl - (cash + worth)) < Decimal("0.000001")
    assert position.net_quantity == position.buy_quantity - position.sell_quantity


@given(trades, st.integers(1, 400_000))
def test_total_profit_at_any_mark_is_cash_plus_holding(sequence, ticks):
    mark = Decimal(ticks) * Decimal("0.05")
    position = replace(traded(*sequence), mark_price=mark)
    cash = position.sell_value - position.buy_value
    total = position.realised_pnl + position.unrealised_pnl
    assert abs(total - (cash + mark * position.net_quantity)) < Decimal("0.000001")
