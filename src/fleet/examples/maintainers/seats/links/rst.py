"""reStructuredText: links, labels, `:doc:` and `:ref:`, files that directives name, and the anchors of titles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from page import Link, Page, blank, docutils_id, line_at

LITERAL = re.compile(r"``.+?``", re.DOTALL)
ROLE = re.compile(r":(doc|ref):`(?:[^`<]*<([^`<>]+)>|([^`<>]+))`")
ANY_ROLE = re.compile(r":[\w:+.-]+:`[^`]*`")
EMBEDDED = re.compile(r"`[^`<]*<([^`<>\s]+(?:\s+[^`<>\s]+)*)>`__?")
TARGET = re.compile(r"^[ \t]*\.\. _(`[^`\n]+`|(?:[^:\n\\]|\\.|:(?!\s|$))+):[ \t]*(.*)$", re.MULTILINE)
FILES = re.compile(
    r"^[ \t]*\.\. (?:\|[^|\n]+\| )?(image|figure|include|literalinclude|csv-table|raw)::[ \t]*(.*)$",
    re.MULTILINE,
)
BLOCKS = (
    "code-block|sourcecode|code|highlight|parsed-literal|prompt|math|doctest|testcode|testoutput|ipython|raw|graphviz"
    "|mermaid|jinja|only"
)
CODE_BLOCK = re.compile(rf"^[ \t]*\.\. (?:{BLOCKS})::.*$")
TREE = re.compile(r"^([ \t]*)\.\. toctree::[ \t]*$")
TITLE = re.compile(r"^([^\s].*)\n([!-/:-@\[-`{-~])\2+[ \t]*$", re.MULTILINE)
ENTRY = re.compile(r"(?:.*<([^<>]+)>|(\S.*))$")
LITERAL_FILES = ("literalinclude", "include")


def read_rst(text: str) -> Page:
    """Return links, labels and anchors of a page."""
    page = Page()
    lines = text.replace("\r\n", "\n").split("\n")
    page.links += toctrees(lines)
    plain = "\n".join(without_blocks(lines))
    for found in FILES.finditer(plain):
        name = found[2].strip()
        if (
            name and found[1] not in ("csv-table", "raw") and not name.startswith("<")
        ):  # <...> is docutils' own
            page.links.append(Link(line_at(plain, found.start()), name, "include"))
    targets(page, plain)
    for found in TITLE.finditer(plain):
        if len(found[0].split("\n")[1].rstrip()) >= min(len(found[1].rstrip()), 3):
            page.anchors.add(docutils_id(re.sub(r":[\w:]+:`([^`]*)`|`", r"\1", found[1])))
    plain = LITERAL.sub(blank, plain)
    for found in ROLE.finditer(plain):
        page.links.append(Link(line_at(plain, found.start()), (found[2] or found[3]).strip(), found[1]))
    plain = ANY_ROLE.sub(blank, plain)
    for found in EMBEDDED.finditer(plain):
        target = re.sub(r"\s+", "", found[1])
        if not target.endswith("_"):  # `text <name_>`_ names a target of the page
            page.links.append(Link(line_at(plain, found.start()), target))
    return page


def targets(page: Page, plain: str) -> None:
    """Note `.. _label:` and `.. _name: where it leads`."""
    for found in TARGET.finditer(plain):
        name, where = found[1].strip("`").replace("\\", ""), found[2].strip()
        line = line_at(plain, found.start())
        if name == "_" or where.endswith("_"):  # without a name, or another name for a target
            continue
        if where:
            page.links.append(Link(line, where))
        else:
            page.label(name, line)
            page.anchors.update({docutils_id(name), name})


def without_blocks(lines: list[str]) -> Iterator[str]:
    """Yield the lines with code, literal blocks and comments left blank."""
    inside: int | None = None  # the indent of the line above a block
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if inside is not None and line.strip() and indent <= inside:
            inside = None
        if inside is not None:
            yield ""
            continue
        stripped = line.strip()
        hidden = is_comment(line, lines, number) or CODE_BLOCK.match(line) or stripped.startswith(">>> ")
        yield "" if hidden else line
        if hidden or (stripped.endswith("::") and not stripped.startswith(".. ")):
            inside = indent


def is_comment(line: str, lines: list[str], number: int) -> bool:
    """Say whether a line begins a comment: two dots, and neither target, directive, footnote nor substitution."""
    stripped = line.strip()
    if stripped == "..":
        return number + 1 < len(lines) and bool(lines[number + 1].strip())
    return stripped.startswith(".. ") and not re.match(r"\.\. (?:_|\[|\||__|[\w:+.-]+::)", stripped)


def toctrees(lines: list[str]) -> Iterator[Link]:
    """Yield the pages that tables of contents name."""
    inside: int | None = None
    globbed = False
    for number, line in enumerate(lines, 1):
        if found := TREE.match(line):
            inside, globbed = len(found[1]), False
            continue
        if inside is None or not line.strip():
            continue
        if len(line) - len(line.lstrip()) <= inside:
            inside = None
            continue
        entry = line.strip()
        if entry.startswith(":"):
            globbed = globbed or entry.startswith(":glob:")
        elif not (globbed and re.search(r"[*?\[]", entry)) and entry != "self":
            match = ENTRY.match(entry)
            name = (match[1] or match[2]) if match else entry
            if not re.match(r"[a-z]+://", name):
                yield Link(number, name.strip(), "doc")
