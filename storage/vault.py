"""Encryption at rest: what is personal is sealed with AES-GCM and found again by a keyed digest."""

import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.errors import InvalidInputError
from storage.key_file import Keys, read_keys

NONCE_BYTES = 12
LOOK_EVERY = 60.0
"""Seconds: so long at most a process goes on sealing with a key that is not the current one any more."""
ReadKeys: TypeAlias = Callable[[], Keys]


class Vault:
    """Seals and opens personal values; one for the life of a process, shared by its threads.

    A sealed value is one byte that names its key, a 12-byte random nonce, and the AES-256-GCM ciphertext. The
    `context` (for instance "endpoint.address") is bound into it, so a value copied to another column does not open.

    Args:
        keys: 32-byte keys by number (0-255). Old ones stay until everything is sealed anew.
        current: The number of the key that seals from now on.
        index_key: The 32-byte key of the look-up digests; it never rotates by itself.
        reread: Reads the keys again, so that a running process follows a rotation: before sealing, when LOOK_EVERY has
            passed, and at once when a value names a key that is not known yet. A key once known is kept until the end.
    """

    def __init__(
        self, keys: Mapping[int, bytes], *, current: int, index_key: bytes, reread: ReadKeys | None = None
    ) -> None:
        self._ciphers = {number: AESGCM(key) for number, key in keys.items()}
        self._sealing = (bytes([current]), self._ciphers[current])
        self._index_key = index_key
        self._index = hmac.new(index_key, digestmod=hashlib.sha256)
        self._reread = reread
        self._look_at = monotonic() + LOOK_EVERY

    @property
    def current(self) -> int:
        """The number of the key that seals."""
        return self._sealing[0][0]

    def seal(self, text: str, context: str) -> bytes:
        """Encrypt one value."""
        if self._reread is not None and monotonic() >= self._look_at:
            self._look_again(self._reread)
        mark, cipher = self._sealing
        nonce = os.urandom(NONCE_BYTES)
        return mark + nonce + cipher.encrypt(nonce, text.encode(), context.encode())

    def open(self, sealed: bytes, context: str) -> str:
        """Decrypt one value.

        Raises:
            InvalidInputError: If it was sealed with a key that is not here, for another context, or changed since.
        """
        if not sealed:
            raise InvalidInputError(context, "was removed, as the court's retention says")
        if sealed[0] not in self._ciphers and self._reread is not None:
            self._look_again(self._reread)
        cipher = self._ciphers.get(sealed[0])
        if cipher is None:
            raise InvalidInputError("secret key file", f"key number {sealed[0]} is missing")
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, body, context.encode()).decode()
        except (InvalidTag, ValueError):  # the second of one that is too short to be sealed at all
            raise InvalidInputError("secret key file", f"does not open a {context}") from None

    def digest(self, text: str, context: str) -> bytes:
        """Return the 32-byte keyed digest by which an equal value is found."""
        digesting = self._index.copy()  # `hmac.digest` would let another thread have Python, and wait for it
        digesting.update(f"{context}\0{text}".encode())
        return digesting.digest()

    def _look_again(self, reread: ReadKeys) -> None:
        """Follow the key file; one that cannot be read just now changes nothing."""
        self._look_at = monotonic() + LOOK_EVERY
        try:
            found = reread()
        except InvalidInputError:
            return
        if not hmac.compare_digest(found.index, self._index_key):
            return  # another installation's file: what it seals could never be found again
        fresh = {number: AESGCM(key) for number, key in found.keys.items() if number not in self._ciphers}
        self._ciphers = self._ciphers | fresh
        self._sealing = (bytes([found.current]), self._ciphers[found.current])


def read_key_file(path: Path) -> Vault:
    """Open the vault of a key file, and follow the file for the life of the process.

    Raises:
        InvalidInputError: If it is absent, open to other users of the machine, or not a key file.
    """
    keys = read_keys(path)
    return Vault(keys.keys, current=keys.current, index_key=keys.index, reread=lambda: read_keys(path))
