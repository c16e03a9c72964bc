"""What margins show in the document's examples: two lots of the condor of `openapi_words`."""

from typing import Any

OF_MARGINS: dict[str, Any] = {
    "AccountMargin.available": 845000.0,
    "AccountMargin.is_enough": True,
    "AccountMargin.quotes_at": "2026-11-24T03:59:30Z",
    "AccountMargin.sentence": (
        "ZERODHA_CLIENT1 would need about 1,96,226.52 rupees for 2 lots (estimate from quotes of "
        "09:29); free at its broker are 8,45,000.00; its broker itself asks 1,81,240.00 while the "
        "orders go out and 1,72,905.50 once they stand."
    ),
    "AllocationSummary.warnings": [],
    "BrokerMargin.available": 845000.0,
    "BrokerMargin.final": 172905.5,
    "BrokerMargin.initial": 181240.0,
    "BrokerMargin.used": 0.0,
    "MarginEstimate.expiry_day_extra": 0.0,
    "MarginEstimate.exposure": 67627.3,
    "MarginEstimate.final": 178387.75,
    "MarginEstimate.hedge_benefit": 214530.1,
    "MarginEstimate.peak": 178387.75,
    "MarginEstimate.premium_paid": 14560.0,
    "MarginEstimate.required": 196226.52,
    "MarginEstimate.span": 96200.45,
    "MarginResponse.broker_problem": None,
    "TotalMargin.final": 178387.75,
    "TotalMargin.required": 196226.52,
    "TotalMargin.sentence": "About 1,96,226.52 rupees on 1 account (estimate).",
}
