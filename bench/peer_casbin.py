"""The table of conflicts in casbin; run in the peers' environment, printing JSON. It imports nothing of ours.

`python peer_casbin.py TABLE plain|fast SECONDS [QUESTIONS]` times as many answers as fit; without a number of
questions it answers all of them first.
"""

import itertools
import json
import sys
import time
from pathlib import Path

BEGAN = time.perf_counter()

import casbin  # noqa: E402

IMPORT_S = time.perf_counter() - BEGAN
BATCHES = 10
MODEL = """
[request_definition]
r = about, sub, act, obj
[policy_definition]
p = about, who, but, eft
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.about == p.about && ((p.eft == "allow" && g(r.sub, r.act)) || \
(p.eft == "deny" && r.sub != p.who && r.sub != p.but && g(r.obj, p.who)))
"""
"""An entry that ranks A before B is two rows: whoever is not A loses to A, whoever is neither A nor B to B.

`g` says who claims a subject, and what a seat may do (one relation, for the fast model reads only the first).
"""


def policy(table: dict) -> str:
    """Write the table as casbin's own file of rows."""
    rows = dict.fromkeys(f"p, {about}, -, -, allow" for about, _ in table["entries"])
    for about, (high, low) in table["entries"]:
        rows |= dict.fromkeys((f"p, {about}, {high}, {high}, deny", f"p, {about}, {low}, {high}, deny"))
    rows |= dict.fromkeys(f"g, {subject}, {seat}" for subject, seat in table["claims"])
    rows |= dict.fromkeys(f"g, {seat}, {kind}" for seat, kind in table["may"])
    return "\n".join(rows) + "\n"


def enforcer(folder: Path, table: dict, sort: str):
    """Make an enforcer; the fast one keeps its rows by their first field, so that others are not looked at."""
    model, rows = folder / "model.conf", folder / "policy.csv"
    model.write_text(MODEL)
    rows.write_text(policy(table))
    if sort == "fast":
        return casbin.FastEnforcer(str(model), str(rows), cache_key_order=[0])
    return casbin.Enforcer(str(model), str(rows))


def batch(made, source, seconds: float) -> float:
    """Answer for a while; microseconds of CPU an answer."""
    done, began, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        made.enforce(*next(source))
        done += 1
    return 1e6 * (time.process_time() - cpu) / max(done, 1)


def main(path: Path, sort: str, seconds: float, compared: int) -> dict:
    """Answer, and say what one answer took."""
    table = json.loads(path.read_text())
    folder = path.with_suffix(f".{sort}")
    folder.mkdir(exist_ok=True)
    began = time.perf_counter()
    made = enforcer(folder, table, sort)
    loaded = time.perf_counter() - began
    asked = [(subject.partition(":")[0], seat, kind, subject) for seat, kind, subject in table["questions"]]
    answers = [made.enforce(*one) for one in asked[: compared or None]]
    count = BATCHES if sort == "fast" else 1  # the other one is too slow for all questions in a batch
    source = itertools.cycle(asked)
    batches = [batch(made, source, seconds / count) for _ in range(count)]
    return {"us": min(batches), "answers": answers, "load_s": loaded, "import_s": IMPORT_S}


if __name__ == "__main__":
    words = sys.argv[1:]
    print(json.dumps(main(Path(words[0]), words[1], float(words[2]), int(words[3]))))
