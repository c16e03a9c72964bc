"""Stack 2's counted sentences."""

from cdk_stack.functions_of_options_platform import SUBSCRIPTION_MANAGER_SCHEDULE
from cdk_stack.log_metrics import LogMetric

LOG_METRICS = (
    LogMetric(
        name="LedgerEntriesPosted",
        function=SUBSCRIPTION_MANAGER_SCHEDULE,
        sentence="ledger entry posted",
    ),
    LogMetric(
        name="PaymentsNotMade",
        function=SUBSCRIPTION_MANAGER_SCHEDULE,
        sentence="payment not made",
    ),
    LogMetric(
        name="BillingLeftUndone",
        function=SUBSCRIPTION_MANAGER_SCHEDULE,
        sentence="billing left undone",
        alarm="billing-left-undone",
    ),
    LogMetric(
        name="PaymentsThatDoNotFit",
        function=SUBSCRIPTION_MANAGER_SCHEDULE,
        sentence="payment does not fit its invoice",
        alarm="payment-does-not-fit",
    ),
)
