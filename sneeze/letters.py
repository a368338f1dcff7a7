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
    texts: list[
        str
    ]  # [one|another] is one of them; what a machine writes belongs to the subject in the same place
    hard: bool = False


KINDS = [
    Kind("meeting", "answer", "", "client", 7, [
        "Our call on {day}", "Moving {day}'s call?", "Can we meet earlier", "{day} {time}", "Call tomorrow",
        "{day}", "Appointment",
    ], [
        "[Something came up|We have a delivery that day|{name} is ill]. [Can|Could] we move our"
        " [call|talk|appointment] from {day} to {other_day} at {time}?",
        "Are you [free|there] on {day} around {time}? {name} would like to join [as well|from our side].",
        "I am not sure whether our [call|date] on {day} still stands. Could somebody [confirm|let me know] please?",
        "I sat in the call for ten minutes on {day} and nobody came. Did I [get the time wrong|mix something up]?",
        "We have to cancel {day}. [What other times do you have|When else would it suit you] this week?",
        "[Is it {time} or an hour later on {day}|Do we meet at your place or ours on {day}]? The invitation"
        " says both.",
        "Please send [a new link|the number to dial] for {day}, the old one is dead.",
    ]),
    Kind("access", "answer", "", "client", 5, [
        "Cannot get into the dashboard", "Login", "New colleague needs access", "Password again",
        "Access for {name}", "Locked out", "The link",
    ], [
        "The link to the [dashboard|report page] says my account is [locked|closed|unknown]. Can you let me"
        " in again [today|before {time}]?",
        "{name} [started with us|came back] on {day} and [needs to see|should have] the same pages as me."
        " Can you set that up?",
        "The password you sent does not work, I tried it [three times|all morning] now.",
        "Please take {name} off the [weekly numbers|list of people who get the report], and put me on"
        " instead. Can you confirm?",
        "I [changed my phone|have a new computer] and the second code never comes. How do I get in?",
        "{name} has left us. [Please close that account|Please make sure nobody logs in with that name any"
        " more], and tell me when it is done.",
    ]),
    Kind("manners", "answer", "", "client", 3, [
        "Nobody called back", "Not happy with how this went", "A complaint", "Still waiting", "Your call center",
        "Really?", "Who was that",
    ], [
        "I was promised [a call back|an answer] on {day} and it is {other_day} now. This is the second time.",
        "One of our customers told us that {rep} [from your call center was rather short with her|rang her"
        " three times in an hour]. Please look into it.",
        "I have left two messages since {day}. Is anybody there?",
        "Somebody [from your office gave our number to a supplier|used our logo in a talk]. We did not agree"
        " to that; please explain.",
        "My mail of {day} was never answered. [I do not like to chase people|This is not how we want to work].",
        "{rep} told a caller that we are closed on {day}. We are not! [Who tells them such things|Please put"
        " that right today].",
    ]),
    Kind("question", "answer", "", "client", 4, [
        "Short question", "Question", "Holiday hours", "Which form?", "Do you have this?", "Help", "Address",
    ], [
        "What are your hours in the week of the holiday? Our shop stays open and [we will need somebody on"
        " the phone|people will ring].",
        "Which address should [new contracts|letters|the keys] go to, yours or the one of the call center?",
        "Could you send me [the logo in the large format|the photos from {day}|the list of our opening hours"
        " as you have it] again? We need it by {time} today.",
        "Our phone number changes on {day}. [Who has to know|Whom do I tell], and do you need anything from us?",
        "Do you know [a good printer|somebody who mends signs] near us? You must have other clients with the"
        " same problem.",
        "We are asked for [a data agreement with you|the name of your data officer]. Do you have such a"
        " thing and can I get it?",
    ]),
    Kind("prospect question", "answer", "", "prospect", 3, [
        "Re: our talk", "One more question", "Before we go on", "References", "Re: your proposal", "Still thinking",
    ], [
        "Thanks for the talk on {day}. Do you have two clients of our size that I could [call|write to]?",
        "Before I take your proposal to {name}: how long is the notice, and [can we start small|is there a trial]?",
        "Does the price in your proposal include the call center or is that on top?",
        "We compared three proposals and are still open. Can we talk on {day} at {time}?",
        "{name} [wants to know|asks] who would work for us day by day. Can you [send a few lines|tell us"
        " more] before {day}?",
        "Your proposal has a blank on page two where the start should be. [Could you fill that in|What"
        " should stand there]?",
    ]),
    Kind("bill question", "hand on", "janine", "client", 4, [
        "Invoice {invoice}", "{invoice}", "A question about the bill", "Payment", "Our purchase order",
        "Bookkeeping", "Bank",
    ], [
        "Could you send {invoice} again? [Our bookkeeping cannot find it|It went to {name}, who has left].",
        "We need our [purchase order number|new company name] on {invoice} before we can pay the ${amount}.",
        "Is {invoice} over ${amount} for this month or the last? We seem to have two.",
        "We paid {invoice} on {day}. Please [confirm that it arrived|check], the bank made a mess of the"
        " reference.",
        "Our bank details have changed, {name} will send the new ones for the direct debit. Who needs them?",
        "Can we [pay {invoice} in two parts|have until {day} for the ${amount}]? It is a slow month.",
        "[Why do we get reminders|Your reminder came today]? The ${amount} left our account last week.",
    ]),
    Kind("dispute", "hand on", "janine", "client", 0, [
        "{invoice} is not right", "Re: {invoice}", "We do not agree with {invoice}", "About your last bill",
        "{invoice}: no",
    ], [
        "{invoice} over ${amount} is not what we agreed. We will not pay it until this is [sorted out|clear].",
        "I looked at {invoice} with {name}. The hours are far too many. Please correct it, we hold the"
        " ${amount} back.",
        "We dispute {invoice}: a part of what it charges was never delivered. Who can talk to us about it?",
        "${amount}? The estimate said [much less|about half]. [We send {invoice} back|Take {invoice} back,"
        " please], unpaid.",
    ]),
    Kind("new company", "hand on", "nick", "company", 7, [
        "Ads for {brand}", "Looking for an agency", "Your services", "Request", "{brand}: local ads", "Enquiry",
        "Hello from {brand}", "Can you help us?",
    ], [
        "We are {brand}, {n} people, and do not advertise yet. [A friend named you|{name} told us of you]."
        " Could somebody tell us what you do?",
        "Our agency closed last month and we are looking for another one. Budget is about ${amount} a month.",
        "Do you take on small shops? We open [our first one|our second one|again] on {day} and would like"
        " people to know.",
        "[I found you at the fair|I heard your talk on {day}]. We would like to have [a quote|a price] for"
        " local ads and perhaps a call center.",
        "What does it cost to have you look after our ads? {brand} sells all over the state.",
        "Nobody finds us online and {name} says that is what you mend. [Where do we start|Is that so]?",
        "I run {brand} on my own. [Is there a package for somebody like me|Do you work for one-person firms too]?",
    ]),
    Kind("results", "hand on", "pulse", "client", 5, [
        "Leads this week", "What is going on?", "The numbers", "Worried", "Fewer calls", "Our ads", "Quiet",
        "Report of last week",
    ], [
        "We had {n} calls last week, [that is about {pct} % less than usual|half of what we are used to]."
        " What happened?",
        "{name} asks me every morning why we [pay more for fewer leads|spend so much]. I have no answer.",
        "The leads of this week were mostly [wrong numbers|people who never heard of us]. Is something"
        " broken in the ads?",
        "I looked at the report twice. [Cost for a lead is up {pct} %|We are {pct} % under last month]. Can"
        " you explain that?",
        "Honestly, we are thinking about whether to go on after this quarter. The phone hardly rings.",
        "[It has been so quiet here since {day}|Nobody rang since {day}]. Are our ads even running?",
        "If it goes on like this [we will have to stop|I cannot defend it to {name} much longer]. We see"
        " nothing for our money.",
    ]),
    Kind("more", "hand on", "dirk", "client", 4, [
        "A second shop", "More budget", "Next year", "Can you also do this", "Idea", "Growing", "Good news",
        "Plans",
    ], [
        "It goes well, so {name} and I would like to add about ${amount} a month. What would you do with it?",
        "We open in a second town on {day}. What would the same [package|thing] cost there?",
        "Do you also do [video|radio|posters]? We could imagine something bigger for next year.",
        "We would like the larger plan from next month on. What changes for us?",
        "We are so busy that we [hire {n} people|open on Sundays now]. [Time to turn it up|Let us do more of"
        " the same]: what do you suggest?",
        "Could the call center take our [evening calls|orders] too? We would pay for that, of course.",
    ]),
    Kind("project", "hand on", "crystal", "client", 5, [
        "{project}", "Re: {project}", "Draft", "When do we see something", "Change to the {project}", "Files",
        "Go live",
    ], [
        "When will we see the [next|first|last] draft of the {project}? It was due on {day} if I remember right.",
        "We have a few changes to the {project}: page two needs the new address and {name} dislikes the"
        " [blue|picture|title].",
        "[Attached|Here] is what you need for the {project}. Is {day} still the day it goes live?",
        "Who looks after the {project} now? The last person I wrote to seems to be away.",
        "Please stop the {project} for two weeks, we have to settle something inside first.",
        "{name} has [read|seen] the draft of the {project} and is happy with it. You can go on with the next step.",
        "The [form|third page|map] in the {project} does not work on my phone. [Can you mend that before"
        " {day}|Is that known]?",
    ]),
    Kind("thanks", "read", "", "client", 4, [
        "Thank you", "Re: {day}", "All good", "Great", "Done", "Re: your question", "Sorted", "Wow",
    ], [
        "Thanks, that was quick. All is well now, no need to answer.",
        "Just to let you know that we [received everything|paid today|got in again]. Have a good {day}!",
        "{name} asked me to pass on that the talk on {day} was very good. That is all.",
        "Done on our side. See you on {day} as agreed.",
        "Forget my question of {day}, I found it [myself|in your last mail].",
        "{n} calls in one day, [that is a record|we have never had that]! Thank you all.",
    ]),
    Kind("away", "read", "", "client", 3, [
        "Out of office", "Automatic answer: {project}", "Away until {day}", "Auto: Re: {invoice}",
        "Automatic answer: your question",
    ], [
        "I am [out of the office|on holiday|at a fair] until {day}. For anything urgent please write to {name}.",
        "Thank you for your mail. I read mail again on {day}. This is an automatic answer.",
        "I no longer work here. Please write to {name} [about invoices and projects|from now on].",
    ]),
    Kind("report", "read", "", "machine", 8, [
        "Weekly report: {brand}", "Backup finished", "Uptime of {brand}", "Export complete",
    ], [
        "Your report for {brand} is ready. Leads: {n}. Change against last week: {pct} %. This is an automatic mail.",
        "Backup of the shared folder ended at {time}. {n} files, no errors.",
        "The pages of {brand} were reachable for 99.{n} % of the week. Nothing to do.",
        "Export {n} of the ad desk ended. It is kept for 30 days.",
    ]),
    Kind("notice", "read", "", "machine", 5, [
        "Maintenance on {day}", "Payment received", "Change of terms", "New sign-in",
    ], [
        "We will work on the ad desk on {day} from {time}. Reports may come late. You need not do anything.",
        "We received a payment of ${amount} with the reference {invoice}. This is for your records.",
        "Our terms change on the first. You will find them on your account page.",
        "Somebody signed in to the shared calendar from the office at {time}. If it was one of you, all is well.",
    ]),
    Kind("newsletter", "read", "", "news", 7, [
        "Five local ads that worked", "The week in small shops", "What changed in ad prices", "Issue {n}",
        "Call scripts, compared",
    ], [
        "This week: why calls within five minutes matter, {n} scripts compared, and an interview about cost"
        " per lead.",
        "Prices of local ads rose by {pct} % since summer. Our table shows which towns, and what others do"
        " about it.",
        "We asked {n} agencies how they bill projects. Most send an invoice at the end; here is what that costs.",
        "[What a second shop does to your ads|When a client asks for more]: three stories, and a form to print.",
    ]),
    Kind("staff", "read", "", "staff", 3, [
        "Team lunch", "Kitchen", "Notes of {day}", "Parking", "For your information", "Holiday list",
    ], [
        "Lunch on {day} is at {time}, the usual place. No need to answer, just come.",
        "Notes of {day} are in the shared folder. Nothing in it that waits for anybody.",
        "The door code changes on {day}. {name} has the new one.",
        "I am [at the dentist|with a client|off] on {day} from {time}. [Everything is handed over|Just so"
        " you know].",
    ]),
    Kind("offer", "junk", "", "stranger", 9, [
        "Quick question", "Your website", "Re: your request", "Partnership", "{n} leads for you", "First page!",
        "Following up", "For the owner",
    ], [
        "We looked at your website and found {n} mistakes that cost you customers. Shall I send the list?",
        "We place links to your pages on {n} sites for only ${amount}. Interested? Just answer YES.",
        "Do you need [developers|designers|a call center abroad]? Our team of {n} starts tomorrow, at half"
        " of what you pay now.",
        "I can bring you {n} fresh leads a week, you only pay for results. When can we talk, {day} at {time}?",
        "Following up on my three mails. Did you have time to look at my offer?",
        "I loved your [last article|work] and would like to [write for your blog|interview you]. It is only"
        " ${amount} for the place.",
        "Who in your company decides about [phones|software|insurance]? I have {time} on {day} for them.",
    ]),
    Kind("fraud", "junk", "", "stranger", 6, [
        "Your mailbox is full", "Parcel held", "Payment of ${amount}", "URGENT", "Account suspended", "Inheritance",
        "Document for you",
    ], [
        "Your mailbox has reached its limit. Confirm your password within {n} hours or it will be closed.",
        "A parcel for you is held. Pay the fee of $2.{n} with the link below and it comes on {day}.",
        "I am a lawyer and have a large sum for you. Please answer with your bank details in strict confidence.",
        "Your domain expires on {day}. Renew now for ${amount}, or lose it. This is the final notice.",
        "{name} has shared a document with you. Log in with your mail password to read it before {time}.",
        "Are you at your desk? I need [gift cards|a payment of ${amount}] done before {time}, I will explain"
        " later. Sent from my phone.",
    ]),
    Kind("jobs", "junk", "", "stranger", 3, [
        "Candidates for you", "Top talent", "Hiring?", "CVs attached",
    ], [
        "I have {n} strong candidates in marketing who could start on {day}. May I send you their CVs?",
        "Are you hiring? Our platform finds people {pct} % faster. The first month is free.",
        "{name} has ten years of [sales|call center|project] work and is free now. Shall I make you two"
        " acquainted?",
    ]),
]  # fmt: skip

HARD = [
    Kind("soft complaint", "answer", "", "client", 3, [
        "Thank you for {day}", "All fine, nearly", "A small thing",
    ], [
        "Thank you so much for all your work, the whole team is lovely. It is only that nobody has rung us"
        " back since {day}, though I am sure there is a good reason. Whenever it suits you today?",
        "Great newsletter by the way! I do not want to make a fuss, but {rep} put the phone down on my colleague.",
        "We are very happy with everything. I just wonder whether my [two|three] messages of {day} got lost"
        " somewhere.",
    ], True),
    Kind("bill in name", "answer", "", "client", 2, [
        "Re: {invoice}", "Invoice",
    ], [
        "The invoice is fine and paid, so I only use this thread: can we move our call on {day} to {time}?",
        "Nothing about {invoice} this time. I cannot open the dashboard any more, can you have a look?",
        "{invoice} is all right. But who was the person at your desk on {day}? We were left standing there"
        " for half an hour.",
    ], True),
    Kind("loud company", "hand on", "nick", "company", 3, [
        "HELLO!!!", "FREE?", "Re: offer", "Make us famous :-)",
    ], [
        "HELLO, WE ARE {brand} AND WE NEED ADS!!! WHAT IS THE PRICE??? CALL US BEFORE {day}, WE PAY WELL!!!",
        "Saw your offer at the fair, first talk is free, no? We have {n} shops and no clue about ads. Sign us up.",
        "Not sure if you want us: {brand}, {n} people, ${amount} a month to spend, and the last agency gave"
        " up on us.",
    ], True),
    Kind("polite goodbye", "hand on", "pulse", "client", 3, [
        "Notice period", "Contract", "Thank you for two years",
    ], [
        "Thank you for two good years. Could you tell us how long the notice is, and what we would have to"
        " hand over?",
        "No complaint about anybody, really. We just talked to another agency that gets leads for {pct} % less.",
        "{name} took over here on {day} and looks at all contracts again, yours too. It was nice to work with you.",
    ], True),
    Kind("more and project", "hand on", "dirk", "client", 2, [
        "{project} and beyond", "After the {project}",
    ], [
        "The {project} is as good as done and we love it. We would like another one, twice the size, for"
        " ${amount}.",
        "Now that the {project} is over: what would it cost to have you do all of our ads, not only here?",
    ], True),
    Kind("project bill", "hand on", "janine", "client", 2, [
        "{project}: hours", "The {project}",
    ], [
        "The {project} looks lovely. But why does {invoice} list ${amount} for it when the estimate said less?",
        "Before we go on with the {project}: {name} cannot match {invoice} with anything we ordered.",
    ], True),
    Kind("asking newsletter", "read", "", "news", 4, [
        "Are your clients unhappy?", "Can you answer this?", "Urgent?", "We want to hear from you",
    ], [
        "Are your clients unhappy? Can you call them back within five minutes? Do you know what an invoice"
        " in dispute costs? Our new issue has the answers, with numbers of {n} agencies.",
        "Why do clients leave? We asked {n} of them. \"Nobody called me back,\" said most. Read on in this issue.",
        "Looking for an agency? Our readers are. In this issue: what shop owners ask before they sign.",
    ], True),
    Kind("report with alarm", "read", "", "machine", 2, [
        "ALERT resolved: {brand}", "Action needed? No",
    ], [
        "The alarm about {brand} (leads down {pct} %) was closed by your team at {time}. No action is needed.",
        "Your request to be told of large changes: cost per lead of {brand} moved by {pct} %, inside the"
        " limits you set.",
    ], True),
    Kind("false invoice", "junk", "", "stranger", 4, [
        "Invoice {invoice} overdue", "Reminder: {invoice}", "Re: bill",
    ], [
        "Our records show that your invoice over ${amount} is overdue. Please pay today to the new account"
        " in the file, our old bank has closed.",
        "Kindly settle the attached invoice of ${amount} before {time}. Bogdan has approved it, he is in a"
        " meeting and cannot be called.",
        "Second reminder for your entry in the trade register, ${amount}. If you do not answer by {day} we"
        " take it as agreed.",
    ], True),
    Kind("false client", "junk", "", "stranger", 3, [
        "Looking for an agency", "Your ads, a question", "Our call",
    ], [
        "We are looking for an agency like yours! Or better: agencies like yours are looking for us. We sell"
        " lists of {n} shop owners, with phone numbers.",
        "Your ads could get {pct} % more leads. Are you unhappy with your results? As discussed in our call"
        " on {day} I send you the contract for our tool.",
        "I would like to become a client, but first open the file with what we need and log in with your"
        " mail password.",
    ], True),
]  # fmt: skip
