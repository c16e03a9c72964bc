"""How a leg looks on the wire, for every package that takes or shows legs.

Names are the design document's. Parts that look the same coming and going are one class; what a
request leaves out has the default shown here. Rules that span fields are the domain's.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared_utils.api.wire_types import (
    ClockTime,
    Delta,
    Flag,
    Instant,
    Percentage,
    Points,
    RequestModel,
    ResponseModel,
    Rupees,
    SeenVersion,
    ShortText,
    SignedPercentage,
    WholeNumber,
)
from shared_utils.domain.instruments import Exchange, OptionType, Side, Underlying
from shared_utils.domain.legs import (
    AtmSource,
    ExpiryType,
    LegCategory,
    OrderType,
    ReentryKind,
    SelectionType,
    StopLossType,
    ThetaPreference,
    UnderlyingType,
    WaitDirection,
    WaitUnit,
)


class ExpiryDay(StrEnum):
    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"


class MonthlyExpiryDay(StrEnum):
    LAST_MONDAY = "LAST_MONDAY"
    LAST_TUESDAY = "LAST_TUESDAY"
    LAST_WEDNESDAY = "LAST_WEDNESDAY"
    LAST_THURSDAY = "LAST_THURSDAY"
    LAST_FRIDAY = "LAST_FRIDAY"


class UnderlyingConfigRequest(RequestModel):
    """Of these only `symbol` decides; a stated lot must be the contract's, the rest is filled in
    from the market's facts.
    """

    type: UnderlyingType = UnderlyingType.INDEX
    symbol: Underlying
    exchange: Exchange | None = None
    lot_size: Annotated[WholeNumber, Field(ge=1, le=100_000)] | None = None
    weekly_expiry_day: ExpiryDay | None = None
    monthly_expiry_day: MonthlyExpiryDay | None = None


class UnderlyingConfigResponse(ResponseModel):
    type: UnderlyingType
    symbol: Underlying
    exchange: Exchange
    lot_size: int
    weekly_expiry_day: str | None
    monthly_expiry_day: str | None


class ExpiryCriteria(RequestModel):
    prefer_nearest: Flag = True
    min_dte: Annotated[WholeNumber, Field(ge=0, le=365)] = 0
    avoid_expiry_day: Flag = False


class OptionConfig(RequestModel):
    """`expiry_offset` counts listed expiries of the type: 0 is the current one, 1 the next."""

    option_type: OptionType
    expiry_type: ExpiryType
    expiry_offset: Annotated[WholeNumber, Field(ge=0, le=20)] = 0
    expiry_criteria: ExpiryCriteria = ExpiryCriteria()


class PremiumRange(RequestModel):
    min_premium: Rupees
    max_premium: Rupees


class PremiumSelection(RequestModel):
    """Each type reads its own field: OTM and ITM `strike_offset` (index points from ATM) or
    `strike_count` (listed strikes from it), PERCENTAGE_BASED `strike_percentage` (of the spot;
    positive is out of the money), ABSOLUTE_PREMIUM `target_premium`, PREMIUM_RANGE `premium_range`,
    DELTA_BASED `delta_range` (absolute), STRADDLE_WIDTH `straddle_width` (times the ATM straddle's
    premium), STRADDLE_PREMIUM_PERCENT its own; ATM none.
    """

    type: SelectionType
    strike_offset: Points | None = None
    strike_count: Annotated[WholeNumber, Field(ge=1, le=100)] | None = None
    strike_percentage: Annotated[SignedPercentage, Field(ge=-50, le=50)] | None = None
    target_premium: Rupees | None = None
    premium_range: PremiumRange | None = None
    delta_range: tuple[Delta, Delta] | None = None
    theta_preference: ThetaPreference | None = None
    volatility_adjustment: Flag = False
    straddle_width: Annotated[SignedPercentage, Field(ge=-10, le=10)] | None = None
    straddle_premium_percent: Annotated[Percentage, Field(gt=0, le=200)] | None = None
    atm_source: AtmSource = AtmSource.SPOT


class TransactionConfig(RequestModel):
    """Slippage and spread in percent of the quote; `order_timeout` in seconds per order."""

    transaction_type: Side
    order_type: OrderType
    entry_slippage: Annotated[Percentage, Field(ge=0, le=50)] = Decimal("2.0")
    exit_slippage: Annotated[Percentage, Field(ge=0, le=50)] = Decimal("3.0")
    order_retry_attempts: Annotated[WholeNumber, Field(ge=0, le=9)] = 0
    order_timeout: Annotated[WholeNumber, Field(ge=1, le=600)] = 30
    max_spread_percentage: Annotated[Percentage, Field(gt=0, le=100)] | None = None


class TrailingConfig(RequestModel):
    """Points of premium: how far the stop trails, and the gain at which it starts to."""

    trail_amount: Annotated[Rupees, Field(gt=0)]
    trigger_price: Annotated[Rupees, Field(gt=0)]


class TimeBasedConfig(RequestModel):
    """A time of day, or minutes before the close."""

    exit_time: ClockTime | None = None
    market_close_offset: Annotated[WholeNumber, Field(ge=1, le=360)] | None = None


class TargetProfitConfig(RequestModel):
    target_percentage: Annotated[Percentage, Field(gt=0, le=1000)]
    partial_booking: Flag = False


class StopLossConfig(RequestModel):
    """`value` in percent or points of premium, by `type`; PDH and PDL are the index's high and low
    of the day before. A sub-configuration beside another type acts too: a PERCENTAGE stop with a
    `trailing_config` trails, with a `target_profit_config` it has a target as well.
    """

    enabled: Flag = False
    type: StopLossType = StopLossType.PERCENTAGE
    value: Rupees = Decimal("0.00")
    trailing_config: TrailingConfig | None = None
    time_based_config: TimeBasedConfig | None = None
    target_profit_config: TargetProfitConfig | None = None
    move_to_cost: Flag = False


class Reentry(RequestModel):
    kind: ReentryKind
    max_reentries: Annotated[WholeNumber, Field(ge=1, le=20)]


class WaitAndTrade(RequestModel):
    direction: WaitDirection
    unit: WaitUnit
    value: Annotated[Rupees, Field(gt=0, le=100_000)]


class LegRequest(RequestModel):
    """A leg of a strategy. With `leg_id` (of an update) it is that leg, changed."""

    leg_id: Annotated[str, Field(max_length=64)] | None = None
    leg_number: Annotated[WholeNumber, Field(ge=1, le=100)] | None = None
    underlying_config: UnderlyingConfigRequest
    option_config: OptionConfig
    premium_selection: PremiumSelection
    transaction_config: TransactionConfig
    stop_loss_config: StopLossConfig = StopLossConfig()
    leg_category: LegCategory
    leg_purpose: ShortText = ""
    lots_multiple: Annotated[WholeNumber, Field(ge=1, le=100)] = 1
    sequence: Annotated[WholeNumber, Field(ge=1, le=100)] | None = None
    reentry_on_stop: Reentry | None = None
    reentry_on_target: Reentry | None = None
    wait_and_trade: WaitAndTrade | None = None
    is_active: Flag = True


class UpdateLegRequest(LegRequest):
    """The whole leg. `version`, when given, must be the stored one of its strategy."""

    version: SeenVersion | None = None


class LegResponse(ResponseModel):
    leg_id: str
    leg_number: int
    underlying_config: UnderlyingConfigResponse
    option_config: OptionConfig
    premium_selection: PremiumSelection
    transaction_config: TransactionConfig
    stop_loss_config: StopLossConfig
    leg_category: LegCategory
    leg_purpose: str
    lots_multiple: int
    sequence: int | None
    reentry_on_stop: Reentry | None
    reentry_on_target: Reentry | None
    wait_and_trade: WaitAndTrade | None
    is_active: bool
    last_executed: Instant | None
    execution_count: int
