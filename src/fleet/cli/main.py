"""Main: where every call of `fleet` begins and ends, and where its exit code comes from."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Sequence
from typing import TextIO

from fleet.cli.flags import typed_color
from fleet.cli.terminal import Unprinted, as_typed, prepare
from fleet.errors import ChartError, FleetError, Refused, Typed

INTERRUPTED, BUG = 130, 1
COMPLETE = "_FLEET_COMPLETE"
"""Set by a shell that wants words completed: what was typed stands in its environment then."""
WALLED = (
    "this runs in turn {FLEET_TURN}, and the sandbox of {FLEET_SEAT} shows it no more of the fleet than it was given; "
    "nothing was done. `fleet emit` and `fleet explain` work here; what the turn was given stands in $FLEET_BRIEF"
)


LASTING = ("up", "rehearse")
"""Verbs that have a loop, threads and children of their own, and live long enough for what is done for short ones."""
GARBAGE = 50_000
"""New values after which a short command looks for garbage: most make fewer, and end."""


def main(args: Sequence[str] | None = None) -> int:
    """Carry out the command line and give its exit code; a short command ends here, with that code."""
    if args is not None:
        return _guarded(list(args))
    words = as_typed(sys.argv[1:])
    if not set(words).isdisjoint(LASTING):
        return _guarded(words)
    gc.set_threshold(GARBAGE)
    code = _guarded(words)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    # Taking an interpreter down, value by value, takes 15 ms; all that is open is closed by the kernel.
    os._exit(code)


def _guarded(words: list[str]) -> int:
    """Carry out words; nothing that goes wrong shows a traceback."""
    try:
        code = _offered() if os.environ.get(COMPLETE) else _run(words)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        return _quiet()
    except KeyboardInterrupt:
        return INTERRUPTED
    except Unprinted as exc:
        return _unprinted(exc)
    # The top of the program: whatever was not foreseen is a bug, and says so in one line.
    except Exception as exc:  # noqa: BLE001
        return _bug(exc)


def _run(words: list[str]) -> int:
    if not prepare(words):
        _say("fleet: stdout is closed, so an answer could be printed nowhere; nothing was done")
        return BUG
    try:
        if words[:1] in (["--install-completion"], ["--show-completion"]):
            return _for_shells(words)
        return _carried_out(_settled(words))
    except ChartError as exc:
        from fleet.cli.mistakes import show_mistakes

        show_mistakes(exc.mistakes, file=sys.stderr, color=typed_color(words))
        return _ended(exc, words)
    except (FleetError, PermissionError) as exc:
        told = Refused(WALLED.format(**os.environ)) if _is_walled(exc) else exc
        if not isinstance(told, FleetError):
            raise
        _say(f"fleet: {told}")
        return _ended(told, words)


def _is_walled(exc: BaseException | None) -> bool:
    """Say whether this runs in a turn whose sandbox does not show it what it was to read, or lets it ask nobody."""
    while exc is not None and not isinstance(exc, PermissionError):
        exc = exc.__cause__
    if exc is None or not {"FLEET_TURN", "FLEET_SEAT", "FLEET_ROOT"} <= set(os.environ):
        return False
    try:
        os.scandir(os.environ["FLEET_ROOT"]).close()
    except PermissionError:
        return True  # a program of the fleet that may not look into it is kept from that by its sandbox
    except OSError:
        return False
    return False


def _offered() -> int:
    """Answer a shell that asks what it could offer."""
    from fleet.cli.complete import complete

    return complete(os.environ[COMPLETE])


def _for_shells(words: Sequence[str]) -> int:
    from fleet.cli.shells import install, show

    return (install if words[0] == "--install-completion" else show)(words[1:])


def _ended(exc: FleetError, words: Sequence[str]) -> int:
    """Give an error's exit code; to a program that asked for JSON it is the answer too."""
    typed = words[: words.index("--")] if "--" in words else words
    if "--json" in typed:
        from fleet.cli.answer import print_error

        folder = next((typed[at + 1] for at, word in enumerate(typed[:-1]) if word == "-C"), "")
        print_error(exc, folder)
    return exc.exit_code


def _settled(words: list[str]) -> list[str]:
    """Give words that ask for help or the version in one of the other usual ways as the parser takes them."""
    if words == ["version"]:
        return ["--version"]
    rest = [word for word in words if word not in ("help", "-h", "--help")]
    asks = [word for word in words if word not in rest]
    first, last = (words[0], words[-1]) if words else ("", "")
    if not asks or any(word.startswith("-") for word in rest) or len(rest) > 2:
        return words
    return [*rest, "--help"] if first in asks or last in asks else words


def _carried_out(words: list[str]) -> int:
    from fleet.cli.direct import call_of

    call = call_of(words)
    if call is None:
        return _parsed(words)
    try:
        return call() or 0
    except EOFError:  # nobody is there to answer
        return INTERRUPTED


def _parsed(words: list[str]) -> int:
    import typer

    from fleet.cli.parser import build

    try:
        code = build().main(args=words, prog_name="fleet", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except typer.TyperException as exc:
        from fleet.cli.mistyped import told

        raise Typed(told(exc, words)) from exc
    except typer.Abort:
        return INTERRUPTED
    except SystemExit as exc:  # the parser's way of saying that the reader of our output is gone
        if isinstance(exc.__context__, BrokenPipeError):
            return _quiet()
        return exc.code if isinstance(exc.code, int) else 0


def _quiet() -> int:
    """The reader of our output has seen enough: nobody is left to tell."""
    _drop(sys.stdout)
    _drop(sys.stderr)
    return 0


def _drop(stream: TextIO) -> bool:
    """Let go of what a stream does not take, so that the end of the program does not stumble over it."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return True
    return False


def _unprinted(exc: Unprinted) -> int:
    """Tell that the answer, or what was said beside it, could not be printed."""
    _drop(sys.stdout)
    if exc.filename == "stdout":
        _say(f"fleet: stdout: {exc.strerror}; the answer could not be printed whole. What was done stands")
    return BUG


def _say(text: str) -> None:
    """Say something on stderr, if it can be said there."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)
    _drop(sys.stderr)


def _bug(exc: Exception) -> int:
    if os.environ.get(COMPLETE):
        return BUG  # whatever is wrong, nothing shows in the middle of what is being typed
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="fleet-", suffix=".traceback", delete=False, encoding="utf-8", errors="replace"
    ) as out:
        out.write(f"fleet {' '.join(sys.argv[1:])}\n")
        traceback.print_exception(exc, file=out)
    told = f"{type(exc).__name__}: {exc}".splitlines()[0][:200]
    _say(f"fleet: internal error ({told}); this is a bug. The details are in {out.name}")
    return BUG
