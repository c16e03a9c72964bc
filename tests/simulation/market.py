"""One strategy, two accounts, one option chain: what every simulated schedule trades."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

from shared_utils.domain.allocations import StrategyBrokerAllocation
from shared_utils.domain.broker_accounts import (
    AccountLimits,
    AccountStatus,
    BrokerAccount,
    BrokerName,
    Egress,
)
from shared_utils.domain.instruments import (
    ChainRow,
    Contract,
    Exchange,
    OptionChain,
    OptionType,
    Quote,
    Side,
    Underlying,
)
from shared_utils.domain.legs import (
    ExpiryType,
    LegCategory,
    OptionConfig,
    OrderType,
    PremiumSelection,
    SelectionType,
    StopLossConfig,
    StrategyLeg,
    TransactionConfig,
    UnderlyingConfig,
    UnderlyingType,
)
from shared_utils.domain.schedules import (
    DayConfig,
    DayType,
    EventKind,
    ExecutionSchedule,
    Weekday,
)
from shared_utils.domain.strategies import (
    RiskConfig,
    Strategy,
    StrategyStatus,
    StrategyType,
)
from shared_utils.indian_market_utils.contracts import contract_chain
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.risk_calculations.pricing import forward_value

TODAY = date(2026, 8, 5)  # a Wednesday
EXPIRY = date(2026, 8, 11)
DUE = datetime(2026, 8, 5, 4, 15, tzinfo=UTC)  # 09:45 in India
SPOT = Decimal(25010)
USER = "user-1"
CLIENTS = ("ZERODHA_CLIENT1", "ZERODHA_CLIENT2")
_TICK = Decimal("0.05")


def a_leg(
    number: int, side: Side, option_type: OptionType, offset: int, attempts: int
) -> StrategyLeg:
    return StrategyLeg(
        leg_id=f"leg_{number}",
        leg_number=number,
        underlying_config=UnderlyingConfig(
            type=UnderlyingType.INDEX, symbol=Underlying.NIFTY, exchange=Exchange.NSE, lot_size=65
        ),
        option_config=OptionConfig(option_type=option_type, expiry_type=ExpiryType.WEEKLY),
        premium_selection=PremiumSelection(type=SelectionType.OTM, strike_offset=Decimal(offset)),
        transaction_config=TransactionConfig(
            transaction_type=side,
            order_type=OrderType.MARKET,
            order_timeout=15,
            order_retry_attempts=attempts,
        ),
        stop_loss_config=StopLossConfig(),
        leg_category=LegCategory.TD,
    )


def a_condor(attempts: int = 0) -> Strategy:
    days = DayConfig(type=DayType.WEEKDAYS, weekdays=(Weekday.WED,))
    return Strategy(
        user_id=USER,
        strategy_id="stg_000000000000000000000CONDOR",
        basket_id="bsk_0000000000000000000SIMULATE",
        strategy_number=1,
        name="NIFTY Weekly Iron Condor",
        strategy_type=StrategyType.IRON_CONDOR,
        execution_schedule=ExecutionSchedule(
            entry_time=time(9, 45), exit_time=time(15, 15), entry_days=days, exit_days=days
        ),
        legs=(
            a_leg(1, Side.SELL, OptionType.CE, 200, attempts),
            a_leg(2, Side.SELL, OptionType.PE, 200, attempts),
            a_leg(3, Side.BUY, OptionType.CE, 400, attempts),
            a_leg(4, Side.BUY, OptionType.PE, 400, attempts),
        ),
        risk_config=RiskConfig(),
        status=StrategyStatus.ACTIVE,
        created_at=DUE,
        updated_at=DUE,
        next_execution=DUE,
        next_event=EventKind.ENTRY,
    )


def an_allocation(number: int, lots: int) -> StrategyBrokerAllocation:
    return StrategyBrokerAllocation(
        user_id=USER,
        allocation_id=f"alc_0000000000000000000000000{number}",
        strategy_id="stg_000000000000000000000CONDOR",
        basket_id="bsk_0000000000000000000SIMULATE",
        client_id=CLIENTS[number - 1],
        lots_per_execution=lots,
        priority=number,
        created_at=DUE,
        updated_at=DUE,
    )


def an_account(client_id: str) -> BrokerAccount:
    return BrokerAccount(
        user_id=USER,
        client_id=client_id,
        broker_name=BrokerName.ZERODHA,
        display_name=client_id,
        status=AccountStatus.CONNECTED,
        limits=AccountLimits(),
        egress=Egress(),
        created_at=DUE,
        updated_at=DUE,
    )


class SimQuotes:
    """A chain priced once; only its time moves."""

    def __init__(self, facts: MarketFacts) -> None:
        contracts = contract_chain(
            facts, Underlying.NIFTY, EXPIRY, around=SPOT, count=14, on_day=TODAY
        )
        self._rows = tuple(
            ChainRow(contract=contract, quote=_quote(contract.symbol, _premium(contract)))
            for contract in contracts
        )

    def chain(self, at: datetime) -> OptionChain:
        rows = tuple(
            ChainRow(contract=row.contract, quote=replace(row.quote, at=at)) for row in self._rows
        )
        return OptionChain(
            underlying=Underlying.NIFTY, expiry=EXPIRY, spot=SPOT, spot_at=at, rows=rows, at=at
        )


class QuotesAt:
    """The quote source port at the hub's present moment."""

    def __init__(self, quotes: SimQuotes, now: Callable[[], datetime]) -> None:
        self._quotes = quotes
        self._now = now

    def chain(self, *_: object, **__: object) -> OptionChain:
        return self._quotes.chain(self._now())

    def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        found = {row.contract.symbol: row.quote for row in self.chain().rows}
        return {symbol: found[symbol] for symbol in symbols if symbol in found}


def _premium(contract: Contract) -> Decimal:
    value = forward_value(contract.option_type, float(SPOT), float(contract.strike), 0.018)
    return max(1, round(value / 0.05)) * _TICK


def _quote(symbol: str, middle: Decimal) -> Quote:
    return Quote(
        symbol=symbol,
        last_price=middle,
        bid=max(_TICK, middle - _TICK),
        ask=middle + _TICK,
        bid_quantity=6500,
        ask_quantity=6500,
        volume=1000,
        open_interest=1000,
        lower_circuit=_TICK,
        upper_circuit=Decimal(5000),
        at=DUE,
    )
