"""The design document's own request bodies, for the API's document; its lot is the real one."""

from typing import Any

LEG: dict[str, Any] = {
    "leg_number": 1,
    "underlying_config": {"type": "INDEX", "symbol": "NIFTY", "exchange": "NSE", "lot_size": 65},
    "option_config": {"option_type": "CE", "expiry_type": "WEEKLY", "expiry_offset": 0},
    "premium_selection": {"type": "OTM", "strike_offset": 200},
    "transaction_config": {
        "transaction_type": "SELL",
        "order_type": "MARKET",
        "entry_slippage": 2.0,
        "exit_slippage": 3.0,
    },
    "stop_loss_config": {"enabled": True, "type": "PERCENTAGE", "value": 50.0},
    "leg_category": "TD",
}

STRATEGY: dict[str, Any] = {
    "name": "NIFTY Weekly Iron Condor",
    "description": "Conservative weekly iron condor on NIFTY",
    "strategy_type": "IRON_CONDOR",
    "execution_schedule": {
        "entry_time": "09:45",
        "exit_time": "15:15",
        "entry_days": {"type": "WEEKDAYS", "weekdays": ["MON", "TUE", "WED"]},
        "exit_days": {"type": "DTE_BASED", "dte_range": {"min_dte": 0, "max_dte": 1}},
    },
    "legs": [LEG],
    "risk_config": {"max_loss_per_trade": 5000, "position_size_type": "FIXED_LOTS"},
}

ALLOCATIONS: list[dict[str, Any]] = [
    {
        "client_id": "ZERODHA_CLIENT1",
        "lots_per_execution": 2,
        "priority": 1,
        "risk_limits": {
            "max_daily_trades": 5,
            "max_daily_loss": 10000,
            "max_margin_utilization": 80,
        },
        "execution_config": {
            "execution_delay_ms": 0,
            "prefer_for_entries": True,
            "prefer_for_exits": True,
        },
    },
    {
        "client_id": "ANGEL_CLIENT1",
        "lots_per_execution": 1,
        "priority": 2,
        "risk_limits": {
            "max_daily_trades": 3,
            "max_daily_loss": 5000,
            "max_margin_utilization": 70,
        },
        "execution_config": {
            "execution_delay_ms": 1000,
            "prefer_for_entries": False,
            "prefer_for_exits": False,
        },
    },
]
