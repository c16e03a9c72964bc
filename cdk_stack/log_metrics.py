"""What the functions' logs are counted for: a constant sentence of a function becomes a metric.

A test holds each sentence against the source of its function, so that none is counted in vain.
"""

from dataclasses import dataclass

from cdk_stack.function_specs import FunctionSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMetric:
    """`sentence` is a log line's message; `alarm` names the alarm on a single one, if any."""

    name: str
    function: FunctionSpec
    sentence: str
    alarm: str = ""

    @property
    def pattern(self) -> str:
        """The filter on the log's JSON lines."""
        return f'{{ $.message = "{self.sentence}" }}'
