"""Facts that are read for many at once: one query for a kind of fact, however many messages are thought about."""

from collections.abc import Callable, Collection, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key")
Fact = TypeVar("Fact")


class Facts(Generic[Key, Fact]):
    """One kind of fact about several keys: read for all of them when the first is asked for, never before.

    What has changed since is forgotten by whoever changed it, and is read anew when it is asked for again.

    Args:
        load: Reads the fact of each of some keys.
        keys: Returns the keys that will probably be asked for.
    """

    def __init__(
        self, load: Callable[[Collection[Key]], Mapping[Key, Fact]], keys: Callable[[], Collection[Key]]
    ) -> None:
        self._load = load
        self._keys = keys
        self._known: dict[Key, Fact] = {}
        self._is_read = False

    def of(self, key: Key) -> Fact:
        """Return the fact of one key."""
        if key not in self._known:
            wanted = {key} if self._is_read else {key, *self._keys()}
            self._is_read = True
            self._known.update(self._load(wanted - self._known.keys()))
        return self._known[key]

    def note(self, facts: Mapping[Key, Fact]) -> None:
        """Take facts that were read by the way."""
        self._known.update(facts)

    def known(self) -> Collection[Fact]:
        """Return what was read so far."""
        return self._known.values()

    def forget(self, key: Key) -> None:
        """Read one key's fact anew when it is asked for."""
        self._known.pop(key, None)

    def forget_all(self) -> None:
        """Read every fact anew when it is asked for."""
        self._known.clear()
        self._is_read = False
