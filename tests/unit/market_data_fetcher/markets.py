"""A market whose every option is worth what Black-76 says at one volatility, two ticks wide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from lambda_functions.options_platform.market_data_fetcher.near_expiries import years_left
from shared_utils.broker_desk import NO_MARKET_DATA_FEED
from shared_utils.brokers.ports import BasketMargin, Margins, PlaceOrder, SessionRefused
from shared_utils.domain.broker_accounts import BrokerAccount, BrokerName
from shared_utils.domain.errors import DomainError, MarketDataUnavailable
from shared_utils.domain.instruments import (
    Contract,
    Exchange,
    OptionChain,
    OptionType,
    Quote,
    Underlying,
)
from shared_utils.domain.money import nearest_tick
from shared_utils.indian_market_utils.contracts import contract_chain
from shared_utils.indian_market_utils.expiries import listed_expiries
from shared_utils.indian_market_utils.facts import MarketFacts, facts_from_config
from shared_utils.indian_market_utils.sessions import ist_date
from shared_utils.indian_market_utils.symbols import (
    Instrument,
    InstrumentMaster,
    instrument_master,
)
from shared_utils.market_data.chain_building import build_chain, contracts_around
from shared_utils.risk_calculations.pricing import black_76
from shared_utils.settings import market_config
from shared_utils.storage.broker_accounts import BrokerAccounts
from tests.clocks import TurnedClock
from tests.known_facts import as_known_in_november_2026

FACTS: MarketFacts = facts_from_config(as_known_in_november_2026(market_config()))
VOLATILITY = 0.13
TICK = Decimal("0.05")
SPOTS = {
    Underlying.NIFTY: Decimal("26010.00"),
    Underlying.BANKNIFTY: Decimal("58950.00"),
    Underlying.FINNIFTY: Decimal("27500.00"),
    Underlying.MIDCPNIFTY: Decimal("13800.00"),
    Underlying.SENSEX: Decimal("85000.00"),
}


@dataclass
class Market:
    """A QuoteSource. `dark` indices show nothing; `one_sided` symbols have no bid;
    quotes are `late_s` old.
    """

    clock: TurnedClock
    strikes_each_side: int = 10
    dark: set[Underlying] = field(default_factory=set)
    one_sided: set[str] = field(default_factory=set)
    unlisted: set[date] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    late_s: float = 0.0

    def chain(
        self,
        underlying: Underlying,
        expiry: date,
        *,
        around: Decimal | None = None,
        width: int = 40,
    ) -> OptionChain:
        self.calls.append(f"{underlying} {expiry.isoformat()}")
        spot = self._spot(underlying)
        master = self.master(FACTS.indices[underlying].exchange)
        contracts = contracts_around(master, underlying, expiry, around or SPOTS[underlying], width)
        return build_chain(contracts, {each.symbol: self._quote(each) for each in contracts}, spot)

    def spot(self, underlying: Underlying) -> Quote:
        self.calls.append(str(underlying))
        return self._spot(underlying)

    def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        raise AssertionError(f"nobody asks for single quotes, as of {symbols}")

    def master(self, exchange: Exchange) -> InstrumentMaster:
        today = ist_date(self.clock.now())
        rows = [
            Instrument(contract=contract, symbol=contract.symbol, token=contract.symbol)
            for underlying, index in FACTS.indices.items()
            if index.exchange is exchange
            for expiry in listed_expiries(FACTS, underlying, today)
            if expiry.day not in self.unlisted
            for contract in contract_chain(
                FACTS,
                underlying,
                expiry.day,
                around=SPOTS[underlying],
                count=self.strikes_each_side,
                on_day=today,
            )
        ]
        return instrument_master(BrokerName.ZERODHA, today, rows)

    def _spot(self, underlying: Underlying) -> Quote:
        if underlying in self.dark:
            raise MarketDataUnavailable(f"The index {underlying} is not quoted.")
        return self._shown(str(underlying), SPOTS[underlying], 0)

    def _quote(self, contract: Contract) -> Quote:
        years = years_left(FACTS, contract.underlying, contract.expiry, self.clock.now())
        value = black_76(
            contract.option_type,
            forward=float(SPOTS[contract.underlying]),
            strike=float(contract.strike),
            years=years,
            volatility=VOLATILITY,
            rate=0.065,
        ).price
        price = max(nearest_tick(Decimal(str(value)), TICK), 2 * TICK)
        held = 2000 if contract.option_type is OptionType.PE else 1000
        return self._shown(contract.symbol, price, held)

    def _shown(self, symbol: str, price: Decimal, held: int) -> Quote:
        return Quote(
            symbol=symbol,
            last_price=price,
            bid=None if symbol in self.one_sided else price - TICK,
            ask=price + TICK,
            bid_quantity=650,
            ask_quantity=650,
            volume=held * 2,
            open_interest=held,
            lower_circuit=None,
            upper_circuit=None,
            at=self.clock.now() - timedelta(seconds=self.late_s),
        )


@dataclass
class AskedBroker:
    """The part of a broker that tells margins; `problem` is raised instead of an answer."""

    basket: BasketMargin
    funds: Margins
    name: BrokerName = BrokerName.ZERODHA
    problem: DomainError | None = None
    baskets: list[tuple[PlaceOrder, ...]] = field(default_factory=list)

    def basket_margin(self, requests: Sequence[PlaceOrder]) -> BasketMargin:
        if self.problem is not None:
            raise self.problem
        self.baskets.append(tuple(requests))
        return self.basket

    def margins(self) -> Margins:
        return self.funds


@dataclass
class Desk:
    """Hands out the market, unless nobody is `connected`, and the `brokers` that are there."""

    market: Market
    connected: bool = True
    asked_for: list[str | None] = field(default_factory=list)
    accounts: BrokerAccounts | None = None
    brokers: dict[tuple[str, str], AskedBroker] = field(default_factory=dict)

    def account(self, user_id: str, client_id: str) -> BrokerAccount | None:
        assert self.accounts is not None
        return self.accounts.get(user_id, client_id)

    def open_now(self, user_id: str, client_id: str) -> AskedBroker:
        found = self.brokers.get((user_id, client_id))
        if found is None:
            raise SessionRefused(f"The session of {client_id} is over; log in again.")
        return found

    def quotes_now(self, user_id: str | None = None) -> Market:
        self.asked_for.append(user_id)
        if not self.connected:
            raise MarketDataUnavailable(
                "No connected account shows quotes: log in at a broker, or set a feed account.",
                code=NO_MARKET_DATA_FEED,
            )
        return self.market
