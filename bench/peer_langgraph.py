"""The morning round in LangGraph; run in the peers' environment, printing JSON. It imports nothing of ours.

`python peer_langgraph.py round DB ROUNDS SEATS fan|chain` · `python peer_langgraph.py crash DB MARKS SEATS`
"""

import json
import os
import resource
import sqlite3
import sys
import time
from pathlib import Path
from typing import Annotated, TypedDict

BEGAN = time.perf_counter()

from langgraph.checkpoint.sqlite import SqliteSaver  # noqa: E402
from langgraph.graph import END, START, StateGraph  # noqa: E402

IMPORT_S = time.perf_counter() - BEGAN


def merged(old: dict, new: dict) -> dict:
    """Join what the seats published; the newer one of a seat replaces the older."""
    return {**old, **new}


class Morning(TypedDict):
    """What all seats published."""

    states: Annotated[dict, merged]


def seat(name: str, mark):
    """Make a seat as a node: it reads the nine others and publishes."""

    def turn(state: Morning) -> dict:
        others = sum(1 for other in state["states"] if other != name)
        mark(name)
        return {"states": {name: f"{time.time()} read {others}"}}

    return turn


def graph(db: str, seats: int, shape: str, mark):
    """Build the graph: all seats side by side, or one after the other, with a checkpoint in SQLite."""
    line = sqlite3.connect(db, check_same_thread=False)
    builder = StateGraph(Morning)
    names = [f"s{i}" for i in range(seats)]
    for i, name in enumerate(names):
        builder.add_node(name, seat(name, mark))
        builder.add_edge(START if shape == "fan" or i == 0 else names[i - 1], name)
        if shape == "fan" or i == seats - 1:
            builder.add_edge(name, END)
    saver = SqliteSaver(line)
    saver.setup()
    return builder.compile(checkpointer=saver), line


def measure(db: str, rounds: int, seats: int, shape: str) -> dict:
    """Run the rounds on one thread of checkpoints; one more goes before as a warm-up."""
    made, line = graph(db, seats, shape, lambda name: None)
    config = {"configurable": {"thread_id": "morning"}, "recursion_limit": 100}
    made.invoke({"states": {}}, config, durability="sync")
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(rounds):
        made.invoke({"states": {}}, config, durability="sync")
    return {
        "turns": rounds * seats,
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "import_s": IMPORT_S,
        "synchronous": line.execute("pragma synchronous").fetchone()[0],
        "journal": line.execute("pragma journal_mode").fetchone()[0],
    }


def crash(db: str, marks: str, seats: int) -> None:
    """Die in the last seat, the first time; its siblings have finished by then. Go on if it was so before."""
    again = Path(marks).exists()

    def mark(name: str) -> None:
        if name == f"s{seats - 1}" and not again:
            time.sleep(1.0)
            os.kill(os.getpid(), 9)
        with Path(marks).open("a") as out:
            out.write(f"{name}\n")

    made, _ = graph(db, seats, "fan", mark)
    config = {"configurable": {"thread_id": "crash"}}
    made.invoke(None if again else {"states": {}}, config, durability="sync")
    print(json.dumps({"ran": Path(marks).read_text().split()}))


if __name__ == "__main__":
    if sys.argv[1] == "round":
        print(json.dumps(measure(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])))
    else:
        crash(sys.argv[2], sys.argv[3], int(sys.argv[4]))
