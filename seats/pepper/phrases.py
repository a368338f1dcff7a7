"""The phrases that mails are judged by: what each speaks of, and how to find it in text as people type it.

A phrase is words in order with up to two others between them; `*` ends a word anyhow and `#` stands for a number.
A word with two letters swapped, or with one too many or too few, counts as the word.
"""

import re
from functools import cache

PHRASES = {
    # what clients and prospects want of the office itself
    "access": [
        "password", "dashboard", "locked", "log in", "login", "access", "see same pages", "off mailing",
        "off the weekly numbers", "take off", "put me on instead", "cannot open", "set that up",
    ],
    "meeting": [
        "move our call", "our call on", "meet earlier", "sat in call", "nobody came", "can we talk",
        "call tomorrow", "other times", "cancel", "reschedule*", "invitation",
    ],
    "manners": [
        "call* back", "rung back", "put phone down", "short with", "rude*", "second time", "waiting",
        "did not agree", "complain*", "please explain", "look into it", "not happy", "unfriendly", "apolog*",
        "promised", "gave our number", "left standing", "your desk", "shouted", "ignored", "unacceptable",
        "half an hour", "disappointed",
    ],
    "question": [
        "question", "could you send", "do you have", "do you need", "who has to", "what are your hours",
        "which form", "can you confirm", "large format", "holiday hours", "what time", "which one", "where can",
        "how do",
    ],
    "proposal": [
        "your proposal", "compared * proposals", "still open", "references", "start small", "price in your",
        "on top", "clients of our size", "who would work for us", "tell us more", "still thinking", "our talk",
        "wants to know",
    ],
    # what belongs to a seat
    "bill": [
        "invoice*", "inv-#", "bill", "purchase order", "bank details", "direct debit", "payment", "reminder",
        "can we have until", "left our account", "slow month", "bookkeeping", "instalments", "pay later",
    ],
    "dispute": [
        "dispute*", "not agree with", "not right", "correct it", "hold * back", "far too many",
        "never delivered", "estimate", "charges", "charged", "refund", "overcharged", "cannot match",
        "anything we ordered", "does not match", "we never ordered",
    ],
    "results": [
        "leads", "cost for a lead", "cost per lead", "fewer leads", "fewer calls", "hardly rings",
        "wrong numbers", "the numbers", "our ads", "report twice", "worried", "what is going on", "results",
        "broken", "pay more for", "spend so much", "less than usual", "fewer than", "went down", "no calls",
        "nothing for our money", "defend it", "what happened", "half of what we are used to",
        "weekly numbers are", "quiet", "if it goes on like this", "no results", "we will have to stop",
    ],
    "goodbye": [
        "another agency", "good years", "two years", "notice period", "how long * notice", "hand over",
        "cancel the contract", "cancel our contract", "whether to go on", "end of our", "leave you",
        "all contracts", "nice to work with you", "took over here", "part ways", "other offers",
    ],
    "more": [
        "more budget", "larger plan", "larger package", "bigger plan", "same package", "add about",
        "second shop", "second town", "another shop", "book another", "growing", "next year", "from next month",
        "twice the size", "also do this", "it goes well", "and beyond", "more of the same", "so busy",
        "we would pay for", "take our orders", "we hire", "do more", "also take", "like another one",
        "do all of our ads",
    ],
    "project": [
        "project*", "website", "brand guide", "video spots", "campaign", "landing page*", "product photos",
        "tracking", "shop launch", "trade fair stand", "mail series", "goes live", "go live", "launch",
        "changes to", "page two", "milestone", "draft", "attached is what you need", "who looks after",
        "for two weeks", "when do we see", "files", "does not work on", "the form", "booking form",
        "landing pages",
    ],
    "new company": [
        "looking for an agency", "look after our ads", "take on small", "tell us what you do",
        "not advertise yet", "named you", "no agency", "your services", "enquiry", "need ads", "sign us up",
        "clue about ads", "what does it cost", "what is the price", "ads for", "saw your offer",
        "make us famous", "first talk is free", "quote for", "looking for another one", "budget is about",
        "new agency", "do you work with", "on my own", "one person firms", "somebody like me", "last agency",
        "if you want us", "a price for", "help us", "work for us too",
    ],
    # what only wants to be read
    "automatic": [
        "out of office", "automatic answer", "away until", "read mail again", "auto re", "no longer work here",
        "i am at a fair until", "please write to", "not in the office", "on holiday until",
    ],
    "thanks": [
        "no need to answer", "that is all", "all good", "let you know", "received everything", "as agreed",
        "that was quick", "very good", "done on our side", "for your information", "just come",
        "nothing in it that waits", "forget my question", "found it", "never mind", "solved", "a record",
        "never had that", "thank you all", "that we paid", "all is well", "nice to hear",
    ],
    "machine": [
        "sent by a program", "answers are not read", "no action * needed", "nothing to do", "for your records",
        "need not do anything", "was closed by", "no errors", "report ready", "summary", "uptime", "backup",
        "export", "maintenance", "receipt", "received a payment", "our terms", "kept for # days",
    ],
    "newsletter": [
        "unsubscribe", "subscribed", "this issue", "new issue", "issue #", "read on", "we asked #", "our table",
        "webinar", "edition",
    ],
    # what nobody needs
    "pitch": [
        "interested", "following up", "my offer", "may i send", "shall i send", "pay for results", "we sell",
        "place links", "our platform", "candidates", "cvs", "hiring", "developers", "partnership", "% faster",
        "% more leads", "first month is free", "talent", "your website and found", "fresh leads", "answer yes",
        "limited offer", "guarantee*", "our tool", "half of what", "loved your", "for the place", "only #",
        "special price", "one time offer",
    ],
    "fraud": [
        "confirm your password", "reached its limit", "final notice", "renew now", "in strict confidence",
        "parcel", "inheritance", "suspended", "mailbox is full", "within # hours", "the fee", "or lose it",
        "lawyer", "to the new account", "old bank", "settle the attached", "cannot be called", "verify your",
        "is overdue", "trade register", "second reminder for your entry", "wire transfer", "gift cards",
    ],
    "stop line": ["do not want to hear from us", "answer stop", "to be removed", "opt out"],
}  # fmt: skip
ASIDES = [
    "by the way", "nothing about", "not about", "only use this thread", "no complaint", "write from my phone",
    "is all right", "is fine", "was fine", "were fine",
]  # fmt: skip
SENTENCE = re.compile(r"(?<=[.?!:])\s+|\n\n+")
TOKEN = re.compile(r"inv-\d+|[a-z]+|\d[\d.,:]*|%")
LEAST_LETTERS = 5  # shorter words are not corrected: too many are one letter apart


def found_in(text: str) -> dict[str, str]:
    """Return what a text speaks of, each with the first of its own words that says so; asides do not count."""
    sentences = [" ".join(map(corrected, TOKEN.findall(part.lower()))) for part in SENTENCE.split(text)]
    line = " . ".join(sentence for sentence in sentences if not aside().search(sentence))
    found = {}
    for topic, pattern in patterns().items():
        match = pattern.search(line)
        if match:
            found[topic] = match[0]
    return found


@cache
def aside() -> re.Pattern[str]:
    """Return the pattern of sentences that say what a mail is not about."""
    return re.compile("|".join(map(pattern_of, ASIDES)))


@cache
def patterns() -> dict[str, re.Pattern[str]]:
    """Return one pattern a topic."""
    return {topic: re.compile("|".join(map(pattern_of, phrases))) for topic, phrases in PHRASES.items()}


def pattern_of(phrase: str) -> str:
    """Return a phrase as a pattern over words joined by blanks."""
    words = [word for word in phrase.split() if word != "*"]
    spelled = [re.escape(w).replace(r"\*", r"[a-z]*").replace(r"\#", r"[\d.,:]+") for w in words]
    return rf"(?<!\S){'(?: (?![.])[^ ]+){0,2} '.join(spelled)}(?!\S)"


@cache
def vocabulary() -> dict[str, set[str]]:
    """Return the words of all phrases by their first letter."""
    words: dict[str, set[str]] = {}
    for phrases in [*PHRASES.values(), ASIDES]:
        for word in " ".join(phrases).split():
            if word.isalpha() and len(word) >= LEAST_LETTERS:
                words.setdefault(word[0], set()).add(word)
    return words


def corrected(token: str) -> str:
    """Return the word that a token is a misspelling of, if there is one."""
    near = vocabulary().get(token[0], set())
    if len(token) < LEAST_LETTERS - 1 or token in near or not token.isalpha():
        return token
    return next((word for word in sorted(near) if one_off(token, word)), token)


def one_off(token: str, word: str) -> bool:
    """Say whether two neighbours are swapped, or one letter inside is too many or too few."""
    if token[-1] != word[-1] or abs(len(token) - len(word)) > 1:
        return False
    at = next((i for i, pair in enumerate(zip(token, word, strict=False)) if pair[0] != pair[1]), 0)
    if len(token) == len(word):
        return token[:at] + token[at + 1 : at + 2] + token[at] + token[at + 2 :] == word
    return token[at + 1 :] == word[at:] if len(token) > len(word) else token[at:] == word[at + 1 :]
