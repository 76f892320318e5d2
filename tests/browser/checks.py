"""Runs checks of an example in a browser, one after the other, and prints how many passed."""

import contextlib
import os
import signal
import sys
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Behind this folder, whose modules share names with those.
sys.path[1:1] = [os.path.join(ROOT, "target", "python"), os.path.join(ROOT, "tests", "python")]
try:
    import bidi
    import devtools
    from example import Example, build
except ModuleNotFoundError as missing:
    sys.exit(f"{missing}: run `scripts/setup` first, or `pip install --target target/python websockets`")

WHOLE = 240  # seconds for all of it, once the example is built
BROWSERS = {"chromium": devtools.Browser, "firefox": bidi.Browser}


Browser = BROWSERS[os.environ.get("WS_BROWSER", "chromium")]


def late(*_):
    raise TimeoutError(f"not done within {WHOLE} s")


def only(browser):
    """Marks a check that needs this browser."""

    def mark(check):
        check.only = browser
        return check

    return mark


def run(name, subject, *flags):
    """Builds the example `name` and makes a `subject(browser, example)`, whose `CHECKS` are in the order of a
    conversation: each begins where the one before ended. `WS_BROWSER` names the browser; Chromium is the default. Returns
    what the process should end with.
    """
    example = Example(build(name, *flags))
    signal.signal(signal.SIGALRM, late)
    signal.alarm(WHOLE)
    passed = failed = 0
    try:
        example.start()
        with contextlib.ExitStack() as stack:
            # A subject that needs other browsers opens them itself, by `stack`.
            own = getattr(subject, "OWN_BROWSERS", False)
            subject = subject(stack if own else stack.enter_context(Browser()), example)
            checks = [check for check in subject.CHECKS if getattr(check, "only", Browser.name) == Browser.name]
            for check in checks:
                title, begun = check.__name__.replace("_", " "), time.monotonic()
                try:
                    check(subject)
                except Exception:
                    failed += 1
                    print(f"FAILED  {title}\n{traceback.format_exc()}")
                    break  # the rest would begin in the wrong place
                passed += 1
                print(f"passed  {title} ({time.monotonic() - begun:.1f} s)")
        example.stop()
    except Exception:
        failed += 1
        traceback.print_exc(file=sys.stdout)
    finally:
        signal.alarm(0)
        example.kill()
    print(f"{name} in {Browser.name}: {passed} passed, {failed} failed" + (", the rest not reached" if failed else ""))
    return 1 if failed or not passed else 0
