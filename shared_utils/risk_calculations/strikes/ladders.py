"""The rows of one option type by strike, and the ways to pick one of them."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from shared_utils.domain.errors import MarketDataUnavailable
from shared_utils.domain.instruments import ChainRow, OptionChain, OptionType
from shared_utils.domain.legs import AtmSource
from shared_utils.risk_calculations.forwards import (
    StrikePair,
    forward_from_spot,
    forward_of_pairs,
    synthetic_future,
)
from shared_utils.risk_calculations.quote_checks import QuoteFault, fault_of
from shared_utils.risk_calculations.strikes.choices import (
    Refusal,
    StrikeChoice,
    StrikeMarket,
    deviation_from,
    no_strike_in_range,
    no_usable_quote,
    refusal,
)

PAIRS_FOR_FORWARD = 3


@dataclass(frozen=True, slots=True)
class Ladder:
    """Both ascending, index by index."""

    strikes: Sequence[Decimal]
    rows: Sequence[ChainRow]

    def nearest_index(self, target: Decimal) -> int:
        """A tie goes to the lower strike."""
        above = bisect_left(self.strikes, target)
        if above == 0:
            return 0
        if above == len(self.strikes):
            return above - 1
        below_is_near = target - self.strikes[above - 1] <= self.strikes[above] - target
        return above - 1 if below_is_near else above

    def outwards_from(self, target: Decimal) -> Iterator[int]:
        """Indices by distance from the target, nearest first."""
        if not self.strikes:
            return
        high = self.nearest_index(target)
        low = high - 1
        while low >= 0 or high < len(self.strikes):
            if high == len(self.strikes) or (
                low >= 0 and target - self.strikes[low] <= self.strikes[high] - target
            ):
                yield low
                low -= 1
            else:
                yield high
                high += 1


def ladder_of(chain: OptionChain, option_type: OptionType) -> Ladder:
    """Raises NO_USABLE_QUOTE when the chain has no row of the type."""
    side = chain.side(option_type)
    if not side.rows:
        raise no_usable_quote(f"the money of {chain.expiry}", ())
    return Ladder(side.strikes, side.rows)


@dataclass(frozen=True, slots=True)
class TwoSides:
    """The ladder of the leg's own option type, and the other type's rows by strike."""

    own: Ladder
    others: Sequence[ChainRow]

    def other_of(self, index: int) -> ChainRow | None:
        """The row of the other type at the same strike; chains mostly list both alike."""
        strike = self.own.strikes[index]
        if index < len(self.others) and self.others[index].contract.strike == strike:
            return self.others[index]
        return next((row for row in self.others if row.contract.strike == strike), None)


def two_sides(chain: OptionChain, option_type: OptionType) -> TwoSides:
    """Raises NO_USABLE_QUOTE when the chain has no row of `option_type`."""
    other = OptionType.PE if option_type is OptionType.CE else OptionType.CE
    return TwoSides(ladder_of(chain, option_type), chain.side(other).rows)


def fault_in(row: ChainRow, market: StrikeMarket) -> QuoteFault | None:
    return fault_of(row.quote, side=market.side, tick=row.contract.tick_size, limits=market.limits)


def fresh_spot(market: StrikeMarket) -> Decimal:
    """Raises SPOT_UNUSABLE: a strike measured from yesterday's index is no strike."""
    chain, limits = market.chain, market.limits
    age = (limits.now - chain.spot_at).total_seconds()
    if not -limits.max_ahead_s <= age <= limits.max_age_s or chain.spot <= 0:
        raise MarketDataUnavailable(
            f"The price of {chain.underlying} is {age:.1f} s old or not positive; "
            f"at most {limits.max_age_s:g} s is allowed.",
            code="SPOT_UNUSABLE",
        )
    return chain.spot


def pairs_near(
    market: StrikeMarket, near: Decimal, count: int, sides: TwoSides | None = None
) -> list[StrikePair]:
    """Up to `count` strikes nearest to `near` of which both call and put have a sound quote."""
    sides = sides or two_sides(market.chain, market.option_type)
    is_call = market.option_type is OptionType.CE
    pairs: list[StrikePair] = []
    for index in sides.own.outwards_from(near):
        other = sides.other_of(index)
        if other is None:
            continue
        mid, other_mid = _sound_mid(sides.own.rows[index], market), _sound_mid(other, market)
        if mid is not None and other_mid is not None:
            call, put = (mid, other_mid) if is_call else (other_mid, mid)
            pairs.append(StrikePair(strike=sides.own.strikes[index], call=call, put=put))
            if len(pairs) == count:
                break
    return pairs


def _sound_mid(row: ChainRow, market: StrikeMarket) -> Decimal | None:
    """For a mid both sides must be good, whichever side the leg trades."""
    if fault_of(row.quote, side=None, tick=row.contract.tick_size, limits=market.limits):
        return None
    return row.quote.mid


def reference_price(source: AtmSource, market: StrikeMarket) -> Decimal:
    """What ATM is measured from. Raises when the wanted price is not there: none stands in."""
    if source is AtmSource.FUTURE:
        if market.future_price is None or market.future_price <= 0:
            raise MarketDataUnavailable(
                f"There is no price of the {market.chain.underlying} future to take ATM from.",
                code="FUTURE_PRICE_MISSING",
            )
        return market.future_price
    spot = fresh_spot(market)
    if source is AtmSource.SPOT:
        return spot
    pairs = pairs_near(market, spot, 1)
    if not pairs:
        raise no_usable_quote("the money, for a synthetic future", ())
    return synthetic_future(pairs[0])


def forward_of_market(market: StrikeMarket, sides: TwoSides | None = None) -> float:
    """By put-call parity of the strikes around the spot; by carry when no pair can be used."""
    spot = fresh_spot(market)
    years, rate = market.years_to_expiry, market.rate
    pairs = pairs_near(market, spot, PAIRS_FOR_FORWARD, sides)
    forward = forward_of_pairs(pairs, near=spot, years=years, rate=rate)
    return forward if forward is not None else forward_from_spot(spot, years=years, rate=rate)


def nearest_tradable(
    ladder: Ladder,
    target: Decimal,
    market: StrikeMarket,
    *,
    wanted: str,
    allowed: Callable[[Decimal], bool] = lambda _: True,
) -> tuple[ChainRow, tuple[Refusal, ...]]:
    """The listed strike nearest to `target`, or a stand-in close by when it may not be traded.

    Raises NO_STRIKE_IN_RANGE when the target lies beyond the listed strikes, NO_USABLE_QUOTE when
    neither the strike nor its stand-ins may be traded. Strikes that are not `allowed` (the wrong
    side of the money) never stand in.
    """
    nearest = ladder.nearest_index(target)
    if abs(ladder.strikes[nearest] - target) > _gap_at(ladder.strikes, nearest):
        raise no_strike_in_range(wanted, f"{ladder.strikes[nearest]:f}")
    refused: list[Refusal] = []
    for index in ladder.outwards_from(target):
        if abs(index - nearest) > market.max_strikes_away:
            break
        row = ladder.rows[index]
        if not allowed(row.contract.strike):
            continue
        fault = fault_in(row, market)
        if fault is None:
            return row, tuple(refused)
        refused.append(refusal(row, fault))
    raise no_usable_quote(wanted, refused)


def choice_near(target: Decimal, market: StrikeMarket, *, wanted: str) -> StrikeChoice:
    """For the kinds that compute a level of the index: the strike nearest to it.

    `wanted` says where the level comes from. Raises what `nearest_tradable` does.
    """
    ladder = ladder_of(market.chain, market.option_type)
    row, refused = nearest_tradable(ladder, target, market, wanted=wanted)
    return StrikeChoice(
        contract=row.contract,
        quote=row.quote,
        reason=f"{row.contract.strike:f} is the strike nearest to {target:.2f}, {wanted}.",
        refused=refused,
        deviation=deviation_from(row.contract.strike, target),
        target=f"strike {target:.2f}",
    )


def _gap_at(strikes: Sequence[Decimal], index: int) -> Decimal:
    """The widest gap beside a listed strike: a target further off than that is not in the list."""
    gaps = [strikes[i + 1] - strikes[i] for i in (index - 1, index) if 0 <= i < len(strikes) - 1]
    return max(gaps, default=Decimal(0))
