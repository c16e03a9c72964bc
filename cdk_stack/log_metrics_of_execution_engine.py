"""Stack 3's counted sentences."""

from cdk_stack.functions_of_execution_engine import (
    ORDER_MANAGER_QUEUE,
    ORDER_MANAGER_SCHEDULE,
    STRATEGY_EXECUTOR_QUEUE,
    STRATEGY_EXECUTOR_SCHEDULE,
)
from cdk_stack.log_metrics import LogMetric

# An execution has failed when it was refused, or when its message could not be worked.
EXECUTIONS_REFUSED = LogMetric(
    name="ExecutionsRefused", function=STRATEGY_EXECUTOR_QUEUE, sentence="execution refused"
)
EXECUTIONS_BROKEN = LogMetric(
    name="ExecutionsBroken",
    function=STRATEGY_EXECUTOR_QUEUE,
    sentence="A queue's message failed.",
)

LOG_METRICS = (
    EXECUTIONS_REFUSED,
    EXECUTIONS_BROKEN,
    LogMetric(
        name="ExecutionsRevived",
        function=STRATEGY_EXECUTOR_SCHEDULE,
        sentence="execution revived",
    ),
    LogMetric(
        name="OrdersWithoutAnswer",
        function=ORDER_MANAGER_QUEUE,
        sentence="order outcome unknown",
        alarm="order-outcome-unknown",
    ),
    LogMetric(
        name="OrdersWithoutAnswerInTheSweep",
        function=ORDER_MANAGER_SCHEDULE,
        sentence="order outcome unknown",
        alarm="order-outcome-unknown-in-the-sweep",
    ),
    LogMetric(
        name="OrderBooksNotRead",
        function=ORDER_MANAGER_QUEUE,
        sentence="order book not read",
    ),
    LogMetric(
        name="AccountsNotSwept",
        function=ORDER_MANAGER_SCHEDULE,
        sentence="account not swept",
        alarm="account-not-swept",
    ),
    LogMetric(
        name="OrderStatusesUnknown",
        function=ORDER_MANAGER_QUEUE,
        sentence="unknown order status at the broker",
        alarm="order-status-unknown",
    ),
)
