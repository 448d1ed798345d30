"""Encryption at rest: what is personal is sealed with AES-GCM and found again by a keyed digest."""

import base64
import binascii
import hashlib
import hmac
import json
import os
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.errors import InvalidInputError

KEY_BYTES = 32
NONCE_BYTES = 12
OWNER_ONLY = 0o600


class Vault:
    """Seals and opens personal values; one for the life of a process.

    A sealed value is one byte that names its key, a 12-byte random nonce, and the AES-256-GCM ciphertext. The
    `context` (for instance "endpoint.address") is bound into it, so a value copied to another column does not open.

    Args:
        keys: 32-byte keys by number (0-255). Old ones stay until everything is sealed anew.
        current: The number of the key that seals from now on.
        index_key: The 32-byte key of the look-up digests; it never rotates by itself.
    """

    def __init__(self, keys: dict[int, bytes], *, current: int, index_key: bytes) -> None:
        self._ciphers = {number: AESGCM(key) for number, key in keys.items()}
        self._current = self._ciphers[current]
        self._mark = bytes([current])
        self._index_key = index_key

    def seal(self, text: str, context: str) -> bytes:
        """Encrypt one value."""
        nonce = os.urandom(NONCE_BYTES)
        return self._mark + nonce + self._current.encrypt(nonce, text.encode(), context.encode())

    def open(self, sealed: bytes, context: str) -> str:
        """Decrypt one value.

        Raises:
            InvalidInputError: If it was sealed with a key that is not here, for another context, or changed since.
        """
        cipher = self._ciphers.get(sealed[0])
        if cipher is None:
            raise InvalidInputError("secret key file", f"key number {sealed[0]} is missing")
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, body, context.encode()).decode()
        except InvalidTag:
            raise InvalidInputError("secret key file", f"does not open a {context}") from None

    def digest(self, text: str, context: str) -> bytes:
        """Return the 32-byte keyed digest by which an equal value is found."""
        return hmac.digest(self._index_key, f"{context}\0{text}".encode(), hashlib.sha256)


def new_key_file(path: Path) -> None:
    """Write a fresh key file that only its owner may read.

    Raises:
        InvalidInputError: If there is one already: a key that is overwritten takes all data with it.
    """
    content = {"current": 1, "keys": {"1": _encoded(os.urandom(KEY_BYTES))}, "index": _encoded(os.urandom(KEY_BYTES))}
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        raise InvalidInputError(str(path), "a key file is already there; it is never overwritten") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)


def read_key_file(path: Path) -> Vault:
    """Read the key file of `usher init`.

    Raises:
        InvalidInputError: If it is absent, open to other users of the machine, or not a key file.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidInputError(str(path), "there is no key file; `usher init` makes one") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InvalidInputError(str(path), f"others can read it (mode {mode:o}); run: chmod 600")
    try:
        file = json.loads(content)
        keys = {int(number): _decoded(key) for number, key in file["keys"].items()}
        return Vault(keys, current=int(file["current"]), index_key=_decoded(file["index"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidInputError(str(path), "this is not a key file of `usher init`") from None


def _encoded(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()


def _decoded(text: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text)
    except binascii.Error as error:
        raise ValueError from error
    if len(key) != KEY_BYTES:
        raise ValueError
    return key
