"""Secrets: where values come from, who gets them, and that no file of the fleet ever holds one."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from runtime.acting import SEAT, came, offer, outcomes, program

from fleet.core.redact import Redactor
from fleet.store.handle import Reading
from fleet.store.lines import pieces
from fleet.testing import Rig, chart_text

Build = Callable[..., Rig]
CANARY = "cn-7Yq2pX9vK4mZ8tRw"
OTHER = "second-9Gh3Lk5Pq7Zr"


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    rigs: list[Rig] = []

    def build(seats: dict[str, str], **more: str) -> Rig:
        rigs.append(Rig(tmp_path / "fleet", chart_text(seats, **more)))
        return rigs[-1]

    yield build
    for rig in rigs:
        rig.close()


def kept(path: Path, value: str = CANARY, mode: int = 0o600) -> Path:
    path.write_text(f"{value}\n")
    path.chmod(mode)
    return path


def uses(source: str, name: str = "TOKEN") -> str:
    return f"secrets: {{{name}: {source}}}\n"


def turn_of(rig: Rig, seat: str = "dash") -> dict[str, Any]:
    return dict(rig.records("turn_ended", seat=seat)[-1]["data"])


def leaks(root: Path, *values: str) -> list[str]:
    """The files below a folder that hold a value, in any of the forms that are simple to look for."""
    forms = {
        form for v in values for form in (v, v[::-1], v.encode().hex(), b64encode(v.encode()).decode()[:20])
    }
    redactor = Redactor((f"V{at}", value) for at, value in enumerate(values))
    found = []
    for path in sorted(root.rglob("*")):
        if path.is_file() and "seats" not in path.relative_to(root).parts[:1]:
            raw = path.read_bytes()
            found += [f"{path.relative_to(root)}: {form}" for form in forms if form.encode() in raw]
            found += [f"{path.relative_to(root)}: {raw[a:b]!r}" for a, b, _ in redactor.spans(raw)]
        found += [f"the name {path.name}" for value in values if value.lower() in path.name.lower()]
    return found


GIVES = "can: {use: [TOKEN]}\nrun: sh agent.sh"
SAYS_LENGTH = 'echo "length ${#TOKEN}"'


def test_a_value_comes_from_a_variable_of_another_name(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVE_TOKEN", CANARY)
    rig = build({"dash": GIVES}, tail=uses("{env: LIVE_TOKEN}"))
    rig.does("dash", SAYS_LENGTH)
    rig.start()
    assert turn_of(rig)["headline"] == f"length {len(CANARY)}"


def test_a_value_comes_from_a_file_and_a_changed_one_needs_no_restart(build: Build, tmp_path: Path) -> None:
    file = kept(tmp_path / "token")
    rig = build({"dash": GIVES}, tail=uses(f"{{file: {file}}}"))
    rig.does("dash", SAYS_LENGTH)
    rig.start()
    assert turn_of(rig)["headline"] == f"length {len(CANARY)}"
    kept(file, CANARY + "-more")
    rig.does("dash", SAYS_LENGTH)
    rig.ask("wake", seat="dash")
    assert turn_of(rig)["headline"] == f"length {len(CANARY) + 5}"


def test_a_value_comes_from_a_command_that_is_asked_once_a_turn(build: Build, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    script = tmp_path / "pass"
    script.write_text(f"#!/bin/sh\necho asked >>{asked}\necho {CANARY}\n")
    script.chmod(0o755)
    rig = build({"dash": GIVES}, tail=uses(f"{{run: {script} show crm}}"))
    rig.does("dash", f"{SAYS_LENGTH}\necho $TOKEN >&2", "echo second; echo $TOKEN >&2")
    rig.start()
    assert turn_of(rig)["headline"] == f"length {len(CANARY)}"
    rig.ask("wake", seat="dash")
    assert asked.read_text() == "asked\nasked\n"
    assert not leaks(rig.root, CANARY)


def test_a_value_comes_from_a_credential_of_systemd(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    kept(tmp_path / "crm-token", mode=0o440)
    rig = build({"dash": GIVES}, tail=uses("{credential: crm-token}"))
    rig.does("dash", SAYS_LENGTH)
    rig.start()
    assert turn_of(rig)["headline"] == f"length {len(CANARY)}"


def test_only_who_names_it_gets_it(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", CANARY)
    rig = build({"dash": GIVES, "tally": "run: sh agent.sh"})
    rig.does("tally", "echo ${TOKEN:-nothing}")
    rig.start()
    assert turn_of(rig, "tally")["headline"] == "nothing"


def _open_to_others(folder: Path) -> str:
    return f"{{file: {kept(folder / 'token', mode=0o644)}}}"


def _link(folder: Path) -> str:
    kept(folder / "real")
    (folder / "token").symlink_to(folder / "real")
    return f"{{file: {folder / 'token'}}}"


def _fails(folder: Path) -> str:
    script = folder / "pass"
    script.write_text(f"#!/bin/sh\necho {CANARY} >&2\nexit 3\n")
    script.chmod(0o755)
    return f"{{run: {script}}}"


REFUSED = [
    (lambda folder: "{env: NO_SUCH}", "is not in the daemon's environment as NO_SUCH"),
    (lambda folder: f"{{file: {folder}/none}}", "none cannot be read: No such file or directory"),
    (_open_to_others, "token has the mode 0644: others can use it; chmod 600 it"),
    (_link, "token is a link, and links are not followed"),
    (lambda folder: f"{{file: {folder}}}", "is not a regular file"),
    (lambda folder: f"{{file: {kept(folder / 'token', 'abc')}}}", "has under 6 characters"),
    (lambda folder: "{credential: crm}", "systemd gave this daemon no credentials"),
    (_fails, "pass` ended with exit 3; run it by hand as the daemon's user to see why"),
    (lambda folder: "{run: no-such-program}", "no-such-program: not found in PATH"),
    (lambda folder: "{run: 'true'}", "what `true` printed is empty"),
]


@pytest.mark.parametrize(("source", "why"), REFUSED)
def test_what_cannot_be_used_starts_nothing_says_what_to_do_and_never_the_value(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: Callable[[Path], str], why: str
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    rig = build({"dash": GIVES}, tail=uses(source(tmp_path)))
    rig.does("dash", "echo ran; touch ran")
    rig.start()
    data = turn_of(rig)
    assert data["outcome"] == "failed"
    assert data["why"].startswith("the secret TOKEN")
    assert why in data["why"]
    assert not rig.path("seats/dash/ran").exists()
    assert CANARY not in json.dumps(rig.ledger())


ACTS = "when: when asked\ngood_for: 24h\ncan: {do: [act]}"


def test_an_action_without_its_secret_fails_before_anything_is_started(build: Build, tmp_path: Path) -> None:
    tail = f"actions: {{act: {{run: sh act.sh, use: [TOKEN]}}}}\n{uses(_open_to_others(tmp_path))}"
    rig = program(build({"dirk": ACTS}, tail=tail), "touch ran")
    offer(rig, {})
    assert outcomes(rig) == ["failed"]
    assert "chmod 600 it; nothing was started" in came(rig)["why"]
    assert not rig.path("ran").exists()


def test_an_action_gets_what_a_command_prints(build: Build, tmp_path: Path) -> None:
    script = tmp_path / "pass"
    script.write_text(f"#!/bin/sh\necho {CANARY}\n")
    script.chmod(0o755)
    tail = f"actions: {{act: {{run: sh act.sh, use: [TOKEN]}}}}\n{uses(f'{{run: {script}}}')}"
    rig = program(build({"dirk": ACTS}, tail=tail), 'echo "${#TOKEN} $TOKEN"')
    offer(rig, {})
    assert came(rig)["output"] == f"{len(CANARY)} [secret TOKEN]\n"
    assert not leaks(rig.root, CANARY)


def everywhere(value: str) -> dict[str, Any]:
    """A result that has a value in every field that takes a text."""
    return {
        "headline": f"headline {value}",
        "items": [{"about": "account:acme", "kind": "note", "because": f"because {value}",
                   "with": {"k": value, value: 1}}],
        "claims": [{"about": "account:acme", "because": f"claimed {value}"}],
        "messages": [
            {"to": "tally", "type": "INFORM", "about": "account:acme", "subject": f"subject {value}",
             "body": f"body {value}", "with": {"deep": [{"er": value}]}},
            {"to": "founder", "type": "REQUEST", "subject": value, "body": value},
        ],
        "actions": [{"kind": "act", "about": "account:acme", "with": {"text": value}, "because": value}],
        "escalate": [{"about": "account:acme", "because": f"because {value}", "options": [value, "other"]}],
        "cost": {"usd": 0.1, "model": value},
        "body": f"body {value}\n\n{value}",
    }  # fmt: skip


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "one letter a line": "\n".join,
    "backwards": lambda v: v[::-1],
    "in hex": lambda v: v.encode().hex(),
    "in base64": lambda v: b64encode(v.encode()).decode(),
    "escaped": lambda v: "".join(f"%{b:02x}" for b in v.encode()),
}
READS = "reads: [dash]\nwhen: [when mail arrives, when dash publishes]\nrun: sh agent.sh"
OUTSIDE = """\
reads: [{path: "data/*.txt"}]
when: when asked
good_for: 24h
can: {do: [act], use: [TOKEN]}
run: sh agent.sh
"""


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_value_in_every_field_reaches_no_file(
    build: Build, monkeypatch: pytest.MonkeyPatch, form: Callable[[str], str]
) -> None:
    monkeypatch.setenv("TOKEN", CANARY)
    monkeypatch.setenv("SECOND", OTHER)
    tail = "actions: {act: {run: sh act.sh, about: account, use: [SECOND]}}\n"
    rig = program(
        build({"dash": OUTSIDE, "tally": READS}, tail=tail), "echo $SECOND; echo $SECOND >&2; exit 1"
    )
    rig.write("data/one.txt", f"a row with {CANARY}")
    said = form(CANARY)
    emitted = json.dumps({"kind": "checkpoint", "data": {"at": said}})
    answer = json.dumps(everywhere(said))
    rig.write("seats/dash/answer.json", answer)
    rig.does(
        "dash",
        f"echo $TOKEN >&2; printf '%s\\n' {json.dumps(said)} >&2; echo not json {CANARY} '{{\"headline\": {{'; exit 1",
        "cat answer.json; echo $TOKEN > $FLEET_OUT/offer.txt",
        "cat answer.json",
        "cat answer.json",
    )
    rig.start()
    rig.advance(minutes=10)
    rig.ask("wake", seat="dash")
    rig.ask("wake", seat="dash")
    rig.ask("send", to="dash", body=f"please use {said}", subject=said)
    rig.drop("dash", "note.md", f"---\nsubject: {CANARY}\n---\nuse {CANARY}\n")
    rig.drop("dash", "odd.md", f"---\ntype: {CANARY}\n---\nuse\n")
    rig.ask("wake", seat="dash")
    rig.advance(hours=30)
    rig.stop()
    assert emitted
    rig.path("seats/dash/answer.json").unlink()
    rig.path("data/one.txt").unlink()
    assert leaks(rig.root, CANARY, OTHER) == []
    assert rig.outcomes("dash")[:3] == ["failed", "failed", "done"], [
        one["data"].get("why") for one in rig.records("turn_ended", seat="dash")
    ]
    assert "[secret TOKEN]" in rig.read("state/dash.md")
    assert any(one["data"].get("kind") == "secret" for one in rig.records("trouble"))


@pytest.mark.parametrize("text", ["---\nsubject: hello\n---\nhi\n", "---\ntype: NONSENSE\n---\nx\n"])
@pytest.mark.parametrize(
    "name", [f"{CANARY}.md", f".taken-m-1-{CANARY}.md", f"to {CANARY.replace('-', ' ')}"]
)
def test_a_file_that_was_dropped_under_a_value_gets_a_name_without_it(
    build: Build, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv("TOKEN", CANARY)
    rig = build({"dash": GIVES})
    rig.does("dash", "echo hello", "echo again")
    rig.start()
    rig.drop("dash", name, text)
    rig.ask("wake", seat="dash")
    rig.advance(minutes=1)
    dropped = [path.name for path in rig.path("inbox/dash").rglob("*") if path.is_file()]
    assert any("secret-TOKEN" in one for one in dropped) or rig.records("message")
    assert leaks(rig.root, CANARY) == []


def test_an_action_whose_payload_held_a_value_is_refused(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", CANARY)
    tail = "actions: {act: {run: sh act.sh}}\n"
    rig = program(
        build({"dirk": f"{SEAT[:-1]}, use: [TOKEN]}}".replace("}, use", ", use")}, tail=tail), "touch ran"
    )
    offer(rig, {"with": {"text": f"hello {CANARY}"}})
    (verdict,) = rig.records("verdict")
    assert verdict["data"]["verdict"] == "refuse"
    assert verdict["data"]["reason"].startswith("it held a secret TOKEN, which fleet has taken out")
    assert not rig.path("ran").exists()


def test_a_file_with_a_value_is_not_sent_and_the_value_is_taken_out(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", CANARY)
    tail = "actions: {act: {run: sh act.sh}}\n"
    rig = program(
        build({"dirk": "when: when asked\ngood_for: 24h\ncan: {do: [act], use: [TOKEN]}"}, tail=tail),
        "touch ran",
    )
    rig.does(
        "dirk",
        'echo "x $TOKEN y" >$FLEET_OUT/offer.txt; echo \'{"headline": "h", "actions": [{"kind": "act"}]}\'',
    )
    rig.start()
    data = turn_of(rig, "dirk")
    assert data["outcome"] == "failed"
    assert "out/dirk/t-1/offer.txt held the secret TOKEN; the values were taken out" in data["why"]
    assert rig.read("out/dirk/t-1/offer.txt") == "x [secret TOKEN] y\n"
    assert not rig.path("ran").exists()


LEAVES = {
    "a file's name": ('echo x >"$FLEET_OUT/$TOKEN.txt"', "the name of out/dash/t-1/secret-TOKEN held"),
    "a folder's name": (
        'mkdir -p "$FLEET_OUT/d-$TOKEN/a"; echo "$TOKEN" >"$FLEET_OUT/d-$TOKEN/a/x"',
        "the name of out/dash/t-1/secret-TOKEN held",
    ),
    "a pipe's name": ('mkfifo "$FLEET_OUT/p-$TOKEN"', "the name of out/dash/t-1/secret-TOKEN held"),
    "two names": (
        'echo >"$FLEET_OUT/$TOKEN"; echo >"$FLEET_OUT/b-$TOKEN"',
        "the name of out/dash/t-1/secret-TOKEN-2 held",
    ),
    "a name that is no text": (
        r'x=$(printf "\377"); echo "$TOKEN" >"$FLEET_OUT/$x"; mkdir "$FLEET_OUT/$x-$TOKEN"',
        "the name of out/dash/t-1/secret-TOKEN held",
    ),
    "a link": ('ln -s "/none/$TOKEN" "$FLEET_OUT/l"', "the link out/dash/t-1/l held the secret TOKEN"),
    "a big file": (
        '{ head -c 70000000 /dev/zero; echo "$TOKEN"; } >"$FLEET_OUT/big"',
        "out/dash/t-1/big held the secret TOKEN, and was removed",
    ),
    "over the edge of two pieces": (
        '{ head -c 67108857 /dev/zero; echo "$TOKEN"; } >"$FLEET_OUT/big"',
        "out/dash/t-1/big held the secret TOKEN, and was removed",
    ),
}


@pytest.mark.parametrize(("leaves", "said"), LEAVES.values(), ids=LEAVES)
def test_a_value_left_where_no_name_can_stand_fails_the_turn_and_goes(
    build: Build, monkeypatch: pytest.MonkeyPatch, leaves: str, said: str
) -> None:
    monkeypatch.setenv("TOKEN", CANARY)
    rig = build({"dash": GIVES})
    rig.does("dash", f"{leaves}; echo done")
    rig.start()
    assert turn_of(rig)["outcome"] == "failed"
    assert said in turn_of(rig)["why"]
    assert leaks(rig.root, CANARY) == []
    assert not any(CANARY in str(path.readlink()) for path in rig.root.rglob("*") if path.is_symlink())


DEEP = 'mkdir -p "$FLEET_OUT/$(printf "a/%.0s" $(seq 40))"'


@pytest.mark.parametrize(
    ("leaves", "said"),
    [
        ('truncate -s 300M "$FLEET_OUT/big"', "out/dash/t-1/big has 300 MB, and fleet looks through 256 MB"),
        (DEEP, "lies deeper than fleet looks"),
        ('cd "$FLEET_OUT" && truncate -s 60M a b c d e', "have over 256 MB"),
        ('(cd "$FLEET_OUT" && seq 4001 | xargs touch)', "out/dash/t-1 has over 4,000 files"),
    ],
)
def test_what_cannot_be_looked_through_for_secrets_fails_the_turn_by_name(
    build: Build, monkeypatch: pytest.MonkeyPatch, leaves: str, said: str
) -> None:
    monkeypatch.setenv("TOKEN", CANARY)
    rig = build({"dash": GIVES})
    rig.does("dash", f"{leaves}; echo done")
    rig.start()
    assert turn_of(rig)["outcome"] == "failed"
    assert said in turn_of(rig)["why"]
    assert said in rig.records("trouble")[-1]["data"]["says"]


PARTS = " ".join(CANARY[at : at + 4] for at in range(0, len(CANARY), 4))
LISTED = """printf '{"a": ['; for part in $PARTS; do printf '"%s", ' "$part"; done; echo '0]}';"""


@pytest.mark.parametrize(
    "leaves",
    [
        """for part in $PARTS; do printf '{"emit": "progress", "text": "%s"}\\n' "$part"; done """
        """>"$FLEET_OUT/emit.jsonl"; echo done""",
        f"""{{ {LISTED} }} >"$FLEET_OUT/a.json"; echo done""",
        f"{LISTED} exit 1",
    ],
    ids=["emitted", "a file", "printed and not accepted"],
)  # fmt: skip
def test_a_value_spread_over_json_is_hidden_in_what_a_turn_left(
    build: Build, monkeypatch: pytest.MonkeyPatch, leaves: str
) -> None:
    monkeypatch.setenv("TOKEN", CANARY)
    rig = build({"dash": GIVES})
    rig.does("dash", f"PARTS='{PARTS}'; {leaves}")
    rig.start()
    left = [*rig.root.glob("out/dash/t-1/*"), *rig.root.glob("state/turns/dash/*.out")]
    texts = [path.read_text() for path in left]
    assert any("[secret TOKEN]" in text for text in texts)
    assert not any(PARTS.split()[1] in text for text in texts)


def test_what_takes_too_long_to_be_looked_through_for_secrets_fails_the_turn_by_name(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", CANARY)
    rig = build({"dash": GIVES})

    def slow(reading: Reading, size: int) -> Iterator[bytes]:
        for piece in pieces(reading, size):
            rig.clock._elapsed_s += 6.0
            yield piece

    monkeypatch.setattr("fleet.runtime.hide.pieces", slow)
    rig.does("dash", 'cd "$FLEET_OUT" && truncate -s 3M big && touch other; echo done')
    rig.start()
    assert turn_of(rig)["outcome"] == "failed"
    assert "out/dash/t-1/big took over 10 s to be looked through" in turn_of(rig)["why"]
    assert "out/dash/t-1 took over 10 s to be looked through" in turn_of(rig)["why"]


def test_without_a_secret_a_turn_may_leave_whatever_it_likes(build: Build) -> None:
    rig = build({"dash": "run: sh agent.sh"})
    rig.does("dash", 'truncate -s 300M "$FLEET_OUT/big"; echo done')
    rig.start()
    assert turn_of(rig)["outcome"] == "done"


def test_a_value_that_is_spread_over_keys_fails_the_turn(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", CANARY)
    rig = build({"dash": GIVES})
    rig.does("dash", f'echo \'{{"items": [{{"about": "account:{CANARY.lower()}", "kind": "x"}}]}}\'')
    rig.start()
    assert turn_of(rig)["outcome"] == "failed"
    assert "holds the secret TOKEN where no text can stand" in turn_of(rig)["why"]
    assert not leaks(rig.root, CANARY)


def test_an_edit_that_writes_a_value_down_is_refused(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", CANARY)
    rig = build({"dash": GIVES})
    rig.start()
    rig.edit(chart_text({"dash": f"{GIVES}\ntitle: {CANARY}"}))
    rig.advance(seconds=5)
    assert len(rig.records("revision")) == 1
    problems = rig.ask("status")["problems"]
    assert [one for one in problems if "F225" in one and "the value of the secret TOKEN stands here" in one]
    assert CANARY not in str(problems)
    assert CANARY not in json.dumps(rig.ledger())


def test_a_first_start_with_a_value_in_the_file_is_refused(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fleet.errors import ChartError

    monkeypatch.setenv("TOKEN", CANARY)
    rig = build({"dash": f"{GIVES}\ntitle: {CANARY}"})
    with pytest.raises(ChartError) as caught:
        rig.start()
    assert "the value of the secret TOKEN stands here" in str(caught.value.mistakes[0])
    assert CANARY not in json.dumps(rig.ledger())


def test_the_value_before_the_last_is_hidden_too(build: Build, tmp_path: Path) -> None:
    file = kept(tmp_path / "token")
    rig = build({"dash": GIVES}, tail=uses(f"{{file: {file}}}"))
    rig.does("dash", f"echo one {CANARY}", f"echo two {CANARY}")
    rig.start()
    kept(file, OTHER)
    rig.ask("wake", seat="dash")
    assert turn_of(rig)["headline"] == "two [secret TOKEN]"


def test_another_source_waits_for_a_yes(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVE_TOKEN", CANARY)
    monkeypatch.setenv("EVIL_TOKEN", OTHER)
    rig = build({"dash": GIVES}, tail=uses("{env: LIVE_TOKEN}"))
    rig.start()
    rig.edit(chart_text({"dash": GIVES}, tail=uses("{env: EVIL_TOKEN}")))
    rig.advance(seconds=5)
    waits = rig.records("revision")[-1]["data"]["waits"]
    assert [one["says"] for one in waits] == [
        "secret TOKEN is read from env: EVIL_TOKEN, not from env: LIVE_TOKEN"
    ]
    rig.does("dash", 'echo "length ${#TOKEN}"')
    rig.ask("wake", seat="dash")
    assert turn_of(rig)["headline"] == f"length {len(CANARY)}"


def test_no_yes_brings_an_edit_into_force_that_writes_a_value_down(build: Build, tmp_path: Path) -> None:
    from fleet.errors import ChartError

    file = kept(tmp_path / "token")
    rig = build({"dash": GIVES}, tail=uses(f"{{file: {file}}}"))
    rig.start()
    takes_it_out = chart_text({"dash": f"run: sh agent.sh\ntitle: {CANARY}"})
    more = kept(tmp_path / "more", OTHER)
    brings_it = chart_text(
        {"dash": f"{GIVES}\ntitle: {OTHER}"},
        tail=f"secrets: {{TOKEN: {{file: {file}}}, MORE: {{file: {more}}}}}\n",
    )
    for edit in (takes_it_out, brings_it):
        rig.edit(edit)
        for back in ({}, {"revision": "1"}):
            with pytest.raises(ChartError) as caught:
                rig.ask("apply", **back)
            assert caught.value.mistakes[-1].code == "F225"
    assert len(rig.records("revision")) == 1
    assert not leaks(rig.root / "ledger", CANARY, OTHER) and not leaks(rig.root / ".fleet", CANARY, OTHER)


@pytest.mark.parametrize("back", [False, True], ids=["its yes", "going back"])
def test_what_a_command_printed_once_is_not_applied(build: Build, tmp_path: Path, back: bool) -> None:
    from fleet.errors import ChartError

    file = kept(tmp_path / "token")
    rig = build({"dash": GIVES}, tail=uses(f"{{run: cat {file}}}"))
    rig.does("dash", SAYS_LENGTH)
    rig.start()
    file.unlink()  # it answers no more
    rig.edit(chart_text({"dash": f"{GIVES}\ntitle: {CANARY}"}, tail=uses(f"{{run: cat {file}}}")))
    with pytest.raises(ChartError, match="F225"):
        rig.ask("apply", **({"revision": "1"} if back else {}))
    assert not leaks(rig.root / "ledger", CANARY)


def test_a_value_that_an_edit_holds_in_another_form_is_found(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", CANARY)
    rig = build({"dash": GIVES})
    rig.start()
    escaped = "".join(f"\\x{ord(one):02x}" for one in CANARY)
    for form in (b64encode(CANARY.encode()).decode(), f'"{escaped}"'):
        rig.edit(chart_text({"dash": f"{GIVES}\ntitle: {form}"}))
        rig.advance(seconds=5)
        assert "F225" in str(rig.ask("status")["problems"])
    assert len(rig.records("revision")) == 1


def test_a_secrets_file_in_the_folder_is_told_before_a_turn_fails(build: Build, tmp_path: Path) -> None:
    rig = build({"dash": GIVES}, tail=uses("{env: HOME}"))
    rig.start()
    rig.edit(chart_text({"dash": GIVES}, tail=uses(f"{{file: {rig.root}/key}}")))
    rig.advance(seconds=5)
    assert (
        "F408]: the file of the secret TOKEN lies in the fleet's folder" in rig.ask("status")["problems"][0]
    )


def test_a_path_that_leads_into_the_folder_later_gives_no_value(build: Build, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    kept(tmp_path / "keys/token")
    rig = build({"dash": GIVES}, tail=uses(f"{{file: {tmp_path}/keys/token}}"))
    rig.does("dash", SAYS_LENGTH)
    rig.start()
    (tmp_path / "keys").rename(rig.root / "keys")
    (tmp_path / "keys").symlink_to(rig.root / "keys")
    rig.ask("wake", seat="dash")
    assert "lies in the fleet's folder; keep it elsewhere" in turn_of(rig)["why"]
