"""A queue's messages as a function gets them, and which of them have to come again."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

logger = logging.getLogger(__name__)


def work_through_messages(
    event: Mapping[str, Any], work: Callable[[str], object], *, in_order: bool
) -> dict[str, Any]:
    """The answer to Lambda: the messages that failed.

    With `in_order` (a FIFO queue) everything behind the first failure comes again too, so that no
    message of an account overtakes the one before it.
    """
    failed: list[str] = []
    for record in event["Records"]:
        if failed and in_order:
            failed.append(record["messageId"])
            continue
        try:
            work(record["body"])
        except Exception:
            logger.exception("A queue's message failed.", extra={"message_id": record["messageId"]})
            failed.append(record["messageId"])
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}
