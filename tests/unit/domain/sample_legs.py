"""Legs with sensible values, for tests that care about one of them."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from shared_utils.domain.instruments import Exchange, OptionType, Side, Underlying
from shared_utils.domain.legs import (
    ExpiryType,
    LegCategory,
    OptionConfig,
    OrderType,
    PremiumSelection,
    SelectionType,
    StopLossConfig,
    StrategyLeg,
    TransactionConfig,
    UnderlyingConfig,
    UnderlyingType,
)

CE, PE, BUY, SELL = OptionType.CE, OptionType.PE, Side.BUY, Side.SELL


def leg(
    kind: OptionType = CE,
    side: Side = SELL,
    offset: int | None = 200,
    *,
    category: LegCategory = LegCategory.TD,
    lots: int = 1,
    **parts: Any,
) -> StrategyLeg:
    selection = (
        PremiumSelection(type=SelectionType.ATM)
        if offset is None
        else PremiumSelection(type=SelectionType.OTM, strike_offset=Decimal(offset))
    )
    made = StrategyLeg(
        leg_id="leg_1",
        leg_number=1,
        underlying_config=UnderlyingConfig(
            type=UnderlyingType.INDEX,
            symbol=Underlying.NIFTY,
            exchange=Exchange.NSE,
            lot_size=65,
        ),
        option_config=OptionConfig(option_type=kind, expiry_type=ExpiryType.WEEKLY),
        premium_selection=selection,
        transaction_config=TransactionConfig(transaction_type=side, order_type=OrderType.MARKET),
        stop_loss_config=StopLossConfig(),
        leg_category=category,
        lots_multiple=lots,
    )
    return replace(made, **parts)


CONDOR = (leg(CE, SELL, 200), leg(CE, BUY, 400), leg(PE, SELL, 200), leg(PE, BUY, 400))
