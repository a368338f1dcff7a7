"""`fleet chart`: one tree of people and agents, in the forms that people and other programs read."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from fleet.cli.drawing import BOX_H, BOX_W, text_width

SCREEN = """\
sneeze-it · rev - · 4 people, 9 agents, 1 retired
SEAT         TITLE               HELD BY  HEALTH     OWNS
founder      Founder             David    ● fine
├ bogdan     COO                 Bogdan   ● fine
│ ├ janine   Accounting          Janine   ● fine     invoices +1
│ ├ dash     Analytics           run      ▲ late     ad analytics +2
│ ├ pulse    Client Retention    run      ▲ late     client health +1
│ ├ pepper   Email Triage        run      ▲ late     inbox triage +1
│ ├ arin     Call Center         run      ▲ late     call coaching
│ ├ crystal  Project Management  run      ▲ late     project plans +1
│ └ tally    Scorecard           run      ▲ late     scorecard values
├ kristen    Creative            Kristen  ● fine     creative work
├ dirk       Sales               run      ▲ late     pipeline +1
├ nick       Cold Prospecting    run      ▲ late     cold prospecting +1
└ radar      Chief of Staff      run      ▲ late     morning briefing +2
jeff         Data Integrity      -        ○ retired  ad pacing now dash's +1
Who goes first over account, brand, person, rep: fleet chart --kind account
"""
TITLE = "Ad & Co </text><script>alert(1)</script> a title that is far too long for any box"
ODD = rf"""fleet: 'a "b" <c> & \d'
timezone: UTC
seats:
  you: {{title: 'Owner <b>&amp;"x"', person: 'Zoë "Z" \n', reads: [dash]}}
  dash:
    title: '{TITLE}'
    run: sh a.sh
    answers_to: you
    owns: [ads]
    when: when asked
    scorecard: {{n: all}}
  plan: {{title: Nobody yet, answers_to: you, owns: [plans], scorecard: {{n: all}}}}
"""
CLAIM = {"headline": "watch", "claims": [{"about": "account:acme", "because": "spend -38%"}]}
STATEMENT = re.compile(
    r'digraph "(?:[^"\\]|\\.)*" \{|  rankdir=LR;|\}'
    r'|  (?:node|edge|"(?:[^"\\]|\\.)*"(?: -> "(?:[^"\\]|\\.)*")?)'
    r'(?: \[\w+=(?:\w+|"(?:[^"\\]|\\.)*")(?:, \w+=(?:[\w]+|"(?:[^"\\]|\\.)*"))*\])?;'
)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def sneeze(tmp_path_factory):
    from cli.conftest import Place

    place = Place(tmp_path_factory.mktemp("sneeze"))
    assert place("init", "--from", "sneeze-it").code == 0
    return place


def test_the_example_is_shown_as_one_tree_and_fits(sneeze):
    said = sneeze("chart")
    assert (said.code, said.out, said.err) == (0, SCREEN, "")
    assert max(map(len, said.out.splitlines())) <= 80
    full = sneeze("chart", "-v").out
    assert "ad pacing now dash's, project reconciliation now crystal's" in full
    plain = sneeze("chart", "--ascii").out
    assert plain.isascii() and "|- bogdan" in plain


def test_json_says_of_each_seat_all_that_the_chart_knows(sneeze):
    found = {seat["seat"]: seat for seat in sneeze("chart", "--json").data["seats"]}
    assert list(found)[:3] == ["founder", "bogdan", "janine"]
    pulse = found["pulse"]
    assert (pulse["answers_to"], pulse["holder"], pulse["ranks"]) == ("bogdan", "run", {"account": 1})
    assert pulse["read_by"] == ["bogdan", "dirk", "pepper", "tally", "radar"]
    assert found["founder"]["person"] == "David"
    assert found["jeff"]["gave"] == {"ad pacing": "dash", "project reconciliation": "crystal"}


def test_who_reads_whom_is_a_view_of_its_own(sneeze):
    lines = sneeze("chart", "--reads").out.splitlines()
    assert re.fullmatch(r"pulse +dash, data/.* +bogdan, dirk, pepper, tally, radar", lines[5])


def test_a_kind_shows_who_goes_first_what_each_may_and_who_claims_what(desk):
    desk.write("seats/pulse/work/next", json.dumps(CLAIM))
    assert desk("wake", "pulse", "--wait").code == 0
    said = re.sub(" {2,}", "  ", desk("chart", "--kind", "account").out)
    assert said == (
        "account: who may act on it, and who goes first\n"
        "RANK  SEAT  HEALTH  MAY  CLAIMS NOW\n"
        "1  pulse  ● fine  nothing  acme (spend -38%)\n"
        "2  dirk  ● fine  note.append; if founder says yes crm.offer, mail.send  -\n"
        "where one above claims the same account: hold. Retention outranks expansion.  fleet.yaml:29\n"
    )
    data = desk("chart", "--kind", "account", "--json").data
    assert [(one["seat"], one["rank"]) for one in data["seats"]] == [("pulse", 1), ("dirk", 2)]
    assert data["seats"][1]["ask"] == {"crm.offer": "founder", "mail.send": "founder"}
    assert data["conflicts"][0]["place"] == "fleet.yaml:29"


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("acount", "Did you mean account?"),
        ("crm.offer", "Try: fleet chart --kind account"),
        ("account:acme", "Try: fleet trace account:acme"),
    ],
)
def test_a_kind_that_is_none_is_told_with_what_was_meant(sneeze, kind, hint):
    said = sneeze("chart", "--kind", kind)
    assert (said.code, said.out) == (2, "")
    assert said.err.endswith(f"{hint}\n")


def test_forms_that_exclude_each_other_are_refused(sneeze):
    assert sneeze("chart", "--dot", "--svg").code == 2
    assert sneeze("chart", "--kind", "account", "--dot").code == 2


@pytest.mark.parametrize("words", [("--dot",), ("--dot", "--reads")])
def test_dot_is_statements_of_graphviz_whatever_the_names_are(nowhere, words):
    nowhere.write("fleet.yaml", ODD)
    lines = nowhere("chart", *words).out.splitlines()
    assert [line for line in lines if not STATEMENT.fullmatch(line)] == []
    assert '  "you" -> "dash";' in lines
    dashed = [line for line in lines if '"dash" -> "you" [style=dashed' in line]
    assert len(dashed) == (1 if "--reads" in words else 0)


def _numbers(box):
    return [float(box.get(key)) for key in ("x", "y", "width", "height")]


def test_the_picture_is_xml_without_a_script_and_every_text_lies_in_its_box(nowhere):
    nowhere.write("fleet.yaml", ODD)
    text = nowhere("chart", "--svg").out
    root = ElementTree.fromstring(text)
    assert "<script" not in text and "http" not in text.replace("http://www.w3.org/2000/svg", "")
    groups = [g for g in root.iter(f"{SVG}g") if "seat" in g.get("class").split()]
    assert len(groups) == 3
    for group in groups:
        x, y, width, height = _numbers(group.find(f"{SVG}rect"))
        assert (width, height) == (BOX_W, BOX_H)
        for line in group.findall(f"{SVG}text"):
            size = 15 if line.get("class") == "title" else 12
            assert x <= float(line.get("x")) and y < float(line.get("y")) < y + height
            assert float(line.get("x")) + text_width(line.text, size) <= x + width
    words = " ".join(t.text for t in root.iter(f"{SVG}text"))
    assert 'Owner <b>&amp;"x"' in words and "planned" in words and "…" in words


def test_each_edge_of_the_picture_leads_from_a_box_to_a_box(sneeze):
    root = ElementTree.fromstring(sneeze("chart", "--svg").out)
    boxes = [_numbers(r) for r in root.iter(f"{SVG}rect") if r.get("class") == "box"]
    right = {(x + w, y + h / 2) for x, y, w, h in boxes}
    left = {(x, y + h / 2) for x, y, w, h in boxes}
    edges = [p.get("d") for p in root.iter(f"{SVG}path") if p.get("class") == "edge"]
    assert len(edges) == 12
    for edge in edges:
        x, y, _, end_y, end_x = map(float, re.findall(r"[\d.]+", edge))
        assert (x, y) in right and (end_x, end_y) in left
