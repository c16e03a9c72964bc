"""MARKET and SL-M, as they are sent: the exchanges refuse both for index options through an API
(NSE SL-M 2021-09-27, BSE 2023-10-09; market orders NSE SURV/55281 and FAOP/69296), so they go out
as limits (decisions 3).

A limit never goes beyond the slippage the trader allowed, so it is rounded to the tick on the near
side. A stop's buffer is rounded to the far side, so that it is at least one tick.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from shared_utils.domain.errors import InvalidInput, MarketDataUnavailable
from shared_utils.domain.instruments import Quote, Side
from shared_utils.domain.legs import OrderType
from shared_utils.domain.money import ceil_to_tick, floor_to_tick
from shared_utils.indian_market_utils.facts import StopLimitRule
from shared_utils.indian_market_utils.price_bands import PriceBand, widest_stop_gap

QUOTE_STALE = "QUOTE_STALE"
QUOTE_UNUSABLE = "QUOTE_UNUSABLE"

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPrice:
    """What was asked for and what goes out: LIMIT, or SL with a trigger. Rupees, on the tick.

    `reference` is the quote's side or the trigger it was computed from. `is_clamped`: the price
    band is narrower than the slippage, so the order may rest instead of trading at once.
    """

    asked: OrderType
    order_type: OrderType
    price: Decimal
    trigger_price: Decimal | None
    reference: Decimal
    is_clamped: bool


def require_usable(quote: Quote, side: Side, *, now: datetime, max_age_s: float) -> Decimal:
    """The price the order would meet: the ask for a BUY, the bid for a SELL.

    A stale, one-sided or crossed quote raises MarketDataUnavailable: nothing is priced on it.
    """
    age = quote.age_s(now)
    if age > max_age_s:
        raise MarketDataUnavailable(
            f"The quote of {quote.symbol} is {age:.0f} seconds old; "
            f"at most {max_age_s:.0f} are allowed.",
            code=QUOTE_STALE,
        )
    price = quote.ask if side is Side.BUY else quote.bid
    if price is None or price <= 0:
        wanted = "seller" if side is Side.BUY else "buyer"
        raise MarketDataUnavailable(f"{quote.symbol} has no {wanted} now.", code=QUOTE_UNUSABLE)
    if quote.bid is not None and quote.ask is not None and quote.bid > quote.ask:
        raise MarketDataUnavailable(
            f"The quote of {quote.symbol} is crossed (bid above ask).", code=QUOTE_UNUSABLE
        )
    return price


def limit_off_last_known(known: Decimal, side: Side, slippage: Decimal, tick: Decimal) -> Decimal:
    """For a way out that nobody quotes: `slippage` percent beyond the last price known to us.

    A resting exit may still trade, an unsent one cannot; an entry is never priced like this.
    """
    reach = known * slippage / _HUNDRED
    if side is Side.BUY:
        return ceil_to_tick(known + reach, tick)
    return max(floor_to_tick(known - reach, tick), tick)


def marketable_limit(
    quote: Quote,
    side: Side,
    *,
    slippage: Decimal,
    tick: Decimal,
    band: PriceBand,
    now: datetime,
    max_age_s: float,
) -> SentPrice:
    """A MARKET order as a LIMIT at most `slippage` percent beyond the price it would meet."""
    if not slippage.is_finite() or slippage < 0:
        raise InvalidInput("Slippage is a percentage of zero or more.")
    reference = require_usable(quote, side, now=now, max_age_s=max_age_s)
    reach = reference * slippage / _HUNDRED
    if side is Side.BUY:
        wanted = floor_to_tick(reference + reach, tick)
    else:
        wanted = max(ceil_to_tick(reference - reach, tick), tick)
    price = band.clamp(wanted)
    return SentPrice(
        asked=OrderType.MARKET,
        order_type=OrderType.LIMIT,
        price=price,
        trigger_price=None,
        reference=reference,
        is_clamped=price != wanted,
    )


def stop_limit(
    trigger: Decimal,
    side: Side,
    *,
    buffer: Decimal,
    tick: Decimal,
    rule: StopLimitRule,
    circuit: PriceBand | None = None,
) -> SentPrice:
    """An SL-M order as SL: the limit `buffer` percent beyond the trigger, at least one tick.

    The trigger moves to the tick that fires sooner. `circuit` is the contract's daily range, which
    the limit must stay in; the band around the market does not bind a stop that has not fired.
    """
    if not trigger.is_finite() or trigger <= 0 or not buffer.is_finite() or buffer < 0:
        raise InvalidInput(
            "A stop needs a trigger above zero and a buffer of zero or more percent."
        )
    if side is Side.BUY:
        fires_at = max(floor_to_tick(trigger, tick), tick)
        reach = fires_at * buffer / _HUNDRED
        wanted = max(ceil_to_tick(fires_at + reach, tick), fires_at + tick)
        farthest = floor_to_tick(fires_at + widest_stop_gap(rule, fires_at), tick)
        price = min(wanted, farthest)
    else:
        fires_at = ceil_to_tick(trigger, tick)
        reach = fires_at * buffer / _HUNDRED
        wanted = max(min(floor_to_tick(fires_at - reach, tick), fires_at - tick), tick)
        farthest = ceil_to_tick(fires_at - widest_stop_gap(rule, fires_at), tick)
        price = max(wanted, farthest)
    if circuit is not None:
        price = circuit.clamp(price)
    return SentPrice(
        asked=OrderType.SL_M,
        order_type=OrderType.SL,
        price=price,
        trigger_price=fires_at,
        reference=trigger,
        is_clamped=price != wanted,
    )
