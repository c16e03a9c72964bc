"""`Idempotency-Key`: a create that is sent again is answered again, and not done again.

Powertools keeps the ledger. It forgets a key when the create raises, which is right here (the
client may correct and retry) and wrong for placing orders: those never come this way.
Import this module only when a request has a key; it costs a cold start.
"""

import re
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
    IdempotencyValidationError,
)

from shared_utils.api.application import Reply
from shared_utils.domain.errors import Conflict, InvalidInput, Problem, RuleBroken, Unavailable

KEPT_FOR_S = 24 * 60 * 60
REPLAYED = ("Idempotent-Replayed", "true")
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class KeyedReplies:
    """The table's items: `id` (scope and the key's hash), `ttl`, status, body hash, the reply."""

    def __init__(self, client: Any, table_name: str) -> None:
        self._store = DynamoDBPersistenceLayer(
            table_name=table_name,
            key_attr="id",
            expiry_attr="ttl",
            boto3_client=client,
        )

    def once(
        self, *, scope: str, key: str, body: str, run: Callable[[], Reply], lambda_context: Any
    ) -> Reply:
        """The first call's reply for the same scope, key and body.

        Raises InvalidInput for an unusable key, RuleBroken IDEMPOTENCY_KEY_REUSED for another
        body, Conflict IN_PROGRESS while the first call is still at work, Unavailable when this
        ledger cannot be kept.
        """
        _require_usable(key)
        ran: list[Reply] = []

        def perform(*, request: dict[str, str]) -> dict[str, Any]:  # noqa: ARG001 - Powertools reads it by name
            reply = run()
            ran.append(reply)
            return {"status": int(reply.status), "body": reply.body, "headers": reply.headers}

        keyed = self._keyed(perform, scope, lambda_context)
        try:
            kept = keyed(request={"key": key, "body": body})
        except IdempotencyValidationError as error:
            raise RuleBroken(
                "This Idempotency-Key was used with another body; send a new key.",
                code="IDEMPOTENCY_KEY_REUSED",
            ) from error
        except (IdempotencyAlreadyInProgressError, IdempotencyInconsistentStateError) as error:
            raise Conflict(
                "The first request with this Idempotency-Key is still being worked on.",
                code="IN_PROGRESS",
            ) from error
        except IdempotencyPersistenceLayerError as error:
            raise Unavailable(
                "It is not known whether this was done; look before you send it again."
                if ran
                else "The database does not answer; nothing was changed."
            ) from error
        return ran[0] if ran else _replayed(kept)

    def _keyed(
        self, perform: Callable[..., dict[str, Any]], scope: str, lambda_context: Any
    ) -> Callable[..., Any]:
        keyed: Callable[..., Any] = idempotent_function(
            perform,
            data_keyword_argument="request",
            persistence_store=self._store,
            config=IdempotencyConfig(
                event_key_jmespath="key",
                payload_validation_jmespath="body",
                expires_after_seconds=KEPT_FOR_S,
                hash_function="sha256",
                lambda_context=lambda_context,
            ),
            key_prefix=scope,
        )
        return keyed


def _require_usable(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise InvalidInput(
            "The Idempotency-Key must be 1 to 200 visible ASCII characters.",
            details=[Problem("Idempotency-Key", "must be 1 to 200 visible ASCII characters")],
        )


def _replayed(kept: dict[str, Any]) -> Reply:
    headers = tuple((str(name), str(value)) for name, value in kept["headers"])
    return Reply(status=kept["status"], body=kept["body"], headers=(*headers, REPLAYED))
