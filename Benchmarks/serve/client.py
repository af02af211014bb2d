"""A small HTTP/1.1 client on asyncio's transports, which costs little processor time for each request."""
import asyncio
import re
import socket

LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
CLOSE = re.compile(rb"\r\nconnection:[ \t]*close", re.IGNORECASE)
SEND_BUFFER = 1 << 20  # bytes: large enough to hand over most requests in one call

LOST = "connection lost"
TIMEOUT = "timeout"
NO_CONNECTION = "no connection"
BAD_ANSWER = "bad answer"


class Connection(asyncio.Protocol):
    """A connection with one request at a time.

    `finished(connection, status, head, body)` is called once for each request. The status is a number
    of HTTP, or one of the words above; then head and body are empty.
    """

    def __init__(self, finished):
        self.finished = finished
        self.transport = self.opening = None
        self.is_busy = False
        self.request = None  # to be sent as soon as the connection is open
        self.tag = None  # for the caller: what the request means
        self.received = b""

    def open(self, host, port):
        """Starts to connect, and returns the task."""
        self.opening = asyncio.get_running_loop().create_task(self.connect(host, port))
        return self.opening

    async def connect(self, host, port):
        try:
            await asyncio.get_running_loop().create_connection(lambda: self, host, port)
        except OSError:
            self.end(NO_CONNECTION)

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        if self.request is not None:
            request, self.request = self.request, None
            transport.write(request)

    def send(self, request):
        """Sends a whole request, given as bytes."""
        self.is_busy = True
        if self.transport is None:
            self.request = request
        else:
            self.transport.write(request)

    @property
    def is_usable(self):
        return self.transport is not None and not self.transport.is_closing()

    def data_received(self, data):
        self.received = self.received + data if self.received else data
        while (end := self.received.find(b"\r\n\r\n")) >= 0 and self.received.startswith(b"HTTP/1.1 1"):
            self.received = self.received[end + 4:]  # 100 Continue and its like
        if end < 0:
            return
        head = self.received[:end]
        length = LENGTH.search(head)
        if not length or not head[9:12].isdigit():
            self.transport.abort()
            self.end(BAD_ANSWER)
            return
        whole = end + 4 + int(length.group(1))
        if len(self.received) < whole:
            return
        body, self.received = self.received[end + 4:whole], b""
        # An answer before the end of the request is an early refusal: the rest is not sent.
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        elif CLOSE.search(head):
            self.transport.close()
        self.end(int(head[9:12]), head, body)

    def connection_lost(self, error):
        self.end(LOST)

    def give_up(self):
        """Ends the request as one that took too long."""
        self.close()
        self.end(TIMEOUT)

    def end(self, status, head=b"", body=b""):
        if self.is_busy:
            self.is_busy = False
            self.finished(self, status, head, body)

    def close(self):
        if self.transport is not None:
            self.transport.abort()
        elif self.opening:
            self.opening.cancel()
