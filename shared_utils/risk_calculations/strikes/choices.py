"""What a strike selection is given, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shared_utils.domain.errors import MarketDataUnavailable, Problem, RuleBroken
from shared_utils.domain.instruments import (
    ChainRow,
    Contract,
    OptionChain,
    OptionType,
    Quote,
    Side,
)
from shared_utils.risk_calculations.quote_checks import QuoteFault, QuoteLimits

Refusal = tuple[str, str]

MOST_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class StrikeMarket:
    """One expiry's chain and how it may be used for one leg.

    `years_to_expiry` is a fraction of a year, `rate` a fraction a year. `future_price` is needed
    for ATM of the future, `reference_volatility` (a fraction a year, what volatility usually is)
    for a volatility adjustment. A premium or delta further than `max_deviation` (a fraction) from
    its target is not the target. Where an exact strike may not be traded, one up to
    `max_strikes_away` listed strikes from it may stand in.
    """

    chain: OptionChain
    option_type: OptionType
    side: Side
    years_to_expiry: float
    rate: float
    limits: QuoteLimits
    future_price: Decimal | None = None
    reference_volatility: float | None = None
    max_deviation: Decimal = Decimal("0.35")
    max_strikes_away: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class StrikeChoice:
    """`deviation` is a fraction of the target, never negative, 0 inside a wanted range.

    `refused` are the contracts that were nearer to the target, with the fault of their quotes.
    """

    contract: Contract
    quote: Quote
    reason: str
    refused: tuple[Refusal, ...]
    deviation: Decimal | None
    target: str


def deviation_from(value: Decimal, target: Decimal) -> Decimal:
    """|value - target| / |target| to four decimals (0.0123 is 1.23 percent)."""
    return (abs(value - target) / abs(target)).quantize(Decimal("0.0001"))


def refusal(row: ChainRow, fault: QuoteFault) -> Refusal:
    return row.contract.symbol, fault


def incomplete(field: str, problem: str) -> RuleBroken:
    """The selection lacks what its kind needs."""
    return RuleBroken(
        f"The strike selection is not usable: {field} {problem}.",
        code="SELECTION_INCOMPLETE",
        details=[Problem(f"premium_selection.{field}", problem)],
    )


def no_strike_in_range(wanted: str, nearest: str) -> RuleBroken:
    """The chain has no such strike; the sentence names the nearest that exists."""
    return RuleBroken(
        f"No listed strike has {wanted}; the nearest is {nearest}.", code="NO_STRIKE_IN_RANGE"
    )


def no_usable_quote(wanted: str, refused: Sequence[Refusal]) -> MarketDataUnavailable:
    """Strikes exist, but none of their quotes may be traded on."""
    named = ", ".join(f"{symbol} {fault}" for symbol, fault in refused[:MOST_NAMED])
    return MarketDataUnavailable(
        f"No quote near {wanted} may be traded on"
        + (f" ({named})." if named else ": the chain has no such row."),
        code="NO_USABLE_QUOTE",
        details=[Problem(symbol, fault) for symbol, fault in refused[:MOST_NAMED]],
    )
