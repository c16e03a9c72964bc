"""Quotes through a broker: few calls, at its pace, never made to look newer."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest

from shared_utils.domain.errors import MarketDataUnavailable
from shared_utils.domain.instruments import Exchange, Underlying
from shared_utils.market_data.broker_quotes import BrokerQuotes
from shared_utils.market_data.failover import FailoverQuotes
from tests.clocks import TurnedClock
from tests.unit.market_data.markets import EXPIRY, SPOT_KEY, CountedProvider, a_master, contracts


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def provider(clock: TurnedClock) -> CountedProvider:
    return CountedProvider(clock.now())


@pytest.fixture
def source(provider: CountedProvider, clock: TurnedClock) -> BrokerQuotes:
    return BrokerQuotes(provider, clock)


def test_a_chain_that_fits_is_one_call_with_its_spot(source, provider):
    chain = source.chain(Underlying.NIFTY, EXPIRY, width=10)

    assert len(provider.calls) == 1
    assert provider.calls[0][0] == SPOT_KEY
    assert chain.spot == Decimal("26010.00")


def test_a_chain_is_the_strikes_nearest_to_the_spot_both_types(source):
    chain = source.chain(Underlying.NIFTY, EXPIRY, width=3)

    assert [int(row.contract.strike) for row in chain.rows] == [
        25950, 25950, 26000, 26000, 26050, 26050,
    ]  # fmt: skip


def test_a_chain_around_a_price_does_not_follow_the_spot(source):
    chain = source.chain(Underlying.NIFTY, EXPIRY, around=Decimal(25100), width=1)

    assert {int(row.contract.strike) for row in chain.rows} == {25100}


def test_a_chain_too_large_for_one_call_asks_for_the_spot_first(source, provider):
    provider.listed = a_master(contracts(20000, 32500))

    chain = source.chain(Underlying.NIFTY, EXPIRY, width=20)

    assert [len(call) for call in provider.calls] == [1, 41]
    assert len(chain.rows) == 40


def test_a_spot_read_lately_chooses_the_strikes_but_is_read_again(source, provider, clock):
    source.spot(Underlying.NIFTY)
    clock.advance(30)

    source.chain(Underlying.NIFTY, EXPIRY, width=10)

    assert [len(call) for call in provider.calls] == [1, 21]


def test_calls_keep_the_brokers_pace(source, provider, clock):
    source.quotes([contracts()[0].symbol])
    source.quotes([contracts()[2].symbol])

    assert len(provider.calls) == 2
    assert clock.slept == [pytest.approx(1.0)]


def test_the_same_symbols_within_a_second_are_one_call(source, provider, clock):
    symbol = contracts()[0].symbol
    source.quotes([symbol])
    clock.advance(0.9)
    source.quotes([symbol])
    assert len(provider.calls) == 1

    clock.advance(0.2)
    source.quotes([symbol])
    assert len(provider.calls) == 2


def test_what_is_asked_in_turn_is_read_together_and_waits_once(source, provider, clock):
    first, second = contracts()[0].symbol, contracts()[2].symbol
    source.quotes([first])
    source.quotes([second])
    source.quotes([first])
    source.spot(Underlying.NIFTY)
    source.quotes([first, second])

    assert [len(call) for call in provider.calls] == [1, 2, 3]
    assert sum(clock.slept) == pytest.approx(2.0)


def test_what_nobody_asks_any_more_is_not_read_along(source, provider, clock):
    source.quotes([contracts()[0].symbol])
    clock.advance(11)
    source.quotes([contracts()[2].symbol])

    assert [len(call) for call in provider.calls] == [1, 1]


def test_who_comes_while_another_waits_for_its_turn_is_read_along(provider):
    first, second, third = (each.symbol for each in contracts()[:3])
    comers: list[threading.Thread] = []

    def third_comes(_: float) -> None:
        comers.append(threading.Thread(target=quotes.quotes, args=([third],)))
        comers[0].start()
        while third not in quotes._asked_s:
            pass

    clock = TurnedClock(on_sleep=third_comes)
    quotes = BrokerQuotes(provider, clock)
    quotes.quotes([first])
    quotes.quotes([second])
    comers[0].join()

    assert [set(call) for call in provider.calls] == [{first}, {first, second, third}]


def test_more_symbols_than_a_call_takes_are_several_calls(source, provider):
    symbols = [each.symbol for each in contracts(20000, 32500)]

    found = source.quotes(symbols)

    assert [len(call) for call in provider.calls] == [500, len(symbols) - 500]
    assert len(found) == len(symbols)


def test_an_old_quote_stays_old(source, provider, clock):
    provider.at = clock.now() - timedelta(seconds=40)
    symbol = contracts()[0].symbol

    assert source.quotes([symbol])[symbol].age_s(clock.now()) == pytest.approx(40)


def test_a_symbol_without_a_quote_is_absent(source, provider):
    symbol = contracts()[0].symbol
    provider.missing.add(symbol)

    assert source.quotes([symbol]) == {}


def test_a_missing_index_is_no_chain(source, provider):
    provider.missing.add(SPOT_KEY)

    with pytest.raises(MarketDataUnavailable):
        source.chain(Underlying.NIFTY, EXPIRY)


def test_an_expiry_that_is_not_listed_is_no_chain(source):
    with pytest.raises(MarketDataUnavailable, match="2026-12-08"):
        source.chain(Underlying.NIFTY, date(2026, 12, 8))


def test_a_broker_that_fails_is_market_data_unavailable(source, provider):
    provider.fails = True

    with pytest.raises(MarketDataUnavailable):
        source.spot(Underlying.NIFTY)
    with pytest.raises(MarketDataUnavailable):
        source.master(Exchange.NSE)


def test_a_failed_call_is_paced_too(source, provider, clock):
    provider.fails = True
    with pytest.raises(MarketDataUnavailable):
        source.spot(Underlying.NIFTY)
    provider.fails = False

    source.spot(Underlying.NIFTY)

    assert clock.slept == [pytest.approx(1.0)]


def test_the_master_is_read_once_a_trading_day(source, provider, clock):
    source.master(Exchange.NSE)
    source.master(Exchange.NSE)
    assert provider.masters == 1

    clock.advance(24 * 3600)
    provider.listed = a_master(day=date(2026, 11, 24))
    assert source.master(Exchange.NSE).trading_day == date(2026, 11, 24)


def test_the_first_source_that_answers_is_used(clock):
    broken, good = CountedProvider(clock.now()), CountedProvider(clock.now(), spot="26020.00")
    broken.fails = True
    source = FailoverQuotes(
        [lambda: BrokerQuotes(broken, clock), lambda: BrokerQuotes(good, clock)]
    )

    assert source.spot(Underlying.NIFTY).last_price == Decimal("26020.00")
    clock.advance(5)
    source.spot(Underlying.NIFTY)
    assert len(broken.calls) == 1, "one that answered stays first"


def test_a_source_that_cannot_be_opened_is_passed_over(clock):
    def locked():
        raise MarketDataUnavailable("No session.")

    good = CountedProvider(clock.now())
    source = FailoverQuotes([locked, lambda: BrokerQuotes(good, clock)])

    assert source.spot(Underlying.NIFTY).symbol == "NIFTY"


def test_nobody_who_answers_and_nobody_to_ask_are_both_said():
    def locked():
        raise MarketDataUnavailable("No session.")

    with pytest.raises(MarketDataUnavailable, match=r"No session\."):
        FailoverQuotes([locked]).spot(Underlying.NIFTY)
    with pytest.raises(MarketDataUnavailable, match="connect an account"):
        FailoverQuotes([]).spot(Underlying.NIFTY)
