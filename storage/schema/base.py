"""What every table shares: the metadata, names of constraints, and the two kinds of key column."""

from sqlalchemy import Column, ForeignKey, MetaData

from storage.columns import ID

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def own_id() -> Column[int]:
    """Return a table's own key."""
    return Column("id", ID, primary_key=True)


def link(target: str, *, required: bool = True, index: bool = False) -> Column[int]:
    """Return the column that points to a row of `target`."""
    return Column(f"{target}_id", ForeignKey(f"{target}.id"), nullable=not required, index=index)
