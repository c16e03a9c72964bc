"""Brokers' secrets at rest: KMS ciphertext, bound to the account it belongs to."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from shared_utils.domain.errors import Unavailable

# KMS encrypts up to 4 KB itself; no broker's key or token comes near.
_LONGEST_SECRET_BYTES = 4096
_NOT_OURS = frozenset(
    {"InvalidCiphertextException", "IncorrectKeyException", "ValidationException"}
)


class KmsClient(Protocol):
    """boto3.client("kms")."""

    def encrypt(self, *args: Any, **kwargs: Any) -> Any: ...
    def decrypt(self, *args: Any, **kwargs: Any) -> Any: ...


class SealBroken(Unavailable):
    """What is stored is not a secret of this account: it was altered, or sealed for another."""

    code = "SEAL_BROKEN"


@dataclass(frozen=True, slots=True)
class Sealer:
    """Encrypts with the key `key_id` under the encryption context {user_id, client_id}: a
    ciphertext copied to another account's row does not open there.
    """

    client: KmsClient
    key_id: str

    def seal(self, user_id: str, client_id: str, secret: str) -> str:
        """Base64 ciphertext. Raises Unavailable, and ValueError for what no broker issues."""
        plain = secret.encode()
        if not 0 < len(plain) <= _LONGEST_SECRET_BYTES:
            raise ValueError("a secret has 1 to 4096 bytes")
        try:
            answer = self.client.encrypt(
                KeyId=self.key_id, Plaintext=plain, EncryptionContext=_context(user_id, client_id)
            )
        except (ClientError, BotoCoreError) as error:
            raise Unavailable("The key service does not answer; nothing was stored.") from error
        return base64.b64encode(answer["CiphertextBlob"]).decode()

    def open(self, user_id: str, client_id: str, sealed: str) -> str:
        """The secret. Raises SealBroken and Unavailable."""
        try:
            answer = self.client.decrypt(
                KeyId=self.key_id,
                CiphertextBlob=base64.b64decode(sealed, validate=True),
                EncryptionContext=_context(user_id, client_id),
            )
            return bytes(answer["Plaintext"]).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise _broken() from error
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _NOT_OURS:
                raise _broken() from error
            raise _unanswered() from error
        except BotoCoreError as error:
            raise _unanswered() from error


def _context(user_id: str, client_id: str) -> dict[str, str]:
    return {"user_id": user_id, "client_id": client_id}


def _broken() -> SealBroken:
    return SealBroken("The stored secret does not belong to this account; connect it again.")


def _unanswered() -> Unavailable:
    return Unavailable("The key service does not answer; the account cannot be used now.")
