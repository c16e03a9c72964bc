from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared_utils.domain.errors import InvalidInput, MarketDataUnavailable, Unavailable
from shared_utils.domain.instruments import Exchange, Quote, Side
from shared_utils.domain.legs import OrderType
from shared_utils.domain.money import on_tick
from shared_utils.indian_market_utils.marketable_prices import (
    marketable_limit,
    stop_limit,
)
from shared_utils.indian_market_utils.price_bands import (
    PriceBand,
    price_band,
    stop_limit_rule,
    widest_stop_gap,
)

NOW = datetime(2026, 11, 23, 4, 15, tzinfo=UTC)
TODAY = date(2026, 11, 23)
TICK = Decimal("0.05")
D = Decimal
PRICES = st.integers(1, 60_000).map(lambda ticks: ticks * TICK)


def a_quote(bid="99.50", ask="100.00", last="99.75", *, lower=None, upper=None, age_s=0):
    def price(text):
        return None if text is None else D(text)

    return Quote(
        symbol="NIFTY26D0126000CE",
        last_price=price(last),
        bid=price(bid),
        ask=price(ask),
        bid_quantity=650,
        ask_quantity=650,
        volume=1,
        open_interest=1,
        lower_circuit=price(lower),
        upper_circuit=price(upper),
        at=NOW - timedelta(seconds=age_s),
    )


WIDE = PriceBand(lower=TICK, upper=D(100_000))


def market(quote, side, slippage="2.0", band=WIDE, max_age_s=5):
    return marketable_limit(
        quote,
        side,
        slippage=D(slippage),
        tick=TICK,
        band=band,
        now=NOW,
        max_age_s=max_age_s,
    )


def test_a_market_order_goes_out_as_a_limit_within_the_slippage():
    buy, sell = market(a_quote(), Side.BUY), market(a_quote(), Side.SELL)
    assert (buy.asked, buy.order_type, buy.price) == (
        OrderType.MARKET,
        OrderType.LIMIT,
        D("102.00"),
    )
    # 99.50 less 2 percent is 97.51: rounded up, so that it stays within 2 percent.
    assert sell.price == D("97.55")
    assert (buy.reference, sell.reference) == (D(100), D("99.5"))
    assert buy.trigger_price is None
    assert not buy.is_clamped


@given(bid=PRICES, spread=st.integers(0, 400), slippage=st.decimals("0", "20", places=2))
def test_a_marketable_limit_meets_the_quote_and_never_exceeds_the_slippage(bid, spread, slippage):
    ask = bid + spread * TICK
    quote = a_quote(bid=str(bid), ask=str(ask))
    buy = market(quote, Side.BUY, str(slippage)).price
    sell = market(quote, Side.SELL, str(slippage)).price
    assert ask <= buy <= ask * (1 + slippage / 100)
    assert bid * (1 - slippage / 100) <= sell <= bid
    assert sell > 0
    assert on_tick(buy, TICK)
    assert on_tick(sell, TICK)


def test_the_price_band_clamps_and_says_so():
    narrow = PriceBand(lower=D("98.00"), upper=D("101.00"))
    buy, sell = market(a_quote(), Side.BUY, "5", narrow), market(a_quote(), Side.SELL, "5", narrow)
    assert (buy.price, buy.is_clamped) == (D("101.00"), True)
    assert (sell.price, sell.is_clamped) == (D("98.00"), True)


@pytest.mark.parametrize(
    ("quote", "side", "code"),
    [
        (a_quote(ask=None), Side.BUY, "QUOTE_UNUSABLE"),
        (a_quote(bid=None), Side.SELL, "QUOTE_UNUSABLE"),
        (a_quote(ask="0"), Side.BUY, "QUOTE_UNUSABLE"),
        (a_quote(bid="101"), Side.BUY, "QUOTE_UNUSABLE"),
        (a_quote(age_s=6), Side.BUY, "QUOTE_STALE"),
    ],
)
def test_without_a_usable_quote_nothing_is_priced(quote, side, code):
    with pytest.raises(MarketDataUnavailable) as refused:
        market(quote, side)
    assert refused.value.code == code


def test_a_one_sided_quote_serves_the_side_it_has():
    assert market(a_quote(bid=None), Side.BUY).price == D("102.00")
    assert market(a_quote(ask=None), Side.SELL).price == D("97.55")


@pytest.mark.parametrize("slippage", ["-1", "NaN", "Infinity"])
def test_a_slippage_that_is_none_is_refused(slippage):
    with pytest.raises(InvalidInput, match="Slippage"):
        market(a_quote(), Side.BUY, slippage)


def stop(facts, trigger, side, buffer="5", circuit=None):
    rule = stop_limit_rule(facts, Exchange.NSE, TODAY)
    return stop_limit(D(trigger), side, buffer=D(buffer), tick=TICK, rule=rule, circuit=circuit)


def test_a_stop_goes_out_as_a_limit_beyond_its_trigger(facts):
    buy, sell = stop(facts, "150.02", Side.BUY), stop(facts, "150.02", Side.SELL)
    assert (buy.asked, buy.order_type) == (OrderType.SL_M, OrderType.SL)
    # The trigger moves to the tick that fires sooner; the limit to the tick that is farther.
    assert (buy.trigger_price, buy.price) == (D("150.00"), D("157.50"))
    assert (sell.trigger_price, sell.price) == (D("150.05"), D("142.50"))


def test_a_stop_keeps_inside_what_the_exchange_accepts(facts):
    assert stop(facts, "100", Side.BUY, "50").price == D("120.00")
    assert stop(facts, "100", Side.SELL, "50").price == D("80.00")
    assert stop(facts, "20", Side.BUY, "90").price == D("30.00")
    assert stop(facts, "100", Side.BUY, "50").is_clamped
    circuit = PriceBand(lower=TICK, upper=D("103"))
    assert stop(facts, "100", Side.BUY, "5", circuit).price == D("103")


@given(trigger=PRICES, buffer=st.decimals("0", "60", places=2), side=st.sampled_from(list(Side)))
def test_a_stop_has_at_least_a_tick_of_room_and_at_most_the_rule(facts, trigger, buffer, side):
    assume(side is Side.BUY or trigger > 2 * TICK)
    sent = stop(facts, str(trigger), side, str(buffer))
    rule = stop_limit_rule(facts, Exchange.NSE, TODAY)
    gap = sent.price - sent.trigger_price
    assert TICK <= (gap if side is Side.BUY else -gap) <= widest_stop_gap(rule, sent.trigger_price)
    assert sent.price > 0
    assert on_tick(sent.price, TICK)
    assert on_tick(sent.trigger_price, TICK)


@pytest.mark.parametrize(
    ("trigger", "buffer"), [("0", "1"), ("-5", "1"), ("NaN", "1"), ("5", "-1")]
)
def test_a_stop_without_sense_is_refused(facts, trigger, buffer):
    with pytest.raises(InvalidInput, match="A stop needs"):
        stop(facts, trigger, Side.BUY, buffer)


@pytest.mark.parametrize(
    ("last", "lower", "upper"),
    [("100", "60", "140"), ("50", "30", "70"), ("30", "10", "50"), ("10", "0.05", "30")],
)
def test_the_band_is_forty_percent_and_at_least_twenty_rupees(facts, last, lower, upper):
    band = price_band(facts, Exchange.NSE, a_quote(last=last), TICK, TODAY)
    assert (band.lower, band.upper) == (D(lower), D(upper))
    assert band.holds(D(last))
    assert not band.holds(D(upper) + TICK)


def test_the_band_stays_inside_the_circuit_limits(facts):
    quote = a_quote(last="100", lower="70.01", upper="120.04")
    band = price_band(facts, Exchange.BSE, quote, TICK, TODAY)
    assert (band.lower, band.upper) == (D("70.05"), D("120.00"))


def test_the_band_stands_on_the_middle_when_nothing_traded(facts):
    band = price_band(facts, Exchange.NSE, a_quote("99", "101", last=None), TICK, TODAY)
    assert band.upper == D(140)


def test_no_price_or_a_contradiction_gives_no_band(facts):
    for quote in (a_quote(None, None, None), a_quote(lower="500", upper="900")):
        with pytest.raises(MarketDataUnavailable) as refused:
            price_band(facts, Exchange.NSE, quote, TICK, TODAY)
        assert refused.value.code == "NO_PRICE_BAND"


def test_the_bse_band_before_its_first_known_day_is_unknown(facts):
    with pytest.raises(Unavailable, match="BSE price band"):
        price_band(facts, Exchange.BSE, a_quote(), TICK, date(2025, 11, 28))
