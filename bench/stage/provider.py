"""A provider for measuring: answers Twilio's form and Telegram's JSON at once, or after a set time; cheap as can be."""

import asyncio
import sys
from itertools import count
from typing import cast

SMS = b'{"sid":"SM%032x","status":"queued","error_code":null,"error_message":null,"body":"","num_segments":"1"}'
CHAT = b'{"ok":true,"result":{"message_id":%d,"date":1780336800,"chat":{"id":4242,"type":"private"},"text":"."}}'
HEAD = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
LENGTH = b"content-length:"
_numbers = count(1)


class Provider(asyncio.Protocol):
    """One connection. It trusts its callers to send whole, honest HTTP; every answer has the next number."""

    latency = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._waiting = b""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._waiting += data
        while (end := self._waiting.find(b"\r\n\r\n")) >= 0:
            head = self._waiting[:end].lower()
            place = head.find(LENGTH)
            length = int(head[place + len(LENGTH) :].split(b"\r\n", 1)[0]) if place >= 0 else 0
            if len(self._waiting) < end + 4 + length:
                return
            is_chat = head.startswith(b"post /bot")
            self._waiting = self._waiting[end + 4 + length :]
            if self.latency:
                asyncio.get_running_loop().call_later(self.latency, self._answer, is_chat)
            else:
                self._answer(is_chat)

    def _answer(self, is_chat: bool) -> None:  # noqa: FBT001 - `call_later` passes by position
        body = (CHAT if is_chat else SMS) % next(_numbers)
        self._transport.write(HEAD % (b"200 OK" if is_chat else b"201 Created", len(body), body))


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
