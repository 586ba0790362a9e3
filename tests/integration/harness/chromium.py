# SPDX-License-Identifier: Apache-2.0
"""Debian's Chromium without a screen, driven over its debugging pipe: JSON that ends in NUL, both ways."""
import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time


class BrowserError(AssertionError):
    pass


class Chromium:
    """One browser with one page. Nothing that the page asks for leaves the machine: see requests()."""

    def __init__(self, deadline=60.0):
        self.deadline = deadline
        self.profile = tempfile.mkdtemp(prefix="kepud-chromium.")
        self.numbers, self.events, self.rest = 0, [], b""
        to_read, self.write = os.pipe()
        self.read, to_write = os.pipe()
        binary = shutil.which("chromium")
        assert binary, "chromium not found: run scripts/setup"
        command = [binary, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                   "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
                   "--force-device-scale-factor=1", "--remote-debugging-pipe", f"--user-data-dir={self.profile}",
                   "about:blank"]

        def pipes():
            # Chromium reads commands from 3 and answers on 4, whatever numbers ours have: out of the way first.
            source, sink = os.dup(to_read), os.dup(to_write)
            high_source, high_sink = os.dup2(source, 100), os.dup2(sink, 101)
            os.dup2(high_source, 3)
            os.dup2(high_sink, 4)

        with open(os.path.join(self.profile, "log"), "wb") as log:
            self.popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, close_fds=False,
                                          preexec_fn=pipes, start_new_session=True)
        os.close(to_read)
        os.close(to_write)
        targets = self.call("Target.getTargets", session=None)["targetInfos"]
        target = next(one for one in targets if one["type"] == "page")
        self.session = self.call("Target.attachToTarget", session=None, targetId=target["targetId"],
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "DOM", "CSS", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _message(self, end):
        while b"\0" not in self.rest:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.read], [], [], left)[0]:
                raise BrowserError("chromium did not answer in time")
            got = os.read(self.read, 1 << 20)
            if not got:
                with open(os.path.join(self.profile, "log"), errors="replace") as log:
                    raise BrowserError(f"chromium ended: {log.read()[-2000:]}")
            self.rest += got
        line, self.rest = self.rest.split(b"\0", 1)
        return json.loads(line)

    def call(self, method, session="", **parameters):
        self.numbers += 1
        number, end = self.numbers, time.monotonic() + self.deadline
        command = {"id": number, "method": method, "params": parameters}
        if session is not None:
            command["sessionId"] = session or self.session
        os.write(self.write, json.dumps(command).encode() + b"\0")
        while True:
            answer = self._message(end)
            if answer.get("id") == number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def open(self, path, width, dark=False, height=900):
        """Loads a file as a screen of that width shows it, and waits for its fonts."""
        self.events.clear()
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.call("Page.navigate", url=path.resolve().as_uri())
        end = time.monotonic() + self.deadline
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._message(end))
        self.run("document.fonts.ready.then(() => true)")

    def run(self, script):
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise BrowserError(result["exceptionDetails"]["exception"]["description"])
        return result["result"].get("value")

    def requests(self):
        """Addresses that the page asked for since it was opened."""
        return [event["params"]["request"]["url"] for event in self.events
                if event.get("method") == "Network.requestWillBeSent"]

    def complaints(self):
        """What the console says: violations of the content security policy, among others."""
        return [event["params"]["entry"]["text"] for event in self.events if event.get("method") == "Log.entryAdded"]

    def fonts(self, selector):
        """Names of the fonts whose glyphs the first such element shows, with their number."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        found = self.call("CSS.getPlatformFontsForNode", nodeId=node)["fonts"]
        return {font["familyName"]: font["glyphCount"] for font in found}

    def screenshot(self, path, whole=True):
        """The whole page, or what a selector names."""
        options = {"captureBeyondViewport": True}
        if isinstance(whole, str):
            box = self.run(f"(() => {{ const b = document.querySelector({json.dumps(whole)}).getBoundingClientRect();"
                           " return {x: b.x + scrollX, y: b.y + scrollY, width: b.width, height: b.height}; })()")
            options["clip"] = {**box, "scale": 1}
        else:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            options["clip"] = {**size, "scale": 1}
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png", **options)["data"]))

    def close(self):
        try:
            self.call("Browser.close", session=None)
            self.popen.wait(10)
        except (BrowserError, OSError, subprocess.TimeoutExpired):
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait(10)
        os.close(self.read)
        os.close(self.write)
        shutil.rmtree(self.profile, ignore_errors=True)
