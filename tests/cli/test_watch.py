"""`fleet status --watch` and `--exit-code`: the list as it changes, and whether somebody has to mend something."""

from __future__ import annotations

import os
import signal

from fleet.cli.watch import CLEAR, Drawing

SIZE = os.terminal_size((20, 5))


def test_lines_are_drawn_over_those_that_stood_there():
    drawing = Drawing()
    assert drawing.frame(["one", "two"], SIZE) == "\x1b[Kone\n\x1b[Ktwo\n\x1b[J"
    assert drawing.frame(["three"], SIZE) == "\x1b[2A\r\x1b[Kthree\n\x1b[J"
    assert drawing.frame(["four"], SIZE) == "\x1b[1A\r\x1b[Kfour\n\x1b[J"


def test_a_terminal_of_another_size_is_drawn_anew():
    drawing = Drawing()
    drawing.frame(["one", "two"], SIZE)
    assert drawing.frame(["one"], os.terminal_size((30, 5))) == f"{CLEAR}\x1b[Kone\n\x1b[J"


def test_a_list_longer_than_the_terminal_says_so_and_one_that_is_wider_goes_on_below():
    drawing = Drawing()
    rows = drawing.frame(["1", "2", "3", "4", "5", "6"], SIZE).split("\n")
    assert rows == ["\x1b[K1", "\x1b[K2", "\x1b[K3", "\x1b[K3 more lines than the terminal has", "\x1b[J"]
    assert drawing.frame(["words that are too wide"], SIZE).count("\n") == 2


def test_without_a_terminal_the_list_is_printed_again_only_when_it_changed(hello):
    assert hello("up", "--once", "-q").code == 0
    watching = hello.start("status", "--watch")
    assert watching.stdout is not None
    first = [watching.stdout.readline() for _ in range(5)]
    assert first[1].split() == ["SEAT", "HEALTH", "LAST", "NEXT", "IN", "TODAY"]
    assert hello("inbox", "send", "you", "-m", "one").code == 0
    again: list[str] = []
    while not any(line.startswith("you ") for line in again):
        again.append(watching.stdout.readline())
    assert "\n" in again  # a blank line stands between
    assert next(line for line in again if line.startswith("you ")).split()[5] == "1"
    watching.send_signal(signal.SIGINT)
    watching.communicate(timeout=30)
    assert watching.returncode == 130


def test_watching_goes_on_while_the_daemon_stops_and_comes_back(hello):
    watching = hello.start("status", "--watch", "--json")
    assert watching.stdout is not None
    assert '"running": false' in watching.stdout.readline()
    assert hello("up", "-d").code == 0
    while '"running": true' not in watching.stdout.readline():
        pass
    assert hello("down").code == 0
    while '"running": false' not in watching.stdout.readline():
        pass
    watching.send_signal(signal.SIGINT)
    watching.communicate(timeout=30)
    assert watching.returncode == 130


def test_exit_code_is_1_only_while_somebody_has_to_mend_something(served):
    assert served("status", "--exit-code").code == 0
    served.write("seats/greeter/greet.sh", "exit 3\n")
    assert served("wake", "greeter", "--wait").code == 1
    served.until(
        lambda: served("status", "greeter", "--json").data["seats"][0]["health"] == "failed", "the failure"
    )
    assert served("status", "--exit-code").code == 1
    assert served("status", "--exit-code", "you").code == 0
    assert served("status").code == 0
    assert served("down").code == 0
    assert served("status", "--exit-code").code == 3


def test_watch_and_exit_code_do_not_go_together(hello):
    assert hello("status", "--watch", "--exit-code").code == 2
