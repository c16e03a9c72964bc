"""A run keeps of each leg what was chosen, why, how far from its target, and what was refused."""

from dataclasses import replace
from decimal import Decimal

from shared_utils.domain.executions import RefusedStrike
from shared_utils.domain.instruments import Underlying
from shared_utils.domain.legs import PremiumSelection, SelectionType
from shared_utils.indian_market_utils.facts import facts_from_config
from shared_utils.risk_calculations.resolutions import MarketMoment, expiries_needed, resolve
from shared_utils.settings import market_config
from tests.unit.risk_calculations.chains import EXPIRY, NOW, OLD, chain, spoiled
from tests.unit.storage.samples import a_leg, a_strategy

FACTS = facts_from_config(market_config())


def resolved(*stale: int):
    selection = PremiumSelection(type=SelectionType.ABSOLUTE_PREMIUM, target_premium=Decimal(100))
    strategy = a_strategy(legs=(replace(a_leg(), premium_selection=selection),))
    moment = MarketMoment(
        facts=FACTS,
        today=NOW.date(),
        now=NOW,
        chains={(Underlying.NIFTY, EXPIRY): chain(change=spoiled(set(stale), at=OLD))},
        max_quote_age_s=5,
    )
    [leg] = resolve(strategy, expiries_needed(FACTS, strategy, NOW.date()), moment)
    return leg


def test_what_was_nearer_to_the_target_and_had_no_usable_quote_is_kept_with_its_fault():
    first = resolved()
    second = resolved(int(first.contract.strike))

    assert first.refused == ()
    assert second.contract != first.contract
    assert second.refused == (RefusedStrike(symbol=first.contract.symbol, fault="STALE"),)
    assert second.deviation > first.deviation
    assert second.chosen_because
