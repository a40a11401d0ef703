"""A sixth of a core: one processor, shared with five processes that never rest.

Where the system lets a process be kept to one processor, the measured program is kept to it together with five equal loops, so that its
scheduler gives each a sixth. That is the slow tablet as it is: what is not finished in one turn waits for five others. A quota would
give short work a whole core and then nothing, and needs the rights to set it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

SHARE = 6
# A loop ends by itself when the one that started it is gone.
BUSY = "import os\nparent = os.getppid()\nwhile os.getppid() == parent:\n    for _ in range(1000000): pass\n"
SETTLING_SECONDS = 1.0


@contextmanager
def sixth_of_a_core() -> Iterator[str]:
    """What is started inside shares one processor with five busy loops. Gives why that is impossible here, or ""."""
    if not hasattr(os, "sched_setaffinity"):
        yield "because this system keeps no process to one processor"
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(SHARE - 1)]
    try:
        time.sleep(SETTLING_SECONDS)
        yield ""
    finally:
        for each in busy:
            each.kill()
            each.wait()
        os.sched_setaffinity(0, allowed)
