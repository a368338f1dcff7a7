"""Links, Docs Link Checker: dead links, anchors, images and references in the documentation of the newest commit.

It reads the files of the commit out of git, never the work tree. What cannot be told from files is not called dead:
links into built pages, labels of other projects, web addresses unless project.conf says `external = yes`.
"""

from __future__ import annotations

import os
import posixpath
import re
import sys
from collections import Counter
from datetime import datetime
from typing import Any

sys.path.insert(0, os.path.join(os.environ.get("FLEET_ROOT", "../.."), "kit"))

import external
from git import GitTrouble
from markdown import read_html, read_markdown
from page import Link, Page, fold
from project import Head, Project, open_project
from rst import read_rst
from tree import Tree, matches, pattern_of
from turn import Brief, Item, clean, count, first_items, named, now_of, subject, take

MOST_FILES = 3000
MOST_BYTES = 2 * 1024 * 1024  # of one page
MOST_BYTES_ALL = 100 * MOST_BYTES
MOST_CODE = 4000  # Python files that are searched for labels
LABEL = re.compile(r"^[ \t]*\.\. _([^:\n]+):[ \t]*$", re.MULTILINE)
OTHER_PROJECTS = re.compile(r"intersphinx|autosectionlabel|autoapi|sphinx_design|hoverxref")
WEB = re.compile(r"https?://", re.IGNORECASE)


def turn(brief: Brief) -> dict[str, Any]:
    """Return the dead links of the newest commit."""
    now = now_of(brief)
    project = open_project()
    head = project.head()
    tree, notes = read_tree(project, head)
    found, counts = judge(tree, built(project, tree))
    found += duplicates(tree)
    web = [(name, link) for name, page in tree.pages.items() for link in page.links if WEB.match(link.target)]
    dead_web, said = check_web(project, web, now)
    items, over = first_items([*found, *dead_web])
    dead = sum(one["kind"].startswith("dead") for one in found)
    return {
        "headline": headline(head, tree, [*found, *dead_web]),
        "as_of": now.isoformat(),
        "items": items,
        "scorecard": {"dead_links": dead + len(dead_web)} if tree.pages else {},
        "body": body(head, tree, [*found, *dead_web], counts, [*project.notes(head), *notes, said, *over]),
    }


# Reading


def read_tree(project: Project, head: Head) -> tuple[Tree, list[str]]:
    """Read the documentation of a commit, and what its pages may name beside it."""
    names = project.git.names("ls-tree", "-r", "-z", "--name-only", head.sha)
    patterns = [pattern_of(word) for word in project.words("docs")]
    docs = [
        name
        for name in names
        if matches(name, patterns) and name.endswith((".md", ".markdown", ".rst", ".html"))
    ]
    notes = [f"{count(len(docs) - MOST_FILES, 'page')} left out."] if len(docs) > MOST_FILES else []
    texts, large = read_texts(project, head, docs[:MOST_FILES])
    notes += [f"{count(large, 'page')} left out as too large."] if large else []
    pages = {name: read_page(name, text) for name, text in texts.items()}
    confs = [name for name in names if posixpath.basename(name) == "conf.py"]
    settings = "".join(read_texts(project, head, confs[:10])[0].values())
    code = [name for name in names if name.endswith(".py")][:MOST_CODE] if confs else []
    labels = {
        fold(found[1].strip("`"))
        for text in read_texts(project, head, code)[0].values()
        for found in LABEL.finditer(text)
    }
    sources = tuple(sorted(posixpath.dirname(name) for name in confs))
    elsewhere = bool(OTHER_PROJECTS.search(settings))
    return Tree(frozenset(names), pages, sources, elsewhere, frozenset(labels)), notes


def read_texts(project: Project, head: Head, names: list[str]) -> tuple[dict[str, str], int]:
    """Return files of a commit as text, odd bytes replaced, and how many were left out as too large."""
    asked = [name for name in names if "\n" not in name]
    given = b"".join(os.fsencode(f"{head.sha}:{name}\n") for name in asked)
    checked = (
        project.git.ask("cat-file", "--batch-check=%(objecttype) %(objectsize)", given=given)
        if asked
        else b""
    )
    plain, large, room = [], 0, MOST_BYTES_ALL
    for name, line in zip(asked, checked.splitlines(), strict=True):
        kind, _, told = line.rpartition(b" ")
        if kind != b"blob":  # a submodule has no text here
            continue
        size = int(told)
        if size > min(MOST_BYTES, room):
            large += 1
            continue
        room -= size
        plain.append((name, size))
    given = b"".join(os.fsencode(f"{head.sha}:{name}\n") for name, _ in plain)
    raw = project.git.ask("cat-file", "--batch=", given=given) if plain else b""
    texts, at = {}, 0
    for name, size in plain:  # each after an empty line, and with a line's end behind it
        texts[name] = raw[at + 1 : at + 1 + size].decode("utf-8", "replace")
        at += 1 + size + 1
    return texts, large


def read_page(name: str, text: str) -> Page:
    """Read one page by what its name says it is."""
    if name.endswith(".rst"):
        return read_rst(text)
    return read_html(text) if name.endswith(".html") else read_markdown(text)


# Judging


def built(project: Project, tree: Tree) -> set[str]:
    """Return the paths that dead links lead to and that git ignores: a build makes those."""
    wanted = set()
    for name, page in tree.pages.items():
        for link in page.links:
            if link.kind != "ref" and not WEB.match(link.target) and tree.fault(name, link):
                wanted.update(tree.places(name, link))
    plain = sorted(path for path in wanted if path and not path.startswith("..") and "\0" not in path)
    if not plain:
        return set()
    given = b"".join(os.fsencode(path) + b"\0" for path in plain)
    try:
        told = project.git.ask("check-ignore", "--no-index", "-z", "--stdin", given=given)
    except GitTrouble:  # it exits with 1 where nothing is ignored
        return set()
    return {os.fsdecode(path) for path in told.split(b"\0") if path}


def judge(tree: Tree, ignored: set[str]) -> tuple[list[Item], Counter[str]]:
    """Return an item for each dead link of each page, and how many links were good, dead or not judged."""
    items: list[Item] = []
    counts: Counter[str] = Counter()
    for name, page in sorted(tree.pages.items()):
        told: set[str] = set()
        for link in sorted(page.links, key=lambda one: one.line):
            if not link.target.strip() or WEB.match(link.target):
                continue
            fault = tree.fault(name, link)
            if fault and link.kind != "ref" and ignored.intersection(tree.places(name, link)):
                fault = None
            counts["good" if fault == "" else "dead" if fault else "not judged"] += 1
            if fault and link.target not in told:
                told.add(link.target)
                items.append(item(name, link, KINDS[link.kind], fault))
    return items, counts


KINDS = {"path": "dead-link", "include": "dead-file", "doc": "dead-page", "ref": "dead-label"}


def item(name: str, link: Link, kind: str, because: str) -> Item:
    """Return one finding with its place."""
    return {
        "about": subject("page", name),
        "kind": kind,
        "because": clean(because),
        "confidence": 0.9,
        "with": {"file": clean(name), "line": link.line, "target": clean(link.target)},
    }


def duplicates(tree: Tree) -> list[Item]:
    """Return labels and definitions that are given twice, within a page or over the pages of one documentation."""
    items = []
    for name, page in sorted(tree.pages.items()):
        for line, label in page.twice:
            items.append(
                item(name, Link(line, label), "twice", f"{label} is defined a second time in this page")
            )
    for label, names in sorted(tree.labels.items()):
        for name in sorted(names)[1:] if tree.sources else []:
            line = tree.pages[name].labels[label]
            items.append(
                item(name, Link(line, label), "twice", f"{label} is defined in {sorted(names)[0]} too")
            )
    return items


def check_web(project: Project, web: list[tuple[str, Link]], now: datetime) -> tuple[list[Item], str]:
    """Return the web addresses that are not there any more, and a line on what was asked."""
    if not web:
        return [], ""
    if not project.is_on("external"):
        return (
            [],
            f"{count(len(web), 'web address', 'web addresses')} not asked: project.conf says external = no.",
        )
    answers = external.check((link.target for _, link in web), now)
    dead = []
    for name, link in sorted(web, key=lambda pair: (pair[0], pair[1].line, pair[1].target)):
        outcome, why = answers.get(link.target.partition("#")[0], (external.UNKNOWN, ""))
        if outcome == external.GONE:
            dead.append(item(name, link, "dead-web", why))
    known = sum(link.target.partition("#")[0] in answers for _, link in web)
    return (
        dead,
        f"{known} of {count(len(web), 'web address', 'web addresses')} gave an answer; of the others it is not known.",
    )


# Answering


def headline(head: Head, tree: Tree, found: list[Item]) -> str:
    """Say in one line what is dead."""
    if not tree.pages:
        return f"No documentation on {head.where}: no file is what project.conf calls docs"
    dead = [one for one in found if one["kind"] != "twice"]
    twice = len(found) - len(dead)
    more = f"; {count(twice, 'label')} defined twice" if twice else ""
    pages = count(len(tree.pages), "page")
    if not dead:
        return f"No dead link in {pages} of {head.where}{more}"
    places = [f"{one['with']['file']}:{one['with']['line']}" for one in dead]
    return f"{count(len(dead), 'dead link')} in {pages} of {head.where}: {named(places)}{more}"


def body(head: Head, tree: Tree, found: list[Item], counts: Counter[str], notes: list[str]) -> str:
    """Return the page: each finding with its place, then what was not judged."""
    lines = [
        f"{count(len(tree.pages), 'page')} of {head.where}: {counts['good']} links are good, {counts['dead']} dead, "
        f"{counts['not judged']} could not be judged from the files.",
        "",
    ]
    for one in found[:200]:
        given = one["with"]
        target = given["target"].replace("`", " ")
        lines.append(f"- {given['file']}:{given['line']}: `{target}`: {one['because']} ({one['kind']})")
    lines += [f"- and {len(found) - 200} more"] if len(found) > 200 else []
    lines += ["", *(f"- {note}" for note in notes if note)]
    if tree.elsewhere:
        lines.append(
            "- Labels that no page has may come from another project or an extension, so they are not judged."
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(take("links", turn))
