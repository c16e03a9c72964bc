"""What an account would need for a strategy's entry, said in rupees. Pure.

Two figures, never mixed: the ESTIMATE from the quotes of a moment, and where the account has a
session what its BROKER asks for the same orders in the same order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from shared_utils.brokers.basket_margins import BrokerMargin
from shared_utils.domain.allocations import StrategyBrokerAllocation, TradingMode
from shared_utils.domain.broker_accounts import BrokerAccount, BrokerName
from shared_utils.domain.errors import RuleBroken, Unavailable
from shared_utils.domain.executions import ResolvedLeg
from shared_utils.domain.money import in_rupees
from shared_utils.domain.strategies import Strategy
from shared_utils.indian_market_utils.sessions import ist_date, ist_time
from shared_utils.risk_calculations.entry_orders import (
    EntryOrder,
    entry_orders,
    estimate_of,
    in_stages,
)
from shared_utils.risk_calculations.limit_prices import PriceContext
from shared_utils.risk_calculations.limits import deny_margin
from shared_utils.risk_calculations.margins import MarginEstimate
from shared_utils.risk_calculations.resolutions import (
    MarketMoment,
    expiries_needed,
    resolve,
    without_clashes,
)


class FundsSource(StrEnum):
    """Who says what an account has: its broker, or its owner by the capital he states."""

    BROKER = "BROKER"
    CAPITAL = "CAPITAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPicture:
    """A strategy's contracts and prices as a run of `context.now` would have them."""

    strategy: Strategy
    legs: tuple[ResolvedLeg, ...]
    context: PriceContext

    def orders(self, lots: int) -> tuple[EntryOrder, ...]:
        """As they would go out, hedges first. Raises MarketDataUnavailable."""
        return in_stages(entry_orders(self.strategy, self.legs, lots, self.context))


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryEstimate:
    """`quotes_at` is the moment of its quotes. `orders` are those it was made from."""

    margin: MarginEstimate
    orders: tuple[EntryOrder, ...]
    quotes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMargin:
    """`is_enough` None: it cannot be said, and `sentence` says why. Rupees.

    `available` is what its broker says is free (`available_from` BROKER), or its stated capital.
    """

    client_id: str
    estimate: MarginEstimate | None
    quotes_at: datetime | None
    broker: BrokerMargin | None
    available: Decimal | None
    available_from: FundsSource | None
    is_enough: bool | None
    problem: str

    @property
    def sentence(self) -> str:
        return f"{self.client_id} {self.problem}."


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalMargin:
    """Of the accounts that trade; None where one of them cannot be said."""

    required: Decimal | None
    final: Decimal | None
    sentence: str


def picture_of(strategy: Strategy, moment: MarketMoment) -> EntryPicture:
    """Raises RuleBroken or MarketDataUnavailable where a leg finds no contract, as a run would."""
    expiries = expiries_needed(moment.facts, strategy, moment.today)
    legs = resolve(strategy, expiries, moment)
    clash = without_clashes(legs)
    if clash is not None:
        raise RuleBroken(clash, code="LEGS_CLASH")
    context = PriceContext(
        facts=moment.facts,
        today=moment.today,
        now=moment.now,
        quotes=moment.quotes,
        spots={key[0]: chain.spot for key, chain in moment.chains.items()},
        max_quote_age_s=moment.max_quote_age_s,
    )
    return EntryPicture(strategy=strategy, legs=legs, context=context)


def estimate_entry(picture: EntryPicture, lots: int) -> EntryEstimate | str:
    """Of an account with so many lots; a reason where it cannot be said."""
    try:
        orders = picture.orders(lots)
        margin = estimate_of(orders, picture.context)
    except Unavailable as problem:
        return problem.message
    return EntryEstimate(margin=margin, orders=orders, quotes_at=picture.context.now)


def trades_on_paper(allocation: StrategyBrokerAllocation, account: BrokerAccount) -> bool:
    paper = allocation.trading_mode is TradingMode.PAPER
    return paper or account.broker_name is BrokerName.PAPER


def account_margin(
    allocation: StrategyBrokerAllocation,
    account: BrokerAccount | None,
    estimate: EntryEstimate | str,
    asked: BrokerMargin | str | None,
    now: datetime,
) -> AccountMargin:
    """`estimate` or why there is none; `asked` is the broker's answer, why it has none, or None
    where nobody asked.
    """
    broker = asked if isinstance(asked, BrokerMargin) else None
    available, source = _funds(allocation, account, broker)
    known = estimate if isinstance(estimate, EntryEstimate) else None
    is_enough = _is_enough(allocation, known, broker, available)
    parts = [
        _needed(allocation, estimate, now),
        _has(allocation, known, available, source, is_enough=is_enough),
        _broker_says(asked),
    ]
    return AccountMargin(
        client_id=allocation.client_id,
        estimate=known.margin if known else None,
        quotes_at=known.quotes_at if known else None,
        broker=broker,
        available=available,
        available_from=source,
        is_enough=is_enough,
        problem="; ".join(part for part in parts if part),
    )


def total_of(
    allocations: Mapping[str, StrategyBrokerAllocation], margins: Mapping[str, AccountMargin]
) -> TotalMargin:
    """Of `allocations`, by client id; the estimates alone."""
    if not allocations:
        return TotalMargin(required=None, final=None, sentence="No account trades the strategy.")
    unknown = [each for each in allocations if margins[each].estimate is None]
    if unknown:
        return TotalMargin(required=None, final=None, sentence=margins[unknown[0]].sentence)
    estimates = [margins[each].estimate for each in allocations]
    required = sum((each.required for each in estimates if each), Decimal(0))
    final = sum((each.final for each in estimates if each), Decimal(0))
    accounts = "1 account" if len(allocations) == 1 else f"{len(allocations)} accounts"
    return TotalMargin(
        required=required,
        final=final,
        sentence=f"About {in_rupees(required)} rupees on {accounts} (estimate).",
    )


def _funds(
    allocation: StrategyBrokerAllocation,
    account: BrokerAccount | None,
    broker: BrokerMargin | None,
) -> tuple[Decimal | None, FundsSource | None]:
    if broker is not None:
        return broker.available, FundsSource.BROKER
    if account is None:
        return None, None
    # Nobody states a capital of zero; paper trading starts with what is stated, nothing included.
    if account.capital > 0 or trades_on_paper(allocation, account):
        return account.capital, FundsSource.CAPITAL
    return None, None


def _is_enough(
    allocation: StrategyBrokerAllocation,
    estimate: EntryEstimate | None,
    broker: BrokerMargin | None,
    available: Decimal | None,
) -> bool | None:
    """As the run judges it, by the estimate; and the broker would refuse what it calls short."""
    if available is None or estimate is None:
        return None
    denied = deny_margin(
        required=estimate.margin.required,
        available=available,
        used=broker.used if broker else Decimal(0),
        max_utilization=allocation.risk_limits.max_margin_utilization,
    )
    return denied is None and (broker is None or broker.initial <= available)


def _needed(
    allocation: StrategyBrokerAllocation, estimate: EntryEstimate | str, now: datetime
) -> str:
    if isinstance(estimate, str):
        return f"cannot be given a margin now: {estimate.removesuffix('.')}"
    lots = allocation.lots_per_execution
    return (
        f"would need about {in_rupees(estimate.margin.required)} rupees for "
        f"{lots} {'lot' if lots == 1 else 'lots'} (estimate from {_quotes_of(estimate, now)})"
    )


def _quotes_of(estimate: EntryEstimate, now: datetime) -> str:
    at = estimate.quotes_at
    clock, days = f"{ist_time(at):%H:%M}", (ist_date(now) - ist_date(at)).days
    if days == 0:
        minutes = int((now - at).total_seconds() // 60)
        return f"quotes of {clock}" + (f", {minutes} minutes old" if minutes > 1 else "")
    age = "1 day" if days == 1 else f"{days} days"
    return f"quotes of {ist_date(at).isoformat()} {clock}, {age} old"


def _has(
    allocation: StrategyBrokerAllocation,
    estimate: EntryEstimate | None,
    available: Decimal | None,
    source: FundsSource | None,
    *,
    is_enough: bool | None,
) -> str:
    if available is None or source is None:
        return "" if estimate is None else "what it has is not known: state its capital, or log in"
    whose = "its capital is" if source is FundsSource.CAPITAL else "free at its broker are"
    most = allocation.risk_limits.max_margin_utilization
    limit = f", of which at most {most:f} percent may be used" if most is not None else ""
    return f"{whose} {in_rupees(available)}" + ("" if is_enough else limit)


def _broker_says(asked: BrokerMargin | str | None) -> str:
    if asked is None:
        return ""
    if isinstance(asked, str):
        return f"its broker's own figure is not known: {asked.removesuffix('.')}"
    return (
        f"its broker itself asks {in_rupees(asked.initial)} while the orders go out "
        f"and {in_rupees(asked.final)} once they stand"
    )
