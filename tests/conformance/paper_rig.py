"""The paper broker on the bench. It has no wire: what a wire would lose, its book loses here."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from shared_utils.brokers.paper.adapter import PaperBroker
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.errors import MarketDataUnavailable, Unavailable, VersionMoved
from shared_utils.domain.instruments import Contract, Exchange, Quote, Underlying
from shared_utils.domain.orders import OrderState
from shared_utils.domain.paper_accounts import PaperState
from shared_utils.indian_market_utils.facts import facts_from_config
from shared_utils.indian_market_utils.symbols import (
    Instrument,
    InstrumentMaster,
    instrument_master,
)
from tests.clocks import TurnedClock
from tests.conformance.evidence import Evidence
from tests.conformance.orders import TAG, a_request
from tests.factories import NOW

ACCOUNT = "user-1#PAPER1"
CONFIG = Path(__file__).parents[2] / "config" / "indian_market_config.json"
FACTS = facts_from_config(json.loads(CONFIG.read_text(encoding="utf-8")))


class PaperBookInMemory:
    """`fault` is raised instead of writing, `lost` after writing; both stay on."""

    def __init__(self) -> None:
        self.stored: PaperState | None = None
        self.load_fault: Exception | None = None
        self.fault: Exception | None = None
        self.lost: Exception | None = None
        self.writes = 0

    def load(self, account: str) -> PaperState | None:
        if self.load_fault is not None:
            raise self.load_fault
        assert account == ACCOUNT
        return self.stored

    def save(self, account: str, state: PaperState, expected_version: int) -> None:
        if self.fault is not None:
            raise self.fault
        assert account == state.account == ACCOUNT
        if expected_version != (self.stored.version if self.stored else 0):
            raise VersionMoved("The paper account moved on.")
        self.writes += 1
        self.stored = replace(state, version=expected_version + 1)
        if self.lost is not None:
            raise self.lost


class PaperMarketInMemory:
    """`shown` are the quotes, `spots` the indices; a missing one is not quoted."""

    def __init__(self) -> None:
        self.shown: dict[str, Quote] = {}
        self.spots = {Underlying.NIFTY: Decimal(26000)}
        self.at = NOW
        self.fails = False

    def show(
        self,
        contract: Contract,
        bid: str,
        ask: str,
        *,
        at: datetime,
        size: int = 650,
        last: str = "",
    ) -> None:
        self.shown[contract.symbol] = Quote(
            symbol=contract.symbol,
            last_price=Decimal(last or ask),
            bid=Decimal(bid),
            ask=Decimal(ask),
            bid_quantity=size,
            ask_quantity=size,
            volume=1,
            open_interest=1,
            lower_circuit=None,
            upper_circuit=None,
            at=at,
        )

    def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        if self.fails:
            raise MarketDataUnavailable("No quotes.")
        return {symbol: self.shown[symbol] for symbol in symbols if symbol in self.shown}

    def spot(self, underlying: Underlying) -> Quote:
        if self.fails:
            raise MarketDataUnavailable("No quotes.")
        return Quote(
            symbol=underlying,
            last_price=self.spots[underlying],
            bid=None,
            ask=None,
            bid_quantity=0,
            ask_quantity=0,
            volume=0,
            open_interest=0,
            lower_circuit=None,
            upper_circuit=None,
            at=self.at,
        )

    def master(self, exchange: Exchange) -> InstrumentMaster:
        if self.fails:
            raise MarketDataUnavailable("No quotes.")
        contract = a_request().contract
        assert exchange is contract.exchange
        row = Instrument(contract=contract, symbol=contract.symbol, token="1")
        return instrument_master(BrokerName.ZERODHA, date(2026, 11, 25), [row])


class PaperRig:
    order_id = f"PAPER{TAG}"
    # It has no session, no permissions and no address to leave from.
    has_no = frozenset({Evidence.NOT_PERMITTED, Evidence.SESSION_REFUSED, Evidence.EGRESS_MISSING})

    def __init__(self) -> None:
        self.clock = TurnedClock(NOW)
        self.book = PaperBookInMemory()
        self.market = PaperMarketInMemory()
        self.market.show(a_request().contract, "100.40", "100.60", at=NOW)
        self.broker = self.open()

    @property
    def sent(self) -> int:
        return self.book.writes

    @property
    def paused_s(self) -> list[float]:
        return self.clock.slept

    def open(self, capital: Decimal = Decimal(1_000_000)) -> PaperBroker:
        return PaperBroker(
            ACCOUNT,
            capital,
            book=self.book,
            market=self.market,
            clock=self.clock,
            facts=FACTS,
        )

    def answer(self, evidence: Evidence) -> None:
        match evidence:
            case Evidence.ORDER_ID | Evidence.UNSENDABLE:
                return
            case Evidence.NOT_FOUND:
                self.book.stored = None
            case Evidence.ALREADY_COMPLETE:
                self._complete()
            case Evidence.NO_CONNECTION:
                self.book.load_fault = Unavailable("The paper book does not answer.")
            case Evidence.MARGIN_REFUSED:
                self.broker = self.open(capital=Decimal(1000))
            case Evidence.INPUT_REFUSED:
                self.market.show(a_request().contract, "300.00", "300.10", at=NOW)
            case _:
                self.book.lost = Unavailable("The write may have happened.")

    def fail_looks(self, evidence: Evidence) -> None:
        self.book.load_fault = Unavailable(f"The paper book does not answer: {evidence}.")

    def _complete(self) -> None:
        state = self.book.stored
        assert state is not None
        orders = tuple(replace(each, state=OrderState.FILLED) for each in state.orders)
        self.book.stored = replace(state, orders=orders)
