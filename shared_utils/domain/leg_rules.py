"""What a single leg must satisfy across its fields. Every broken rule is returned, none raised.

Field names in the problems are relative to the leg: `premium_selection.strike_offset`.
"""

from collections.abc import Iterator

from shared_utils.domain.errors import Problem
from shared_utils.domain.instruments import EXCHANGE_OF, Side
from shared_utils.domain.legs import (
    LegCategory,
    PremiumSelection,
    ReentryConfig,
    ReentryKind,
    SelectionType,
    StopLossConfig,
    StopLossType,
    StrategyLeg,
    UnderlyingConfig,
    UnderlyingType,
    WaitAndTrade,
    WaitDirection,
    WaitUnit,
)

# A bought option cannot lose more than its premium, a sold one not earn more.
WHOLE_PREMIUM_PERCENT = 100

# What each way of choosing a strike reads, one of them; the others would be silently ignored.
SELECTORS_OF: dict[SelectionType, tuple[str, ...]] = {
    SelectionType.ATM: (),
    SelectionType.OTM: ("strike_offset", "strike_count"),
    SelectionType.ITM: ("strike_offset", "strike_count"),
    SelectionType.ABSOLUTE_PREMIUM: ("target_premium",),
    SelectionType.DELTA_BASED: ("delta_range",),
    SelectionType.PERCENTAGE_BASED: ("strike_percentage",),
    SelectionType.PREMIUM_RANGE: ("premium_range",),
    SelectionType.STRADDLE_WIDTH: ("straddle_width",),
    SelectionType.STRADDLE_PREMIUM_PERCENT: ("straddle_premium_percent",),
}
_SELECTORS = sorted({name for names in SELECTORS_OF.values() for name in names})


def leg_problems(leg: StrategyLeg) -> tuple[Problem, ...]:
    return (
        *_underlying_problems(leg.underlying_config),
        *_selection_problems(leg.premium_selection),
        *_stop_problems(leg.stop_loss_config, leg.side),
        *_category_problems(leg),
        *_reentry_problems(leg),
        *_wait_problems(leg.wait_and_trade),
    )


def _underlying_problems(config: UnderlyingConfig) -> Iterator[Problem]:
    if config.type is not UnderlyingType.INDEX:
        yield Problem("underlying_config.type", f"must be INDEX: {config.symbol} is an index")
    listed = EXCHANGE_OF[config.symbol]
    if config.exchange is not listed:
        yield Problem("underlying_config.exchange", f"must be {listed}: {config.symbol} is there")


def _selection_problems(selection: PremiumSelection) -> Iterator[Problem]:
    wanted = SELECTORS_OF[selection.type]
    given = [name for name in _SELECTORS if getattr(selection, name) is not None]
    for name in given:
        if name not in wanted:
            yield Problem(f"premium_selection.{name}", f"has no meaning with {selection.type}")
    used = [name for name in given if name in wanted]
    if wanted and not used:
        choices = " or ".join(wanted)
        yield Problem(f"premium_selection.{wanted[0]}", f"{selection.type} needs {choices}")
    if len(used) > 1:
        yield Problem(f"premium_selection.{used[1]}", f"is given beside {used[0]}; choose one")
    yield from _selector_problems(selection)


def _selector_problems(selection: PremiumSelection) -> Iterator[Problem]:
    offset, count = selection.strike_offset, selection.strike_count
    target = selection.target_premium
    if offset is not None and offset <= 0:
        yield Problem(
            "premium_selection.strike_offset",
            "counts index points away from ATM and must be above 0; for 0 choose ATM",
        )
    if count is not None and count <= 0:
        yield Problem(
            "premium_selection.strike_count",
            "counts listed strikes away from ATM and must be above 0; for 0 choose ATM",
        )
    if target is not None and target <= 0:
        yield Problem("premium_selection.target_premium", "must be above 0")
    premiums = selection.premium_range
    if premiums is not None and premiums.min_premium > premiums.max_premium:
        yield Problem(
            "premium_selection.premium_range", "is upside down: min_premium is above max_premium"
        )
    if selection.delta_range is not None and selection.delta_range[0] > selection.delta_range[1]:
        yield Problem(
            "premium_selection.delta_range", "is upside down: the lower delta comes first"
        )


def _stop_problems(stop: StopLossConfig, side: Side) -> Iterator[Problem]:
    if not stop.enabled:
        if stop.move_to_cost:
            yield Problem("stop_loss_config.move_to_cost", "has no stop to move: enable it")
        return
    valued = {StopLossType.PERCENTAGE, StopLossType.ABSOLUTE_POINTS}
    if stop.type in valued and stop.value <= 0:
        yield Problem("stop_loss_config.value", f"must be above 0 for {stop.type}")
    if (
        stop.type is StopLossType.PERCENTAGE
        and side is Side.BUY
        and stop.value >= WHOLE_PREMIUM_PERCENT
    ):
        yield Problem(
            "stop_loss_config.value",
            "must be below 100 on a bought leg: it cannot lose more than its premium",
        )
    if stop.type is StopLossType.TRAILING and stop.trailing_config is None:
        yield Problem(
            "stop_loss_config.trailing_config",
            "is required for TRAILING: how far it trails and the trigger that starts it",
        )
    yield from _timed_and_target_problems(stop, side)


def _timed_and_target_problems(stop: StopLossConfig, side: Side) -> Iterator[Problem]:
    timed = stop.time_based_config
    if stop.type is StopLossType.TIME_BASED and (
        timed is None or (timed.exit_time is None) is (timed.market_close_offset is None)
    ):
        yield Problem(
            "stop_loss_config.time_based_config",
            "needs exactly one of exit_time and market_close_offset for TIME_BASED",
        )
    target = stop.target_profit_config
    if stop.type is StopLossType.TARGET_PROFIT and target is None:
        yield Problem("stop_loss_config.target_profit_config", "is required for TARGET_PROFIT")
    if (
        target is not None
        and side is Side.SELL
        and target.target_percentage > WHOLE_PREMIUM_PERCENT
    ):
        yield Problem(
            "stop_loss_config.target_profit_config.target_percentage",
            "must be at most 100 on a sold leg: it cannot earn more than its premium",
        )


def _category_problems(leg: StrategyLeg) -> Iterator[Problem]:
    if leg.leg_category is LegCategory.HEDGE and leg.side is Side.SELL:
        yield Problem("leg_category", "cannot be HEDGE on a sold leg: a hedge is bought")


def _reentry_problems(leg: StrategyLeg) -> Iterator[Problem]:
    """A leg enters again after its stop or its target, so it needs the one it names."""
    stop = leg.stop_loss_config
    stops = stop.enabled and stop.type is not StopLossType.TARGET_PROFIT
    if leg.reentry_on_stop is not None and not stops:
        yield Problem("reentry_on_stop", "has no stop to follow: the leg's stop is not enabled")
    if leg.reentry_on_target is not None and not (stop.enabled and stop.target_profit_config):
        yield Problem(
            "reentry_on_target",
            "has no target to follow: enable the stop with a target_profit_config",
        )
    for name in ("reentry_on_stop", "reentry_on_target"):
        reentry: ReentryConfig | None = getattr(leg, name)
        momentum = reentry is not None and reentry.kind is ReentryKind.MOMENTUM
        if momentum and leg.wait_and_trade is None:
            yield Problem(f"{name}.kind", "is MOMENTUM, which waits as wait_and_trade says")


def _wait_problems(wait: WaitAndTrade | None) -> Iterator[Problem]:
    if (
        wait is not None
        and wait.direction is WaitDirection.DOWN
        and wait.unit is WaitUnit.PERCENTAGE
        and wait.value >= WHOLE_PREMIUM_PERCENT
    ):
        yield Problem("wait_and_trade.value", "must be below 100: no premium falls to nothing")
