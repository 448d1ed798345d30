"""The key file: the keys of the vault by number, which one seals, and since when; its owner alone may read it."""

import base64
import binascii
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from domain.errors import ConflictError, InvalidInputError

KEY_BYTES = 32
LAST_NUMBER = 255  # a sealed value names its key in one byte
OWNER_ONLY = 0o600
NO_KEY_FILE = "this is not a key file of `usher init`"
SETTLING = timedelta(minutes=15)
"""So long after a rotation no key is retired: by then every process has looked at the file (see vault.LOOK_EVERY)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What a key file holds. `rotated_at` (aware, UTC) is when the current key became it; None: it is the first."""

    keys: Mapping[int, bytes] = field(repr=False)
    current: int
    index: bytes = field(repr=False)
    rotated_at: datetime | None = None


def new_key_file(path: Path) -> None:
    """Write a fresh key file that only its owner may read.

    Raises:
        InvalidInputError: If there is one already: a key that is overwritten takes all data with it.
    """
    keys = Keys(keys={1: os.urandom(KEY_BYTES)}, current=1, index=os.urandom(KEY_BYTES))
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        raise InvalidInputError(str(path), "a key file is already there; it is never overwritten") from None
    _write(handle, keys)


def read_keys(path: Path) -> Keys:
    """Read the key file of `usher init`.

    Raises:
        InvalidInputError: If it is absent, open to other users of the machine, or not a key file.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidInputError(str(path), "there is no key file; `usher init` makes one") from None
    except OSError as error:
        raise InvalidInputError(str(path), f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidInputError(str(path), NO_KEY_FILE) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InvalidInputError(str(path), f"others can read it (mode {mode:o}); run: chmod 600")
    try:
        return _parsed(json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidInputError(str(path), NO_KEY_FILE) from None


def prepare(path: Path) -> int:
    """Put a new key into the file that does not seal yet; return its number, or that of the one prepared before.

    On several machines: prepare one file, copy it to all, then rotate on each. So none meets a key that it lacks.

    Raises:
        InvalidInputError: If the file cannot be read or written.
        ConflictError: If all 256 numbers are used up, or another change of the file is under way.
    """
    known = _with_a_newer_key(path)
    _replace_file(path, known)
    return max(known.keys)


def rotate(path: Path, *, now: datetime) -> int:
    """Seal from now on with the newest key of the file, a prepared one or else one made now; return its number.

    All older ones stay. Raises as `prepare`.
    """
    known = _with_a_newer_key(path)
    newest = max(known.keys)
    _replace_file(path, replace(known, current=newest, rotated_at=now))
    return newest


def retire(path: Path, number: int, *, now: datetime) -> None:
    """Take an old key out of the file. Call it only when nothing is sealed with it any more.

    Raises:
        InvalidInputError: If the file has no such key, or cannot be read or written.
        ConflictError: If it is the current key, or was until so lately that a process may still be sealing with it.
    """
    known = read_keys(path)
    if number not in known.keys:
        have = ", ".join(map(str, sorted(known.keys)))
        raise InvalidInputError(str(path), f"there is no key {number} (there are: {have})")
    if number >= known.current:
        raise ConflictError(f"key {number} is the one that seals, or will; run first: usher keys rotate")
    if known.rotated_at is not None and now < known.rotated_at + SETTLING:
        minutes = SETTLING.total_seconds() / 60
        raise ConflictError(f"the keys were rotated less than {minutes:.0f} minutes ago; retire key {number} later")
    _replace_file(path, replace(known, keys={one: key for one, key in known.keys.items() if one != number}))


def _with_a_newer_key(path: Path) -> Keys:
    known = read_keys(path)
    newest = max(known.keys)
    if newest > known.current:
        return known
    if newest == LAST_NUMBER:
        raise ConflictError(f"{path}: key {LAST_NUMBER} is the last one that there can be")
    return replace(known, keys={**known.keys, newest + 1: os.urandom(KEY_BYTES)})


def _replace_file(path: Path, keys: Keys) -> None:
    """Put a whole new file in the old one's place in one step: whoever reads sees the old one or the new one."""
    path = path.resolve()
    fresh = path.with_name(f"{path.name}.new")
    owner = path.stat()
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        raise ConflictError(f"{fresh} is there: another change is under way, or was cut off; then remove it") from None
    except OSError as error:
        raise InvalidInputError(str(fresh), f"cannot be written: {error.strerror}") from None
    try:
        if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(handle, owner.st_uid, owner.st_gid)  # the superuser changes a key that a service must read
        _write(handle, keys)
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise InvalidInputError(str(path), f"cannot be written: {error.strerror}") from None
    _flush_folder(path.parent)


def _write(handle: int, keys: Keys) -> None:
    content: dict[str, object] = {
        "current": keys.current,
        "keys": {str(number): _encoded(key) for number, key in sorted(keys.keys.items())},
        "index": _encoded(keys.index),
    }
    if keys.rotated_at is not None:
        content["rotated_at"] = keys.rotated_at.isoformat()
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _parsed(file: Mapping[str, object]) -> Keys:
    """Read the file's content; what is not as it must be raises one of the errors that `read_keys` expects."""
    written, rotated_at = file["keys"], file.get("rotated_at")
    keys = {int(number): _decoded(key) for number, key in written.items()}  # type: ignore[attr-defined]  # see above
    current = int(str(file["current"]))
    if current not in keys or not all(0 <= number <= LAST_NUMBER for number in keys):
        raise ValueError
    since = None if rotated_at is None else datetime.fromisoformat(str(rotated_at))
    return Keys(keys=keys, current=current, index=_decoded(str(file["index"])), rotated_at=since)


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
