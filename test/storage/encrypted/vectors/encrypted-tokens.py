"""Writes encrypted-tokens.json: records sealed by Python's cryptography, so by none of this package's code.

    python3 test/storage/encrypted/vectors/encrypted-tokens.py
"""

import base64
import hashlib
import json
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def vector(key_id: str, name: str, token: str) -> dict:
    # Made from the ID, so that the file is the same each time. Real ones are random.
    key = hashlib.sha256(f"key {key_id}".encode()).digest()
    nonce = hashlib.sha256(f"nonce {key_id}".encode()).digest()[:12]
    sealed = AESGCM(key).encrypt(nonce, token.encode(), f"v1.{key_id}.{name}".encode())
    record = ".".join(["v1", key_id, base64url(nonce), base64url(sealed)])
    return {
        "id": key_id,
        "key": base64.b64encode(key).decode(),
        "name": name,
        "token": token,
        "record": record,
    }


vectors = [
    vector("2026-01", "sandbox:client-1", "ory_at_example.token-1"),
    vector("K_2", "production:ünï 🔌", "x" * 3000),
    vector("k", "production:empty", ""),
]
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps(vectors, ensure_ascii=False, indent=2) + "\n")
