"""The margin estimate: the shape of SPAN, hedges, expiry day, the order of legs."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_utils.domain.errors import MarketDataUnavailable, Unavailable
from shared_utils.domain.instruments import (
    Contract,
    Exchange,
    OptionType,
    Side,
    Underlying,
)
from shared_utils.indian_market_utils.facts import facts_from_config
from shared_utils.risk_calculations.margins import (
    MarginEstimate,
    MarginLeg,
    MarginSource,
    estimate_margin,
    margin_parameters_on,
)
from shared_utils.risk_calculations.pricing import black_76

CONFIG = Path(__file__).resolve().parents[3] / "config" / "indian_market_config.json"
FACTS = facts_from_config(json.loads(CONFIG.read_text()))
TODAY = date(2026, 11, 23)
PARAMETERS = margin_parameters_on(FACTS, TODAY)
SPOT = Decimal(26000)
SPOTS = {Underlying.NIFTY: SPOT}
RATE = 0.065
NEAR, FAR = date(2026, 12, 1), date(2026, 12, 29)


def leg(
    side: Side,
    strike: int,
    option_type: OptionType,
    *,
    expiry: date = NEAR,
    expires_today: bool = False,
    quantity: int = 65,
) -> MarginLeg:
    years = 0.1 / 365 if expires_today else (expiry - TODAY).days / 365
    value = black_76(
        option_type,
        forward=float(SPOT) * (1 + RATE * years),
        strike=strike,
        years=years,
        volatility=0.13,
        rate=RATE,
    )
    return MarginLeg(
        contract=Contract(
            underlying=Underlying.NIFTY,
            exchange=Exchange.NSE,
            expiry=expiry,
            strike=Decimal(strike),
            option_type=option_type,
            lot_size=65,
            tick_size=Decimal("0.05"),
            symbol=f"NIFTY{expiry:%y%m%d}{strike}{option_type}",
        ),
        side=side,
        quantity=quantity,
        premium=Decimal(value.price or 0.0).quantize(Decimal("0.05")),
        years_to_expiry=years,
        expires_today=expires_today,
    )


CE, PE, BUY, SELL = OptionType.CE, OptionType.PE, Side.BUY, Side.SELL
CONDOR = [
    leg(BUY, 26700, CE),
    leg(BUY, 25300, PE),
    leg(SELL, 26400, CE),
    leg(SELL, 25600, PE),
]


def margin(*legs: MarginLeg, held: tuple[MarginLeg, ...] = ()) -> MarginEstimate:
    return estimate_margin(legs, spots=SPOTS, rate=RATE, parameters=PARAMETERS, held=held)


def test_an_estimate_says_that_it_is_one_and_carries_a_tenth_on_top():
    estimate = margin(leg(SELL, 26000, CE))
    assert estimate.source is MarginSource.ESTIMATE
    assert estimate.required == (estimate.peak * Decimal("1.1")).quantize(Decimal("0.01"))


def test_a_naked_option_at_the_money_needs_about_the_scan_range_and_the_exposure():
    """9.3 % and 2 % of 65 units: 190,970. The published file of May 2026 gives the same share
    of the notional (172,285 with the index near 23,500).
    """
    notional = SPOT * 65
    for option_type in OptionType:
        estimate = margin(leg(SELL, 26000, option_type))
        assert estimate.exposure == notional * Decimal("0.02")
        assert Decimal("0.090") < estimate.span / notional < Decimal("0.105")
        assert estimate.final == estimate.peak == estimate.span + estimate.exposure


def test_a_bought_option_needs_its_premium_and_no_more():
    bought = leg(BUY, 26000, CE)
    estimate = margin(bought)
    assert estimate.final == estimate.premium_paid == bought.premium * 65
    assert estimate.span == estimate.exposure == 0


def test_a_spread_needs_its_width_the_exposure_and_the_premium_it_pays():
    bought, sold = leg(BUY, 26300, CE), leg(SELL, 26200, CE)
    estimate = margin(bought, sold)
    assert Decimal("0.95") * 100 * 65 < estimate.span <= 100 * 65
    assert estimate.premium_paid == bought.premium * 65
    assert estimate.hedge_benefit > 100_000


def test_hedges_first_keeps_the_peak_at_the_final_margin():
    hedges_first = margin(*CONDOR)
    shorts_first = margin(*reversed(CONDOR))
    assert hedges_first.final == shorts_first.final
    assert hedges_first.peak < Decimal("1.02") * hedges_first.final
    assert shorts_first.peak > Decimal("1.8") * shorts_first.final


def test_an_iron_condor_needs_far_less_than_its_shorts():
    shorts = margin(CONDOR[2], CONDOR[3])
    assert margin(*CONDOR).final < shorts.final / 2


def test_on_expiry_day_every_short_pays_two_percent_more_hedged_or_not():
    hedge = leg(BUY, 26300, CE, expires_today=True)
    short = leg(SELL, 26200, CE, expires_today=True)
    assert margin(hedge, short).expiry_day_extra == SPOT * 65 * Decimal("0.02")
    assert margin(hedge).expiry_day_extra == 0


def test_a_calendar_spread_is_charged_and_has_no_benefit_on_expiry_day():
    far = leg(BUY, 26000, CE, expiry=FAR)
    near = leg(SELL, 26000, CE)
    dying = leg(SELL, 26000, CE, expires_today=True)
    spread, last_day = margin(far, near), margin(far, dying)
    assert spread.span < margin(near).span / 2
    assert spread.span >= SPOT * 65 * Decimal("0.0175") * Decimal("0.4")
    assert last_day.span == margin(dying).span


def test_what_is_held_already_offsets_what_comes():
    hedge, short = leg(BUY, 26300, CE), leg(SELL, 26200, CE)
    assert margin(short, held=(hedge,)).final < margin(short).final / 2
    assert margin(short, held=(hedge,)).premium_paid == 0


def test_buying_a_short_back_frees_its_margin():
    short = leg(SELL, 26200, CE)
    back = leg(BUY, 26200, CE)
    estimate = margin(back, held=(short,))
    assert estimate.span < 0
    assert estimate.exposure == -SPOT * 65 * Decimal("0.02")
    assert estimate.peak == 0


def test_a_far_dated_option_is_scanned_wider():
    far = leg(SELL, 26000, CE, expiry=date(2027, 12, 28))
    assert margin(far).span / (SPOT * 65) > Decimal("0.16")


def test_a_wild_market_widens_the_scan_range():
    calm = PARAMETERS.scan
    wild = margin_parameters_on(FACTS, TODAY, daily_volatility=0.02).scan
    assert calm.price_range_at(0.1) == 0.093
    assert wild.price_range_at(0.1) == pytest.approx(6 * 2**0.5 * 0.02)


def test_an_unknown_index_price_is_no_margin():
    with pytest.raises(MarketDataUnavailable) as refused:
        estimate_margin([leg(SELL, 26000, CE)], spots={}, rate=RATE, parameters=PARAMETERS)
    assert refused.value.code == "MARGIN_UNKNOWN"


def test_a_day_without_parameters_is_refused():
    with pytest.raises(Unavailable) as refused:
        margin_parameters_on(FACTS, date(2020, 1, 1))
    assert refused.value.code == "MARKET_FACT_UNKNOWN"


def test_a_buffer_below_a_tenth_is_refused():
    with pytest.raises(ValueError, match="at least"):
        margin_parameters_on(FACTS, TODAY, buffer=Decimal("0.09"))


strikes = st.integers(min_value=240, max_value=280).map(lambda n: n * 100)
some_legs = st.lists(
    st.builds(leg, st.sampled_from(Side), strikes, st.sampled_from(OptionType)),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(some_legs)
def test_the_parts_add_up_and_the_peak_is_never_below_the_final_margin(legs):
    estimate = margin(*legs)
    parts = estimate.span + estimate.exposure + estimate.expiry_day_extra + estimate.premium_paid
    assert abs(parts - estimate.final) <= Decimal("0.02")
    assert estimate.peak >= estimate.final >= 0
    assert estimate.hedge_benefit >= 0


@settings(max_examples=40, deadline=None)
@given(some_legs, st.integers(min_value=2, max_value=4))
def test_twice_the_lots_need_twice_the_margin(legs, times):
    one = margin(*legs).final
    more = margin(
        *[
            leg(x.side, int(x.contract.strike), x.contract.option_type, quantity=65 * times)
            for x in legs
        ]
    ).final
    assert abs(more - one * times) <= Decimal("0.05")
