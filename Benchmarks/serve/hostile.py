"""Requests that no good client sends, and what a server may answer.

Each attack is the bytes to send. An answer must have a status of a client's fault, or 501 or 503; the
server may also close the connection without an answer where the request is not HTTP. A server that neither
answers nor closes hangs. After `half`, the client ends its side of the connection.
"""
import asyncio
import gzip
import json
import socket
import struct
import zlib
from dataclasses import dataclass

from .client import NO_CONNECTION

ALLOWED = {*range(400, 500), 501, 503, 505}


@dataclass
class Attack:
    name: str
    data: bytes
    may_close: bool = False  # without an answer
    half: bool = False
    may_succeed: bool = False


def attacks(model, photo, host):
    """Returns all attacks. `photo` is a good one."""
    infer, classify = f"/v2/models/{model}/infer", "/v1/classify"

    def post(path, body=b"", length=None, **headers):
        lines = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body) if length is None else length}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    def tensor(**changes):
        document = {"inputs": [{"name": "image", "datatype": "FP32", "shape": [1, 224, 224, 3], "data": [0]} | changes]}
        return post(infer, json.dumps(document).encode())

    def binary(body, **changes):
        entry = {"name": "image", "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": len(body)}} | changes
        text = json.dumps({"inputs": [entry]}).encode()
        return post(infer, text + body, Inference_Header_Content_Length=len(text))

    def chunked(*chunks, path=classify):
        return f"POST {path} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + b"".join(chunks)
    zeros = bytes(200 << 20)
    bomb, bomb_zlib = gzip.compress(zeros, 9), zlib.compress(zeros, 9)
    part = b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n'
    deep = b"[" * 100_000 + b"]" * 100_000
    twice = {"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "data": ["AA=="],
                         "parameters": {"content_type": "base64"}}],
             "outputs": [{"name": "probabilities"}] * 2}
    return [
        # HTTP
        Attack("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n\r\n", may_close=True, half=True),
        Attack("large headers", post(classify, photo, X_Large="a" * 1_000_000), may_close=True),
        Attack("many headers", post(classify, photo, **{f"X_{index}": "a" for index in range(20_000)}), may_close=True),
        Attack("long path", post("/v1/" + "a" * 200_000), may_close=True),
        Attack("negative length", post(classify, length=-1), may_close=True),
        Attack("length that is no number", post(classify, length="12x"), may_close=True),
        Attack("length of 20 digits", post(classify, length=99999999999999999999), may_close=True),
        Attack("10 GB announced", post(classify, photo, length=10_000_000_000), may_close=True),
        Attack("two lengths", post(classify, photo, Content_Length=5), may_close=True),
        Attack("body shorter than its length", post(classify, photo[:1000], length=len(photo)), may_close=True, half=True),
        Attack("chunk size that is no number", chunked(b"zz\r\n\r\n"), may_close=True),
        Attack("chunk size of 20 digits", chunked(b"fffffffffffffffffff\r\n"), may_close=True),
        Attack("chunks of one byte", chunked(*(b"1\r\n%c\r\n" % byte for byte in photo), b"0\r\n\r\n"), may_succeed=True),
        Attack("wrong method", b"DELETE " + post(classify, photo)[5:]),
        Attack("unknown path", post("/v3/nothing", photo)),
        Attack("path with zero and percent", post("/v1/%00%zz", photo), may_close=True),
        # Encodings
        Attack("gzip bomb", post(classify, bomb, Content_Encoding="gzip")),
        Attack("gzip bomb, infer", post(infer, bomb, Content_Encoding="gzip")),
        Attack("deflate bomb", post(infer, bomb_zlib, Content_Encoding="deflate")),
        Attack("gzip that is cut", post(classify, gzip.compress(photo)[:500], Content_Encoding="gzip")),
        Attack("gzip that is none", post(classify, photo, Content_Encoding="gzip")),
        Attack("unknown encoding", post(infer, photo, Content_Encoding="br")),
        # Own routes
        Attack("no body", post(classify)),
        Attack("top 0", post(classify + "?top=0", photo)),
        Attack("top of 30 digits", post(classify + "?top=" + "9" * 30, photo)),
        Attack("unknown model", post(classify + "?model=nothing", photo)),
        Attack("JSON that is none", post(classify, b"{", Content_Type="application/json")),
        Attack("deep JSON", post(classify, deep, Content_Type="application/json")),
        Attack("base64 that is none", post(classify, b'{"image": "*"}', Content_Type="application/json")),
        Attack("no photo in multipart", post(classify, b"--x--\r\n", Content_Type="multipart/form-data; boundary=x")),
        Attack("multipart without boundary", post(classify, photo, Content_Type="multipart/form-data")),
        Attack("multipart that is cut", post(classify, part + photo, Content_Type="multipart/form-data; boundary=x")),
        # Open Inference Protocol
        Attack("no JSON to infer", post(infer, b"nothing")),
        Attack("deep JSON to infer", post(infer, b'{"inputs":' + deep + b"}")),
        Attack("no inputs", post(infer, b"{}")),
        Attack("unknown input", tensor(name="nothing")),
        Attack("unknown datatype", tensor(datatype="FP31")),
        Attack("too few numbers", tensor()),
        Attack("negative dimension", tensor(shape=[-1, 224, 224, 3])),
        Attack("overflowing shape", tensor(shape=[1 << 62, 1 << 62, 4, 4])),
        Attack("dimension of 30 digits", tensor(shape=[10 ** 30])),
        Attack("dimension that is no whole number", tensor(shape=[1.5, 224, 224, 3])),
        Attack("shape of zeros", tensor(shape=[0, 0, 0, 0], data=[])),
        Attack("words as numbers", tensor(data=["a"])),
        Attack("data beside binary data", tensor(parameters={"binary_data_size": 4})),
        Attack("header length above the body", post(infer, b"{}", Inference_Header_Content_Length=99_999_999_999)),
        Attack("negative header length", post(infer, b"{}", Inference_Header_Content_Length=-5)),
        Attack("binary size above the body", binary(b"1234", parameters={"binary_data_size": 1 << 62})),
        Attack("negative binary size", binary(b"1234", parameters={"binary_data_size": -4})),
        Attack("bytes left over", binary(b"\0\0\0\0rest", parameters={"binary_data_size": 4})),
        Attack("element longer than the tensor", binary(struct.pack("<I", 0xFFFF_FFFF) + b"abc")),
        Attack("more elements than data", binary(struct.pack("<I", 0), shape=[1_000_000_000])),
        Attack("photo without its length", binary(photo)),
        Attack("pixels of another size", binary(bytes(100), datatype="UINT8", shape=[1, 224, 224, 3])),
        Attack("one output twice", post(infer, json.dumps(twice).encode())),
        Attack("unknown output", post(infer, json.dumps(twice | {"outputs": [{"name": "nothing"}]}).encode())),
        Attack("shared memory", post("/v2/systemsharedmemory/region/a/register", b"{}")),
        Attack("load without a token", post(f"/v2/repository/models/{model}/load", b"{}")),
    ]


async def answer(attack, host, port, patience):
    """Returns the status of an attack's answer, "closed", "hangs" or "no connection"."""
    try:
        reader, writer = await asyncio.open_connection(host, port)
    except OSError:
        return NO_CONNECTION
    try:
        async with asyncio.timeout(patience):
            writer.write(attack.data)
            if attack.half:
                writer.write_eof()
            line = await reader.readuntil(b"\r\n")
            return int(line.split()[1])
    except TimeoutError:
        return "hangs"
    except (OSError, asyncio.IncompleteReadError, IndexError, ValueError):
        return "closed"
    finally:
        writer.transport.abort()


async def vanish(request, host, port, random):
    """Sends a random part of a request, and leaves: the connection is closed or reset."""
    count = len(request) if random.random() < 0.3 else random.randrange(len(request))
    try:
        reader, writer = await asyncio.open_connection(host, port)
    except OSError:
        return
    if random.random() < 0.5:  # reset
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.write(request[:count])
    await asyncio.sleep(random.choice((0, 0.001, 0.01)))
    writer.transport.abort()
