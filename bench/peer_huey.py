"""The morning round in huey; run in the peers' environment, printing JSON. It imports nothing of ours.

`python peer_huey.py round DB ROUNDS SEATS` · `python peer_huey.py crash DB MARKS SEATS`
"""

import json
import os
import resource
import sys
import threading
import time
from pathlib import Path

BEGAN = time.perf_counter()

from huey import SqliteHuey, signals  # noqa: E402

IMPORT_S = time.perf_counter() - BEGAN
WORKERS = 4
POLL_S = 0.001


def consumer(huey: SqliteHuey):
    """Start the workers, as threads that look every millisecond: its shortest wait."""
    made = huey.create_consumer(
        workers=WORKERS,
        periodic=False,
        initial_delay=POLL_S,
        max_delay=POLL_S,
        backoff=1.0,
        worker_type="thread",
    )
    made.start()
    return made


def measure(db: str, rounds: int, seats: int) -> dict:
    """Queue the seats of a round together and wait for all of them, round after round."""
    huey = SqliteHuey("morning", filename=db, fsync=True)
    ended = threading.Semaphore(0)
    names = [f"s{i}" for i in range(seats)]

    @huey.task()
    def turn(name: str) -> str:
        others = huey.storage.peek_many([other for other in names if other != name])
        huey.put(name, f"{time.time()} read {len(others)}")
        return name

    @huey.signal(signals.SIGNAL_COMPLETE)
    def complete(signal, task) -> None:
        ended.release()

    def morning() -> None:
        for name in names:
            turn(name)
        for _ in names:
            if not ended.acquire(timeout=60):
                raise RuntimeError("a task did not end")

    workers = consumer(huey)
    morning()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(rounds):
        morning()
    found = {
        "turns": rounds * seats,
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "import_s": IMPORT_S,
        "synchronous": huey.storage.sql("pragma synchronous", results=True)[0][0],
        "journal": huey.storage.sql("pragma journal_mode", results=True)[0][0],
    }
    workers.stop(graceful=True)
    return found


def crash(db: str, marks: str, seats: int) -> None:
    """Die in the first task, the first time; then serve what the queue still holds."""
    huey = SqliteHuey("crash", filename=db, fsync=True)
    again = Path(marks).exists()

    @huey.task()
    def turn(name: str) -> str:
        with Path(marks).open("a") as out:
            out.write(f"{'ended' if again else 'began'} {name}\n")
        if not again:
            os.kill(os.getpid(), 9)
        return name

    if not again:
        for i in range(seats):
            turn(f"s{i}")
    workers = consumer(huey)
    time.sleep(1.5)
    workers.stop(graceful=True)
    print(json.dumps({"ran": Path(marks).read_text().splitlines()}))


if __name__ == "__main__":
    if sys.argv[1] == "round":
        print(json.dumps(measure(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
    else:
        crash(sys.argv[2], sys.argv[3], int(sys.argv[4]))
