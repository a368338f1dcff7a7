"""Every kind of mistake in a chart: its code, its place, and the word that says what is wrong.

In the texts `»` stands before the place that the caret must show.
"""

from __future__ import annotations

import pytest

from fleet.core.mistake import Mistake
from fleet.edge import http
from fleet.store.chart import read_text

SOUND = """\
fleet: acme
timezone: America/New_York
seats:
  ann: {title: Boss, person: Ann, good_for: 1d, reads: [dash, dirk]}
  dash:
    title: Analytics
    run: python agent.py
    answers_to: ann
    owns: [ads]
    when: weekdays at 10:00
    scorecard: {anomalies: at least 5 a week}
  dirk:
    title: Sales
    run: python agent.py
    answers_to: ann
    owns: [pipeline]
    when: every 2h
    reads: [dash, {path: data/mail.mbox, outside: yes}]
    can: {do: [crm.write], ask: {crm.offer: ann}, use: [READ_TOKEN]}
    scorecard: {meetings: at least 6 a week}
  next: {title: Next, answers_to: ann, owns: [next things]}
actions:
  crm.write: {run: ./write, about: account, repeat: safe, use: [CRM_TOKEN]}
  crm.offer: {run: ./offer, about: account, outside: yes}
conflicts:
  - {about: account, rank: [dash, dirk], then: hold}
rules:
  - {name: late, seat: dirk, action: crm.offer, if: 'state["dash"].fresh', because: so, then: ask ann}
handoffs:
  anomaly: {from: dash, to: [dirk], within: 1h, with: {client: subject, change: number}}
escalation:
  usual: [answers_to, wait 2h, ann]
retired:
  jeff: {title: Data, date: 2026-04-13, because: done, gave: {pacing: dash}}
"""


RUN, HTTP = "crm.write: {run: ./write,", 'crm.write: {http: "http://x/y",'


def check(text: str) -> tuple[Mistake, ...]:
    return read_text({"fleet.yaml": text})[1]


def errors(text: str) -> list[Mistake]:
    return [m for m in check(text) if m.level == "error"]


def marked(text: str) -> tuple[str, str]:
    """The text without its mark, and the place of the mark as line:column."""
    before, mark, _ = text.partition("»")
    assert mark
    place = f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
    return text.replace("»", ""), place


def test_the_sound_fleet_has_no_mistake() -> None:
    assert check(SOUND) == ()


# (what is replaced, what stands there then, code, a word of the message)
EDITS = [
    # F1: the file as YAML
    ("title: Analytics", "title: a»: b", "F101", "second ': '"),
    ("    title: Analytics", "»\ttitle: Analytics", "F102", "tab"),
    ("title: Analytics", "title:»\tAnalytics", "F102", "tab"),
    ("title: Analytics", "title: »\x07", "F104", "U+0007"),
    ("title: Analytics", "title: »!!str Analytics", "F105", "!!str"),
    ("title: Analytics", "title: »!x Analytics", "F105", "!x"),
    ("title: Analytics", "title: »&x Analytics", "F106", "&x"),
    ("title: Analytics", "title: »*x", "F106", "*x"),
    ("path: data/mail.mbox", "path: »*.csv", "F101", "quotes"),
    ("retired:\n", "»---\nretired:\n", "F107", "second document"),
    ("    run: python agent.py\n    answers_to: ann\n    owns: [ads]",
     "    run: python agent.py\n    answers_to: ann\n    owns: [ads]\n    »run: x", "F108", "twice"),
    ("  next:", "  »dash: {title: Again}\n  next:", "F108", "'dash'"),
    ("title: Analytics", "title: {»{ x }}", "F110", "key"),
    ("at least 5 a week}", "»>= 5}", "F101", "quotes"),
    ("title: Analytics", "title: »@dash", "F101", "begin"),
    ("because: done", 'because: »"done', "F101", "never closed"),
    ("owns: [ads]", "owns: »[ads", "F101", "list does not end"),
    ("owns: [ads]", "owns: [»#ops]", "F101", "comment"),
    ("owns: [ads]", "owns: [ads, »#ops, calls]", "F101", "comment"),
    ("scorecard: {anomalies: at least 5 a week}", "scorecard: {anomalies: »#ops}", "F101", "comment"),
    ("owns: [ads]", "owns: »[ads  # see [1]", "F101", "list does not end"),
    ("owns: [ads]", 'owns: »["a #1", b', "F101", "list does not end"),
    # F2: seats among each other
    ("owns: [pipeline]", "owns: [»ads]", "F201", 'two seats own "ads"'),
    ("owns: [pipeline]", "owns: [»ADS]", "F201", 'two seats own "ADS"'),
    ("  dash:\n    title: Analytics\n", "  »dash:\n", "F202", "no title"),
    ("  dirk:\n    title: Sales\n    run: python agent.py\n    answers_to: ann\n",
     "  »dirk:\n    title: Sales\n    run: python agent.py\n", "F203", "nobody"),
    ("  dash:\n    title: Analytics\n    run: python agent.py\n    answers_to: ann\n    owns: [ads]\n",
     "  »dash:\n    title: Analytics\n    run: python agent.py\n    answers_to: ann\n", "F204", "owns nothing"),
    ("    when: weekdays at 10:00\n    scorecard: {anomalies: at least 5 a week}\n  dirk",
     "    when: weekdays at 10:00\n  dirk", "F205", "scorecard"),
    ("ann: {title: Boss, ", "»ann: {", "F202", "person ann has no title"),
    ("next: {title: Next, ", "»next: {", "F202", "planned seat next has no title"),
    ("  dash:\n    title: Analytics\n    run: python agent.py\n    answers_to: ann",
     "  dash:\n    title: Analytics\n    run: python agent.py\n    answers_to: »dash", "F206", "dash -> dash"),
    ("answers_to: ann\n    owns: [pipeline]", "answers_to: »top\n    owns: [pipeline]", "F207", "ends at top"),
    ("answers_to: ann\n    owns: [pipeline]", "answers_to: »anne\n    owns: [pipeline]", "F208", "anne"),
    ("reads: [dash, {", "reads: [»dahs, {", "F208", "dahs"),
    ("reads: [dash, {", "reads: [»jeff, {", "F209", "retired"),
    ("when: every 2h", "when: when »pulse publishes", "F208", "pulse"),
    ("rank: [dash, dirk]", "rank: [»dush, dirk]", "F208", "dush"),
    ("seat: dirk", "seat: »nick", "F208", "nick"),
    ("seat: dirk", "seat: [dirk, »jeff]", "F209", "jeff"),
    ("""'state["dash"]""", """'state["»pulse"]""", "F208", "pulse"),
    ("""'state["dash"].fresh""", """'state["dash"].»frsh""", "F317", "frsh"),
    ("""'state["dash"].fresh""", """'metric["»dash.nothing"] > 5""", "F220", "dash.nothing"),
    ("from: dash, to", "from: »nick, to", "F208", "nick"),
    ("to: [dirk]", "to: [dirk, »nick]", "F208", "nick"),
    ("gave: {pacing: dash}", "gave: {pacing: »nick}", "F208", "nick"),
    ("wait 2h, ann]", "wait 2h, »bogdan]", "F208", "bogdan"),
    ("then: ask ann", "then: »ask dirk", "F210", "no person"),
    ("then: hold", "then: »ask dash", "F210", "no person"),
    ("ask: {crm.offer: ann}", "ask: {crm.offer: »next}", "F210", "no person"),
    ("jeff: {title: Data", "»dash: {title: Data", "F211", "at once"),
    ("do: [crm.write]", "do: [»crm.wirte]", "F212", "crm.wirte"),
    ("ask: {crm.offer: ann}", "ask: {»crm.ofer: ann}", "F212", "crm.ofer"),
    ("action: crm.offer", "action: »crm.delete", "F212", "crm.delete"),
    ("crm.write: {run: ./write, ", "»crm.write: {", "F213", "nothing runs"),
    ("use: [READ_TOKEN]", "use: [»CRM_TOKEN]", "F214", "CRM_TOKEN"),
    ("wait 2h, ann]", "wait 2h, »dirk]", "F215", "no person"),
    ("{anomalies: at least 5 a week}", "{»tokens: at most 5, latency_ms: at most 100}", "F216", "tokens"),
    ("when: every 2h", "when: [every 2h, »when data/x.csv changes]", "F217", "data/x.csv"),
    ("conflicts:\n", "subjects:\n  account: {of: »account, from: data/a.csv}\nconflicts:\n", "F218", "itself"),
    # F3: phrases
    ("within: 1h", "within: »60", "F301", "unit"),
    ("timezone:", "budget: »45\ntimezone:", "F302", "$"),
    ("at least 5 a week}", "»more than five}", "F303", "target"),
    ("when: every 2h", "when: every 2h\n    missed: »retry", "F304", "missed"),
    ("timezone:", "workdays: »monday\ntimezone:", "F305", "day"),
    ("timezone:", "holidays: [2026-12-25, »2026-13-01]\ntimezone:", "F306", "day"),
    ("date: 2026-04-13", "date: »13.4.2026", "F306", "date"),
    ("timezone: America/New_York", "timezone: »America/New York", "F307", "time zone"),
    ("when: weekdays at 10:00", "when: [weekdays at 10:00, »12:00]", "F308", "12:00"),
    ("when: weekdays at 10:00", "when: [weekdays at 10:00, »12:00, 14:00]", "F308", "12:00"),
    ("when: weekdays at 10:00", "when: [mondays, »thursdays at 10:00]", "F308", "thursdays"),
    ("when: weekdays at 10:00", "when: [when mail arrives, »12:00]", "F308", "piece"),
    ("when: weekdays at 10:00", "when: [weekdays at 10:00, »and 12:00]", "F308", "and 12:00"),
    ("owns: [ads]", "owns: [ads, »and calls]", "F308", "'and'"),
    ("because: done,", "because: it was done, »more or less,", "F308", "more or less"),
    ("timezone:", "limits: {turns_at_once: 1,»000}\ntimezone:", "F308", "no thousands comma"),
    ("timezone:", "defaults: {budget: $1,»000 a day}\ntimezone:", "F308", "no thousands comma"),
    ("crm.offer: {run: ./offer", "crm.offer: {http: »ftp://x", "F309", "http://"),
    ("when: weekdays at 10:00", "when: »four times a day", "F310", "four times"),
    ("when: weekdays at 10:00", "when: weekdays at »25:00", "F310", "23:59"),
    ("when: weekdays at 10:00", "when: {cron: »1 2 3}", "F311", "five"),
    ("outside: yes}\nconflicts", "outside: yes, at_most: »often}\nconflicts", "F312", "count"),
    ("wait 2h, ann]", "wait »2x, ann]", "F313", "span"),
    ("wait 2h, ann]", "»then wait, ann]", "F313", "step"),
    ("wait 2h, ann]", "ann, »wait 2h]", "F313", "end with a wait"),
    ("then: hold", "then: »deny", "F314", "allow, hold, refuse"),
    ("then: ask ann", "then: »ask", "F314", "whom"),
    ("title: Sales\n    run: python agent.py", "title: Sales\n    run: »python 'agent.py", "F315", "a quote in it"),
    ("title: Sales\n    run: python agent.py", "title: Sales\n    run: »python agent.py \\", "F315", "a backslash"),
    ("timezone:", "holidays: »XX-YY\ntimezone:", "F316", "holidays"),
    # F4: keys and values
    ("    when: every 2h", "    »schedule: every 2h", "F401", "'schedule'"),
    ("    when: every 2h", "    »wehn: every 2h", "F401", "'wehn'"),
    ("fleet: acme", "fleet: acme\n»agents: {}", "F401", "'agents'"),
    ("about: account, rank", "»over: account, rank", "F401", "'over'"),
    ("title: Next,", "title: Next, owns»:[x],", "F101", "blank"),
    ("title: Next,", "title: Next, »limit:1m,", "F401", "blank"),
    ("    title: Sales", "    »name: Sales", "F401", "'name'"),
    ("    owns: [pipeline]", "    »responsibilities: [pipeline]", "F401", "'responsibilities'"),
    ("fleet: acme", "fleet: acme\n»runner: docker", "F402", "later version"),
    ("    when: every 2h", "    »runner: dirk", "F402", "later version"),
    ("title: Analytics", "»title:", "F403", "no value"),
    ("title: Analytics", "»title: #ops", "F403", "no value"),
    ("title: Analytics", "title: »null", "F403", "null"),
    ("title: Analytics", 'title: »""', "F403", "empty"),
    ("crm.write: {run: ./write,", "crm.write: {run: »null,", "F403", "null"),
    ("title: Analytics\n    run: python agent.py", "title: Analytics\n    »run:", "F403", "'run'"),
    ("owns: [ads]", "owns: »[]", "F403", "nothing"),
    ("owns: [ads]", "owns:\n      - ads\n      - #ops", "F403", "comment"),
    ("owns: [ads]", "owns:\n      - ads\n      -", "F403", "take it out"),
    ("{anomalies: at least 5 a week}", "»{}", "F403", "nothing"),
    ("title: Analytics", "title: »[Analytics]", "F404", "one text"),
    ("title: Analytics", "title: »{a: b}", "F404", "one text"),
    ("owns: [ads]", "owns: [»[ads]]", "F404", "text"),
    ("scorecard: {meetings: at least 6 a week}", "scorecard: »[meetings]", "F404", "map"),
    ("outside: yes}\nconflicts", "outside: »on}\nconflicts", "F405", "yes or no"),
    ("repeat: safe", "repeat: »always", "F405", "safe"),
    ("when: every 2h", "when: every 2h\n    skip_if: »nothing", "F405", "nothing new"),
    ("change: number", "change: »float", "F405", "number"),
    ("  next:", "  »Next:", "F406", "seat id"),
    ("{meetings: at least", "{»Meetings: at least", "F406", "metric"),
    ("rank: [dash, dirk]", "rank: [dash, »Dirk!]", "F406", "seat id"),
    ("use: [READ_TOKEN]", "use: [»READ-TOKEN]", "F406", "secret"),
    ("when: every 2h", "when: every 2h\n    never: [»contacts clients]", "F406", "SEAT.md"),
    ("reads: [dash, {", "reads: [dash, »data/x.csv, {", "F406", "path"),
    ("about: account, rank", "rank", "F407", "'about'"),
    (", then: ask ann", "", "F407", "'then'"),
    ("from: dash, to", "to", "F407", "'from'"),
    ("fleet: acme\n", "", "F407", "'fleet'"),
    ("path: data/mail.mbox", "path: »/etc/passwd", "F408", "relative"),
    ("path: data/mail.mbox", "path: data/»../../x", "F408", "leave"),
    ("path: data/mail.mbox", "path: »ledger/2026.jsonl", "F408", "ledger"),
    ("path: data/mail.mbox", "path: ».fleet/x", "F408", ".fleet"),
    ("path: data/mail.mbox", "path: '»*/x'", "F408", "ledger"),
    ("path: data/mail.mbox", "path: »" + "a" * 501, "F408", "too long"),
    ("when: every 2h", "when: [" + "every 2h, " * 100 + "»every 2h]", "F409", "at most 100"),
    ("when: every 2h", "when: every 2h\n    retries: »-1", "F409", "0 to"),
    ("timezone:", "limits: {turns_at_once: »0}\ntimezone:", "F409", "from 1"),
    ("  dirk:\n    title: Sales\n", "  dirk:\n    title: Sales\n    person: Dirk\n", "F410", "one holder"),
    ("crm.write: {run: ./write,", 'crm.write: {run: ./write, http: »"http://x/y",', "F410", "one runner"),
    ("  next:", "  »operator:", "F411", "keeps"),
    ("  next:", "  »answers_to:", "F411", "keeps"),
    ("use: [READ_TOKEN]", "use: [»FLEET_OUT]", "F411", "itself"),
    *((RUN, f'{HTTP} headers: {{{header}}},', code, word) for header, code, word in (
        ("»Content-Length: 3", "F411", "not an action's to set"),
        ("»transfer-encoding: chunked", "F411", "take it out"),
        ("»Idempotency-Key: mine", "F411", "fleet itself sends"),
        ("»idempotency-key: mine", "F411", "the id of the action"),
        ("»X Key: mine", "F406", "HTTP header"),
        ("X-Who: »Grüße", "F404", "printable ASCII"),
        ("X-Who: »日本", "F404", "printable ASCII"),
        ("X-Who: a, »x-who: b", "F412", "twice"),
    )),
    ("owns: [ads]", "owns: [ads, »Ads]", "F412", "twice"),
    ("reads: [dash, {", "reads: [dash, »dash, {", "F412", "twice"),
    ("rank: [dash, dirk]", "rank: [dash, dirk, »dash]", "F412", "twice"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "word"), EDITS, ids=[f"{e[2]}-{e[1][:40]!r}" for e in EDITS])
def test_one_mistake_is_told_once_at_its_place(old: str, new: str, code: str, word: str) -> None:
    assert SOUND.count(old) >= 1
    text = SOUND.replace(old, new, 1)
    if code == "F207":
        text = text.replace("  next:", "  top: {title: Top, owns: [all]}\n  next:")
    text, place = marked(text) if "»" in text else (text, "")
    found = errors(text)
    assert [m.code for m in found] == [code], [m.line() for m in found]
    assert not place or str(found[0].place) == f"fleet.yaml:{place}", found[0].line()
    assert word in found[0].what + found[0].why, found[0].line()


def test_an_address_without_its_beginning_comes_with_the_whole_of_it() -> None:
    for written, meant in (
        ("crm.example.com/touch", ("https://crm.example.com/touch",)),
        ("ftp://crm.example.com/x", ("https://crm.example.com/x",)),
        ("localhost:8085/x", ("https://localhost:8085/x",)),
        ("the crm", ()),
    ):
        (found,) = errors(SOUND.replace(RUN, f'crm.write: {{http: "{written}",'))
        assert (found.code, found.tries) == ("F309", meant)


def test_who_is_asked_and_is_no_person_comes_with_persons_in_the_words_of_the_place() -> None:
    (found,) = errors(SOUND.replace("ask: {crm.offer: ann}", "ask: {crm.offer: next}"))
    assert found.what == "next is asked about crm.offer, and no person holds that seat"
    assert found.tries == ("ann",)
    (found,) = errors(SOUND.replace("then: ask ann", "then: ask dirk"))
    assert found.what == "dirk is asked, and no person holds that seat"
    assert found.tries == ("ask ann",)


def test_a_header_that_cannot_be_sent_comes_with_one_that_can() -> None:
    for header, meant in (("X-Who: Grüße", "Gruße"), ("X Key: mine", "X-Key"), ("X-Who: Café", "Cafe")):
        (found,) = errors(SOUND.replace(RUN, f"{HTTP} headers: {{{header}}},"))
        assert found.tries == ((meant,) if meant.isascii() else ()), found


@pytest.mark.parametrize("name", ["X-Key", "X Key", "Content-Length", "TE", "Idempotency-Keys", "Host", "Ä"])
@pytest.mark.parametrize("value", ["plain", "a\\tb", "Grüße", "~", "\\x7f"])
def test_what_may_stand_in_a_header_is_what_can_be_sent(name: str, value: str) -> None:
    told = value.encode().decode("unicode_escape") if "\\" in value else value
    found = errors(SOUND.replace(RUN, f'{HTTP} headers: {{"{name}": "{value}"}},'))
    try:
        http.Request("http://x/y", {name: told}, "", 1.0)
    except ValueError:
        assert found
    else:
        assert not found
