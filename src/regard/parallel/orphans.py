"""The end of a worker whose parent was killed, in the middle of a job."""

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import wait

_PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>


def end_with_parent(*, by_kernel: bool) -> None:
    """Let this worker end when the process that started it does, even by SIGKILL.

    A worker that computes would only notice when its job is done, and go on writing files that the
    next command also writes.

    Args:
        by_kernel: whether Linux may also kill it, which needs no Python code to run. Linux does so
            when the thread that started the worker ends, so that must be the main thread.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if by_kernel and sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # Also for a parent that died before, and for systems without such a signal.
    watch = threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True)
    watch.name = "end with parent"
    watch.start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
