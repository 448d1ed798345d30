"""Facts for many at once: the first who asks has them read for all, and what has changed is read anew."""

from collections.abc import Collection

from handlers.facts import Facts


class Shelf:
    """Where the facts lie: what was read, look by look."""

    def __init__(self, *likely: str) -> None:
        self.likely = set(likely)
        self.looks: list[set[str]] = []
        self.version = 1
        self.facts = Facts(self._read, lambda: self.likely)

    def _read(self, keys: Collection[str]) -> dict[str, str]:
        self.looks.append(set(keys))
        return {key: f"{key}{self.version}" for key in keys}


def test_nothing_is_read_before_somebody_asks() -> None:
    assert Shelf("a", "b").looks == []


def test_the_first_question_reads_for_all_and_the_others_read_nothing() -> None:
    shelf = Shelf("a", "b", "c")

    assert [shelf.facts.of(key) for key in "cab"] == ["c1", "a1", "b1"]

    assert shelf.looks == [{"a", "b", "c"}]


def test_what_nobody_expected_is_read_by_itself() -> None:
    shelf = Shelf("a", "b")
    shelf.facts.of("a")

    assert shelf.facts.of("z") == "z1"

    assert shelf.looks == [{"a", "b"}, {"z"}]


def test_the_unexpected_first_is_read_with_all_the_others() -> None:
    shelf = Shelf("a", "b")

    shelf.facts.of("z")

    assert shelf.looks == [{"a", "b", "z"}]


def test_what_was_read_by_the_way_is_not_read_again() -> None:
    shelf = Shelf("a", "b")
    shelf.facts.note({"a": "by the way"})

    assert (shelf.facts.of("a"), shelf.facts.of("b")) == ("by the way", "b1")

    assert shelf.looks == [{"b"}]


def test_what_has_changed_is_read_anew_and_nothing_else() -> None:
    shelf = Shelf("a", "b")
    shelf.facts.of("a")
    shelf.version = 2

    shelf.facts.forget("a")

    assert (shelf.facts.of("a"), shelf.facts.of("b")) == ("a2", "b1")
    assert shelf.looks == [{"a", "b"}, {"a"}]


def test_after_everything_was_forgotten_all_are_read_at_once_again() -> None:
    shelf = Shelf("a", "b")
    shelf.facts.of("a")
    shelf.version = 2

    shelf.facts.forget_all()

    assert (shelf.facts.of("b"), shelf.facts.of("a")) == ("b2", "a2")
    assert shelf.looks == [{"a", "b"}, {"a", "b"}]


def test_forgetting_what_was_never_read_is_no_fault() -> None:
    shelf = Shelf("a")

    shelf.facts.forget("nobody")

    assert shelf.facts.of("a") == "a1"


def test_what_is_known_is_what_was_read() -> None:
    shelf = Shelf("a", "b")
    assert list(shelf.facts.known()) == []

    shelf.facts.of("a")

    assert sorted(shelf.facts.known()) == ["a1", "b1"]
