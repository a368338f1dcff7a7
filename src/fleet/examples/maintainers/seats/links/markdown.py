"""Markdown as GitHub reads it: links, images, headings and their anchors. HTML that stands in it is read too."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

from page import Link, Page, blank, line_at

FENCE = re.compile(
    r"^([ >\t]*(?:[-*+] +|\d+[.)] +)?)(`{3,}|~{3,})[^\n]*\n(?:.*?^[ >\t]*\2[`~]*[ \t]*$|.*\Z)",
    re.MULTILINE | re.DOTALL,
)
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
CODE = re.compile(r"(?<![`\\])(`+)(?!`)([^`]|(?!\1(?!`))`)*?(?<!`)\1(?!`)")
INLINE = re.compile(
    r"\]\(\s*(?:<([^<>\n]*)>|((?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.)*\))*))(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^)]*\)))?\s*\)"
)
DEFINITION = re.compile(
    r"^ {0,3}\[((?:[^\[\]\\]|\\.)+)\]:[ \t]*\n?[ \t]*(?:<([^<>\n]*)>|(\S+))", re.MULTILINE
)
FRONT = re.compile(r"\A---\n.*?^(?:---|\.\.\.)[ \t]*$", re.MULTILINE | re.DOTALL)
ATX = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$", re.MULTILINE)
SETEXT = re.compile(r"^ {0,3}(?![ \t>#*+-])(\S[^\n]*)\n {0,3}(?:=+|-+)[ \t]*$", re.MULTILINE)
MYST = re.compile(r"^\(([A-Za-z0-9][\w .:/-]*)\)=[ \t]*$", re.MULTILINE)
ATTRIBUTE = re.compile(r"\{[^{}\n]*#([\w.-]+)[^{}\n]*\}[ \t]*$")
TREE = re.compile(r"^(`{3,}|:{3,})\{toctree\}[^\n]*\n(?:---\n.*?^---\n)?(.*?)^\1", re.MULTILINE | re.DOTALL)
EMPHASIS = re.compile(r"(?<!\w)(_{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)")  # stars are no part of an anchor anyway
ROLE = re.compile(r"\{(doc|ref)\}`(?:[^`<]*<([^`<>]+)>|([^`<>]+))`")


def read_markdown(text: str) -> Page:
    """Return links and anchors of a page."""
    page = Page()
    for found in TREE.finditer(text):
        for name in re.findall(
            r"^(?![ \t]*(?::|---|$))(?:.*<([^<>]+)>|(.*\S))[ \t]*$", found[2], re.MULTILINE
        ):
            if not re.search(r"[*?\[]|://|^self$", name[0] or name[1]):
                page.links.append(Link(line_at(text, found.start()), (name[0] or name[1]).strip(), "doc"))
    plain = FENCE.sub(blank, FRONT.sub(blank, text.replace("\r\n", "\n")))
    plain = COMMENT.sub(blank, plain)
    for found in ROLE.finditer(plain):
        page.links.append(Link(line_at(plain, found.start()), found[2] or found[3], found[1]))
    headings(page, plain)
    for found in MYST.finditer(plain):
        page.label(found[1], line_at(plain, found.start()))
        page.anchors.add(found[1])
    plain = CODE.sub(blank, plain)
    for found in INLINE.finditer(plain):
        target = found[1] if found[1] is not None else found[2]
        page.links.append(Link(line_at(plain, found.start()), unescape(target)))
    definitions(page, plain)
    html = read_html(plain)
    page.links += html.links
    page.anchors |= html.anchors
    return page


def headings(page: Page, plain: str) -> None:
    """Note the anchor of each heading, numbered where a title comes again."""
    found = sorted(
        [(one.start(), one[2]) for one in ATX.finditer(plain)]
        + [(one.start(), one[1]) for one in SETEXT.finditer(plain)]
    )
    seen: dict[str, int] = {}
    for _, title in found:
        if given := ATTRIBUTE.search(title):
            page.anchors.add(given[1])
            title = title[: given.start()]
        base = slug(title)
        number = seen.get(base, 0)
        seen[base] = number + 1
        page.anchors.add(f"{base}-{number}" if number else base)


def slug(title: str) -> str:
    """Return the anchor that GitHub makes of a title."""
    shown = re.sub(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])", r"\1", title)  # a link shows its text
    parts = re.split(r"(`[^`]*`)", re.sub(r"<[^>]+>", "", shown))
    shown = "".join(part if part.startswith("`") else EMPHASIS.sub(r"\2", part) for part in parts)
    kept = [
        c for c in shown.strip().lower() if c in " -_" or unicodedata.category(c)[0] in "LMN" or c == "\u200d"
    ]
    return "".join(kept).replace(" ", "-")


def definitions(page: Page, plain: str) -> None:
    """Note link definitions, and those that are given again with another target."""
    known: dict[str, str] = {}
    for found in DEFINITION.finditer(plain):
        name, target = " ".join(found[1].lower().split()), found[2] if found[2] is not None else found[3]
        if name.startswith("^"):  # a footnote
            continue
        line = line_at(plain, found.start())
        if known.setdefault(name, target) != target:
            page.twice.append((line, found[1]))
        page.links.append(Link(line, target))


def unescape(target: str) -> str:
    """Return a target without the backslashes before its punctuation."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", target)


class _Reader(HTMLParser):
    """Takes href, src, id and name out of HTML, also of broken HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for key, value in attrs:
            if not value:
                continue
            if key == "id" or (key == "name" and tag in ("a", "map")):
                self.page.anchors.add(value)
            elif (key == "href" and tag in ("a", "area", "link")) or (key == "src" and tag != "input"):
                self.page.links.append(Link(self.getpos()[0], value))


def read_html(text: str) -> Page:
    """Return links and anchors of a page of HTML."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.page
