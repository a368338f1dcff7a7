"""The table of rules in casbin and in Cedar; run in the peers' environment, printing JSON. It imports nothing of ours.

`python peer_rules.py TABLE casbin|fast|cedar SECONDS [QUESTIONS]` times as many answers as fit; without a number of
questions it answers all of them first.
"""

import itertools
import json
import sys
import time
from pathlib import Path

import casbin
import cedarpy

MODEL = """
[request_definition]
r = act, sub, obj, usd
[policy_definition]
p = act, sub, obj, usd, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.act == p.act && r.sub == p.sub && (p.obj == "*" || (r.obj == p.obj && r.usd > float(p.usd)))
"""


def enforcer(folder: Path, table: dict, sort: str):
    """Make an enforcer; the fast one keeps its rows by their first two fields."""
    rows = [f"p, {kind}, {seat}, *, 0, allow" for seat, kind in table["may"]]
    rows += [f"p, {kind}, {seat}, {about}, {limit}, deny" for seat, kind, about, limit in table["rules"]]
    (folder / "model.conf").write_text(MODEL)
    (folder / "policy.csv").write_text("\n".join(rows) + "\n")
    paths = str(folder / "model.conf"), str(folder / "policy.csv")
    made = casbin.FastEnforcer(*paths, cache_key_order=[0, 1]) if sort == "fast" else casbin.Enforcer(*paths)
    made.add_function("float", float)
    return lambda seat, kind, about, usd: made.enforce(kind, seat, about, usd)


def cedar(table: dict):
    """Parse the policies once, and the entities, of which there are none."""
    said = [
        f'permit (principal == Seat::"{seat}", action == Action::"{kind}", resource);'
        for seat, kind in table["may"]
    ]
    said += [
        f'forbid (principal == Seat::"{seat}", action == Action::"{kind}", resource == Subject::"{about}") '
        f"when {{ context.usd > {limit} }};"
        for seat, kind, about, limit in table["rules"]
    ]
    policies, entities = cedarpy.PolicySet.from_str("\n".join(said)), cedarpy.Entities.from_json_str("[]")

    def asked(seat, kind, about, usd):
        request = {
            "principal": {"type": "Seat", "id": seat},
            "action": {"type": "Action", "id": kind},
            "resource": {"type": "Subject", "id": about},
            "context": {"usd": usd},
        }
        return cedarpy.is_authorized(request, policies, entities).allowed

    return asked


def main(path: Path, sort: str, seconds: float, compared: int) -> dict:
    """Answer, and say what one answer took."""
    table = json.loads(path.read_text())
    folder = path.with_suffix(f".{sort}")
    folder.mkdir(exist_ok=True)
    began = time.perf_counter()
    ask = cedar(table) if sort == "cedar" else enforcer(folder, table, sort)
    loaded = time.perf_counter() - began
    answers = [bool(ask(*one)) for one in table["questions"][: compared or None]]
    batches, source = [], itertools.cycle(table["questions"])
    for _ in range(5):
        done, began, cpu = 0, time.perf_counter(), time.process_time()
        while time.perf_counter() - began < seconds / 5:
            ask(*next(source))
            done += 1
        batches.append(1e6 * (time.process_time() - cpu) / max(done, 1))
    return {"us": min(batches), "answers": answers, "load_s": loaded}


if __name__ == "__main__":
    words = sys.argv[1:]
    print(json.dumps(main(Path(words[0]), words[1], float(words[2]), int(words[3]))))
