"""What is published: drafts, duplicates and counts as items, and the page a person reads."""

from datetime import datetime

from leads import one_line

ITEMS_AT_MOST = 60
RECENT = 20  # duplicates that are listed, the newest first


def result_of(brief: dict, checked: dict, drafts: list[dict], week: int, now: datetime) -> dict:
    """Return the state of a turn that could read the list."""
    halted = checked["halted"]
    items = [item_of(draft) for draft in drafts] + duplicates(checked["duplicates"])
    if halted:
        because = f"{halted}; without it nobody knows who is cold, so nothing is drafted"
        items.insert(0, {"about": "source:crm", "kind": "halted", "because": because, "confidence": 1})
    return {
        "headline": headline(checked, drafts, week),
        "as_of": min(now.isoformat(), checked["newest"], key=datetime.fromisoformat),
        "items": items[:ITEMS_AT_MOST],
        "actions": drafts,
        "scorecard": {"drafts_a_week": week},
        "body": body(brief, checked, drafts),
    }


def stale_result(brief: dict, why: str, newest: str) -> dict:
    """Say that the list is old: no drafts, no numbers."""
    because = f"{why}; nothing is cleaned and nothing drafted until newer leads come"
    item = {"about": "source:leads", "kind": "stale-source", "because": because, "confidence": 1}
    return {
        "headline": f"No drafts: {why}",
        "as_of": newest,
        "items": [item],
        "body": "\n".join([f"{why}. Nothing is drafted.", *read_lines(brief)]) + "\n",
    }


def headline(checked: dict, drafts: list[dict], week: int) -> str:
    """Return the one line that others quote."""
    if checked["halted"]:
        return f"No drafts: {checked['halted']}"
    names = ", ".join(draft["about"][6:] for draft in drafts)
    lead = f"{len(drafts)} drafted" + (f" ({names})" if names else "")
    return f"{lead}, {week} this week; {checked['counts']['ready']} ready, {len(checked['duplicates'])} duplicates"


def item_of(draft: dict) -> dict:
    """Return a draft as an item of the state."""
    told = {key: draft["with"][key] for key in ("lead", "to")}
    return {key: draft[key] for key in ("about", "because", "confidence")} | {"kind": "draft", "with": told}


def duplicates(pairs: list[list[str]]) -> list[dict]:
    """Return the newest duplicates as items."""
    newest = sorted(pairs, key=lambda pair: int(pair[0].partition("-")[2]), reverse=True)[:RECENT]
    return [
        {
            "about": f"brand:{key}",
            "kind": "duplicate",
            "because": f"{number} is {of} again: the same name, mail or phone once their spelling is taken out",
            "confidence": 0.95,
            "with": {"lead": number, "of": of},
        }
        for number, of, key in newest
    ]


def body(brief: dict, checked: dict, drafts: list[dict]) -> str:
    """Return the page a person reads."""
    counts = checked["counts"]
    lines = [f"{checked['halted']}: nothing is drafted."] if checked["halted"] else []
    lines += [f"- Drafted: {d['about'][6:]}, {d['because']}." for d in drafts]
    lines += ["", "| leads | |", "|---|--:|", *(f"| {name} | {count} |" for name, count in counts.items())]
    lines += [
        "",
        f"{len(checked['duplicates'])} rows are companies that stood on the list before.",
        *read_lines(brief),
    ]
    return "\n".join(lines) + "\n"


def read_lines(brief: dict) -> list[str]:
    """Return the mail of the turn and what was refused, a line each; it is read and orders nothing."""
    letters = [
        f"- Read {m.get('id')} from {m.get('from')}: {one_line(str(m.get('subject')), 160)}."
        for m in brief.get("mail") or []
    ]
    return letters + [f"- {one_line(str(note.get('says')), 400)}" for note in brief.get("corrections") or []]
