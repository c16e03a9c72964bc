"""The simulated market keeps the laws that real ones keep."""

from datetime import date, time, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from shared_utils.domain.instruments import OptionType, Underlying
from shared_utils.indian_market_utils.expiries import listed_expiries
from shared_utils.indian_market_utils.sessions import at_ist
from shared_utils.risk_calculations.pricing import black_76
from simulator.instruments import Instrument
from simulator.market import Market, MarketQuote
from simulator.smile import RATE
from tests.unit.simulator.worlds import AT_TEN, DAY, FACTS, market_of

MOMENTS = (
    at_ist(date(2026, 8, 4), time(9, 15)),  # NIFTY's expiry day, at the open
    at_ist(date(2026, 8, 4), time(15, 39, 50)),  # ten seconds before it ends
    AT_TEN,
    at_ist(date(2026, 11, 23), time(14, 1, 2)),
    at_ist(date(2026, 2, 1), time(11)),  # a Sunday session
)


@pytest.fixture(scope="module")
def market() -> Market:
    return market_of()


def near_chain(market: Market, underlying: Underlying, at) -> dict[str, list[MarketQuote]]:
    master = market.master(at.date())
    chain = master.chain(underlying, master.expiries(underlying)[0])
    quotes = [market.quote(instrument, at) for instrument in chain]
    return {kind: [q for q in quotes if q.instrument.kind == kind] for kind in OptionType}


def ask_of(quote: MarketQuote) -> Decimal:
    assert quote.ask is not None
    return quote.ask


@pytest.mark.parametrize("at", MOMENTS)
@pytest.mark.parametrize("underlying", list(Underlying))
def test_a_bid_is_always_below_the_ask_on_the_tick_and_inside_the_circuit(market, underlying, at):
    for quotes in near_chain(market, underlying, at).values():
        for quote in quotes:
            assert quote.ask is not None
            assert quote.bid is None or quote.bid < quote.ask
            for level in (*quote.bids, *quote.asks):
                assert level.price > 0
                assert level.price % Decimal("0.05") == 0
                assert level.quantity > 0
                assert level.quantity % quote.instrument.lot == 0
            assert quote.lower_circuit <= quote.last_price <= quote.upper_circuit
            assert quote.low <= quote.last_price <= quote.high


@pytest.mark.parametrize("at", MOMENTS)
@pytest.mark.parametrize("underlying", list(Underlying))
def test_calls_get_cheaper_and_puts_dearer_with_the_strike(market, underlying, at):
    chain = near_chain(market, underlying, at)
    for near, far in pairwise(chain[OptionType.CE]):
        assert ask_of(near) >= ask_of(far)
        assert (near.bid or 0) >= (far.bid or 0)
    for near, far in pairwise(chain[OptionType.PE]):
        assert ask_of(near) <= ask_of(far)
        assert (near.bid or 0) <= (far.bid or 0)


def test_prices_are_those_of_the_platforms_own_formula(market):
    """Two separate pieces of code: the market would not notice a wrong formula that it shared."""
    expiry = market.master(DAY).expiries(Underlying.NIFTY)[0]
    surface = market.slice(Underlying.NIFTY, expiry, AT_TEN)
    for option in market.master(DAY).chain(Underlying.NIFTY, expiry)[::7]:
        strike = float(option.strike)
        platform = black_76(
            OptionType(option.kind),
            forward=surface.forward,
            strike=strike,
            years=surface.years,
            volatility=surface.volatility(strike),
            rate=RATE,
        )
        assert market.value(option, AT_TEN) == pytest.approx(platform.price, abs=1e-6)


@pytest.mark.parametrize("at", MOMENTS)
def test_put_call_parity_leaves_nothing_to_take(market, at):
    """Buying one side and selling the other against the forward never pays for sure."""
    chain = near_chain(market, Underlying.NIFTY, at)
    for call, put in zip(chain[OptionType.CE], chain[OptionType.PE], strict=True):
        instrument = call.instrument
        surface = market.slice(Underlying.NIFTY, instrument.expiry, at)
        worth = (surface.forward - float(instrument.strike)) * surface.discount
        assert float(ask_of(call)) - float(put.bid or 0) >= worth - 0.001
        assert float(call.bid or 0) - float(ask_of(put)) <= worth + 0.001


def test_the_last_levels_of_the_book_stand_behind_the_first(market):
    quote = market.quote(market.master(DAY).chain(*_nifty(market))[100], AT_TEN)
    assert [level.price for level in quote.bids] == sorted(
        (level.price for level in quote.bids), reverse=True
    )
    assert [level.price for level in quote.asks] == sorted(level.price for level in quote.asks)


def test_one_seed_is_one_world_and_another_seed_another():
    option = Market(FACTS, seed=7).master(DAY).chain(*_nifty(Market(FACTS, seed=7)))[120]
    first = _told(Market(FACTS, seed=7), option.key)
    assert _told(Market(FACTS, seed=7), option.key) == first
    assert _told(Market(FACTS, seed=8), option.key) != first


def test_the_past_does_not_depend_on_the_order_of_questions():
    forwards, backwards = Market(FACTS, seed=3), Market(FACTS, seed=3)
    moments = [AT_TEN + timedelta(days=d, seconds=s) for d in (0, 1, 5) for s in (0, 0.5, 7200)]
    asked = [forwards.spot(Underlying.SENSEX, at) for at in moments]
    assert [backwards.spot(Underlying.SENSEX, at) for at in reversed(moments)] == asked[::-1]


def test_the_index_walks_without_jumps_and_ends_where_the_next_day_looks_back_to(market):
    spots = [
        market.paths.level(Underlying.NIFTY, AT_TEN + timedelta(seconds=n)) for n in range(600)
    ]
    assert max(abs(a / b - 1) for a, b in pairwise(spots)) < 0.001
    evening = market.paths.level(Underlying.NIFTY, at_ist(DAY, time(18)))
    closing = market.paths.previous_close(Underlying.NIFTY, DAY + timedelta(days=1))
    assert evening == pytest.approx(closing)


def test_a_day_moves_about_as_much_as_indices_do(market):
    moves = []
    for offset in range(60):
        day = date(2026, 5, 1) + timedelta(days=offset)
        high, low = market.paths.extremes(Underlying.NIFTY, at_ist(day, time(15, 30)))
        moves.append(high / low - 1)
    assert 0.004 < sorted(m for m in moves if m)[len([m for m in moves if m]) // 2] < 0.03


def test_every_index_is_listed_with_the_expiries_of_the_real_calendar(market):
    master = market.master(DAY)
    for underlying in Underlying:
        listed = tuple(expiry.day for expiry in listed_expiries(FACTS, underlying, DAY))
        assert master.expiries(underlying) == listed
    assert master.expiries(Underlying.NIFTY)[0] == date(2026, 8, 11)
    assert master.expiries(Underlying.SENSEX)[0] == date(2026, 8, 6)
    assert master.expiries(Underlying.BANKNIFTY)[0] == date(2026, 8, 25)


def test_strikes_stand_on_both_sides_of_the_spot_by_a_tenth_at_least(market):
    for underlying in Underlying:
        master, spot = market.master(DAY), market.spot(underlying, AT_TEN)
        strikes = [i.strike for i in master.chain(underlying, master.expiries(underlying)[0])]
        assert min(strikes) < spot * Decimal("0.9")
        assert max(strikes) > spot * Decimal("1.1")


def test_lots_are_those_of_the_contract_and_tokens_are_unique(market):
    master = market.master(DAY)
    lots = {u: {i.lot for i in master.instruments if i.underlying is u} - {0} for u in Underlying}
    assert lots == {
        Underlying.NIFTY: {65},
        Underlying.BANKNIFTY: {30},
        Underlying.FINNIFTY: {60},
        Underlying.MIDCPNIFTY: {120},
        Underlying.SENSEX: {20},
    }
    tokens = [i.token for i in master.instruments]
    assert len(set(tokens)) == len(tokens)
    for instrument in master.instruments:
        code = {"NFO": 2, "BFO": 5, "NSE": 9, "BSE": 9}[instrument.exchange]
        assert instrument.token == instrument.exchange_token * 256 + code
        assert instrument.token < 2**32


def test_a_token_of_today_is_still_the_contract_tomorrow(market):
    today = {i.symbol: i.token for i in market.master(DAY).instruments}
    tomorrow = {i.symbol: i.token for i in market.master(DAY + timedelta(days=1)).instruments}
    both = today.keys() & tomorrow.keys()
    assert len(both) > 5000
    assert all(today[symbol] == tomorrow[symbol] for symbol in both)


def test_outside_the_session_nobody_stands_in_the_book(market):
    option = market.master(DAY).chain(*_nifty(market))[100]
    for at in (
        at_ist(DAY, time(9, 14)),
        at_ist(DAY, time(15, 40)),
        at_ist(date(2026, 8, 8), time(11)),
    ):
        quote = market.quote(option, at)
        assert (quote.bid, quote.ask) == (None, None)
        assert quote.last_price > 0


def test_an_option_ends_at_its_intrinsic_value(market):
    day = date(2026, 8, 11)
    at = at_ist(day, time(15, 39, 59))
    spot = market.spot(Underlying.NIFTY, at)
    for option in market.master(day).chain(Underlying.NIFTY, day):
        worth = market.settlement_value(option, at)
        assert worth == max(
            spot - option.strike if option.kind == "CE" else option.strike - spot, Decimal(0)
        )
        assert market.value(option, at) == pytest.approx(float(worth), abs=12)


def _nifty(market: Market) -> tuple[Underlying, date]:
    return Underlying.NIFTY, market.master(DAY).expiries(Underlying.NIFTY)[0]


def _told(market: Market, key: str) -> tuple[object, ...]:
    option: Instrument | None = market.master(DAY).find(key)
    assert option is not None
    quote = market.quote(option, AT_TEN)
    return quote.bids, quote.asks, quote.last_price, quote.open_interest
