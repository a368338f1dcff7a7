"""`fleet check --format sarif`: what SARIF 2.1.0 requires, and what code scanning reads; and GitHub's own lines."""

from __future__ import annotations

import json
import re

from .test_fix import CHART

BROKEN = CHART.replace("answers_to", "manger").replace("10m", "soon") + (
    "  dirk:\n    title: Sales\n    run: x\n    answers_to: ann\n    owns: [ads]\n"
    "    when: when asked\n    scorecard: {x: all}\n    reads: [dash\n"
)
LEVELS = {"none", "note", "warning", "error"}  # SARIF 2.1.0, 3.27.10


def _region(region: dict) -> None:
    assert set(region) == {"startLine", "startColumn", "endLine", "endColumn"}
    assert all(isinstance(n, int) and n >= 1 for n in region.values())
    start, end = (region["startLine"], region["startColumn"]), (region["endLine"], region["endColumn"])
    assert start <= end


def _artifact(location: dict) -> None:
    assert re.fullmatch(r"[\w./%-]+", location["uri"]) and not location["uri"].startswith("/")
    assert location["uriBaseId"] == "%SRCROOT%"


def _log(said) -> dict:
    """Take a log apart by what the standard requires of each of its objects."""
    log = json.loads(said.out)
    assert (log["version"], list(log)) == ("2.1.0", ["$schema", "version", "runs"])
    assert log["$schema"].endswith("/sarif-2.1.0.json")
    (run,) = log["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    driver = run["tool"]["driver"]
    assert driver["name"] == "fleet" and re.fullmatch(r"\d+\.\d+\.\d+.*", driver["semanticVersion"])
    rules = driver["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in rules)
    for artifact in run["artifacts"]:
        _artifact(artifact["location"])
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in LEVELS and result["message"]["text"]
        for location in (*result["locations"], *result.get("relatedLocations", ())):
            _artifact(location["physicalLocation"]["artifactLocation"])
            _region(location["physicalLocation"]["region"])
        for related in result.get("relatedLocations", ()):
            assert related["message"]["text"]
        for fix in result.get("fixes", ()):
            assert fix["description"]["text"]
            for change in fix["artifactChanges"]:
                _artifact(change["artifactLocation"])
                for replacement in change["replacements"]:
                    _region(replacement["deletedRegion"])
                    assert isinstance(replacement["insertedContent"]["text"], str)
    return run


def test_every_object_has_what_the_standard_requires(nowhere):
    nowhere.write("fleet.yaml", BROKEN)
    said = nowhere("check", "--format", "sarif")
    run = _log(said)
    assert said.code == 1
    assert {r["ruleId"] for r in run["results"]} == {"F101", "F201", "F301", "F401"}


def test_a_second_place_is_a_related_location_and_a_certain_mending_a_fix(nowhere):
    nowhere.write("fleet.yaml", BROKEN)
    results = {r["ruleId"]: r for r in _log(nowhere("check", "--format", "sarif"))["results"]}
    (related,) = results["F201"]["relatedLocations"]
    assert related["physicalLocation"]["region"]["startLine"] == 10
    (fix,) = results["F401"]["fixes"]
    (change,) = fix["artifactChanges"]
    (replacement,) = change["replacements"]
    region = {"startLine": 9, "startColumn": 5, "endLine": 9, "endColumn": 11}
    assert replacement == {"deletedRegion": region, "insertedContent": {"text": "answers_to"}}
    assert "fixes" not in results["F301"]


def test_a_sound_chart_is_a_run_without_results(nowhere):
    nowhere.write("fleet.yaml", CHART)
    said = nowhere("check", "--format", "sarif")
    assert (said.code, _log(said)["results"]) == (0, [])


def test_paths_are_those_of_the_repository_wherever_one_stands(nowhere):
    (nowhere.folder / ".git").mkdir()
    nowhere.write("my fleets/a/fleet.yaml", BROKEN)
    for words in (("my fleets/a",), ("-C", "my fleets/a")):
        run = _log(nowhere("check", *words, "--format", "sarif"))
        assert [a["location"]["uri"] for a in run["artifacts"]] == ["my%20fleets/a/fleet.yaml"]
        said = nowhere("check", *words, "--format", "github")
        assert said.out.startswith("::error file=my fleets/a/fleet.yaml,line=9,")


def test_a_workspace_of_github_is_where_paths_begin(nowhere):
    nowhere.write("repo/a/fleet.yaml", BROKEN)
    env = {"GITHUB_WORKSPACE": str(nowhere.folder / "repo")}
    said = nowhere("check", "repo/a", "--format", "github", env=env)
    assert said.out.startswith("::error file=a/fleet.yaml,line=9,endLine=9,col=5,endColumn=11,title=F401::")


def test_github_gets_columns_for_one_line_only_and_nothing_that_ends_a_command(nowhere):
    nowhere.write(
        "fleet.yaml", CHART.replace("limit: 10m", 'limit: "100%\n      of it"').replace("ads", '"50%, a:b"')
    )
    lines = nowhere("check", "--format", "github").out.splitlines()
    (told,) = [line for line in lines if "F301" in line]
    assert told.startswith("::error file=fleet.yaml,line=12,endLine=13,title=F301::")
    for line in lines:
        properties = line.removeprefix("::error ").removeprefix("::warning ").partition("::")[0]
        assert all(re.fullmatch(r"[a-zA-Z]+=[^,:]*", pair) for pair in properties.split(","))
