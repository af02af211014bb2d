"""Writes the bodies that real clients send, as golden files for the tests of the server.

    python make_bodies.py ../../Tests/EfficientNetServingTests/Fixtures/bodies
        needs: curl 7.88, gzip 1.12; requests 2.34, httpx 0.28, aiohttp 3.14

Each client sends to a server on the loopback address. A file NAME.body has the value of
Content-Type in its first line; the body follows. The others are compressed. The boundaries
are random, so each run writes other files that mean the same.
"""
import asyncio
import base64
import gzip
import http.server
import os
import subprocess
import sys
import tempfile
import threading
import zlib

import aiohttp
import httpx
import requests

# Any bytes will do. The second file has every byte and what looks like the end of a part.
FIRST = b"\x89PNG\r\n\x1a\n" + bytes(16)
SECOND = b"\xff\xd8\xff" + bytes(range(256)) + b"\r\n--\r\n\r\n--x--\r\n"
NAMES = ["a.png", 'ä "b";.jpg']


class Recorder(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    recorded = None

    def do_POST(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        Recorder.recorded = (self.headers["Content-Type"], body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


folder = os.path.abspath(sys.argv[1])
os.makedirs(folder, exist_ok=True)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"


def write(name, contents):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(contents)


def save(name):
    content_type, body = Recorder.recorded
    Recorder.recorded = None
    write(f"{name}.body", content_type.encode() + b"\n" + body)


def curl(name, *arguments, stdin=None):
    subprocess.run(["curl", "-sS", "-H", "Expect:", *arguments, url], input=stdin, check=True)
    save(name)


with tempfile.TemporaryDirectory() as photos:
    os.chdir(photos)
    for name, contents in zip(NAMES, (FIRST, SECOND)):
        with open(name, "wb") as file:
            file.write(contents)
    quoted = NAMES[1].replace('"', '\\"')

    curl("curl", "-F", "photo=@a.png", "-F", f'photo=@"{quoted}"', "-F", "top=3")
    curl("curl-escaped", "--form-escape", "-F", f'photo=@"{quoted}"')
    curl("curl-path", "-F", r'photo=@a.png;filename="C:\new\a.png"')
    curl("curl-pipe", "-F", "photo=@-", stdin=FIRST)
    curl("curl-unnamed", "-F", "photo=<a.png;type=image/png", "-F", "model=lite0")
    curl("curl-forgotten", "-F", "photo=a.png")
    curl("curl-empty", "-F", "photo=@/dev/null;filename=empty.jpg")
    curl("curl-raw", "--data-binary", "@a.png")

    files = [("photo", (NAMES[0], FIRST, "image/png")), ("photo", (NAMES[1], SECOND))]
    requests.post(url, files=files, data={"top": 3})
    save("requests")
    httpx.post(url, files=files, data={"top": 3})
    save("httpx")

    async def post():
        form = aiohttp.FormData()
        form.add_field("photo", FIRST, filename=NAMES[0], content_type="image/png")
        form.add_field("photo", SECOND, filename=NAMES[1])
        form.add_field("top", "3")
        async with aiohttp.ClientSession() as session:
            await session.post(url, data=form)

    asyncio.run(post())
    save("aiohttp")

    encoded = [base64.b64encode(photo).decode() for photo in (FIRST, SECOND)]
    requests.post(url, json={"images": encoded, "top": 3, "model": "lite0"})
    save("requests-json")

    with open("a.png", "rb") as file:
        write("gzip.gz", subprocess.run(["gzip", "-c", "a.png"], stdout=-1, check=True).stdout)
write("members.gz", b"".join(gzip.compress(part, mtime=0) for part in (FIRST, b"", SECOND)))
write("zlib.zz", zlib.compress(FIRST + SECOND))
# 100 MB of zeros become 97 kB, and these become 300 bytes.
write("bomb.gz.gz", gzip.compress(gzip.compress(bytes(100_000_000), mtime=0), mtime=0))
