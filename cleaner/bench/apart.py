"""Systems run apart: each in processes of its own, so that one that hangs or crashes loses a document and not the run."""

import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress

import msgspec
from pebble import ProcessExpired, ProcessFuture, ProcessPool

from cleaner.bench import systems
from cleaner.bench.systems import Answer, Run, Settings
from cleaner.text import Document

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

# Beside the limit for a document: what loading a system may take in a new process.
LOAD_SECONDS = 120.0
# Documents on their way per process: enough to keep it busy, few enough to keep the pages out of memory.
AHEAD = 4


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a document."""

    answer: Answer | None = None
    """None where the system failed."""
    seconds: float = 0.0
    """CPU time, of children too; loading aside."""
    peak_mb: float = 0.0
    """The most memory (resident set, in MB) that the process has had so far."""
    failure: str = ""
    """Why there is no answer: ``time limit``, ``crash`` or the error's name, with its message after a colon."""


def run(name: str, settings: Settings, documents: Iterable[Document], workers: int = 1) -> Iterator[Outcome]:
    """What the system, or chain of systems, makes of each document, in their order; fails for none."""
    # Neither copies of this process, whose threads a fork would break, nor fresh ones, which import everything anew.
    context = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
    if sys.platform != "win32":
        context.set_forkserver_preload([__name__])
    with ProcessPool(max_workers=workers, context=context) as pool:
        waiting: deque[ProcessFuture[Outcome]] = deque()
        try:
            for document in documents:
                timeout = settings.seconds + LOAD_SECONDS
                waiting.append(pool.schedule(_answer, args=(name, settings, document), timeout=timeout))
                if len(waiting) >= AHEAD * workers:
                    yield _outcome(waiting.popleft())
            while waiting:
                yield _outcome(waiting.popleft())
        finally:
            if waiting:
                pool.stop()  # type: ignore[no-untyped-call]


def _outcome(future: ProcessFuture[Outcome]) -> Outcome:
    try:
        return future.result()
    except FutureTimeoutError:
        return Outcome(failure="time limit")
    except ProcessExpired as error:
        # The alarm that ends a process whose document takes too long.
        late = sys.platform != "win32" and error.exitcode == -signal.SIGALRM
        return Outcome(failure="time limit" if late else f"crash: exit status {error.exitcode}")
    except Exception as error:  # noqa: BLE001 (an answer that cannot be sent back)
        return Outcome(failure=_told(error))


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


_loaded: dict[str, Run | BaseException] = {}


def _answer(name: str, settings: Settings, document: Document) -> Outcome:
    """In the worker: run the system, loaded and warmed up when it is first asked for."""
    if name not in _loaded:
        _loaded[name] = _load(name, settings)
    ready = _loaded[name]
    if isinstance(ready, BaseException):
        return Outcome(failure=_told(ready))
    _alarm(settings.seconds)
    start = _cpu_seconds()
    try:
        answer = ready(document)
        failure = ""
    except BaseException as error:  # noqa: BLE001 (whatever a system raises is its failure, an exit or a Rust panic too)
        answer = None
        failure = _told(error)
    seconds = _cpu_seconds() - start + (answer.seconds if answer else 0.0)
    _alarm(0)
    return Outcome(answer=answer, seconds=seconds, peak_mb=_peak_mb(), failure=failure)


def _load(name: str, settings: Settings) -> Run | BaseException:
    _silence()
    try:
        ready = systems.load(name, settings)
    except BaseException as error:  # noqa: BLE001 (whatever its packages raise)
        return error
    warm_up = (
        "<html><body><article><h1>News</h1><p>The mayor said on Monday that the bridge will open.</p></article></body></html>"
    )
    for _ in range(2):
        _alarm(settings.seconds)
        with suppress(BaseException):  # it will fail on documents too, and be counted there
            ready(Document(id="warm-up", text=warm_up, media_type="text/html"))
    _alarm(0)
    return ready


def _silence() -> None:
    """What systems print is not part of the benchmark."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def _alarm(seconds: float) -> None:
    """End this process in so many seconds, even from within C code; 0 calls it off."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _cpu_seconds() -> float:
    """CPU time of this process and of its children that have ended."""
    own = time.process_time()
    if resource is None:
        return own
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own + children.ru_utime + children.ru_stime


def _peak_mb() -> float:
    if resource is None:
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
