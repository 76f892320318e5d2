"""The parts of a driven page that all browsers have in common."""

import base64
import json
import os
import time

PATIENCE = 10  # seconds, for anything


class Moved(AssertionError):
    """The page was on its way to another address, so nothing was done, or the answer is lost."""


class DrivenPage:
    """One page, as a person sees and uses it. A browser adds `go`, `back`, `close`, `run`, `enter` and so on."""

    @staticmethod
    def there(look):
        """Looks again for as long as the page is on its way to another address."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return look()
            except Moved:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)

    def until(self, condition, what):
        """Waits for the change in the page that makes `condition` true."""
        script = f"""new Promise(done => {{
            const look = () => {{ if (document.body && ({condition})) end(true); }};
            const watch = new MutationObserver(look);
            const late = setTimeout(() => end(false), {PATIENCE * 1000});
            const end = result => {{ watch.disconnect(); clearTimeout(late); done(result); }};
            watch.observe(document, {{ subtree: true, childList: true, attributes: true, characterData: true }});
            look();
        }})"""
        if not self.there(lambda: self.run(script)):
            raise AssertionError(f"waited {PATIENCE} s for {what}; the page reads:\n{self.text()}")

    def text(self):
        """What the page reads."""
        return self.run("document.body ? document.body.innerText : ''")

    def type(self, selector, words):
        """Writes into a field in place of what is there, and presses Enter."""
        self.run(f"document.querySelector({json.dumps(selector)}).select()")
        if words:
            self.insert(words)
        else:
            self.run(f"document.querySelector({json.dumps(selector)}).value = ''")
        self.enter()

    def fits(self):
        """Nothing hangs over the edge of a small telephone. The page keeps this size."""
        self.resize(320, 640)
        width = self.run("document.documentElement.scrollWidth")
        assert width <= 320, width

    @staticmethod
    def save(path, image):
        """Writes a screenshot, which is in base64."""
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(image))
