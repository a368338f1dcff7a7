"""What stands around every letter: greetings, asides, ends, and who writes if no client does."""

OPENINGS = [
    "Hi,",
    "Hello,",
    "Hi there,",
    "Good morning,",
    "Dear all,",
    "Dear team,",
    "Hey,",
    "",
    "Hello everybody,",
    "Hi again,",
]
ASIDES = [
    "Hope you had a good weekend.", "It is busy here, so I will be short.", "Sorry for the late mail.",
    "I write from my phone.", "By the way, the last invoice is paid.", "The newsletter was nice, by the way.",
    "The leads of last week were fine, by the way.", "{name} is in copy.", "We talked about it on {day}.",
    "From what I hear you are the right people to ask.", "This is not about the {project}.", "Rain again.",
]  # fmt: skip
CLOSINGS = [
    "Thanks,",
    "Best,",
    "Kind regards",
    "Cheers,",
    "Thank you",
    "Regards,",
    "Have a good day,",
    "Best wishes",
    "",
]
PRESSING = [
    "It is a bit urgent.",
    "Please today if you can.",
    "No hurry.",
    "Thanks in advance.",
    "Let me know?",
    "Any news?",
]
FOOTERS = {
    "machine": "This mail was sent by a program; answers are not read.",
    "news": "You get this because you subscribed. Unsubscribe with the link in the head of this mail.",
    "stranger": "If you do not want to hear from us, answer STOP.",
}
SENDERS = {  # name and address of who is no client, prospect or company
    "machine": [("Ad Desk", "no-reply@addesk.example"), ("Reports", "reports@tellmetrics.example"),
                ("Billing", "billing@stillwater-bank.example"), ("Host", "status@quietcloud.example")],
    "news": [("The Funnel Gazette", "news@funnel-gazette.example"), ("Small Shop Weekly", "hello@smallshop.example"),
             ("Clicks and Copper", "letter@clicks-copper.example")],
    "staff": [("Janine", "janine@sneeze-it.example"), ("Kristen", "kristen@sneeze-it.example"),
              ("Bogdan", "bogdan@sneeze-it.example")],
    "stranger": [("Grow Rocket", "ceo@grow-rocket.example"), ("Accounts Dept", "billing@invoice-desk.example"),
                 ("Link Guild", "maya@link-guild.example"), ("Mail Admin", "admin@mailbox-verify.example"),
                 ("Talent Pond", "jobs@talentpond.example"), ("Lead Fountain", "sales@leadfountain.example")],
}  # fmt: skip
