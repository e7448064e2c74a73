"""Signers whose keys are in a key service: copy the one that you need. Each has ``public_key`` and ``sign``.

They ask for the public key once. The ledger waits for ``sign`` up to ``signer_seconds``, in a thread; give the client
a shorter timeout, so that no thread is left over. The ledger raises its errors as ``SignerFailed``, without their text.
"""

from __future__ import annotations

import json
import ssl
import urllib.request
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

_SECONDS = 4.0


class VaultSigner:
    """A key of the transit engine of HashiCorp Vault or OpenBao: ``vault write transit/keys/NAME type=ed25519``.

    The token may ``read transit/keys/NAME`` and ``update transit/sign/NAME``, and nothing else. One version of the key
    is used for ever: a rotated key is another key, which the register has to know.
    """

    def __init__(
        self, address: str, token: str, key: str, *, version: int = 1, mount: str = "transit", ca: Path | None = None
    ) -> None:
        self._address, self._token, self._version = f"{address}/v1/{mount}", token, version
        self._key, self._trusted = key, ssl.create_default_context(cafile=ca)
        found = self._ask(f"keys/{key}")
        if found["type"] != "ed25519":
            raise ValueError(f"the key is of the type {found['type']}, not ed25519")
        self.public_key = b64decode(found["keys"][str(version)]["public_key"])

    def sign(self, message: bytes) -> bytes:
        """The signature over ``message``."""
        wanted = {"input": b64encode(message).decode(), "key_version": self._version}
        return b64decode(self._ask(f"sign/{self._key}", wanted)["signature"].removeprefix(f"vault:v{self._version}:"))

    def _ask(self, path: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(  # noqa: S310 - the operator's own address
            f"{self._address}/{path}", body, {"X-Vault-Token": self._token, "Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=_SECONDS, context=self._trusted) as answer:  # noqa: S310 - as above
            data: dict[str, Any] = json.load(answer)["data"]
            return data


class AwsSigner:
    """A key of AWS KMS, of the key spec ``ECC_NIST_EDWARDS25519``. It signs messages of at most 4,096 bytes.

    ``client`` is ``boto3.client("kms", config=Config(read_timeout=3, retries={"max_attempts": 0}))``.
    """

    def __init__(self, client: Any, key: str) -> None:
        self._client, self._key = client, key
        self.public_key = bytes(client.get_public_key(KeyId=key)["PublicKey"][-32:])  # the end of its DER (RFC 8410)

    def sign(self, message: bytes) -> bytes:
        """The signature over ``message``."""
        wanted = {"MessageType": "RAW", "SigningAlgorithm": "ED25519_SHA_512"}
        return bytes(self._client.sign(KeyId=self._key, Message=message, **wanted)["Signature"])


class GoogleSigner:
    """A key version of Google Cloud KMS, of the algorithm ``EC_SIGN_ED25519``, which signs ``data`` as it is.

    ``client`` is ``google.cloud.kms.KeyManagementServiceClient()``, ``name`` the full name of the key *version*.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name
        pem = client.get_public_key(request={"name": name}, timeout=_SECONDS).pem
        self.public_key = b64decode("".join(pem.splitlines()[1:-1]))[-32:]

    def sign(self, message: bytes) -> bytes:
        """The signature over ``message``."""
        answer = self._client.asymmetric_sign(request={"name": self._name, "data": message}, timeout=_SECONDS)
        return bytes(answer.signature)
