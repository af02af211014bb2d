"""Headless Chromium on the page: choose a photo, drop a photo, read the result, look at it.

Chromium is driven by its DevTools protocol over a pipe, which needs no package.
"""
import base64
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

from interop import Failed, Skipped, require

NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome"]
PATIENCE = 30  # seconds for an answer of the browser, and for a result on the page
WIDTHS = [1200, 390]
SCHEMES = ["light", "dark"]


class Browser:
    def __init__(self, command, folder):
        to_browser, self.output = os.pipe()
        self.input, from_browser = os.pipe()

        def pipes():  # Chromium reads descriptor 3 and writes 4
            first, second = os.dup(to_browser), os.dup(from_browser)
            os.dup2(first, 3)
            os.dup2(second, 4)
        self.process = subprocess.Popen(
            [command, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
             f"--user-data-dir={folder}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=pipes, close_fds=False)
        os.close(to_browser)
        os.close(from_browser)
        os.set_blocking(self.input, False)
        self.number, self.received, self.events = 0, b"", []

    def receive(self):
        """Returns the next message, or None if there is none now."""
        try:
            data = os.read(self.input, 1 << 20)
        except BlockingIOError:
            data = None
        if data == b"":
            raise Failed("Chromium ended")
        self.received += data or b""
        message, zero, rest = self.received.partition(b"\0")
        if not zero:
            return None
        self.received = rest
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            answer = self.receive()
            if answer is None:
                time.sleep(0.01)
            elif answer.get("id") == self.number:
                if "error" in answer:
                    raise Failed(f"{method}: {answer['error']['message']}")
                return answer["result"]
            else:
                self.events.append(answer)
        raise Failed(f"{method}: no answer of Chromium")

    def close(self):
        os.close(self.output)
        self.process.terminate()
        self.process.wait()
        os.close(self.input)


class Page:
    """A new page of a width and a color scheme."""

    def __init__(self, browser, url, width, scheme):
        self.browser, self.url = browser, url
        browser.events = []
        self.target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'", "the page was not loaded")

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def value(self, expression):
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in found:
            raise Failed(f"{expression}: {found['exceptionDetails']['text']}")
        return found["result"].get("value")

    def wait(self, expression, failure):
        end = time.monotonic() + PATIENCE
        while not self.value(expression):
            if time.monotonic() > end:
                raise Failed(failure() if callable(failure) else failure)
            time.sleep(0.05)

    def text(self):
        return self.value("document.body.innerText")

    def wait_for(self, word):
        self.wait(f"document.body.innerText.toLowerCase().includes({json.dumps(word.lower())})",
                  lambda: f"{word!r} is not on the page: {' '.join(self.text().split())[:200]!r}")

    def choose(self, *paths):
        """Gives files to the page's input, as a click on it would."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector="input[type=file]")["nodeId"]
        require(node, "the page has no <input type=file>")
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in paths])

    def drop(self, *paths):
        """Drops files on the middle of the page."""
        x, y = self.value("innerWidth / 2"), self.value("Math.min(innerHeight, document.body.scrollHeight) / 2")
        data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.call("Input.dispatchDragEvent", type=kind, x=x, y=y, data=data)

    def press(self, key):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=9 if key == "Tab" else 13)

    def screenshot(self, path):
        picture = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(picture))

    def complaints(self):
        """Returns errors of scripts and of the content security policy, and requests to other servers."""
        self.value("1")  # receives what is waiting
        found = []
        for event in self.browser.events:
            if event.get("sessionId") != self.session:
                continue
            parameters = event["params"]
            match event["method"]:
                case "Runtime.exceptionThrown":
                    found.append(parameters["exceptionDetails"].get("exception", {}).get("description", "exception"))
                case "Log.entryAdded" if parameters["entry"]["level"] == "error":
                    found.append(parameters["entry"]["text"] + " " + parameters["entry"].get("url", ""))
                case "Network.requestWillBeSent":
                    address = parameters["request"]["url"]
                    if not address.startswith((self.url, "data:", "blob:", "about:")):
                        found.append(f"request to {address}")
        return found

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)


def checks(server, options):
    command = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not command:
        raise Skipped("Chromium is not installed (Debian: apt-get install chromium); CHROMIUM can name it")
    pictures = options.screenshots or server.folder
    Path(pictures).mkdir(parents=True, exist_ok=True)
    browser = Browser(command, server.folder / "chromium")
    labels = {path: server.predictions[path][0]["label"] for path in server.photos}

    def opened(check, width=1200, scheme="light"):
        page = Page(browser, server.url + "/", width, scheme)
        try:
            note = check(page)
            require(not page.complaints(), "; ".join(page.complaints())[:300])
            return note
        finally:
            page.close()

    def chosen():
        def check(page):
            page.choose(server.rocket)
            page.wait_for(labels[server.rocket])
        return opened(check)

    def dropped():
        def check(page):
            page.drop(server.cat)
            page.wait_for(labels[server.cat])
        return opened(check)

    def another():
        def check(page):
            page.choose(server.rocket)
            page.wait_for(labels[server.rocket])
            page.drop(server.coffee)
            page.wait_for(labels[server.coffee])
        return opened(check)

    def keyboard():
        def check(page):
            for _ in range(20):
                page.press("Tab")
                place = page.value("(e => e && e !== document.body ? e.tagName + ' ' + (e.type || '') : '')(document.activeElement)")
                if place.startswith(("BUTTON", "INPUT", "LABEL")):
                    return place.lower()
            raise Failed("Tab does not reach a button or an input")
        return opened(check)

    def policy():
        import urllib.request
        with urllib.request.urlopen(server.url + "/") as answer:
            found = answer.headers.get("Content-Security-Policy", "")
        require("default-src" in found, f"Content-Security-Policy is {found!r}")

    def looks(width, scheme):
        def check(page):
            page.choose(server.cat)
            page.wait_for(labels[server.cat])
            widest = page.value("document.documentElement.scrollWidth")
            require(widest <= width, f"the page is {widest} pixels wide")
            page.screenshot(Path(pictures) / f"page-{width}-{scheme}.png")
            return "background " + page.value("getComputedStyle(document.body).backgroundColor")
        return lambda: opened(check, width, scheme)

    try:
        version = browser.call("Browser.getVersion")["product"]
        yield f"start ({version})", lambda: None
        yield "choose a photo, read the result", chosen
        yield "drop a photo, read the result", dropped
        yield "a second photo", another
        yield "keyboard", keyboard
        yield "content security policy", policy
        for width in WIDTHS:
            for scheme in SCHEMES:
                yield f"screenshot, {width} pixels, {scheme}", looks(width, scheme)
    finally:
        browser.close()
