"""Option contracts from the dated facts: lot, tick and strike step of an expiry on a day.

Where there is an instrument master of the day it wins over these facts (decisions 1); use them for
validation before there is one, for simulation and back-tests, and as an alarm.
"""

from collections.abc import Callable
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from shared_utils.domain.errors import InvalidInput, RuleBroken, Unavailable
from shared_utils.domain.instruments import Contract, OptionType, Underlying
from shared_utils.indian_market_utils.dated_values import FACT_UNKNOWN, in_force
from shared_utils.indian_market_utils.expiries import (
    EXPIRY_NOT_LISTED,
    Expiry,
    is_long_dated,
    require_expiry,
)
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.index_facts import LotCycle, LotSize
from shared_utils.indian_market_utils.symbols import canonical_symbol

STRIKE_OFF_STEP = "STRIKE_OFF_STEP"


def lot_size_of(
    facts: MarketFacts,
    underlying: Underlying,
    expiry: date,
    on_day: date,
    cycle: LotCycle | None = None,
) -> int:
    """Units in a lot of the contracts expiring on `expiry`, as it stands on trading day `on_day`.

    The cycle (WEEKLY or MONTHLY) follows from the expiry; give it only for an expiry whose calendar
    is not loaded. Raises RuleBroken for a day that is no expiry.
    """
    return lot_entry_of(facts, underlying, expiry, on_day, cycle).value


def lot_entry_of(
    facts: MarketFacts,
    underlying: Underlying,
    expiry: date,
    on_day: date,
    cycle: LotCycle | None = None,
) -> LotSize:
    """As `lot_size_of`, with the entry's confidence and from-date."""
    if cycle is None:
        cycle = LotCycle(require_expiry(facts, underlying, expiry).kind)
    long_dated = cycle is LotCycle.MONTHLY and is_long_dated(facts, underlying, expiry, on_day)
    for lot in reversed(facts.indices[underlying].lot_sizes):
        if lot.cycle not in {cycle, LotCycle.ALL} or lot.from_expiry > expiry:
            continue
        waits = lot.long_dated_from is not None and on_day < lot.long_dated_from
        if not (long_dated and waits):
            return lot
    raise Unavailable(
        f"The {underlying} lot size of contracts expiring on {expiry.isoformat()} is not known.",
        code=FACT_UNKNOWN,
    )


def tick_size_of(facts: MarketFacts, underlying: Underlying, on_day: date) -> Decimal:
    """Smallest step of the premium, in rupees."""
    ticks = facts.indices[underlying].tick_sizes
    return in_force(ticks, on_day, f"{underlying} tick size")


def strike_step_of(
    facts: MarketFacts, underlying: Underlying, expiry: date, on_day: date
) -> Decimal:
    """Index points between strikes near the money. Half-yearlies beyond the quarterlies are coarse.

    BANKNIFTY lists only every fifth strike far from the money: the master knows which.
    """
    index = facts.indices[underlying]
    coarse = index.long_dated_strike_steps
    if coarse:
        quarterly = in_force(index.listings, on_day, f"{underlying} listing rule").quarterly
        if is_long_dated(facts, underlying, expiry, on_day, extra_quarters=quarterly):
            return in_force(coarse, on_day, f"{underlying} long-dated strike step")
    return in_force(index.strike_steps, on_day, f"{underlying} strike step")


def contract_of(
    facts: MarketFacts,
    underlying: Underlying,
    expiry: date,
    *,
    strike: Decimal,
    option_type: OptionType,
    on_day: date,
) -> Contract:
    """The contract, if the facts say that it can exist on `on_day`.

    Raises RuleBroken for a day without expiry, an expiry that is over, or a strike off the step,
    each naming what exists instead.
    """
    found = _live_expiry(facts, underlying, expiry, on_day)
    _require_on_step(strike, strike_step_of(facts, underlying, expiry, on_day), underlying)
    return _builder(facts, underlying, found, on_day)(strike, option_type)


def contract_chain(
    facts: MarketFacts,
    underlying: Underlying,
    expiry: date,
    *,
    around: Decimal,
    count: int,
    on_day: date,
) -> tuple[Contract, ...]:
    """Call and put of every strike of `strike_ladder`, by rising strike, calls first."""
    found = _live_expiry(facts, underlying, expiry, on_day)
    ladder = strike_ladder(facts, underlying, expiry, around=around, count=count, on_day=on_day)
    build = _builder(facts, underlying, found, on_day)
    return tuple(build(strike, option_type) for strike in ladder for option_type in OptionType)


def strike_ladder(
    facts: MarketFacts,
    underlying: Underlying,
    expiry: date,
    *,
    around: Decimal,
    count: int,
    on_day: date,
) -> tuple[Decimal, ...]:
    """The strike nearest to `around` and `count` strikes on either side, rising, all above zero.

    Exactly between two strikes the even multiple of the step is the middle.
    """
    if not around.is_finite() or around <= 0:
        raise InvalidInput("A strike ladder needs a price above zero to stand around.")
    if count < 0:
        raise InvalidInput("A strike ladder needs a count of zero or more strikes on each side.")
    step = strike_step_of(facts, underlying, expiry, on_day)
    middle = int((around / step).to_integral_value(rounding=ROUND_HALF_EVEN))
    first = max(middle - count, 1)
    return tuple(step * n for n in range(first, middle + count + 1))


def _live_expiry(facts: MarketFacts, underlying: Underlying, expiry: date, on_day: date) -> Expiry:
    if expiry < on_day:
        raise RuleBroken(
            f"The {underlying} expiry of {expiry.isoformat()} is over on {on_day.isoformat()}.",
            code=EXPIRY_NOT_LISTED,
        )
    return require_expiry(facts, underlying, expiry)


def _require_on_step(strike: Decimal, step: Decimal, underlying: Underlying) -> None:
    if strike.is_finite() and strike > 0 and strike % step == 0:
        return
    if not strike.is_finite() or strike <= 0:
        raise RuleBroken(f"{strike} is not a strike: strikes are above zero.", code=STRIKE_OFF_STEP)
    below = (strike / step).to_integral_value(rounding=ROUND_FLOOR) * step
    above = (strike / step).to_integral_value(rounding=ROUND_CEILING) * step
    raise RuleBroken(
        f"{underlying} has no strike {strike}: strikes are {step} apart, "
        f"the nearest are {below} and {above}.",
        code=STRIKE_OFF_STEP,
    )


def _builder(
    facts: MarketFacts, underlying: Underlying, expiry: Expiry, on_day: date
) -> Callable[[Decimal, OptionType], Contract]:
    """Looks the facts of the expiry up once, for as many strikes as follow."""
    lot = lot_size_of(facts, underlying, expiry.day, on_day, LotCycle(expiry.kind))
    tick = tick_size_of(facts, underlying, on_day)
    exchange = facts.indices[underlying].exchange

    def build(strike: Decimal, option_type: OptionType) -> Contract:
        return Contract(
            underlying=underlying,
            exchange=exchange,
            expiry=expiry.day,
            strike=strike,
            option_type=option_type,
            lot_size=lot,
            tick_size=tick,
            symbol=canonical_symbol(underlying, expiry, strike, option_type),
        )

    return build
