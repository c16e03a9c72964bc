"""What the market's facts of the day say about a strategy: lots and listed expiries.

The facts decide (decisions 1 and 2): what a leg states about its contract is compared with them and
then replaced by them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lambda_functions.options_platform.strategy_manager.strategy_edits import StatedUnderlying
from shared_utils.domain.errors import CalendarUnknown, Problem, RuleBroken
from shared_utils.domain.instruments import EXCHANGE_OF, Underlying
from shared_utils.domain.legs import (
    ExpiryCriteria,
    ExpiryType,
    OptionConfig,
    StrategyLeg,
    UnderlyingConfig,
)
from shared_utils.indian_market_utils.contracts import lot_size_of
from shared_utils.indian_market_utils.dated_values import find_in_force
from shared_utils.indian_market_utils.expiries import (
    Expiry,
    ExpiryKind,
    expiry_for,
    listed_expiries,
)
from shared_utils.indian_market_utils.facts import MarketFacts

# Which contract a leg means is asked without its criteria: they choose among expiries on the day
# of a trade, and an expiry that is avoided today has its lot all the same.
_ANY = ExpiryCriteria()


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketDay:
    """The facts, and the day in India on which they are asked."""

    facts: MarketFacts
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedUnderlying:
    """What to store of an underlying, and what was wrong with what was stated."""

    config: UnderlyingConfig
    problems: tuple[Problem, ...]


def check_underlying(
    stated: StatedUnderlying, option: OptionConfig, market: MarketDay
) -> CheckedUnderlying:
    """The stated underlying against the contract that the leg would trade today.

    Problems are relative to the leg. Where no contract can be named the stated lot is kept in the
    config: the problems keep it from being stored.
    """
    problems: list[Problem] = []
    lot = stated.lot_size or 0
    try:
        expiry = _expiry_of(stated.symbol, option, market)
        right = lot_size_of(market.facts, stated.symbol, expiry, market.today)
        if stated.lot_size not in {None, right}:
            problems.append(
                Problem(
                    "underlying_config.lot_size",
                    f"must be {right}, the lot of the {stated.symbol} contracts expiring on "
                    f"{expiry.isoformat()}, not {stated.lot_size}",
                )
            )
        lot = right
    except _ExpiryRefused as refused:
        problems.append(refused.problem)
    index = market.facts.indices[stated.symbol]
    weekly = find_in_force(index.weekly_expiry, market.today)
    monthly = find_in_force(index.monthly_expiry, market.today)
    return CheckedUnderlying(
        config=UnderlyingConfig(
            type=stated.type,
            symbol=stated.symbol,
            exchange=stated.exchange or EXCHANGE_OF[stated.symbol],
            lot_size=lot,
            weekly_expiry_day=weekly.value.name if weekly else None,
            monthly_expiry_day=f"LAST_{monthly.value.name}" if monthly else None,
        ),
        problems=tuple(problems),
    )


def contract_problems(legs: tuple[StrategyLeg, ...], market: MarketDay) -> Iterator[Problem]:
    """Stored legs against today's facts: lots and listings change while a strategy rests."""
    for index, leg in enumerate(legs):
        config = leg.underlying_config
        stated = StatedUnderlying(
            type=config.type,
            symbol=config.symbol,
            exchange=config.exchange,
            lot_size=None,
        )
        for problem in check_underlying(stated, leg.option_config, market).problems:
            yield Problem(f"legs[{index}].{problem.field}", problem.problem)


class _ExpiryRefused(Exception):
    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.problem = Problem(f"option_config.{field}", problem)


def _expiry_of(symbol: Underlying, option: OptionConfig, market: MarketDay) -> date:
    kind, offset = option.expiry_type, option.expiry_offset
    try:
        expiry = expiry_for(
            market.facts, symbol, kind, on_day=market.today, offset=offset, criteria=_ANY
        )
    except RuleBroken as error:
        raise _ExpiryRefused(
            "expiry_type", f"is {kind}, but {error.message.removesuffix('.')}"
        ) from error
    except CalendarUnknown as error:
        raise _ExpiryRefused(
            "expiry_offset", f"is {offset}, beyond the loaded trading calendar"
        ) from error
    listed = [
        each.day
        for each in listed_expiries(market.facts, symbol, market.today)
        if _is_of(each, kind)
    ]
    if expiry not in listed:
        last = listed[-1].isoformat() if listed else "none"
        raise _ExpiryRefused(
            "expiry_offset",
            f"is {offset}, but {symbol} has {len(listed)} listed {kind} expiries "
            f"(offsets from 0), the last is {last}",
        )
    return expiry


def _is_of(expiry: Expiry, kind: ExpiryType) -> bool:
    match kind:
        case ExpiryType.WEEKLY:
            return True
        case ExpiryType.MONTHLY:
            return expiry.kind is ExpiryKind.MONTHLY
        case ExpiryType.QUARTERLY:
            return expiry.is_quarterly
