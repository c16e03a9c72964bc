"""How each field of what trades says that it changed, in a trader's words.

`{after}` and `{before}` are the values, `{away}` the side of the money a strike is chosen on. The
subject, a leg or a strategy, stands before the phrase. A field that has no phrase here is told by
its own name; `version_differences.py` does not leave it out.
"""

from collections.abc import Mapping

_WAS = "{after} instead of {before}"

# A leg's identity and record, and what the exchange's facts fill in: none of them is a choice of
# the publisher, and nothing trades differently for it.
NOT_TRADED = frozenset(
    {
        "leg_id",
        "leg_number",
        "last_executed",
        "execution_count",
        "underlying_config.lot_size",
        "underlying_config.weekly_expiry_day",
        "underlying_config.monthly_expiry_day",
    }
)

LEG_PHRASES: Mapping[str, str] = {
    "underlying_config.type": f"has the kind of underlying {_WAS}",
    "underlying_config.symbol": f"trades {_WAS}",
    "underlying_config.exchange": f"trades on {_WAS}",
    "option_config.option_type": f"is a {_WAS}",
    "option_config.expiry_type": f"uses expiries that are {_WAS}",
    "option_config.expiry_offset": f"passes over expiries, in number: {_WAS}",
    "option_config.expiry_criteria.prefer_nearest": f"prefers the nearest expiry: {_WAS}",
    "option_config.expiry_criteria.min_dte": f"needs days to expiry of at least {_WAS}",
    "option_config.expiry_criteria.avoid_expiry_day": f"stays away from the expiry day: {_WAS}",
    "premium_selection.type": f"chooses its strike by {_WAS}",
    "premium_selection.strike_offset": (
        "chooses its strike {after} points {away} instead of {before}"
    ),
    "premium_selection.strike_count": (
        "chooses its strike {after} strikes {away} instead of {before}"
    ),
    "premium_selection.strike_percentage": (
        "chooses its strike {after} percent {away} instead of {before}"
    ),
    "premium_selection.target_premium": f"looks for a premium of {_WAS}",
    "premium_selection.premium_range": f"accepts premiums of {_WAS}",
    "premium_selection.premium_range.min_premium": f"accepts premiums from {_WAS}",
    "premium_selection.premium_range.max_premium": f"accepts premiums up to {_WAS}",
    "premium_selection.delta_range": f"looks for a delta of {_WAS}",
    "premium_selection.theta_preference": f"prefers a theta that is {_WAS}",
    "premium_selection.volatility_adjustment": f"moves its strike with volatility: {_WAS}",
    "premium_selection.straddle_width": f"is away from the money, in straddles, by {_WAS}",
    "premium_selection.straddle_premium_percent": (
        "looks for {after} percent of the straddle's premium instead of {before}"
    ),
    "premium_selection.atm_source": f"measures the money from {_WAS}",
    "transaction_config.transaction_type": f"is a {_WAS}",
    "transaction_config.order_type": f"is sent as {_WAS}",
    "transaction_config.entry_slippage": (
        "allows {after} percent of slippage on entry instead of {before}"
    ),
    "transaction_config.exit_slippage": (
        "allows {after} percent of slippage on exit instead of {before}"
    ),
    "transaction_config.order_retry_attempts": "is sent again {after} times instead of {before}",
    "transaction_config.order_timeout": "waits {after} seconds for a fill instead of {before}",
    "transaction_config.max_spread_percentage": (
        "accepts a spread of {after} percent instead of {before}"
    ),
    "stop_loss_config.enabled": f"has a stop loss: {_WAS}",
    "stop_loss_config.type": f"has a stop of the kind {_WAS}",
    "stop_loss_config.value": f"has its stop at {_WAS}",
    "stop_loss_config.trailing_config": f"trails its stop by {_WAS}",
    "stop_loss_config.trailing_config.trail_amount": f"trails its stop by {_WAS}",
    "stop_loss_config.trailing_config.trigger_price": f"begins to trail its stop at {_WAS}",
    "stop_loss_config.time_based_config": f"has its stop by time at {_WAS}",
    "stop_loss_config.time_based_config.exit_time": f"is closed by time at {_WAS}",
    "stop_loss_config.time_based_config.market_close_offset": (
        "is closed {after} minutes before the market instead of {before}"
    ),
    "stop_loss_config.target_profit_config": f"takes its profit at {_WAS}",
    "stop_loss_config.target_profit_config.target_percentage": (
        "takes its profit at {after} percent instead of {before}"
    ),
    "stop_loss_config.target_profit_config.partial_booking": f"books profits in parts: {_WAS}",
    "stop_loss_config.move_to_cost": f"moves its stop to cost: {_WAS}",
    "leg_category": f"is filed under {_WAS}",
    "leg_purpose": "has the purpose “{after}” instead of “{before}”",
    "lots_multiple": "trades {after} lots for each lot instead of {before}",
    "sequence": f"has the turn {_WAS}",
    "reentry_on_stop": f"enters again after its stop: {_WAS}",
    "reentry_on_stop.kind": f"enters again after its stop by {_WAS}",
    "reentry_on_stop.max_reentries": (
        "enters again after its stop {after} times instead of {before}"
    ),
    "reentry_on_target": f"enters again after its target: {_WAS}",
    "reentry_on_target.kind": f"enters again after its target by {_WAS}",
    "reentry_on_target.max_reentries": (
        "enters again after its target {after} times instead of {before}"
    ),
    "wait_and_trade": f"waits before it enters: {_WAS}",
    "wait_and_trade.direction": f"waits for a move {_WAS}",
    "wait_and_trade.unit": f"measures the move it waits for in {_WAS}",
    "wait_and_trade.value": f"waits for a move of {_WAS}",
    "is_active": f"is switched on: {_WAS}",
}

_DAYS: Mapping[str, str] = {
    "type": "{on} by {after} instead of {before}",
    "weekdays": "{on} on {after} instead of {before}",
    "dte_range": "{on} by days before expiry: {after} instead of {before}",
    "dte_range.min_dte": "{on} from {after} days before expiry instead of {before}",
    "dte_range.max_dte": "{on} up to {after} days before expiry instead of {before}",
    "custom_dates": "{on} on the dates {after} instead of {before}",
}

STRATEGY_PHRASES: Mapping[str, str] = {
    "name": "is now called “{after}” instead of “{before}”",
    "description": "is described as “{after}” instead of “{before}”",
    "strategy_type": f"is declared as {_WAS}",
    "auto_execute": f"is started by its schedule: {_WAS}",
    "execution_schedule.entry_time": f"enters at {_WAS}",
    "execution_schedule.exit_time": f"exits at {_WAS}",
    "execution_schedule.timezone": f"keeps the time of {_WAS}",
    **{
        f"execution_schedule.{days}.{name}": phrase.replace("{on}", verb)
        for days, verb in (("entry_days", "enters"), ("exit_days", "exits"))
        for name, phrase in _DAYS.items()
    },
    "execution_schedule.dte_config": f"wants days to expiry of {_WAS}",
    "execution_schedule.dte_config.min_dte": f"wants days to expiry of at least {_WAS}",
    "execution_schedule.dte_config.max_dte": f"wants days to expiry of at most {_WAS}",
    "execution_schedule.dte_config.preferred_dte": f"prefers days to expiry of {_WAS}",
    "risk_config.max_loss_per_trade": f"limits the loss of a trade, in rupees, to {_WAS}",
    "risk_config.max_loss_percentage": (
        "loses at most {after} percent of capital instead of {before}"
    ),
    "risk_config.position_size_type": f"sizes its positions by {_WAS}",
    "risk_config.position_size_value": f"has positions of the size {_WAS}",
    "risk_config.daily_loss_limit": f"limits the loss of a day, in rupees, to {_WAS}",
    "risk_config.strategy_stop_loss": f"stops at a loss, in rupees, of {_WAS}",
    "risk_config.strategy_target": f"ends at a profit, in rupees, of {_WAS}",
    "risk_config.lock_and_trail": f"locks its profit: {_WAS}",
    "risk_config.lock_and_trail.lock_at": f"locks its profit once that reaches, in rupees, {_WAS}",
    "risk_config.lock_and_trail.lock_profit": f"locks a profit, in rupees, of {_WAS}",
    "risk_config.lock_and_trail.trail_step": (
        f"trails its locked profit in steps, in rupees, of {_WAS}"
    ),
    "risk_config.lock_and_trail.trail_by": f"trails its locked profit, in rupees, by {_WAS}",
    "risk_config.on_leg_failure": f"does this when a leg fails for good: {_WAS}",
    "risk_config.max_reexecutions": "runs again {after} times instead of {before}",
}
