"""How commands speak: results to standard output, all else to standard error, and an exit status."""

import io
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import click

from cleaner.extras import ExtraMissingError

if TYPE_CHECKING:
    from rich.console import Console

FAILED = 1
"""Exit status: some documents failed, something would change (``--check``), or a rule did not hold."""
WRONG_CALL = 2
"""Exit status: the call or a rule file is wrong."""
INTERRUPTED = 130
"""Exit status: stopped by the user."""


@contextmanager
def reported(*, resumes: bool = False) -> Iterator[None]:
    """What goes wrong as a message on standard error and an exit status, never as a traceback.

    Where the command is one that `resumes`, what it has written is whole and it can be run again, and the message says so.
    """
    goes_on = "; the same command goes on from here" if resumes else ""
    whole = "; what was written before is whole" if resumes else ""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")  # not every terminal, or file that is asked for, takes UTF-8
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # a request to end is an interruption like any other
    try:
        yield
    except KeyboardInterrupt:
        fail(f"interrupted{goes_on}", INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone: nobody is left to tell
        sys.exit(FAILED)
    except (ValueError, ExtraMissingError) as error:  # rule files, settings, inputs: each names itself
        fail(str(error), WRONG_CALL)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        fail(f"{place}{error.strerror or error}{whole}", FAILED)
    except RuntimeError as error:
        fail(f"{error}{goes_on}", FAILED)
    finally:
        signal.signal(signal.SIGTERM, before)


PATIENCE = 2.0
"""Seconds before somebody who waits is told what for."""


@contextmanager
def patient(message: str) -> Iterator[None]:
    """Say so where the block takes long and somebody looks on."""
    timer = threading.Timer(PATIENCE, say, [message]) if sys.stderr.isatty() else None
    if timer:
        timer.start()
    try:
        yield
    finally:
        if timer:
            timer.cancel()


def fail(message: str, status: int) -> NoReturn:
    click.echo(f"error: {message}", err=True)
    sys.exit(status)


def told_problems(problems: list[Any], all_well: str) -> None:
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        from cleaner.report.characters import counted

        fail(counted(len(problems), "problem"), FAILED)
    say(all_well)


def new_console(*, stderr: bool = False) -> "Console":
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def say(message: str) -> None:
    """A line for whoever ran the command; names of files may hold what looks like markup."""
    new_console(stderr=True).print(message, soft_wrap=True, markup=False)


def summary(totals: Any, *, with_table: bool) -> None:
    console = new_console(stderr=True)
    if with_table and totals.findings:
        console.print(totals.table())
    for line in totals.lines():
        console.print(line, soft_wrap=True)


def write(data: bytes) -> None:
    if sys.stdout is None:  # as a shell has it for `>&-`
        raise OSError("standard output is closed")
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def wide_console(*, stderr: bool = False) -> "Console":
    """For tables that must not be folded where nobody looks at a terminal."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, width=None if stream.isatty() else 200)
