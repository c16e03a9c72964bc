"""The settings of an environment as the functions' environment variables."""

import json
from collections.abc import Mapping
from dataclasses import asdict

from cdk_stack.settings import Settings

# glibc returns freed memory to the kernel after each array operation; a chain is priced 2.4 to 3
# times faster when it keeps it.
MALLOC = {"MALLOC_TRIM_THRESHOLD_": "268435456", "MALLOC_TOP_PAD_": "67108864"}


def variables_of(settings: Settings) -> Mapping[str, str]:
    """Every variable that does not depend on a deployed resource."""
    chosen = settings.chosen
    return {
        "ENVIRONMENT": settings.environment,
        "LOG_LEVEL": chosen.log_level,
        "MARKET_CLOCK_URL": chosen.market_clock_url,
        "SIMULATED_MARKET_URL": chosen.simulated_market_url,
        "BROKER_ENDPOINTS": json.dumps(asdict(chosen.broker_endpoints), sort_keys=True),
        "SHARD_COUNT": str(chosen.shard_count),
        "CORS_ORIGINS": ",".join(chosen.cors_origins),
        "EXECUTION_TIMEOUT_S": str(chosen.execution_engine.execution_timeout),
        "MARKET_DATA_TTL_S": str(chosen.options_platform.market_data_ttl),
        "MAX_STRATEGIES_PER_BASKET": str(chosen.options_platform.max_strategies_per_basket),
        "MAX_LEGS_PER_STRATEGY": str(chosen.options_platform.max_legs_per_strategy),
        "QUIET_PERIOD_S": str(chosen.money_path.quiet_period_s),
        "CLAIM_AHEAD_S": str(chosen.money_path.claim_ahead_s),
        "PREPARE_AHEAD_S": str(chosen.money_path.prepare_ahead_s),
        "MAX_QUOTE_AGE_S": str(chosen.money_path.max_quote_age_s),
        "ENABLE_PAPER_TRADING": json.dumps(chosen.execution_engine.enable_paper_trading),
        "ALLOW_PERFORMANCE_FEES": json.dumps(chosen.allow_performance_fees),
        "ENABLE_SUBSCRIPTION_BILLING": json.dumps(
            chosen.options_platform.enable_subscription_billing
        ),
        "PAYMENT_PROVIDER": chosen.billing.payment_provider,
        "BILLING_GRACE_DAYS": str(chosen.billing.grace_days),
    }
