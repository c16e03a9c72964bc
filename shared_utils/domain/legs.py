"""One leg of a strategy: what to trade, which strike, how to order it, when to stop it."""

from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum

from shared_utils.domain.instruments import Exchange, OptionType, Side, Underlying


class UnderlyingType(StrEnum):
    INDEX = "INDEX"
    STOCK = "STOCK"


class ExpiryType(StrEnum):
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"


class SelectionType(StrEnum):
    """How a strike is chosen; each has one file in `risk_calculations/strikes`."""

    ATM = "ATM"
    OTM = "OTM"
    ITM = "ITM"
    ABSOLUTE_PREMIUM = "ABSOLUTE_PREMIUM"
    DELTA_BASED = "DELTA_BASED"
    PERCENTAGE_BASED = "PERCENTAGE_BASED"
    PREMIUM_RANGE = "PREMIUM_RANGE"
    STRADDLE_WIDTH = "STRADDLE_WIDTH"
    STRADDLE_PREMIUM_PERCENT = "STRADDLE_PREMIUM_PERCENT"


class AtmSource(StrEnum):
    """What the at-the-money strike is measured from."""

    SPOT = "SPOT"
    FUTURE = "FUTURE"
    SYNTHETIC_FUTURE = "SYNTHETIC_FUTURE"


class ThetaPreference(StrEnum):
    HIGH = "HIGH"
    LOW = "LOW"


class OrderType(StrEnum):
    """What the trader asks for; MARKET and SL-M are sent as protected limits (decisions 3)."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    SL = "SL"
    SL_M = "SL-M"


class StopLossType(StrEnum):
    PERCENTAGE = "PERCENTAGE"
    ABSOLUTE_POINTS = "ABSOLUTE_POINTS"
    PDH = "PDH"
    PDL = "PDL"
    TRAILING = "TRAILING"
    TIME_BASED = "TIME_BASED"
    TARGET_PROFIT = "TARGET_PROFIT"


class LegCategory(StrEnum):
    TF = "TF"
    TD = "TD"
    HEDGE = "HEDGE"
    INCOME = "INCOME"
    MOMENTUM = "MOMENTUM"
    ARBITRAGE = "ARBITRAGE"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderlyingConfig:
    """`lot_size` and the expiry weekdays are shown, never trusted: the contract facts fill them."""

    type: UnderlyingType
    symbol: Underlying
    exchange: Exchange
    lot_size: int
    weekly_expiry_day: str | None = None
    monthly_expiry_day: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiryCriteria:
    prefer_nearest: bool = True
    min_dte: int = 0
    avoid_expiry_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionConfig:
    """`expiry_offset` counts listed expiries of the type: 0 is the current one, 1 the next."""

    option_type: OptionType
    expiry_type: ExpiryType
    expiry_offset: int = 0
    expiry_criteria: ExpiryCriteria = field(default_factory=ExpiryCriteria)


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumRange:
    """Rupees per unit, both ends included."""

    min_premium: Decimal
    max_premium: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumSelection:
    """`strike_offset` in index points away from ATM, or `strike_count` in listed strikes;
    `strike_percentage` in percent of the spot.

    `delta_range` holds absolute deltas (0.15, 0.25). `straddle_width` multiplies the ATM straddle's
    premium; `straddle_premium_percent` is percent of it.
    """

    type: SelectionType
    strike_offset: Decimal | None = None
    strike_count: int | None = None
    strike_percentage: Decimal | None = None
    target_premium: Decimal | None = None
    premium_range: PremiumRange | None = None
    delta_range: tuple[Decimal, Decimal] | None = None
    theta_preference: ThetaPreference | None = None
    volatility_adjustment: bool = False
    straddle_width: Decimal | None = None
    straddle_premium_percent: Decimal | None = None
    atm_source: AtmSource = AtmSource.SPOT


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionConfig:
    """Slippage in percent of the quote; timeout in seconds for the fill of one order."""

    transaction_type: Side
    order_type: OrderType
    entry_slippage: Decimal = Decimal("2.0")
    exit_slippage: Decimal = Decimal("3.0")
    order_retry_attempts: int = 0
    order_timeout: int = 30
    max_spread_percentage: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailingConfig:
    """Both in points of premium."""

    trail_amount: Decimal
    trigger_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeBasedConfig:
    exit_time: time | None = None
    market_close_offset: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetProfitConfig:
    target_percentage: Decimal
    partial_booking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLossConfig:
    enabled: bool = False
    type: StopLossType = StopLossType.PERCENTAGE
    value: Decimal = Decimal(0)
    trailing_config: TrailingConfig | None = None
    time_based_config: TimeBasedConfig | None = None
    target_profit_config: TargetProfitConfig | None = None
    move_to_cost: bool = False


class ReentryKind(StrEnum):
    """What a leg does after its stop or target (AlgoTest and Quantiply traders know these)."""

    ASAP = "ASAP"
    REVERSE = "REVERSE"
    AT_COST = "AT_COST"
    MOMENTUM = "MOMENTUM"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReentryConfig:
    kind: ReentryKind
    max_reentries: int


class WaitDirection(StrEnum):
    UP = "UP"
    DOWN = "DOWN"


class WaitUnit(StrEnum):
    POINTS = "POINTS"
    PERCENTAGE = "PERCENTAGE"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitAndTrade:
    """Enter the leg only after its premium has moved by this much from the signal's price."""

    direction: WaitDirection
    unit: WaitUnit
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyLeg:
    leg_id: str
    leg_number: int
    underlying_config: UnderlyingConfig
    option_config: OptionConfig
    premium_selection: PremiumSelection
    transaction_config: TransactionConfig
    stop_loss_config: StopLossConfig
    leg_category: LegCategory
    leg_purpose: str = ""
    lots_multiple: int = 1
    sequence: int | None = None
    reentry_on_stop: ReentryConfig | None = None
    reentry_on_target: ReentryConfig | None = None
    wait_and_trade: WaitAndTrade | None = None
    is_active: bool = True
    last_executed: datetime | None = None
    execution_count: int = 0

    @property
    def side(self) -> Side:
        return self.transaction_config.transaction_type

    @property
    def is_hedge(self) -> bool:
        """Every bought leg is sent before any sold one; the category is the trader's own label."""
        return self.side is Side.BUY
