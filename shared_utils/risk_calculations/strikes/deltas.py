"""DELTA_BASED: the strike whose delta lies in a range, found by bisection.

Deltas are absolute values of N(d1) for calls and N(-d1) for puts, at the volatility that the
strike's own mid implies, on the forward of put-call parity. From deep in the money outwards they
fall, so bisection finds the crossing; each probe's own volatility says where to probe next, and
some five strikes of a chain of 400 rows have to be solved.
"""

from bisect import bisect_left
from decimal import Decimal
from math import ceil, erfc, exp, log, sqrt

from shared_utils.domain.instruments import ChainRow, OptionType
from shared_utils.domain.legs import PremiumSelection, ThetaPreference
from shared_utils.risk_calculations.implied_volatility import implied_volatility
from shared_utils.risk_calculations.quote_checks import QuoteFault
from shared_utils.risk_calculations.scaled_error_functions import HALF_ROOT
from shared_utils.risk_calculations.strikes.choices import (
    Refusal,
    StrikeChoice,
    StrikeMarket,
    incomplete,
    no_strike_in_range,
    no_usable_quote,
)
from shared_utils.risk_calculations.strikes.ladders import (
    fault_in,
    forward_of_market,
    two_sides,
)
from shared_utils.risk_calculations.strikes.theta_preferences import theta_rank

NO_VOLATILITY_IN_PRICE = "NO_VOLATILITY_IN_PRICE"
GUIDED_PROBES = 4


def select_by_delta(selection: PremiumSelection, market: StrikeMarket) -> StrikeChoice:
    """Within the range: nearest to its middle, or by decay where a preference is given.

    A range of one value asks for the nearest, within the market's allowed deviation.
    """
    low, high = _range_of(selection)
    search = _DeltaSearch(market)
    middle = 0.5 * (low + high)
    wanted = f"a delta of {low:g} to {high:g}" if low < high else f"a delta near {low:g}"
    nearest = search.nearest(middle)
    slack = float(market.max_deviation) * middle if low == high else 0.0
    if nearest is None or not low - slack <= search.delta_at(nearest) <= high + slack:
        raise search.nothing_found(wanted, nearest)
    chosen, why = nearest, "nearest to its middle"
    if selection.theta_preference is not None and low < high:
        chosen = search.preferred(nearest, low, high, selection.theta_preference)
        fast = selection.theta_preference is ThetaPreference.HIGH
        why = f"with the {'fastest' if fast else 'slowest'} decay"
    row, delta = search.rows[chosen], search.delta_at(chosen)
    outside = abs(delta - middle) if low == high else 0.0
    return StrikeChoice(
        contract=row.contract,
        quote=row.quote,
        reason=(
            f"The delta {delta:.3f} of {row.contract.strike:f} is "
            + (f"within {low:g} to {high:g}, {why}." if low < high else f"the nearest to {low:g}.")
        ),
        refused=search.refused_around(chosen, middle),
        deviation=Decimal(outside / middle).quantize(Decimal("0.0001")),
        target=wanted,
    )


def _range_of(selection: PremiumSelection) -> tuple[float, float]:
    if selection.delta_range is None:
        raise incomplete("delta_range", "must be given")
    low, high = (float(end) for end in selection.delta_range)
    if not 0.0 < low <= high < 1.0:
        raise incomplete("delta_range", "must rise and lie between 0 and 1 (puts: absolute)")
    return low, high


class _DeltaSearch:
    """Rows from deep in the money outwards; each delta is solved at most once, when asked for."""

    def __init__(self, market: StrikeMarket) -> None:
        sides = two_sides(market.chain, market.option_type)
        self._call = market.option_type is OptionType.CE
        self._ladder = sides.own
        self.rows = self._ladder.rows if self._call else self._ladder.rows[::-1]
        self._market = market
        self._forward = forward_of_market(market, sides)
        self._solved: dict[int, float | None] = {}
        self._total_volatility: float | None = None
        self._refused: dict[int, Refusal] = {}

    def delta_at(self, index: int) -> float:
        """Of a row that is known to have one."""
        delta = self._delta(index)
        if delta is None:
            raise LookupError(index)
        return delta

    def nearest(self, target: float) -> int | None:
        """The tradable row whose delta is nearest to the target, None when none has a delta."""
        low, high = 0, len(self.rows)
        guess = self._index_of(self._forward)
        while low < high:  # rows below `low` have more delta than the target, from `high` on less
            middle = min(max(guess, low), high - 1)
            probe = self._next(middle, high, 1)
            if probe is None:
                high = middle  # nothing can be solved from the middle to `high`
            elif self.delta_at(probe) > target:
                low = probe + 1
            else:
                high = middle
            guess = self._next_guess(target, low, high)
        inner, outer = self._next(low - 1, -1, -1), self._next(low, len(self.rows), 1)
        found = [index for index in (inner, outer) if index is not None]
        return min(found, key=lambda index: abs(self.delta_at(index) - target), default=None)

    def _next_guess(self, target: float, low: int, high: int) -> int:
        """Where the delta would cross the target at the last probe's volatility.

        Three probes may follow the smile; after them the interval is halved, so that a chain of
        nonsense costs no more than bisection.
        """
        total = self._total_volatility
        if total is None or len(self._solved) > GUIDED_PROBES:
            return (low + high) // 2
        d1 = _quantile_near(target) * (1.0 if self._call else -1.0)
        return self._index_of(self._forward * exp(total * (0.5 * total - d1)))

    def _index_of(self, price: float) -> int:
        """About the first row further out of the money than `price` (points are near enough)."""
        strikes = self._ladder.strikes
        above = bisect_left(strikes, ceil(price))
        return above if self._call else len(strikes) - above

    def preferred(self, start: int, low: float, high: float, by: ThetaPreference) -> int:
        """Of the rows around `start` whose delta is in the range, the one with the wanted decay."""
        inside = [start]
        for step, end in ((1, len(self.rows)), (-1, -1)):
            index = self._next(start + step, end, step)
            while index is not None and low <= self.delta_at(index) <= high:
                inside.append(index)
                index = self._next(index + step, end, step)
        rank = theta_rank(by, self._market)
        return min(inside, key=lambda index: (rank(self.rows[index]), index))

    def refused_around(self, chosen: int, target: float) -> tuple[Refusal, ...]:
        """Those passed over between the chosen row and where the target would be."""
        beyond = self.delta_at(chosen) > target
        step, found = (1 if beyond else -1), []
        index = chosen + step
        while index in self._refused:
            found.append(self._refused[index])
            index += step
        return tuple(found)

    def nothing_found(self, wanted: str, nearest: int | None) -> Exception:
        refused = [self._refused[index] for index in sorted(self._refused)]
        if nearest is None:
            return no_usable_quote(wanted, refused)
        gap = [index for index in (nearest - 1, nearest + 1) if index in self._refused]
        if gap:
            return no_usable_quote(wanted, [self._refused[index] for index in gap])
        strike = self.rows[nearest].contract.strike
        return no_strike_in_range(wanted, f"{strike:f} with {self.delta_at(nearest):.3f}")

    def _next(self, start: int, end: int, step: int) -> int | None:
        """The first row with a delta from `start`, before `end`."""
        for index in range(start, end, step):
            if self._delta(index) is not None:
                return index
        return None

    def _delta(self, index: int) -> float | None:
        if index not in self._solved:
            self._solved[index] = self._solve(index, self.rows[index])
        return self._solved[index]

    def _solve(self, index: int, row: ChainRow) -> float | None:
        fault: QuoteFault | str | None = fault_in(row, self._market)
        mid = row.quote.mid
        if fault is None and mid is not None:
            delta = self._delta_of(float(row.contract.strike), float(mid))
            if delta is not None:
                return delta
            fault = NO_VOLATILITY_IN_PRICE
        self._refused[index] = (row.contract.symbol, str(fault))
        return None

    def _delta_of(self, strike: float, price: float) -> float | None:
        years = self._market.years_to_expiry
        volatility = implied_volatility(
            self._market.option_type,
            price=price,
            forward=self._forward,
            strike=strike,
            years=years,
            rate=self._market.rate,
        ).volatility
        if volatility is None:
            return None
        total = self._total_volatility = volatility * sqrt(years)
        d1 = log(self._forward / strike) / total + 0.5 * total
        return 0.5 * erfc((-d1 if self._call else d1) * HALF_ROOT)


def _quantile_near(probability: float) -> float:
    """D with N(d) = probability, to 5e-4 (Abramowitz and Stegun 26.2.23): a guess, no result."""
    tail = min(probability, 1.0 - probability)
    t = sqrt(-2.0 * log(tail))
    above = 2.515517 + t * (0.802853 + t * 0.010328)
    below = 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    d = t - above / below
    return -d if probability <= tail else d
