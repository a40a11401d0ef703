"""A passkey authenticator in software: it makes and uses ES256 passkeys as a tablet's would (WebAuthn level 2), and can
be told to lie.

`make(options)` returns a RegistrationResponseJSON, `use(options)` an AuthenticationResponseJSON.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def to_text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def to_bytes(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


class Authenticator:
    """One device that holds one passkey. `origin` is where the browser says it is; `verifies` is whether the person was
    checked by finger, face or PIN; `counts` is whether the device counts its signatures."""

    def __init__(self, origin: str = "http://localhost:8000", *, verifies: bool = True, counts: bool = True) -> None:
        self.origin, self.verifies, self.counts = origin, verifies, counts
        self.rp_id = origin.split("//", 1)[1].split(":", 1)[0]
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(32)
        self.user_handle = b""
        self.count = 0

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        self.user_handle = to_bytes(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        credential = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + cbor2.dumps(cose)
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + credential}
        return self._credential(
            clientDataJSON=to_text(self._client("webauthn.create", options["challenge"])),
            attestationObject=to_text(cbor2.dumps(attestation)),
            transports=["internal"],
        )

    def use(self, options: dict[str, Any]) -> dict[str, Any]:
        if self.counts:
            self.count += 1
        data, client = self._data(0), self._client("webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._credential(
            clientDataJSON=to_text(client),
            authenticatorData=to_text(data),
            signature=to_text(signature),
            userHandle=to_text(self.user_handle),
        )

    def _credential(self, **response: Any) -> dict[str, Any]:
        name = to_text(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "clientExtensionResults": {}, "response": response}

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + struct.pack(">BI", flags, self.count)
