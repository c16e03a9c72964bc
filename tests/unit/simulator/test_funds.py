"""Money: margins, positions, and what a day's end makes of them."""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared_utils.domain.instruments import Underlying
from shared_utils.indian_market_utils.sessions import at_ist
from simulator.funds import margin_of
from simulator.funds_wire import positions, segments
from simulator.instruments import Instrument
from simulator.world import World
from tests.unit.simulator.worlds import DAY, Client, TurnedWorld


def test_a_long_option_ties_up_nothing_but_its_premium(turned: TurnedWorld):
    margin = margin_of(turned.market, {turned.option(): 65}, turned.now)
    assert margin.total == 0


def test_a_naked_short_ties_up_about_what_the_exchange_asks(turned: TurnedWorld):
    """About 172,000 for an at-the-money NIFTY call of 65 units in May 2026."""
    margin = margin_of(turned.market, {turned.option(): -65}, turned.now)
    assert 150_000 < margin.total < 220_000


def test_a_hedge_caps_the_margin_at_the_width_of_the_spread(turned: TurnedWorld):
    short, hedge = turned.option(away=4), turned.option(away=8)
    margin = margin_of(turned.market, {short: -65, hedge: 65}, turned.now)
    assert margin.span <= 200 * 65 + 1
    assert margin.exposure == pytest.approx(
        turned.market.spot(Underlying.NIFTY, turned.now) * 65 / 50, 1
    )


def test_a_short_costs_more_on_its_expiry_day():
    expiry_day = TurnedWorld(at_ist(date(2026, 8, 11), time(10)))
    week_before = TurnedWorld(at_ist(date(2026, 8, 5), time(10)))
    exposures = [
        margin_of(t.market, {t.option(away=8): -65}, t.now).exposure
        / t.market.spot(Underlying.NIFTY, t.now)
        for t in (expiry_day, week_before)
    ]
    assert exposures[0] == pytest.approx(exposures[1] * 2)


def test_margins_add_up(turned: TurnedWorld):
    turned.place(turned.option(away=8))
    turned.after(1)
    turned.place(turned.option(away=4), "SELL")
    turned.after(1)
    account = turned.exchange.open_account("AB0001")
    margin = turned.exchange.margin("AB0001")
    equity = segments(account, margin)["equity"]
    assert equity["net"] + equity["utilised"]["debits"] == 2_500_000
    assert equity["net"] == Decimal(2_500_000) - account.premium_paid - margin.total
    assert account.premium_paid < 0


def test_a_working_order_holds_its_money_back(turned: TurnedWorld):
    option = turned.option(away=4)
    price = turned.too_low(option)
    turned.place(option, price=price)
    turned.after(0.5)
    assert turned.exchange.margin("AB0001").premium == price * 65


def row(turned: TurnedWorld, option: Instrument, kind: str = "net") -> dict[str, Any]:
    account = turned.exchange.open_account("AB0001")
    key = (option.exchange, option.symbol, "NRML")
    listed = turned.market.master(turned.exchange.day).find(option.key)
    assert listed is not None
    return positions(account, {key: turned.quote(listed)})[kind][0]


def test_a_position_is_the_sum_of_its_trades(turned: TurnedWorld):
    option = turned.option()
    bought = turned.place(option, quantity=130)
    turned.after(2)
    sold = turned.place(option, "SELL")
    turned.after(2)
    position = row(turned, option)
    assert (position["quantity"], position["buy_quantity"], position["sell_quantity"]) == (
        65,
        130,
        65,
    )
    assert position["average_price"] == pytest.approx(bought.average_price, abs=Decimal("0.0001"))
    cash = sold.value - bought.value
    assert position["value"] == cash.quantize(Decimal("0.01"))
    assert position["pnl"] == (cash + 65 * position["last_price"]).quantize(Decimal("0.01"))


def test_a_position_is_carried_over_night_and_still_worth_its_entry():
    turned = TurnedWorld(at_ist(DAY, time(15)))
    option = turned.option()
    turned.place(option)
    turned.after(1)
    before = row(turned, option)
    turned.until(at_ist(DAY + timedelta(days=1), time(9, 30)))
    after = row(turned, option)
    assert after["overnight_quantity"] == after["quantity"] == 65
    assert after["average_price"] == before["average_price"]
    assert after["day_buy_quantity"] == 0
    account = turned.exchange.open_account("AB0001")
    assert account.trades == []
    assert account.cash == 2_500_000 - before["buy_value"]


def test_an_expired_option_becomes_cash_at_its_intrinsic_value():
    expiry = date(2026, 8, 11)
    turned = TurnedWorld(at_ist(expiry, time(15)))
    inside, outside = turned.option(away=-10), turned.option(away=10)
    turned.place(inside)
    turned.place(outside, "SELL")
    turned.after(1)
    account = turned.exchange.open_account("AB0001")
    paid = account.premium_paid
    close = at_ist(expiry, time(15, 39, 59))
    worth = turned.market.settlement_value(inside, close) * 65
    worth -= turned.market.settlement_value(outside, close) * 65
    turned.until(at_ist(expiry + timedelta(days=1), time(9, 30)))
    assert account.net_quantities() == {}
    assert account.cash == (2_500_000 - paid + worth).quantize(Decimal("0.01"))
    assert worth > 0


def test_an_intraday_position_does_not_see_the_next_day():
    turned = TurnedWorld(at_ist(DAY, time(15)))
    turned.place(turned.option(), product="MIS")
    turned.after(1)
    turned.until(at_ist(DAY + timedelta(days=1), time(9, 30)))
    assert turned.exchange.open_account("AB0001").net_quantities() == {}


def test_many_days_can_pass_at_once():
    turned = TurnedWorld(at_ist(DAY, time(15)))
    near, far = turned.option(), turned.option(weeks=6)
    turned.place(near)
    turned.place(far)
    turned.after(1)
    turned.until(at_ist(date(2026, 8, 20), time(11)))
    held = turned.exchange.open_account("AB0001").net_quantities()
    assert held == {(far.exchange, far.symbol, "NRML"): 65}
    assert row(turned, far)["quantity"] == 65


# Over HTTP --------------------------------------------------------------------------------------


def condor(world: World) -> list[dict[str, Any]]:
    master = world.market.master(world.exchange.day)
    options = master.chain(Underlying.NIFTY, master.expiries(Underlying.NIFTY)[0])
    spot = world.market.spot(Underlying.NIFTY, world.now())
    at_the_money = round(spot / 50) * 50
    legs = [("CE", 600, "BUY"), ("PE", -600, "BUY"), ("CE", 300, "SELL"), ("PE", -300, "SELL")]
    found = []
    for kind, away, side in legs:
        option = next(i for i in options if i.kind == kind and i.strike == at_the_money + away)
        found.append(
            {
                "exchange": "NFO",
                "tradingsymbol": option.symbol,
                "transaction_type": side,
                "variety": "regular",
                "product": "NRML",
                "order_type": "LIMIT",
                "quantity": 65,
                "price": float(world.market.quote(option, world.now()).last_price),
            }
        )
    return found


def test_hedges_first_need_less_at_the_peak_than_shorts_first(client: Client, live_world: World):
    legs = condor(live_world)
    peaks = []
    for basket in (legs, legs[::-1]):
        status, answer = client.call(
            "POST", "/margins/basket", body=basket, query={"consider_positions": "true"}
        )
        assert status == 200
        margins = answer["data"]
        assert margins["initial"]["total"] >= margins["final"]["total"] > 0
        assert len(margins["orders"]) == 4
        peaks.append(margins["initial"]["total"])
    assert peaks[0] < peaks[1] / 1.5


def test_each_orders_margin_stands_alone(client: Client, live_world: World):
    rows = client.call("POST", "/margins/orders", body=condor(live_world))[1]["data"]
    assert [row["span"] > 0 for row in rows] == [False, False, True, True]
    assert all(
        row["total"] == pytest.approx(row["span"] + row["exposure"] + row["option_premium"])
        for row in rows
    )


def test_charges_are_those_of_a_contract_note(client: Client, live_world: World):
    """The worked example of the market facts: SELL 65 NIFTY at 100.00 costs 36.33 rupees."""
    sale = condor(live_world)[2] | {"price": 100, "average_price": 100}
    [note] = client.call("POST", "/charges/orders", body=[sale])[1]["data"]
    assert note["charges"]["total"] == 36.33
    assert note["charges"]["transaction_tax"] == 10
    assert note["charges"]["gst"]["total"] == 4.02


@pytest.mark.parametrize("body", [{}, [], [1], [{"exchange": "NFO"}], "x"])
def test_a_calculation_of_nonsense_is_refused(client: Client, body):
    for path in ("/margins/orders", "/margins/basket", "/charges/orders"):
        status, answer = client.call("POST", path, body=body)
        assert (status, answer["error_type"]) == (400, "InputException")


def test_funds_are_told_by_segment(client: Client):
    whole = client.call("GET", "/user/margins")[1]["data"]
    assert whole.keys() == {"equity", "commodity"}
    assert client.call("GET", "/user/margins/equity")[1]["data"] == whole["equity"]
    assert client.call("GET", "/user/margins/gold")[0] == 400
