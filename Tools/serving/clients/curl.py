"""The command curl."""
import gzip
import json
import shutil
import subprocess
import time

from interop import Skipped, expect, require

MARK = "\n#curl "
FIELDS = "%{http_code} %{http_version} %{num_connects} %{time_total} %{content_type}"


def curl(*arguments, data=None):
    """Returns status, HTTP version, new connections, seconds, content type and body."""
    command = ["curl", "--silent", "--show-error", "--max-time", "30", "--write-out", MARK + FIELDS, *map(str, arguments)]
    result = subprocess.run(command, input=data, capture_output=True)
    if result.returncode != 0:
        raise RuntimeError(result.stderr.decode().strip())
    body, _, fields = result.stdout.rpartition(MARK.encode())
    status, version, connections, seconds, kind = (fields.decode().split(" ", 4) + [""])[:5]
    return int(status), version, int(connections), float(seconds), kind.strip(), body


def checks(server, options):
    if not shutil.which("curl"):
        raise Skipped("the command curl is not installed")
    classify = f"{server.url}/v1/classify"

    def one(*arguments, photo, top=5, data=None):
        status, *_, body = curl(*arguments, data=data)
        expect(status, 200, f"status ({body[:100]!r})")
        server.check_predictions(json.loads(body)["predictions"], photo, top)

    def is_error(status, kind, body, right):
        expect(status, right, f"status ({body[:100]!r})")
        expect(kind, "application/json", "content type")
        require(isinstance(json.loads(body)["error"], str), f"no error text in {body[:100]!r}")

    def raw():
        one("--data-binary", f"@{server.rocket}", classify, photo=server.rocket)

    def top():
        one("--data-binary", f"@{server.cat}", f"{classify}?top=3", photo=server.cat, top=3)

    def form():
        one("-F", f"photo=@{server.cat}", classify, photo=server.cat)

    def form_of_two():
        status, *_, body = curl("-F", f"photo=@{server.cat}", "-F", f"photo=@{server.rocket}", f"{classify}?top=3")
        expect(status, 200, f"status ({body[:100]!r})")
        results = json.loads(body)["results"]
        expect([result["name"] for result in results], ["cat.png", "rocket.jpg"], "names")
        for result, path in zip(results, (server.cat, server.rocket)):
            server.check_predictions(result["predictions"], path, 3)

    def form_with_a_text():
        text = server.folder / "text.jpg"
        text.write_text("This is not a photo.\n")
        status, *_, body = curl("-F", f"photo=@{text}", "-F", f"photo=@{server.rocket}", classify)
        expect(status, 200, f"status ({body[:100]!r})")
        first, second = json.loads(body)["results"]
        require(isinstance(first.get("error"), str), f"no error for a text: {first}")
        server.check_predictions(second["predictions"], server.rocket)

    def from_standard_input():
        one("-T", "-", "-X", "POST", classify, photo=server.rocket, data=server.rocket.read_bytes())

    def compressed():
        file = server.folder / "cat.png.gz"
        file.write_bytes(gzip.compress(server.cat.read_bytes()))
        one("--compressed", "-H", "Content-Encoding: gzip", "--data-binary", f"@{file}", f"{classify}?top=100",
            photo=server.cat, top=100)

    def as_protocol():
        status, *_, body = curl("-H", "Inference-Header-Content-Length: 0", "--data-binary", f"@{server.rocket}",
                                f"{server.url}/v2/models/{server.model}/infer")
        expect(status, 200, f"status ({body[:100]!r})")
        require(body.endswith(server.probabilities(server.rocket).tobytes()), "the answer does not end with the probabilities")

    def expecting():
        large = server.folder / "large.png"
        large.write_bytes(server.cat.read_bytes() + bytes(1_200_000))  # decoders stop at the end of the photo
        start = time.monotonic()
        one("-H", "Expect: 100-continue", "--expect100-timeout", 5, "--data-binary", f"@{large}", classify, photo=server.cat)
        seconds = time.monotonic() - start
        require(seconds < 1, f"took {seconds:.1f} s: the server does not send 100 Continue")

    def old_version():
        one("--http1.0", "--data-binary", f"@{server.rocket}", classify, photo=server.rocket)

    def head():
        status, *_, body = curl("--head", f"{server.url}/v2/health/ready")
        expect(status, 200, "status")
        require(b"content-length" in body.lower(), "no Content-Length")

    def kept_open():
        ready = f"{server.url}/v2/health/ready"
        command = ["curl", "--silent", "--write-out", "%{num_connects} ", ready, f"{server.url}/nothing", ready]
        result = subprocess.run(command + ["--output", "/dev/null"] * 3, capture_output=True, text=True)
        expect(result.stdout.split(), ["1", "0", "0"], "new connections, with a 404 between")

    def slash():
        for path in ("/v2/", f"/v2/models/{server.model}/"):
            expect(curl(server.url + path)[0], 200, f"status of {path}")

    def unknown():
        status, *_, kind, body = curl(f"{server.url}/nothing")
        is_error(status, kind, body, 404)

    def wrong_method():
        status, *_, kind, body = curl("-X", "DELETE", classify)
        is_error(status, kind, body, 405)
        *_, body = curl("-X", "DELETE", "--include", classify)
        require(b"\nallow:" in body.lower(), "no header Allow")

    def no_photo():
        status, *_, kind, body = curl("--data-binary", "This is not a photo.", classify)
        is_error(status, kind, body, 415)
        return json.loads(body)["error"]

    def identifiers():
        *_, body = curl("--include", "-H", "X-Request-Id: photo-7", f"{server.url}/v2/health/live")
        require(b"x-request-id: photo-7" in body.lower(), "X-Request-Id is not given back")

    def embedding():
        status, *_, body = curl("--data-binary", f"@{server.rocket}", f"{server.url}/v1/embed")
        expect(status, 200, f"status ({body[:100]!r})")
        found = json.loads(body)
        expect(len(found["features"]), found["dimensions"], "number of features")

    def heat_map():
        status, *_, kind, body = curl("-H", "Accept: image/png", "--data-binary", f"@{server.rocket}", f"{server.url}/v1/explain")
        expect((status, kind, body[:4]), (200, "image/png", b"\x89PNG"), "status, type and signature")

    yield "photo", raw
    yield "photo, three classes", top
    yield "-F, one photo", form
    yield "-F, two photos", form_of_two
    yield "-F, a text and a photo", form_with_a_text
    yield "photo in chunks, from standard input", from_standard_input
    yield "gzip in both directions", compressed
    yield "photo to infer", as_protocol
    yield "1.4 MB with Expect: 100-continue", expecting
    yield "HTTP/1.0", old_version
    yield "HEAD", head
    yield "connection stays open, also after an error", kept_open
    yield "slash at the end", slash
    yield "unknown path", unknown
    yield "wrong method", wrong_method
    yield "text instead of a photo", no_photo
    yield "X-Request-Id", identifiers
    yield "features", embedding
    yield "heat map", heat_map
