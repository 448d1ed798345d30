"""One HTTP/1.1 connection: a request goes out, its answer comes back, and it is known whether anything left."""

import asyncio
import select
from collections.abc import Callable
from dataclasses import field
from typing import cast

import httptools

from domain.record import record

MAX_BODY = 8 * 1024 * 1024  # bytes; the longest honest answer, a page of 1,000 messages, is a fifth of it
_FIRST_FINAL_STATUS = 200  # below it is an interim answer (100 Continue, 103 Early Hints): the real one follows


class WireError(Exception):
    """No answer came. `code` says how, without an address or a text: safe to log."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotSentError(WireError):
    """Not one byte of the request left: asking again cannot double anything."""


class MaybeSentError(WireError):
    """The request left, in part or whole; the provider may have acted on it."""


@record(frozen=True, slots=True)
class Answer:
    """What a server answered. Header names are in lower case; of repeated headers the last counts."""

    status: int
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Connection(asyncio.Protocol):
    """A keep-alive connection that carries one request at a time.

    Args:
        on_closed: Told once, when the connection is gone, so that nobody uses it again.
    """

    def __init__(self, on_closed: Callable[["Connection"], None]) -> None:
        self.closed = asyncio.get_running_loop().create_future()
        self.idle_since = 0.0
        self.is_reusable = False
        self._on_closed = on_closed
        self._transport: asyncio.Transport | None = None
        self._poll: Callable[[int], list[tuple[int, int]]] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Answer] | None = None
        self._limit: asyncio.TimerHandle | None = None
        self._forget_answer()

    def ask(self, request: bytes, *, until: float) -> asyncio.Future[Answer]:
        """Write one whole request and return its coming answer, which fails with MaybeSentError if none comes.

        It must be whole at `until`, by the loop's time. A timer for it is a fifth of what `asyncio.timeout` costs.

        Raises:
            NotSentError: If the connection had already gone; nothing was written.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            raise NotSentError("http.closed")
        self.is_reusable = False
        loop = self.closed.get_loop()
        self._answer = loop.create_future()
        self._limit = loop.call_at(until, self._fail, "http.timeout")
        transport.write(request)
        return self._answer

    def is_stale(self) -> bool:
        """Return whether the server has hung up, or said something unasked, though the loop has not noticed yet.

        A request written now would be lost without a trace of whether it arrived, so look before writing.
        """
        if self._transport is None or self._transport.is_closing():
            return True
        return self._poll is not None and bool(self._poll(0))

    def close(self) -> None:
        """Hang up at once, without waiting for what is in flight."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, and a way to look whether the server has hung up."""
        self._transport = cast("asyncio.Transport", transport)
        socket = transport.get_extra_info("socket")
        if socket is not None and hasattr(select, "poll"):
            poll = select.poll()
            poll.register(socket.fileno(), select.POLLIN)
            self._poll = poll.poll

    def data_received(self, data: bytes) -> None:
        """Read on in the answer; what nobody asked for ends the connection."""
        if self._answer is None:
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade, UnicodeDecodeError):
            self._fail("http.garbled")

    def eof_received(self) -> None:
        """Take the end of the stream for the end of a body that was announced without a length."""
        if self._status and "content-length" not in self._headers and "transfer-encoding" not in self._headers:
            self._finish(reusable=False)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what was in flight: the request had left."""
        del exc  # says why, in words that may hold an address
        self._fail("http.connection_lost")
        if not self.closed.done():
            self.closed.set_result(None)
        self._on_closed(self)

    def on_message_begin(self) -> None:
        """Hang up on an answer to no question: it could be taken for the next one's; called by the parser."""
        if self._answer is None:
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep one header; called by the parser."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Note that the status and all headers are in; called by the parser."""
        self._status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body, chunked or not; called by the parser."""
        self._length += len(body)
        if self._length > MAX_BODY:
            self._fail("http.too_long")
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Answer, unless this was an interim answer before the real one; called by the parser."""
        if self._status < _FIRST_FINAL_STATUS:
            self._forget_answer()
        else:
            self._finish(reusable=self._parser.should_keep_alive())

    def _finish(self, *, reusable: bool) -> None:
        answer = self._end_of_waiting()
        self.is_reusable = reusable
        if answer is not None and not answer.done():
            answer.set_result(Answer(self._status, self._headers, b"".join(self._body)))
        self._forget_answer()

    def _fail(self, code: str) -> None:
        answer = self._end_of_waiting()
        if answer is not None and not answer.done():
            answer.set_exception(MaybeSentError(code))
        self.close()

    def _end_of_waiting(self) -> asyncio.Future[Answer] | None:
        answer, self._answer = self._answer, None
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
        return answer

    def _forget_answer(self) -> None:
        self._status = 0
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._length = 0
