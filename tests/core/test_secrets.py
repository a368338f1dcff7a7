"""`secrets:` in fleet.yaml: where a value is, and that no value stands there."""

from __future__ import annotations

import pytest

from fleet.cli.mistakes import told
from fleet.core import kept
from fleet.core.chart import Chart
from fleet.core.edit.compare import compare, loosening
from fleet.core.mistake import Mistake
from fleet.core.past import Revision
from fleet.store.chart import read_text

HEAD = "fleet: shop\ntimezone: UTC\nseats: {owner: {title: Owner, person: Ada}}\n"
ALL = """\
secrets:
  ONE: {env: ONE_LIVE}
  TWO: {file: /run/secrets/two}
  THREE: {run: pass show three}
  FOUR: {credential: crm-token}
"""


def read(text: str) -> tuple[Chart | None, tuple[Mistake, ...]]:
    return read_text({"fleet.yaml": HEAD + text})


def chart_of(text: str) -> Chart:
    chart, mistakes = read(text)
    assert chart is not None, mistakes
    return chart


def errors(text: str) -> list[tuple[str, str]]:
    return [(one.code, one.what) for one in read(text)[1] if one.level == "error"]


def test_each_source_is_read() -> None:
    found = {name: (one.kind, one.at, one.argv) for name, one in chart_of(ALL).secrets.items()}
    assert found == {
        "ONE": ("env", "ONE_LIVE", ()),
        "TWO": ("file", "/run/secrets/two", ()),
        "THREE": ("run", "", ("pass", "show", "three")),
        "FOUR": ("credential", "crm-token", ()),
    }


def test_a_kept_chart_has_them_all() -> None:
    chart = chart_of(ALL)
    key = kept.key_of(Revision("r-1", 1, "ann", None, texts={}))  # type: ignore[arg-type]
    again = kept.read(kept.written(chart, key), key)
    assert again is not None
    assert again.secrets == chart.secrets


@pytest.mark.parametrize(
    ("entry", "code", "says"),
    [
        ("ONE: my-own-password", "F225", "the value of ONE seems to stand here"),
        ("ONE: {env: A, file: /b}", "F410", "two sources"),
        ("ONE: {}", "F407", "no source"),
        ("ONE: {file: secrets/one}", "F408", "named from the root"),
        ("ONE: {file: /run/../etc/x}", "F408", "has no .. in it"),
        ("ONE: {credential: a/b}", "F406", "crm-token"),
        ("ONE: {env: A-B}", "F406", "CRM_TOKEN"),
        ("ONE: {value: x}", "F225", "the value of ONE seems to stand here"),
        ("ONE: {vault: x}", "F401", "'vault'"),
        ("O-NE: {env: A}", "F406", "not the name of a secret"),
        ("FLEET_ROOT: {env: A}", "F411", "set by fleet itself"),
        ("ONE: [a]", "F404", "says where it is"),
    ],
)
def test_what_is_no_source_is_told(entry: str, code: str, says: str) -> None:
    found = errors(f"secrets: {{{entry}}}\n")
    assert found
    assert (found[0][0], says in found[0][1]) == (code, True), found


VALUES = [
    "sk-ant-api03-abcdefghijklmnop-1234",
    "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "xoxb-1234567890-abcdefghij",
    "AKIAIOSFODNN7EXAMPLE",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "-----BEGIN RSA PRIVATE KEY-----",
]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("line", ["mission: {}\n", "# {}\n"])
def test_what_looks_like_a_value_is_refused_wherever_it_stands_and_not_shown(value: str, line: str) -> None:
    text = line.format(f'"{value}"')
    (one,) = [one for one in read(text)[1] if one.code == "F225"]
    assert one.place.line == 4
    shown = "\n".join(told(one, lambda name: (HEAD + text).split("\n"), 160))
    assert value not in shown
    assert "*****" in shown


@pytest.mark.parametrize(
    ("header", "refused"),
    [
        ("Authorization: Bearer 0123456789abcdef0123", True),
        ("X-Api-Key: 0123456789abcdef0123", True),
        ("Authorization: Bearer $CRM_TOKEN", False),
        ("Accept: application/vnd.acme.v20260101abc+json", False),
        ("X-Api-Key: none", False),
    ],
)
def test_a_header_that_authorizes_names_its_secret(header: str, refused: bool) -> None:
    action = f'http: "https://x.example/y", use: [CRM_TOKEN], headers: {{{header}}}'
    found = errors(f"actions: {{crm.write: {{{action}}}}}\n")
    assert [code for code, _ in found] == (["F225"] if refused else [])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("", "secrets: {A: {env: B}}\n", "secret A is read from env: B, not from the daemon's environment"),
        ("secrets: {A: {env: B}}\n", "", "secret A is read from the daemon's environment, not from env: B"),
        (
            "secrets: {A: {env: B}}\n",
            "secrets: {A: {file: /c}}\n",
            "secret A is read from file: /c, not from env: B",
        ),
        (
            "secrets: {A: {run: a b}}\n",
            "secrets: {A: {run: a c}}\n",
            "secret A is read from run: a c, not from run: a b",
        ),
        ("secrets: {A: {run: a b}}\n", "secrets: {A: {run: [a, b]}}\n", ""),
    ],
)
def test_every_change_of_a_source_waits_for_a_yes(old: str, new: str, says: str) -> None:
    waits = loosening(compare(chart_of(old), chart_of(new)))
    assert [one.says for one in waits] == ([says] if says else [])
