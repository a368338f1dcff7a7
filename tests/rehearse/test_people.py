"""As whom a script acts: as whoever is concerned, also where the chart says which user is which person."""

from __future__ import annotations

from rehearse.stand import Stand

OFFER = '{kind: crm.offer, about: "account:acme", because: it is time}'


def test_a_script_plays_all_people_also_those_with_a_login(stand: Stand) -> None:
    chart = stand.read("fleet.yaml")
    stand.write(
        "fleet.yaml", chart.replace("person: David}", "person: David, login: david-who-is-elsewhere}")
    )
    came = stand.rehearse(f"""
- {{at: mon 07:00, publish: {{seat: dirk, headline: x, actions: [{OFFER}]}}}}
- {{at: mon 07:01, approve: {{seat: dirk}}}}
- {{at: mon 07:01, expect: {{action: {{id: a-1, status: done}}}}}}
- {{at: mon 07:02, pause: {{what: nick, because: he is away}}}}
- {{at: mon 07:02, expect: {{record: {{what: pause, by: founder}}}}}}
- {{at: mon 07:03, publish: {{seat: founder, headline: in the office}}}}
- {{at: mon 07:04, pause: {{what: pulse, as: nobody, because: x}}}}
""")  # fmt: skip
    (wrong,) = came.unmet
    assert wrong.startswith("--as nobody: not a person on this chart")
