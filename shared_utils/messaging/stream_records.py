"""A table's stream as a function gets it: rows after their changes, and where to start again."""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

logger = logging.getLogger(__name__)

Image = dict[str, dict[str, Any]]


def images_after(event: Mapping[str, Any]) -> Iterator[tuple[str, Image]]:
    """Sequence number and row of each record, in the stream's order; deletions have no row."""
    for record in event["Records"]:
        change = record["dynamodb"]
        if "NewImage" in change:
            yield change["SequenceNumber"], change["NewImage"]


def work_through(event: Mapping[str, Any], apply: Callable[[Image], object]) -> dict[str, Any]:
    """The answer to Lambda: the first record that failed, from which the stream comes again.

    Those behind it are tried all the same, so that one unreadable row delays nobody else's; they
    come a second time, which `apply` must not mind.
    """
    failed: list[str] = []
    for sequence, image in images_after(event):
        try:
            apply(image)
        except Exception:
            logger.exception("A stream's record failed.", extra={"sequence": sequence})
            failed.append(sequence)
    return {"batchItemFailures": [{"itemIdentifier": sequence} for sequence in failed[:1]]}
