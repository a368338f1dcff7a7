"""The Docs Link Checker: what leads nowhere, and what cannot be told from files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest
from maintainers.checkout import EXAMPLE, NOW, Checkout, Desk

README = """\
# Thing: a `tool`

[good](docs/guide.md) [folder](docs/) [anchor](docs/guide.md#second-part) [own](#thing-a-tool) [line](src/a.py#L3)
[dead](docs/nosuch.md) ![picture](docs/no%20such.png) [gone](docs/guide.md#third-part) <a href="nope.md">x</a>
[up](../../issues) [ref][there] [mail](mailto:a@example.com) [web](https://example.com/x) [site](/docs/guide.md)
[paren](docs/a_(b).md)

`[code](nothere.md)` and <!-- [comment](nothere.md) -->

```md
[fenced](nothere.md)
```

[there]: docs/guide.md "titled"
[there]: docs/other.md
[lost]: <docs/lost file.md>
"""
GUIDE = """\
Guide
=====

## Second part

## Second part

### _Third_ `part_two` [x](#second-part-1)

[t](#third-part_two-x)
"""
SECOND = """\
Second
======

.. _here:

Title
-----

:ref:`here` :ref:`nowhere` :doc:`index` :doc:`t <nosuch>` `a <nosuch.png>`_
"""
INDEX = """\
Index
=====

.. toctree::
   :glob:

   second
   missing-page
   sub/*
   Titled <second>
   Web <https://example.com>

.. image:: pic.png
.. figure:: /second.rst
.. include:: nofile.txt
.. literalinclude:: ../src/a.py

.. code-block:: rst

   .. image:: not-a-link.png

::

   :ref:`not-a-ref`

.. a comment with :ref:`not-a-ref`

Text ``:ref:`literal``` and `named`_.

.. _named: second.html
.. _here:
"""


def places(result: dict[str, Any]) -> list[tuple[str, int, str]]:
    """Return file, line and target of each finding."""
    return [(i["with"]["file"], i["with"]["line"], i["with"]["target"]) for i in result["items"]]


def test_markdown_links_are_judged_as_github_would(project: Checkout, desk: Desk) -> None:
    project.commit(
        "begin",
        files={
            "README.md": README,
            "docs/guide.md": GUIDE,
            "docs/other.md": "x",
            "src/a.py": "1",
            "docs/a_(b).md": "x",
        },
    )
    result = desk.result("links")
    assert places(result) == [
        ("README.md", 4, "docs/nosuch.md"),
        ("README.md", 4, "docs/no%20such.png"),
        ("README.md", 4, "docs/guide.md#third-part"),
        ("README.md", 4, "nope.md"),
        ("README.md", 16, "docs/lost file.md"),
        ("README.md", 15, "there"),
    ]
    assert [item["kind"] for item in result["items"]] == ["dead-link"] * 5 + ["twice"]
    assert result["scorecard"] == {"dead_links": 5}
    assert result["headline"].startswith(
        f"5 dead links in 4 pages of main at {project.head()[:10]}: README.md:4, "
    )
    assert "1 web address not asked" in result["body"]
    assert "1 could not be judged" in result["body"]  # ../../issues


def test_sphinx_pages_labels_files_and_contents_are_judged(project: Checkout, desk: Desk) -> None:
    project.commit(
        "begin",
        files={"docs/conf.py": "", "docs/index.rst": INDEX, "docs/second.rst": SECOND, "src/a.py": "1"},
    )
    result = desk.result("links")
    assert sorted(
        (*place, item["kind"]) for place, item in zip(places(result), result["items"], strict=True)
    ) == [
        ("docs/index.rst", 8, "missing-page", "dead-page"),
        ("docs/index.rst", 13, "pic.png", "dead-file"),
        ("docs/index.rst", 15, "nofile.txt", "dead-file"),
        ("docs/second.rst", 4, "here", "twice"),
        ("docs/second.rst", 9, "nosuch", "dead-page"),
        ("docs/second.rst", 9, "nosuch.png", "dead-link"),
        ("docs/second.rst", 9, "nowhere", "dead-label"),
    ]


def test_labels_that_may_stand_elsewhere_are_not_judged(project: Checkout, desk: Desk) -> None:
    project.commit(
        "begin",
        files={"docs/conf.py": "extensions = ['sphinx.ext.intersphinx']", "docs/a.rst": ":ref:`nowhere`\n"},
    )
    result = desk.result("links")
    assert result["items"] == []
    assert "1 could not be judged" in result["body"]
    project.commit("plain", files={"docs/conf.py": "", "lib.py": '"""\n.. _nowhere:\n"""\n'})
    assert desk.result("links")["items"] == []  # a label in a docstring


def test_what_a_build_makes_is_not_called_dead(project: Checkout, desk: Desk) -> None:
    project.commit(
        "begin", files={"docs/a.md": "[built](_build/x.html) [dead](x.png)", ".gitignore": "_build\n"}
    )
    assert places(desk.result("links")) == [("docs/a.md", 1, "x.png")]


def test_myst_takes_labels_for_paths(project: Checkout, desk: Desk) -> None:
    page = "(my/label)=\n# Here\n\n```{toctree}\n:maxdepth: 2\n\nb\nnosuch\n```\n{ref}`my/label` {doc}`b`\n"
    project.commit(
        "begin", files={"docs/conf.py": "", "docs/a.md": page, "docs/b.md": "[x](my/label) [y](#my/label)\n"}
    )
    assert places(desk.result("links")) == [("docs/a.md", 4, "nosuch")]


def test_html_pages_are_read_and_templates_left_alone(project: Checkout, desk: Desk) -> None:
    html = (
        '<a name="here"><a href="#here"><a href="#there"><img src=x.png><a href="{{ url }}"><p <a href=y.html'
    )
    project.commit("begin", files={"docs/a.html": html})
    assert places(desk.result("links")) == [("docs/a.html", 1, "#there"), ("docs/a.html", 1, "x.png")]


def test_the_commit_is_read_not_the_work_tree(project: Checkout, desk: Desk) -> None:
    project.commit("begin", files={"README.md": "[a](a.md)", "a.md": "x"})
    (project.root / "a.md").unlink()
    project.write({"README.md": "[b](b.md)"})
    assert desk.result("links")["items"] == []


def test_odd_bytes_submodules_and_links_make_no_crash(project: Checkout, desk: Desk, tmp_path: Path) -> None:
    other = Checkout(tmp_path / "other")
    other.commit("begin", files={"README.md": "x"})
    project.commit(
        "begin",
        files={"README.md": b"# T\xff\n[a](b\xfe.md) [sub](sub/)\r\n[c](#t)\n", "docs/\u00fc n.md": "[x](y)"},
    )
    (project.root / "docs/link.md").symlink_to("nowhere.md")
    (project.root / os.fsdecode(b"docs/\xe9.md")).write_text("[x](z)")
    project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.root), "sub")
    project.commit("more")
    result = desk.result("links")
    assert [target for _, _, target in places(result)] == ["b\ufffd.md", "y", "z"]
    assert "submodules" in result["body"]


def test_a_page_that_is_too_large_is_left_out_and_said_so(project: Checkout, desk: Desk) -> None:
    project.commit("begin", {"a.md": "[x](y)\n" + "x" * (2 << 20), "b.md": "[x](z)", "c.md": ""})
    result = desk.result("links")
    assert places(result) == [("b.md", 1, "z")]
    assert "1 page left out as too large." in result["body"]


def test_no_documentation_gives_no_value(project: Checkout, desk: Desk) -> None:
    project.commit("begin", files={"src/a.py": "1"})
    result = desk.result("links")
    assert result["headline"].startswith("No documentation on main")
    assert "scorecard" not in result or result["scorecard"] == {}


def test_docs_are_what_project_conf_calls_so(project: Checkout, desk: Desk) -> None:
    project.commit("begin", files={"guide/deep/a.md": "[x](y)", "README.md": "[x](z)"})
    assert places(desk.result("links")) == [("README.md", 1, "z")]
    desk.set(docs="guide/**/*.md")
    assert places(desk.result("links")) == [("guide/deep/a.md", 1, "y")]


class _Site(BaseHTTPRequestHandler):
    """Answers by what the path says, and notes who asked."""

    seen: list[str] = []

    def do_HEAD(self) -> None:
        self.seen.append(f"HEAD {self.path}")
        self.send_response(
            {"/ok": 200, "/only-get": 405, "/gone": 404, "/busy": 503, "/no-heads": 404}.get(self.path, 404)
        )
        self.end_headers()

    def do_GET(self) -> None:
        self.seen.append(f"GET {self.path}")
        self.send_response({"/ok": 200, "/only-get": 200, "/busy": 503, "/no-heads": 200}.get(self.path, 404))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    """A web site on this machine."""
    _Site.seen = []
    server = HTTPServer(("127.0.0.1", 0), _Site)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def external(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module that asks the web, as the agent imports it, in a folder of its own."""
    for folder in (EXAMPLE / "kit", EXAMPLE / "seats/links"):
        monkeypatch.syspath_prepend(str(folder))
    monkeypatch.chdir(tmp_path)
    import external

    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return external


def test_only_a_clear_answer_makes_an_address_dead(
    external: ModuleType, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(external, "is_public", lambda host: True)
    urls = [f"{site}/{name}" for name in ("ok", "only-get", "gone", "busy", "gone#part", "no-heads")]
    answers = external.check([*urls, "http://127.0.0.1:1/nobody"], NOW)
    assert {url.removeprefix(site): answer[0] for url, answer in answers.items()} == {
        "/ok": "alive",
        "/only-get": "alive",
        "/no-heads": "alive",
        "/gone": "dead",
    }
    assert _Site.seen.count("HEAD /gone") == 1
    asked = len(_Site.seen)
    external.check(urls[:3], NOW + timedelta(days=6))
    assert len(_Site.seen) == asked
    external.check(urls[:3], NOW + timedelta(days=8))
    assert len(_Site.seen) > asked


def test_an_address_inside_of_the_house_is_never_asked(external: ModuleType, site: str) -> None:
    assert external.check([f"{site}/ok"], NOW) == {}
    assert _Site.seen == []


def test_web_addresses_are_asked_only_where_the_maintainer_says_so(
    project: Checkout, desk: Desk, site: str
) -> None:
    project.commit("begin", files={"README.md": f"[a]({site}/gone)"})
    desk.result("links")
    desk.set(external="yes")
    result = desk.result("links")  # 127.0.0.1 is not the open network, so nothing is known of it
    assert _Site.seen == [] and result["items"] == []
    assert "0 of 1 web address gave an answer; of the others it is not known." in result["body"]
    desk.set(external="maybe")
    assert desk.start("links").err == "links: project.conf: external is yes or no, not 'maybe'\n"
