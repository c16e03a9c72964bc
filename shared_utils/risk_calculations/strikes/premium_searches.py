"""Strikes by what they cost, always at the mid; the premium kinds share it."""

from collections.abc import Callable
from decimal import Decimal

from shared_utils.domain.errors import DomainError
from shared_utils.domain.instruments import ChainRow
from shared_utils.risk_calculations.strikes.choices import (
    Refusal,
    StrikeChoice,
    StrikeMarket,
    deviation_from,
    no_strike_in_range,
    no_usable_quote,
    refusal,
)
from shared_utils.risk_calculations.strikes.ladders import fault_in, ladder_of

MidRow = tuple[Decimal, ChainRow]


def quoted_mids(market: StrikeMarket) -> list[MidRow]:
    """Of every row with two sides, good or not: a fault is judged where the row would be chosen."""
    found = []
    for row in ladder_of(market.chain, market.option_type).rows:
        mid = row.quote.mid
        if mid is not None:
            found.append((mid, row))
    return found


def nearest_premium(
    target: Decimal, market: StrikeMarket, *, wanted: str, because: str
) -> StrikeChoice:
    """The tradable strike whose mid is nearest to `target` rupees, within the allowed deviation.

    A tie goes to the cheaper one.
    """
    ranked = sorted(quoted_mids(market), key=lambda found: (abs(found[0] - target), found[0]))
    refused: list[Refusal] = []
    for mid, row in ranked:
        if abs(mid - target) > market.max_deviation * target:
            break
        fault = fault_in(row, market)
        if fault is None:
            return StrikeChoice(
                contract=row.contract,
                quote=row.quote,
                reason=f"The mid {mid:.2f} of {row.contract.strike:f} is the nearest to {because}.",
                refused=tuple(refused),
                deviation=deviation_from(mid, target),
                target=f"premium {target:.2f}",
            )
        refused.append(refusal(row, fault))
    raise _nothing(wanted, refused, ranked)


def tradable_within(
    low: Decimal, high: Decimal, market: StrikeMarket, *, wanted: str
) -> tuple[list[MidRow], tuple[Refusal, ...]]:
    """Every tradable strike whose mid lies in the range, both ends included, and the refused."""
    tradable: list[MidRow] = []
    refused: list[Refusal] = []
    mids = quoted_mids(market)
    for mid, row in mids:
        if low <= mid <= high:
            fault = fault_in(row, market)
            if fault is None:
                tradable.append((mid, row))
            else:
                refused.append(refusal(row, fault))
    if not tradable:
        middle = (low + high) / 2
        ranked = sorted(mids, key=lambda found: abs(found[0] - middle))
        raise _nothing(wanted, refused, ranked)
    return tradable, tuple(refused)


def best(candidates: list[MidRow], rank: Callable[[MidRow], Decimal | float]) -> MidRow:
    """The lowest rank; a tie goes to the cheaper one."""
    return min(candidates, key=lambda found: (rank(found), found[0]))


def _nothing(wanted: str, refused: list[Refusal], ranked: list[MidRow]) -> DomainError:
    if refused or not ranked:
        return no_usable_quote(wanted, refused)
    mid, row = ranked[0]
    return no_strike_in_range(wanted, f"{row.contract.strike:f} at {mid:.2f}")
