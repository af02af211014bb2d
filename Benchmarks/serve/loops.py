"""Two ways to send requests: an open loop at given times, and a closed loop over a few connections.

Real clients do not wait for each other, so percentiles come from the open loop: each time is measured
from the moment when the request was due, also if it had to wait for the generator or a connection. A
closed loop slows down with the server and hides queues; it measures the throughput.
"""
import asyncio
import random
from collections import Counter, deque

from .client import Connection

REFUSED = (429, 503)


def poisson(rate, seconds, seed):
    """Returns the times of random arrivals, `rate` per second on average."""
    generator, times, time = random.Random(seed), [], 0.0
    while (time := time + generator.expovariate(rate)) < seconds:
        times.append(time)
    return times


def regular(interval, seconds):
    """Returns times with equal distances."""
    return [index * interval for index in range(int(seconds / interval))]


class Record:
    """The statuses and times of all requests of a loop, in seconds."""

    def __init__(self):
        self.statuses, self.times, self.late = [], [], []
        self.seconds = 0.0
        self.connections = 0

    def accepted(self):
        return [time for time, status in zip(self.times, self.statuses) if status == 200]

    def refused(self):
        return [time for time, status in zip(self.times, self.statuses) if status in REFUSED]

    def failed(self):
        """Returns the count of every other status."""
        return Counter(str(status) for status in self.statuses if status != 200 and status not in REFUSED)


class OpenLoop:
    """Sends `request(i)` at the time `arrivals[i]`, over as many connections as this needs.

    `answered(i, status, head, body)` is called for each answer if it is given.
    """

    def __init__(self, host, port, arrivals, request, timeout, most_connections=500, answered=None):
        self.host, self.port, self.arrivals, self.request = host, port, arrivals, request
        self.timeout, self.most_connections, self.answered = timeout, most_connections, answered
        self.loop = asyncio.get_running_loop()
        self.record = Record()
        self.idle, self.count = [], 0
        self.waiting, self.running = deque(), deque()
        self.next = self.done = 0
        self.all_done = self.loop.create_future()

    async def run(self):
        self.start = self.loop.time() + 0.01
        if self.arrivals:
            self.loop.call_at(self.start + self.arrivals[0], self.fire)
            self.loop.call_later(self.timeout, self.look_for_late_answers)
            await self.all_done
        self.record.seconds = self.loop.time() - self.start
        for connection in self.idle:
            connection.close()
        return self.record

    def fire(self):
        """Sends all requests that are due."""
        now = self.loop.time()
        while self.next < len(self.arrivals) and self.start + self.arrivals[self.next] <= now:
            self.send(self.next)
            self.next += 1
        if self.next < len(self.arrivals):
            self.loop.call_at(self.start + self.arrivals[self.next], self.fire)

    def send(self, index):
        while self.idle and not self.idle[-1].is_usable:
            self.idle.pop()
            self.count -= 1
        if self.idle:
            connection = self.idle.pop()
        elif self.count < self.most_connections:
            self.count += 1
            self.record.connections += 1
            connection = Connection(self.finished)
            connection.open(self.host, self.port)
        else:
            self.waiting.append(index)
            return
        connection.tag = index
        self.running.append((index, connection))
        self.record.late.append(self.loop.time() - self.start - self.arrivals[index])
        connection.send(self.request(index))

    def finished(self, connection, status, head, body):
        index = connection.tag
        self.record.statuses.append(status)
        self.record.times.append(self.loop.time() - self.start - self.arrivals[index])
        if self.answered:
            self.answered(index, status, head, body)
        if connection.is_usable:
            self.idle.append(connection)
        else:
            self.count -= 1
        if self.waiting:
            self.send(self.waiting.popleft())
        self.done += 1
        if self.done == len(self.arrivals):
            self.all_done.set_result(None)

    def look_for_late_answers(self):
        now = self.loop.time() - self.start
        while self.running:
            index, connection = self.running[0]
            if connection.is_busy and connection.tag == index:
                if now - self.arrivals[index] < self.timeout:
                    break
                connection.give_up()
            self.running.popleft()
        if not self.all_done.done():
            self.loop.call_later(0.02, self.look_for_late_answers)


class ClosedLoop:
    """Keeps `connections` connections busy until `count` requests are answered, or for some seconds."""

    def __init__(self, host, port, connections, request, count=None, seconds=None, answered=None):
        self.host, self.port, self.connections, self.request = host, port, connections, request
        self.count, self.seconds, self.answered = count, seconds, answered
        self.loop = asyncio.get_running_loop()
        self.record = Record()
        self.record.connections = connections
        self.next = self.running = 0
        self.all_done = self.loop.create_future()

    async def run(self):
        connections = [Connection(self.finished) for _ in range(self.connections)]
        await asyncio.gather(*(connection.open(self.host, self.port) for connection in connections))
        if not all(connection.is_usable for connection in connections):
            raise ConnectionError(f"no connection to http://{self.host}:{self.port}: is the server running?")
        self.start = self.loop.time()
        for connection in connections:
            self.running += 1
            self.send(connection)
        await self.all_done
        self.record.seconds = self.loop.time() - self.start
        return self.record

    def is_over(self):
        if self.count is not None and self.next >= self.count:
            return True
        return self.seconds is not None and self.loop.time() - self.start >= self.seconds

    def send(self, connection):
        if self.is_over() or not connection.is_usable:
            connection.close()
            self.running -= 1
            if not self.running:
                self.all_done.set_result(None)
            return
        connection.tag = (self.next, self.loop.time())
        self.next += 1
        connection.send(self.request(connection.tag[0]))

    def finished(self, connection, status, head, body):
        index, start = connection.tag
        self.record.statuses.append(status)
        self.record.times.append(self.loop.time() - start)
        if self.answered:
            self.answered(index, status, head, body)
        if connection.is_usable:
            self.send(connection)
        else:  # the server closed the connection: the next one takes its place
            self.loop.create_task(self.replace())

    async def replace(self):
        self.record.connections += 1
        connection = Connection(self.finished)
        await connection.open(self.host, self.port)
        self.send(connection)
