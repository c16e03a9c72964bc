"""What the functions' logs are counted for: a constant sentence of a function becomes a metric.

A test holds each sentence against the source of its function, so that none is counted in vain.
"""

from dataclasses import dataclass

from cdk_stack.function_specs import FunctionSpec

EXECUTIONS_ENDED = "ExecutionsEnded"
EXECUTIONS_FAILED = "ExecutionsFailed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMetric:
    """`sentence` is a log line's message; `only_if` narrows it to one value of a field.

    `alarm` names the alarm on a single one; none if empty.
    """

    name: str
    function: FunctionSpec
    sentence: str
    only_if: tuple[str, str] | None = None
    alarm: str = ""

    @property
    def pattern(self) -> str:
        """The filter on the log's JSON lines."""
        narrowed = f' && $.{self.only_if[0]} = "{self.only_if[1]}"' if self.only_if else ""
        return f'{{ $.message = "{self.sentence}"{narrowed} }}'
