"""A provider for measuring: takes Twilio's form and answers 201 at once, or after a set time; as cheap as can be."""

import asyncio
import sys
from itertools import count

ANSWER = b'{"sid":"SM%032x","status":"queued","error_code":null,"error_message":null,"body":"","num_segments":"1"}'
HEAD = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
LENGTH = b"content-length:"
_numbers = count(1)


class Provider(asyncio.Protocol):
    """One connection. It trusts its callers to send whole, honest HTTP."""

    latency = 0.0

    def __init__(self) -> None:
        self._waiting = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._waiting += data
        while (end := self._waiting.find(b"\r\n\r\n")) >= 0:
            head = self._waiting[:end].lower()
            place = head.find(LENGTH)
            length = int(head[place + len(LENGTH) :].split(b"\r\n", 1)[0]) if place >= 0 else 0
            if len(self._waiting) < end + 4 + length:
                return
            self._waiting = self._waiting[end + 4 + length :]
            if self.latency:
                asyncio.get_running_loop().call_later(self.latency, self._answer)
            else:
                self._answer()

    def _answer(self) -> None:
        assert self._transport is not None
        body = ANSWER % next(_numbers)
        self._transport.write(HEAD % (len(body), body))


async def main() -> None:
    """Serve on a free port, print it, and go on until the parent hangs up."""
    Provider.latency = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Provider, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
