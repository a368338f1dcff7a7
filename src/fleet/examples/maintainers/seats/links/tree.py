"""The files of one commit, and whether a link of a page leads to one of them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from page import Link, Page, docutils_id, fold

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
TEMPLATE = re.compile(r"[{}$<>|*]|%[^0-9A-Fa-f]")
PAGES = (".md", ".rst", ".txt", ".markdown", ".ipynb")
INDEXES = ("index.md", "index.rst", "README.md", "README.rst", "index.html")
BUILT_IN = ("genindex", "modindex", "search", "py-modindex", "glossary")


@dataclass
class Tree:
    """All files and folders of a commit, the pages that were read, and every label in the project."""

    files: frozenset[str]
    pages: dict[str, Page]
    sources: tuple[str, ...] = ()  # folders with a conf.py: what a path of `/x` in Sphinx counts from
    elsewhere: bool = False  # labels may stand in another project's pages, or be made by an extension
    code_labels: frozenset[str] = frozenset()
    folders: set[str] = field(default_factory=set)
    labels: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.files:
            while name := posixpath.dirname(name):
                if name in self.folders:
                    break
                self.folders.add(name)
        self.folders.add("")
        for name, page in self.pages.items():
            for label in page.labels:
                self.labels.setdefault(label, []).append(name)

    def fault(self, name: str, link: Link) -> str | None:
        """Return what is wrong with a link, "" if nothing is, None if that cannot be told from the files."""
        if link.kind == "ref":
            return self._ref_fault(link.target)
        if link.kind == "doc":
            return self._doc_fault(name, link.target)
        if link.kind == "include":
            return self._file_fault(name, link.target)
        return self._path_fault(name, link.target)

    def places(self, name: str, link: Link) -> list[str]:
        """Return the paths that a link may lead to."""
        path = unquote(link.target.partition("#")[0].partition("?")[0])
        return [place for place in self._from(name, path) if path and place != "."]

    def _ref_fault(self, label: str) -> str | None:
        if label.startswith("!") or TEMPLATE.search(label):
            return None
        if fold(label) in self.labels or fold(label) in self.code_labels or label in BUILT_IN:
            return ""
        return None if self.elsewhere else f"no page has the label {label}"

    def _doc_fault(self, name: str, target: str) -> str | None:
        if TEMPLATE.search(target) or ":" in target:
            return None
        page = target.partition("#")[0]
        if page in BUILT_IN:
            return ""
        known = any(self._is_page(path) for path in self._from(name, page))
        return "" if known else f"there is no page {target}"

    def _file_fault(self, name: str, target: str) -> str | None:
        if SCHEME.match(target) or TEMPLATE.search(target):
            return ""
        return (
            ""
            if any(path in self.files for path in self._from(name, target))
            else f"there is no file {target}"
        )

    def _from(self, name: str, target: str) -> list[str]:
        """Return where a target may lie: beside the page, or below each source folder if it begins with /."""
        if target.startswith("/"):
            tops = [top for top in self.sources if within(name, top)] or list(self.sources) or [""]
            return [posixpath.normpath(posixpath.join(top, target.lstrip("/"))) for top in tops]
        return [posixpath.normpath(posixpath.join(posixpath.dirname(name), target))]

    def _is_page(self, path: str) -> bool:
        return any(path + ending in self.files for ending in ("", *PAGES)) or self._is_folder(path)

    def _is_folder(self, path: str) -> bool:
        return (path if path != "." else "") in self.folders

    def _path_fault(self, name: str, target: str) -> str | None:
        if SCHEME.match(target) or TEMPLATE.search(target):
            return None if TEMPLATE.search(target) else ""
        path, _, anchor = target.partition("#")
        path, anchor = unquote(path.partition("?")[0]), unquote(anchor)
        if not path:
            return self._anchor_fault(name, anchor)
        if self.sources and fold(path) in self.labels:  # MyST takes a label where Markdown has a path
            return ""
        if path.startswith("/"):
            places = self._from(name, path) + [path.lstrip("/")]
        else:
            places = [posixpath.normpath(posixpath.join(posixpath.dirname(name), path))]
        if all(place.startswith("..") for place in places):
            return None  # it leaves the checkout: ../../issues means something on a web site
        found = next((file for place in places if (file := self._file(place))), "")
        if not found:
            return None if path.endswith((".html", "/")) and self.sources else f"there is no {path}"
        return (
            self._anchor_fault(found, anchor) if not path.endswith(".html") or found.endswith(".html") else ""
        )

    def _file(self, path: str) -> str:
        """Return the file or folder that a path leads to, also where a site leaves out or changes its ending."""
        if path in self.files or self._is_folder(path):
            return path if path in self.files else self._index(path)
        stem = path.removesuffix(".html")
        return next((stem + ending for ending in PAGES if stem + ending in self.files), "")

    def _index(self, folder: str) -> str:
        base = "" if folder == "." else folder
        return next((p for one in INDEXES if (p := posixpath.join(base, one)) in self.files), folder)

    def _anchor_fault(self, name: str, anchor: str) -> str | None:
        page = self.pages.get(name)
        if (
            not anchor
            or anchor == "top"
            or page is None
            or not name.endswith((".md", ".rst", ".html", ".markdown"))
        ):
            return ""
        if anchor.startswith(":~:"):  # text to be shown, not a place
            return ""
        known = page.anchors
        if self.sources and fold(anchor) in self.labels:  # and finds it in any page
            return ""
        if anchor in known or anchor.lower() in known or anchor.removeprefix("user-content-") in known:
            return ""
        if name.endswith(".rst"):
            return (
                "" if docutils_id(anchor) in known else None
            )  # directives make anchors that the text does not show
        return f"{name} has no place #{anchor}"


def within(name: str, folder: str) -> bool:
    """Say whether a file lies below a folder."""
    return not folder or name.startswith(f"{folder}/")


def matches(name: str, patterns: Iterable[re.Pattern[str]]) -> bool:
    """Say whether a name is one of the documentation's."""
    return any(pattern.fullmatch(name) for pattern in patterns)


def pattern_of(text: str) -> re.Pattern[str]:
    """Return a pattern of project.conf: ** stands for any folders, * and ? for anything but a slash."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", text)
    meant = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meant.get(part) or re.escape(part) for part in parts))
