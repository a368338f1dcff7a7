"""Plan and apply from the command line: what they print, and what each exits with."""

from __future__ import annotations

import os

import pytest

CAN = "    can: {ask: {note.send: you}}\nactions:\n  note.send: {run: ./note, outside: yes}\n"
MAY = CAN.replace("ask: {note.send: you}", "do: [note.send]")


@pytest.fixture
def asking(hello):
    """A fleet whose greeter must ask before it sends; it had its first start and is down."""
    chart = hello.folder / "fleet.yaml"
    chart.write_text(chart.read_text() + CAN)
    assert hello("up", "--once", "-q").code == 0
    return hello


def _save(place, old: str, new: str) -> None:
    chart = place.folder / "fleet.yaml"
    text = chart.read_text()
    assert text.count(old) == 1
    chart.write_text(text.replace(old, new))


def test_a_plan_shows_what_waits_first_and_names_itself(asking):
    assert asking("plan").out.splitlines()[0].endswith(": no changes")
    assert asking("plan", "--exit-code").code == 0
    _save(asking, "ask: {note.send: you}", "do: [note.send]")
    _save(asking, "title: Greeter", "title: Host")
    before = sorted(asking.folder.rglob("*"))
    shown = asking("plan")
    head, first, second, last = shown.out.splitlines()
    assert shown.code == 0 and asking("plan", "--exit-code").code == 5
    assert head.startswith("fleet.yaml against revision 1 (running since ")
    assert first == "  ! greeter  may send note.send without asking you  loosens: waits for apply"
    assert second == "  ~ greeter  title     Greeter -> Host"
    name = asking("plan", "--json").data["plan"]
    assert last == f"plan {name}   Say yes with: fleet apply --plan {name}"
    assert sorted(asking.folder.rglob("*")) == before


def test_a_plan_as_json_has_every_change_with_its_place(asking):
    _save(asking, "ask: {note.send: you}", "do: [note.send]")
    said = asking("plan", "--json", "--exit-code")
    assert (said.code, said.json["schema"], said.json["revision"]) == (5, "fleet.plan/1", 1)
    (change,) = said.data["changes"]
    assert (change["kind"], change["waits"], change["what"]) == (
        "loosens", True, "seats.greeter.can.do.note.send",
    )  # fmt: skip
    assert change["place"] == "fleet.yaml:12" and said.data["against"] == "r-1"


def test_apply_says_yes_to_the_plan_that_was_shown_and_to_no_other(asking):
    _save(asking, "ask: {note.send: you}", "do: [note.send]")
    name = asking("plan", "--json").data["plan"]
    stale = asking("apply", "--plan", "0123456789ab")
    assert (stale.code, stale.out) == (6, "")
    assert "it is not what plan 0123456789ab was made of any more; nothing was applied" in stale.err
    said = asking("apply", "--plan", name, "--because", "earned")
    assert said.code == 0
    assert said.out.splitlines() == [
        "revision 3 is in force; you said so",
        "  ! greeter  may send note.send without asking you  loosens",
    ]
    again = asking("apply")
    assert (again.code, again.out) == (0, "nothing waits for a yes: revision 3 is in force whole\n")
    assert asking("plan", "--exit-code").code == 0


def test_an_invalid_file_can_be_neither_planned_nor_applied(asking):
    _save(asking, "when: when mail arrives", "when: four times a day")
    shown = asking("plan", "--exit-code")
    assert shown.code == 1
    assert "error[F310]" in shown.out and "  --> fleet.yaml:10:11" in shown.out and "^^^^" in shown.out
    assert asking("plan", "--json").data["mistakes"][0]["line"] == 10
    said = asking("apply")
    assert said.code == 1 and "error[F310]" in said.err and "fleet.yaml:10:11" in said.err


def test_up_says_what_waits_and_up_with_apply_says_yes(asking):
    _save(asking, "ask: {note.send: you}", "do: [note.send]")
    said = asking("up", "--once")
    assert said.code == 0
    assert (
        "  ! greeter may send note.send without asking you\n1 change of fleet.yaml waits for a yes"
        in said.err
    )
    assert [w["what"] for w in asking("status", "--json").data["waits"]] == ["seats.greeter.can.do.note.send"]
    said = asking("up", "--once", "--apply", "--as", "you")
    assert "r-3 is in force; you said yes to what waited" in said.err
    assert asking("status", "--json").data["waits"] == []
    refused = asking("up", "--once", "--apply", env={"FLEET_TURN": "t-9"})
    assert refused.code == 1 and "refused from inside a turn" in refused.err


def test_a_daemon_in_the_background_is_asked_for_all_of_it(asking):
    _save(asking, "ask: {note.send: you}", "do: [note.send]")
    up = asking("up", "-d")
    assert up.code == 0 and "1 change of fleet.yaml waits for a yes" in up.err
    shown = asking("status")
    assert "1 change waits: ! greeter may send note.send without asking you -> fleet apply\n" in shown.out
    assert "Next: fleet plan" in shown.out
    inside = asking("apply", env={"FLEET_TURN": "t-9"})
    assert inside.code == 1 and "refused from inside a turn; nothing was changed" in inside.err
    assert asking("apply", "--plan", "0123456789ab").code == 6
    assert asking("apply").code == 0
    _save(asking, "title: Greeter", "title: Host")
    asking.until(lambda: asking("status", "--json").json["revision"] == 4, "the edit was taken up")
    assert asking("plan", "--exit-code").code == 0
    back = asking("apply", "--revision", "1")
    assert back.code == 0
    assert back.out.splitlines()[0] == "revision 5 is in force, which is revision 1 again; you said so"
    assert "title: Greeter" in (asking.folder / "fleet.yaml").read_text()
    assert asking("audit", "verify").code == 0


def test_going_back_keeps_the_file_as_others_may_read_it(asking):
    chart = asking.folder / "fleet.yaml"
    chart.chmod(0o640)
    _save(asking, "title: Greeter", "title: Host")
    assert asking("apply", "--revision", "r-1").code == 0
    assert "title: Greeter" in chart.read_text() and os.stat(chart).st_mode & 0o777 == 0o640
    assert asking("apply", "--revision", "7").code == 2
    assert asking("apply", "--revision", "1", "--plan", "0123456789ab").code == 6


def test_going_back_to_what_only_ever_waited_is_a_yes_that_must_be_said(asking):
    _save(asking, "ask: {note.send: you}", "do: [note.send]")
    assert asking("up", "--once", "-q").code == 0
    _save(asking, "do: [note.send]", "ask: {note.send: you}")
    assert asking("up", "--once", "-q").code == 0
    waited = asking("why", "r-2")
    assert "but not what waited for a yes: greeter may send note.send without asking you" in waited.out
    assert "it never came into force, for r-3 did without it" in waited.out
    unseen = asking("apply", "--revision", "2")
    assert unseen.code == 1 and "r-2 was never in force whole" in unseen.err
    assert "says yes to: greeter may send note.send without asking you. Nothing was applied." in unseen.err
    assert asking("plan").out.splitlines()[0].startswith("fleet.yaml against revision 3 ")
    meant = unseen.err.split("fleet apply ")[1].split()
    back = asking("apply", *meant, "--because", "it is safe now")
    assert back.code == 0
    assert back.out.splitlines() == [
        "revision 4 is in force, which is revision 2 again; you said so",
        "  ! greeter  may send note.send without asking you  loosens",
    ]
    told = asking("why", "r-4").out
    assert 'by you, which is r-2 again, because "it is safe now"' in told
    assert 'you: r-2 again; changed greeter; because "it is safe now"' in asking("tail", "-n", "40").out


def test_why_of_a_revision_says_with_which_one_came_what_waited_in_it(asking):
    _save(asking, "ask: {note.send: you}", "do: [note.send]")
    assert asking("up", "--once", "-q").code == 0
    assert "it still waits for a yes: greeter may send" in asking("why", "r-2").out
    assert asking("apply").code == 0
    assert "it came into force with r-3: greeter may send" in asking("why", "r-2").out


def test_before_the_first_start_there_is_nothing_to_compare_with(hello):
    said = hello("plan", "--exit-code")
    assert (said.code, said.out) == (
        0, "fleet.yaml is in force from the first `fleet up` on; that needs no yes\n",
    )  # fmt: skip


VALUE = "tok-5512-abc-xyz"
USES = "    can: {use: [TOKEN]}\n"


def _no_value(place, *said) -> None:
    """Nothing that was said has it, nor any file but fleet.yaml."""
    files = [one for one in place.folder.rglob("*") if one.is_file() and one.name != "fleet.yaml"]
    assert not [one for one in files if VALUE.encode() in one.read_bytes()]
    assert not [one for one in said if VALUE in one.out + one.err]


@pytest.mark.parametrize("served", ["with a daemon", "without"])
def test_no_verb_brings_a_secrets_value_into_force_or_shows_it(hello, tmp_path_factory, served):
    chart, key = hello.folder / "fleet.yaml", tmp_path_factory.mktemp("keys") / "key"
    key.write_text(VALUE)
    key.chmod(0o600)
    chart.write_text(f"{chart.read_text()}{USES}secrets: {{TOKEN: {{file: {key}}}}}\n")
    assert hello("up", "--once", "-q").code == 0
    if served == "with a daemon":
        assert hello("up", "-d").code == 0
    _save(hello, "title: Greeter", f"title: Greeter {VALUE}")
    verbs = [("check",), ("plan",), ("apply",), ("apply", "--revision", "1"), ("simulate",), ("rehearse",)]
    said = [hello(*verb, *form) for verb in (*verbs, ("rules", "backtest")) for form in ((), ("--json",))]
    assert {one.code for one in said} == {1}
    assert all("F225" in one.out + one.err for one in said)
    assert hello.until(lambda: "F225" in hello("status", "--json").out, "status tells of it")
    assert hello("plan", "--json").data["mistakes"][0]["line"] == 6
    _no_value(hello, *said)


def test_a_value_that_only_the_daemon_has_is_not_shown_either(hello):
    chart = hello.folder / "fleet.yaml"
    chart.write_text(chart.read_text() + USES)
    assert hello("up", "-d", env={"TOKEN": VALUE}).code == 0
    _save(hello, "title: Greeter", f"title: {VALUE}")
    said = [hello(*verb, *form) for verb in (("check",), ("plan",), ("apply",)) for form in ((), ("--json",))]
    assert {one.code for one in said} == {1}
    assert "title: ****************\n" in hello("plan").out
    _no_value(hello, *said)


def test_a_plan_that_has_other_mistakes_shows_no_value_beside_them(hello):
    chart, env = hello.folder / "fleet.yaml", {"TOKEN": VALUE}
    chart.write_text(chart.read_text() + USES)
    assert hello("up", "--once", "-q", env=env).code == 0
    _save(hello, "title: Greeter", f"titel: {VALUE}")
    said = hello("plan", env=env)
    assert "F401" in said.out and "F225" in said.out
    _no_value(hello, said)
