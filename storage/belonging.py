"""Whose database this is: a digest of its index key, so that another installation's key file is refused at once."""

from collections.abc import Iterator
from contextlib import suppress

from sqlalchemy import Connection, func, insert, select

from domain.errors import InvalidInputError
from storage.database import vault_of
from storage.endpoints import ADDRESS
from storage.rotation import SEALED
from storage.schema import endpoint, installation

INDEX_KEY = "index_key"
CONTEXT = "installation"
FEW = 3  # values of a column: one alone may be damaged
ANOTHERS = "is not the one that this database was written with: put that one back, or let USHER_SECRET_KEY_FILE name it"


def check(connection: Connection) -> None:
    """See that the key file is this database's: one row, found by its key.

    Every `usher init` gives its key the number 1, so another installation's would be taken: it opens nothing, and finds
    nobody again. Where there is no row yet, some of what is sealed is opened instead.

    Raises:
        InvalidInputError: If it is another installation's.
    """
    known = connection.execute(select(installation.c.digest).where(installation.c.name == INDEX_KEY)).scalar()
    if known is None:
        check_by_values(connection)
    elif known != _digest(connection):
        raise InvalidInputError("secret key file", ANOTHERS)


def check_by_values(connection: Connection) -> None:
    """See that numbers are found again, and that something of what is sealed opens; where nothing is, any key fits.

    Needs no newer schema than the first, so it can be asked before a migration.

    Raises:
        InvalidInputError: If it is another installation's key.
    """
    if not all(finds(connection)):
        raise InvalidInputError("secret key file", ANOTHERS)
    opens = list(_opens(connection))
    if opens and not any(opens):
        raise InvalidInputError("secret key file", ANOTHERS)


def mark(connection: Connection) -> None:
    """Note for good whose database this is, where it is not known yet.

    Raises:
        InvalidInputError: If the key is another installation's.
    """
    check(connection)
    if connection.execute(select(installation.c.name).where(installation.c.name == INDEX_KEY)).scalar() is None:
        connection.execute(insert(installation).values(name=INDEX_KEY, digest=_digest(connection)))


def _digest(connection: Connection) -> bytes:
    return vault_of(connection).digest(INDEX_KEY, CONTEXT)


def finds(connection: Connection) -> Iterator[bool]:
    """Say of a few numbers that open whether the key's digest finds them."""
    vault = vault_of(connection)
    query = select(endpoint.c.address, endpoint.c.address_digest).where(func.length(endpoint.c.address) > 0).limit(FEW)
    for row in connection.execute(query):
        with suppress(InvalidInputError):
            yield vault.digest(vault.open(row.address, ADDRESS), ADDRESS) == row.address_digest


def _opens(connection: Connection) -> Iterator[bool]:
    """Say of a few values of each sealed column whether the key opens them."""
    vault = vault_of(connection)
    for sealed in SEALED:
        query = select(sealed.column).where(func.length(sealed.column) > 0).limit(FEW)
        for value in connection.execute(query).scalars():
            try:
                vault.open(value, sealed.context)
            except InvalidInputError:
                yield False
            else:
                yield True
