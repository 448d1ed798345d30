"""Every column of bytes is either in the list of what is sealed anew or in the list of digests, and never in both."""

from sqlalchemy import LargeBinary

from storage.retention import DRAWERS
from storage.rotation import DIGESTS, SEALED
from storage.schema import metadata

BYTES = {
    f"{table.name}.{column.name}"
    for table in metadata.tables.values()
    for column in table.columns
    if isinstance(column.type, LargeBinary)
}


def test_every_column_of_bytes_is_sealed_or_a_digest() -> None:
    sealed = [one.name for one in SEALED]
    digests = [f"{column.table.name}.{column.name}" for column in DIGESTS]

    assert sorted(sealed + digests) == sorted(BYTES)


def test_a_value_is_bound_to_its_own_column() -> None:
    assert [one.context for one in SEALED] == [one.name for one in SEALED]


def test_whatever_is_sealed_is_forgotten_one_day() -> None:
    assert {one.column.table.name for one in SEALED} <= {drawer.table.name for drawer in DRAWERS}
