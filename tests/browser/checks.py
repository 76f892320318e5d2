"""Runs checks of an example in a browser, one after the other, and says how many passed."""

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
    from devtools import Browser
    from example import Example, build
except ModuleNotFoundError as missing:
    sys.exit(f"{missing}: run `scripts/setup` first, or `pip install --target target/python websockets`")

WHOLE = 120  # seconds for all of it, once the example is built


def late(*_):
    raise TimeoutError(f"not done within {WHOLE} s")


def run(name, subject, *flags):
    """Builds the example `name` and makes a `subject(browser, example)`, whose `CHECKS` are in the order of a
    conversation: each begins where the one before ended. Returns what the process should end with.
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
            for check in subject.CHECKS:
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
    left = len(subject.CHECKS) - passed - failed
    print(f"{passed} passed, {failed} failed" + (f", {left} not reached" if failed else ""))
    return 1 if failed or passed < len(subject.CHECKS) else 0
