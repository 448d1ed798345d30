"""Statements put into a driver's words once and run straight through it: for what is asked with every message."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias
from weakref import WeakSet

import orjson
from sqlalchemy import ARRAY, ColumnElement, Connection, Dialect, Integer, Table, Text, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from storage import driver
from storage.driver import Bound, Row

Convert: TypeAlias = Callable[[Any], Any]
Statement: TypeAlias = ClauseElement | Mapping[str, ClauseElement]  # one for both engines, or one for each


class Prepared:
    """A statement of SQLAlchemy Core, written with `bindparam`s, made once and run again and again.

    SQLAlchemy builds, looks up and wraps a statement anew each time it is executed: that costs six times what SQLite
    needs to answer it. This keeps what SQLAlchemy makes of the statement for each engine (the SQL and the conversions
    of its columns' types) and hands the rest to the driver's cursor. The rows are plain tuples, in the order of the
    statement's columns, with instants and enums as everywhere.

    Not for lists in an IN (see `one_of`), nor for an insert whose columns have defaults on Python's side and are not
    all given.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._forms: dict[str, _Form] = {}
        _WRITTEN.add(self)

    def make(self, connection: Connection) -> None:
        """Make it now, so that nobody waits for that later."""
        self._form(connection)

    def all(self, connection: Connection, **parameters: Any) -> list[Row]:  # noqa: ANN401 - columns have any type
        """Return every row.

        Raises:
            TypeError: If a parameter is missing, or is none of the statement's.
        """
        form = self._form(connection)
        return form.converted(driver.fetch(connection, form.text, form.bound(parameters)))

    def first(self, connection: Connection, **parameters: Any) -> Row | None:  # noqa: ANN401 - the same
        """Return the first row, if there is one."""
        rows = self.all(connection, **parameters)
        return rows[0] if rows else None

    def scalar(self, connection: Connection, **parameters: Any) -> Any:  # noqa: ANN401 - the same
        """Return the first column of the first row; None where there is no row."""
        row = self.first(connection, **parameters)
        return None if row is None else row[0]

    def run(self, connection: Connection, **parameters: Any) -> int:  # noqa: ANN401 - the same
        """Run what returns no rows; return how many rows it touched."""
        form = self._form(connection)
        return driver.run(connection, form.text, form.bound(parameters))

    def run_many(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run it once for each set of parameters; with none, not at all."""
        form = self._form(connection)
        bound = [form.bound(parameters) for parameters in rows]
        if bound:
            driver.run_many(connection, form.text, bound)

    def each(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> list[list[Row]]:
        """Run it once for each set of parameters; return the rows of each. PostgreSQL is asked once for all."""
        form = self._form(connection)
        bound = [form.bound(parameters) for parameters in rows]
        return [form.converted(found) for found in driver.fetch_each(connection, form.text, bound)] if bound else []

    def _form(self, connection: Connection) -> "_Form":
        name = connection.dialect.name
        form = self._forms.get(name)
        if form is None:
            statement = self._statement[name] if isinstance(self._statement, Mapping) else self._statement
            form = self._forms[name] = _Form(statement, connection.dialect)
        return form


_WRITTEN: "WeakSet[Prepared]" = WeakSet()


def make_all(connection: Connection) -> int:
    """Make every statement of the modules that are imported; return how many there are.

    Whoever writes first would wait for some fifty of them, and everybody else at the door meanwhile.
    """
    written = list(_WRITTEN)
    for statement in written:
        statement.make(connection)
    return len(written)


def unless_there(
    table: Table, values: Mapping[str, object], *, unique: Sequence[str], returning: Sequence[ColumnElement[Any]]
) -> Prepared:
    """Return an insert that leaves a row with the same `unique` columns alone, and then returns nothing."""
    inserts: dict[str, Callable[[Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
    return Prepared(
        {
            name: insert(table).values(values).on_conflict_do_nothing(index_elements=unique).returning(*returning)
            for name, insert in inserts.items()
        }
    )


def one_of(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Say that a column is one of the values of a list, which is one parameter however long it is."""
    return _OneOf(column, name)


class _Form:
    """A statement in the words of one driver."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - statements of Core compile to this
        assert not compiled.post_compile_params  # noqa: S101 - see Prepared
        self.text = compiled.string
        self._order = compiled.positiontup
        self._constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self._wanted = frozenset(name for name, bind in compiled.binds.items() if bind.required)
        binders = {
            name: convert
            for name, bind in compiled.binds.items()
            if (convert := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }
        for name, value in self._constants.items():
            self._constants[name] = binders[name](value) if name in binders else value
        self._binders = [(name, convert) for name, convert in binders.items() if name in self._wanted]
        self._readers = _readers(statement, dialect)

    def bound(self, parameters: Mapping[str, Any]) -> Bound:
        """Return the parameters as the driver takes them."""
        if parameters.keys() != self._wanted:
            raise TypeError(f"wants exactly {sorted(self._wanted)}, not {sorted(parameters)}")
        whole = {**self._constants, **parameters}
        for name, convert in self._binders:
            whole[name] = convert(whole[name])
        return whole if self._order is None else [whole[name] for name in self._order]

    def converted(self, rows: Sequence[Row]) -> list[Row]:
        """Return rows with their values as our types have them."""
        if not self._readers or not rows:
            return list(rows)
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for place, read in self._readers:
            columns[place] = [read(value) for value in columns[place]]
        return list(zip(*columns, strict=True))


_FLOAT8 = 701  # how PostgreSQL numbers the type of our only broken numbers; no other type asks


def _readers(statement: ClauseElement, dialect: Dialect) -> list[tuple[int, Convert]]:
    columns = getattr(statement, "exported_columns", ())
    readers = ((place, column.type.dialect_impl(dialect)) for place, column in enumerate(columns))
    found = ((place, impl.result_processor(dialect, _FLOAT8)) for place, impl in readers)
    return [(place, read) for place, read in found if read is not None]


def _as_json(values: Collection[Any]) -> str:
    return orjson.dumps(list(values)).decode()


def _as_array_of_numbers(values: Collection[int]) -> str:
    return f"{{{_as_json(values)[1:-1]}}}"


class _Listed(TypeDecorator[Collection[Any]]):
    """A list as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return what the driver knows."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.item))

    def bind_processor(self, dialect: Dialect) -> Convert:
        """Put the list into the driver's words; numbers as an array's text, a sixtieth of psycopg's own way."""
        if dialect.name == "sqlite":
            return _as_json
        return _as_array_of_numbers if isinstance(self.item, Integer) else list


class _OneOf(ColumnElement[bool]):
    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.values: ColumnElement[Any] = bindparam(name, type_=_Listed(column.type))

    def self_group(self, against: object = None) -> "_OneOf":  # noqa: ARG002 - their signature
        """Stand as it is: it is a comparison, not a column that holds a truth."""
        return self


@compiles(_OneOf, "sqlite")
def _one_of_json(element: _OneOf, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401 - their signature
    listed = f"SELECT value FROM json_each({compiler.process(element.values, **how)})"  # noqa: S608 - our own words
    return f"{compiler.process(element.column, **how)} IN ({listed})"


@compiles(_OneOf, "postgresql")
def _one_of_array(element: _OneOf, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401 - the same
    return f"{compiler.process(element.column, **how)} = ANY ({compiler.process(element.values, **how)})"
