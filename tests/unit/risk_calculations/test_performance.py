"""Returns, risk and drawdown by their formulas."""

import math
import statistics
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_utils.risk_calculations.performance import (
    annual_volatility,
    daily_returns,
    max_drawdown,
    measure_performance,
    monthly_returns,
    sharpe_ratio,
    win_rate,
)

CAPITAL = Decimal(100_000)
PNLS = [Decimal(n) for n in (1000, -500, 0, 2000, -3000, 1500)]


def test_sharpe_and_volatility_are_annualised_from_the_sample():
    returns = daily_returns(PNLS, CAPITAL)
    floats = [float(value) for value in returns]
    deviation = statistics.stdev(floats)
    volatility, sharpe = annual_volatility(returns), sharpe_ratio(returns)
    assert float(volatility or 0) == pytest.approx(deviation * math.sqrt(252), abs=1e-6)
    mean = statistics.mean(floats)
    assert float(sharpe or 0) == pytest.approx(mean / deviation * math.sqrt(252), abs=1e-6)


def test_the_risk_free_rate_is_taken_off_by_the_day():
    returns = daily_returns(PNLS, CAPITAL)
    plain = sharpe_ratio(returns)
    less = sharpe_ratio(returns, annual_risk_free=Decimal("0.065"))
    assert plain is not None
    assert less is not None
    assert less < plain


def test_too_few_days_or_no_risk_give_no_ratio():
    assert sharpe_ratio([]) is None
    assert sharpe_ratio([Decimal("0.01")]) is None
    assert sharpe_ratio([Decimal("0.01")] * 5) is None
    assert annual_volatility([Decimal("0.01")]) is None


def test_the_deepest_fall_is_measured_from_the_peak_before_it():
    drawdown = max_drawdown(PNLS, CAPITAL)
    assert drawdown.amount == 3000
    assert drawdown.fraction == (Decimal(3000) / Decimal(102_500)).quantize(Decimal("0.000001"))


def test_equity_that_only_rises_never_fell():
    drawdown = max_drawdown([Decimal(1)] * 5, CAPITAL)
    assert drawdown.amount == 0
    assert drawdown.fraction == 0


def test_a_trade_that_made_nothing_did_not_win():
    assert win_rate(PNLS) == Decimal("0.500000")
    assert win_rate([]) is None


def test_months_are_summed_on_their_own():
    days = {
        date(2026, 10, 30): Decimal(1000),
        date(2026, 11, 2): Decimal(-500),
        date(2026, 11, 3): Decimal(2500),
    }
    assert monthly_returns(days, CAPITAL) == {
        (2026, 10): Decimal("0.010000"),
        (2026, 11): Decimal("0.020000"),
    }


def test_the_whole_is_measured_in_the_order_of_days():
    days = {date(2026, 11, 2 + n): pnl for n, pnl in enumerate(PNLS)}
    shuffled = dict(sorted(days.items(), key=lambda item: item[1]))
    result = measure_performance(shuffled, capital=CAPITAL, trade_pnls=PNLS)
    assert result == measure_performance(days, capital=CAPITAL, trade_pnls=PNLS)
    assert result.total_pnl == 1000
    assert result.total_return == Decimal("0.010000")
    assert result.max_drawdown.amount == 3000


def test_without_capital_there_are_amounts_and_no_returns():
    result = measure_performance(
        {date(2026, 11, 2): Decimal(-10)}, capital=Decimal(0), trade_pnls=[Decimal(-10)]
    )
    assert result.total_return is None
    assert result.monthly_returns == {}
    assert result.max_drawdown.amount == 10
    assert result.max_drawdown.fraction is None


amounts = st.lists(st.decimals(min_value=-5000, max_value=5000, places=2), max_size=30)


@given(amounts)
def test_no_fall_is_deeper_than_all_losses_together(pnls):
    drawdown = max_drawdown(pnls, CAPITAL)
    assert 0 <= drawdown.amount <= -sum((pnl for pnl in pnls if pnl < 0), Decimal(0))
