"""What people and machines write to the agency: kinds of letters, each with its true bucket and many wordings.

The buckets, of which the first that fits is the true one:
    hand on  it belongs to a seat: invoices, payments and disputes to janine; a company that asks for our services
             and is no client to nick; a client about results, or one that may leave, to pulse; a client that wants
             more to dirk; a client about a running project to crystal
    answer   a client or prospect asks or complains about anything else: a meeting, access, a promised call, how
             people were treated; somebody must answer today
    read     nobody waits for an answer, and it concerns the agency: reports, notices, thanks, newsletters it takes
    junk     the rest: unasked-for offers, fraud, mass mail
"""

from typing import NamedTuple


class Kind(NamedTuple):
    """One kind of letter: its bucket, the seat it belongs to, who writes it, and its words."""

    name: str
    bucket: str
    to: str  # the seat it is handed on to
    sender: str  # client, prospect, company, machine, news, staff or stranger
    weight: float
    subjects: list[str]
    texts: list[str]
    hard: bool = False


KINDS = [
    Kind("meeting", "answer", "", "client", 7, [
        "Our call on {day}", "Moving {day}'s call?", "Can we meet earlier", "{day} {time}", "Call tomorrow",
    ], [
        "Something came up on our side. Can we move our call from {day} to {other_day} at {time}?",
        "Are you free on {day} around {time}? {name} would like to join as well.",
        "I am not sure whether our call on {day} still stands. Could somebody confirm please?",
        "I sat in the call for ten minutes on {day} and nobody came. Did I get the time wrong?",
        "We have to cancel {day}. What other times do you have this week?",
    ]),
    Kind("access", "answer", "", "client", 5, [
        "Cannot get into the dashboard", "Login", "New colleague needs access", "Password again", "Access for {name}",
    ], [
        "The link to the dashboard says my account is locked. Can you let me in again today?",
        "{name} started with us on {day} and needs to see the same pages as me. Can you set that up?",
        "The password you sent does not work, I tried it three times now.",
        "Please take {name} off the mailing of the weekly numbers, and put me on instead. Can you confirm?",
    ]),
    Kind("manners", "answer", "", "client", 3, [
        "Nobody called back", "Not happy with how this went", "A complaint", "Still waiting", "Your call center",
    ], [
        "I was promised a call back on {day} and it is {other_day} now. This is the second time.",
        "One of our customers told us that {rep} from your call center was rather short with her. Please look into it.",
        "I have left two messages since {day}. Is anybody there?",
        "Somebody from your office gave our number to a supplier. We did not agree to that; please explain.",
    ]),
    Kind("question", "answer", "", "client", 4, [
        "Short question", "Question", "Holiday hours", "Which form?", "Do you have this?",
    ], [
        "What are your hours in the week of the holiday? Our shop stays open and we will need somebody on the phone.",
        "Which address should new contracts go to, yours or the one of the call center?",
        "Could you send me the logo in the large format again? We need it at the printer by {time} today.",
        "Our phone number changes on {day}. Who has to know, and do you need anything from us?",
    ]),
    Kind("prospect question", "answer", "", "prospect", 3, [
        "Re: our talk", "One more question", "Before we go on", "References", "Re: your proposal",
    ], [
        "Thanks for the talk on {day}. Do you have two clients of our size that I could call?",
        "Before I take your proposal to {name}: how long is the notice, and can we start small?",
        "Does the price in your proposal include the call center or is that on top?",
        "We compared three proposals and are still open. Can we talk on {day} at {time}?",
    ]),
    Kind("bill question", "hand on", "janine", "client", 4, [
        "Invoice {invoice}", "{invoice}", "A question about the bill", "Payment", "Our purchase order",
    ], [
        "Could you send {invoice} again? Our bookkeeping cannot find it.",
        "We need our purchase order number on {invoice} before we can pay the ${amount}.",
        "Is {invoice} over ${amount} for this month or the last? We seem to have two.",
        "We paid {invoice} on {day}. Please confirm that it arrived, the bank made a mess of the reference.",
        "Our bank details have changed, {name} will send the new ones for the direct debit. Who needs them?",
    ]),
    Kind("dispute", "hand on", "janine", "client", 0, [
        "{invoice} is not right", "Re: {invoice}", "We do not agree with {invoice}", "About your last bill",
    ], [
        "{invoice} over ${amount} is not what we agreed. We will not pay it until this is sorted out.",
        "I looked at {invoice} with {name}. The hours are far too many. Please correct it, we hold the ${amount} back.",
        "We dispute {invoice}: a part of what it charges was never delivered. Who can talk to us about it?",
    ]),
    Kind("new company", "hand on", "nick", "company", 7, [
        "Ads for {brand}", "Looking for an agency", "Your services", "Request", "{brand}: local ads", "Enquiry",
    ], [
        "We are {brand}, {n} people, and do not advertise yet. A friend named you. Could somebody tell us what you do?",
        "Our agency closed last month and we are looking for another one. Budget is about ${amount} a month.",
        "Do you take on small shops? We open our second one on {day} and would like people to know.",
        "I found you at the fair. We would like to have a quote for local ads and perhaps a call center.",
        "What does it cost to have you look after our ads? {brand} sells all over the state.",
    ]),
    Kind("results", "hand on", "pulse", "client", 5, [
        "Leads this week", "What is going on?", "The numbers", "Worried", "Fewer calls", "Our ads",
    ], [
        "We had {n} calls last week, that is about {pct} % less than usual. What happened?",
        "{name} asks me every morning why we pay more for fewer leads. I have no answer.",
        "The leads of this week were mostly wrong numbers. Is something broken in the ads?",
        "I looked at the report twice. Cost for a lead is up {pct} %. Can you explain that?",
        "Honestly, we are thinking about whether to go on after this quarter. The phone hardly rings.",
    ]),
    Kind("more", "hand on", "dirk", "client", 4, [
        "A second shop", "More budget", "Next year", "Can you also do this", "Idea", "Growing",
    ], [
        "It goes well, so {name} and I would like to add about ${amount} a month. What would you do with it?",
        "We open in a second town on {day}. What would the same package cost there?",
        "Do you also do video? We could imagine something bigger for next year.",
        "We would like the larger plan from next month on. What changes for us?",
    ]),
    Kind("project", "hand on", "crystal", "client", 5, [
        "{project}", "Re: {project}", "Draft", "When do we see something", "Change to the {project}", "Files",
    ], [
        "When will we see the next draft of the {project}? It was due on {day} if I remember right.",
        "We have a few changes to the {project}: page two needs the new address and {name} dislikes the blue.",
        "Attached is what you need for the {project}. Is {day} still the day it goes live?",
        "Who looks after the {project} now? The last person I wrote to seems to be away.",
        "Please stop the {project} for two weeks, we have to settle something inside first.",
    ]),
    Kind("thanks", "read", "", "client", 4, [
        "Thank you", "Re: {day}", "All good", "Great", "Done", "Re: your question",
    ], [
        "Thanks, that was quick. All is well now, no need to answer.",
        "Just to let you know that we received everything. Have a good {day}!",
        "{name} asked me to pass on that the talk on {day} was very good. That is all.",
        "Done on our side. See you on {day} as agreed.",
    ]),
    Kind("away", "read", "", "client", 3, [
        "Out of office", "Automatic answer: {project}", "Away until {day}", "Auto: Re: {invoice}",
    ], [
        "I am out of the office until {day}. For anything urgent please write to {name}.",
        "Thank you for your mail. I read mail again on {day}. This is an automatic answer.",
    ]),
    Kind("report", "read", "", "machine", 8, [
        "Weekly report: {brand}", "Daily summary", "Backup finished", "Report ready", "Export complete", "Uptime",
    ], [
        "Your report for {brand} is ready. Leads: {n}. Change against last week: {pct} %. This is an automatic mail.",
        "Backup of the shared folder ended at {time}. {n} files, no errors.",
        "The pages of {brand} were reachable for 99.{n} % of the week. Nothing to do.",
        "Export {n} of the ad desk ended. It is kept for 30 days.",
    ]),
    Kind("notice", "read", "", "machine", 5, [
        "Maintenance on {day}", "Change of terms", "Your subscription", "Payment received", "New sign-in", "Receipt",
    ], [
        "We will work on the ad desk on {day} from {time}. Reports may come late. You need not do anything.",
        "We received a payment of ${amount} with the reference {invoice}. This is for your records.",
        "Our terms change on the first. You will find them on your account page.",
        "Somebody signed in to the shared calendar from the office at {time}. If it was one of you, all is well.",
    ]),
    Kind("newsletter", "read", "", "news", 7, [
        "Five local ads that worked", "The week in small shops", "What changed in ad prices", "Issue {n}",
    ], [
        "This week: why calls within five minutes matter, {n} scripts compared, and an interview about cost per lead.",
        "Prices of local ads rose by {pct} % since summer. Our table shows which towns, and what others do about it.",
        "We asked {n} agencies how they bill projects. Most send an invoice at the end; here is what that costs.",
    ]),
    Kind("staff", "read", "", "staff", 3, [
        "Team lunch", "Kitchen", "Notes of {day}", "Parking", "For your information",
    ], [
        "Lunch on {day} is at {time}, the usual place. No need to answer, just come.",
        "Notes of {day} are in the shared folder. Nothing in it that waits for anybody.",
        "The door code changes on {day}. {name} has the new one.",
    ]),
    Kind("offer", "junk", "", "stranger", 9, [
        "Quick question", "Your website", "Re: your request", "Partnership", "{n} leads for you", "First page!",
    ], [
        "We looked at your website and found {n} mistakes that cost you customers. Shall I send the list?",
        "We place links to your pages on {n} sites for only ${amount}. Interested? Just answer YES.",
        "Do you need developers? Our team of {n} starts tomorrow, at half of what you pay now.",
        "I can bring you {n} fresh leads a week, you only pay for results. When can we talk, {day} at {time}?",
        "Following up on my three mails. Did you have time to look at my offer?",
    ]),
    Kind("fraud", "junk", "", "stranger", 6, [
        "Your mailbox is full", "Parcel held", "Payment of ${amount}", "URGENT", "Account suspended", "Inheritance",
    ], [
        "Your mailbox has reached its limit. Confirm your password within {n} hours or it will be closed.",
        "A parcel for you is held. Pay the fee of $2.{n} with the link below and it comes on {day}.",
        "I am a lawyer and have ${amount}000 for you. Please answer with your bank details in strict confidence.",
        "Your domain expires on {day}. Renew now for ${amount}, or lose it. This is the final notice.",
    ]),
    Kind("jobs", "junk", "", "stranger", 3, [
        "Candidates for you", "Top talent", "Hiring?", "CVs attached",
    ], [
        "I have {n} strong candidates in marketing who could start on {day}. May I send you their CVs?",
        "Are you hiring? Our platform finds people {pct} % faster. The first month is free.",
    ]),
]  # fmt: skip

HARD = [
    Kind("soft complaint", "answer", "", "client", 3, ["Thank you for {day}", "All fine, nearly", "A small thing"], [
        "Thank you so much for all your work, the whole team is lovely. It is only that nobody has rung us back since"
        " {day}, though I am sure there is a good reason. Whenever it suits you today?",
        "Great newsletter by the way! I do not want to make a fuss, but {rep} put the phone down on my colleague.",
    ], True),
    Kind("bill in name", "answer", "", "client", 2, ["Re: {invoice}", "Invoice"], [
        "The invoice is fine and paid, so I only use this thread: can we move our call on {day} to {time}?",
        "Nothing about {invoice} this time. I cannot open the dashboard any more, can you have a look?",
    ], True),
    Kind("loud company", "hand on", "nick", "company", 3, ["HELLO!!!", "FREE?", "Re: offer", "Make us famous :-)"], [
        "HELLO, WE ARE {brand} AND WE NEED ADS!!! WHAT IS THE PRICE??? CALL US BEFORE {day}, WE PAY WELL!!!",
        "Saw your offer at the fair, first talk is free, no? We have {n} shops and no clue about ads. Sign us up.",
    ], True),
    Kind("polite goodbye", "hand on", "pulse", "client", 3, ["Notice period", "Contract", "Thank you for two years"], [
        "Thank you for two good years. Could you tell us how long the notice is, and what we would have to hand over?",
        "No complaint about anybody, really. We just talked to another agency that gets leads for {pct} % less.",
    ], True),
    Kind("more and project", "hand on", "dirk", "client", 2, ["{project} and beyond", "After the {project}"], [
        "The {project} is as good as done and we love it. We would like another one, twice the size, for ${amount}.",
    ], True),
    Kind("project bill", "hand on", "janine", "client", 2, ["{project}: hours", "The {project}"], [
        "The {project} looks lovely. But why does {invoice} list ${amount} for it when the estimate said less?",
    ], True),
    Kind("asking newsletter", "read", "", "news", 4, ["Are your clients unhappy?", "Can you answer this?", "Urgent?"], [
        "Are your clients unhappy? Can you call them back within five minutes? Do you know what an invoice in dispute"
        " costs? Our new issue has the answers, with numbers of {n} agencies.",
        "Why do clients leave? We asked {n} of them. \"Nobody called me back,\" said most. Read on in this issue.",
    ], True),
    Kind("report with alarm", "read", "", "machine", 2, ["ALERT resolved: {brand}", "Action needed? No"], [
        "The alarm about {brand} (leads down {pct} %) was closed by your team at {time}. No action is needed.",
    ], True),
    Kind("false invoice", "junk", "", "stranger", 4, ["Invoice {invoice} overdue", "Reminder: {invoice}", "Re: bill"], [
        "Our records show that your invoice over ${amount} is overdue. Please pay today to the new account in the file,"
        " our old bank has closed.",
        "Kindly settle the attached invoice of ${amount} before {time}. Bogdan has approved it, he is in a meeting and"
        " cannot be called.",
    ], True),
    Kind("false client", "junk", "", "stranger", 3, ["Looking for an agency", "Your ads, a question", "Our call"], [
        "We are looking for an agency like yours! Or better: agencies like yours are looking for us. We sell lists of"
        " {n} shop owners, with phone numbers.",
        "Your ads could get {pct} % more leads. Are you unhappy with your results? As discussed in our call on {day}"
        " I send you the contract for our tool.",
    ], True),
]  # fmt: skip

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
