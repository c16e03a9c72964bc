"""A sealed secret opens for the account it was sealed for, and for no other."""

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from shared_utils.domain.errors import Unavailable
from shared_utils.sealing import SealBroken, Sealer

KEY = "alias/tokens"


class Kms:
    """Remembers what it encrypted; the context is part of a ciphertext, as with KMS."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.kept: dict[bytes, tuple[bytes, object]] = {}

    def encrypt(self, *, Plaintext, EncryptionContext, **_key):  # noqa: N803 - boto3's own names
        self._maybe_fail()
        blob = b"ciphertext %d" % len(self.kept)
        self.kept[blob] = (Plaintext, EncryptionContext)
        return {"CiphertextBlob": blob}

    def decrypt(self, *, CiphertextBlob, EncryptionContext, **_key):  # noqa: N803 - boto3's own names
        self._maybe_fail()
        plain, context = self.kept.get(CiphertextBlob, (b"", {}))
        if context != EncryptionContext:
            raise error("InvalidCiphertextException")
        return {"Plaintext": plain}

    def _maybe_fail(self) -> None:
        if self.fault is not None:
            raise self.fault


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "Decrypt")


def test_a_secret_opens_for_its_own_account():
    sealer = Sealer(Kms(), KEY)

    sealed = sealer.seal("user-1", "ZR1", "tøken")

    assert "tøken" not in sealed
    assert sealer.open("user-1", "ZR1", sealed) == "tøken"


@pytest.mark.parametrize(("user_id", "client_id"), [("user-2", "ZR1"), ("user-1", "ZR2")])
def test_a_secret_copied_to_another_account_stays_shut(user_id, client_id):
    sealer = Sealer(Kms(), KEY)
    sealed = sealer.seal("user-1", "ZR1", "token")

    with pytest.raises(SealBroken):
        sealer.open(user_id, client_id, sealed)


@pytest.mark.parametrize("sealed", ["", "bm8=", "not base64!"])
def test_what_was_altered_stays_shut(sealed):
    with pytest.raises(SealBroken):
        Sealer(Kms(), KEY).open("user-1", "ZR1", sealed)


@pytest.mark.parametrize("secret", ["", "x" * 4097])
def test_what_no_broker_issues_is_not_sealed(secret):
    with pytest.raises(ValueError, match="4096"):
        Sealer(Kms(), KEY).seal("user-1", "ZR1", secret)


@pytest.mark.parametrize(
    "fault", [error("ThrottlingException"), ReadTimeoutError(endpoint_url="https://kms")]
)
def test_a_key_service_that_does_not_answer_is_unavailable_and_not_a_broken_seal(fault):
    sealer = Sealer(Kms(fault), KEY)

    with pytest.raises(Unavailable):
        sealer.seal("user-1", "ZR1", "token")
    with pytest.raises(Unavailable) as refused:
        sealer.open("user-1", "ZR1", "bm8=")
    assert not isinstance(refused.value, SealBroken)
