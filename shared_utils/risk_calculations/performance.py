"""How a strategy, basket or account did: the figures, each with its formula.

Amounts are Decimal rupees net of charges; returns are fractions of the capital at work (0.01 is
1 percent), simple and not compounded, since profits of options are drawn, not reinvested. A figure
that too few days cannot give is None.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shared_utils.domain.money import ZERO

TRADING_DAYS_A_YEAR = 252
SMALLEST_SAMPLE = 2
PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawdown:
    """`amount` in rupees from a peak of the equity to the lowest point after it; `fraction` of
    that peak's equity (None when the peak was not above 0).
    """

    amount: Decimal
    fraction: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    total_pnl: Decimal
    total_return: Decimal | None
    sharpe_ratio: Decimal | None
    volatility: Decimal | None
    max_drawdown: Drawdown
    win_rate: Decimal | None
    monthly_returns: Mapping[tuple[int, int], Decimal]


def measure_performance(
    daily_pnl: Mapping[date, Decimal],
    *,
    capital: Decimal,
    trade_pnls: Sequence[Decimal],
    annual_risk_free: Decimal = ZERO,
) -> Performance:
    """`daily_pnl` of every trading day, days without a trade included as 0."""
    ordered = [daily_pnl[day] for day in sorted(daily_pnl)]
    returns = daily_returns(ordered, capital)
    total = sum(ordered, ZERO)
    return Performance(
        total_pnl=total,
        total_return=_rounded(total / capital) if capital > 0 else None,
        sharpe_ratio=sharpe_ratio(returns, annual_risk_free=annual_risk_free),
        volatility=annual_volatility(returns),
        max_drawdown=max_drawdown(ordered, capital),
        win_rate=win_rate(trade_pnls),
        monthly_returns=monthly_returns(daily_pnl, capital),
    )


def daily_returns(pnls: Sequence[Decimal], capital: Decimal) -> list[Decimal]:
    """R = P&L of the day / capital; empty without capital."""
    return [pnl / capital for pnl in pnls] if capital > 0 else []


def annual_volatility(returns: Sequence[Decimal]) -> Decimal | None:
    """Sample standard deviation (n - 1) of daily returns, times root 252."""
    deviation = _deviation(returns)
    if deviation is None:
        return None
    return _rounded(deviation * Decimal(TRADING_DAYS_A_YEAR).sqrt())


def sharpe_ratio(returns: Sequence[Decimal], *, annual_risk_free: Decimal = ZERO) -> Decimal | None:
    """(mean daily return - risk-free / 252) / sample deviation, times root 252 (Sharpe, 1994).

    None with fewer than two days, or when every day is the same: there is no risk to divide by.
    """
    deviation = _deviation(returns)
    if not deviation:
        return None
    excess = _mean(returns) - annual_risk_free / TRADING_DAYS_A_YEAR
    return _rounded(excess / deviation * Decimal(TRADING_DAYS_A_YEAR).sqrt())


def max_drawdown(pnls: Sequence[Decimal], capital: Decimal) -> Drawdown:
    """The deepest fall of capital + cumulated P&L from any earlier peak; 0 when it only rose."""
    equity = peak = capital
    deepest, fraction = ZERO, ZERO if capital > 0 else None
    for pnl in pnls:
        equity += pnl
        peak = max(peak, equity)
        if peak - equity > deepest:
            deepest = peak - equity
            fraction = _rounded(deepest / peak) if peak > 0 else None
    return Drawdown(amount=deepest, fraction=fraction)


def win_rate(trade_pnls: Sequence[Decimal]) -> Decimal | None:
    """Trades with a profit above 0 / all trades; a trade that made nothing did not win."""
    if not trade_pnls:
        return None
    return _rounded(Decimal(sum(pnl > 0 for pnl in trade_pnls)) / len(trade_pnls))


def monthly_returns(
    daily_pnl: Mapping[date, Decimal], capital: Decimal
) -> dict[tuple[int, int], Decimal]:
    """(year, month) -> P&L of the month / capital."""
    if capital <= 0:
        return {}
    months: dict[tuple[int, int], Decimal] = {}
    for day in sorted(daily_pnl):
        key = day.year, day.month
        months[key] = months.get(key, ZERO) + daily_pnl[day]
    return {key: _rounded(pnl / capital) for key, pnl in months.items()}


def _mean(values: Sequence[Decimal]) -> Decimal:
    return sum(values, ZERO) / len(values)


def _deviation(values: Sequence[Decimal]) -> Decimal | None:
    if len(values) < SMALLEST_SAMPLE:
        return None
    mean = _mean(values)
    squares = sum(((value - mean) ** 2 for value in values), ZERO)
    return (squares / (len(values) - 1)).sqrt()


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(PLACES)
