"""Pilots whose end was no success: one that did harm, one that was stopped half-way, one that cannot tell."""

from __future__ import annotations

from typing import Final

from config.demo.story.script import Ending, Item, Money, Script, Sheet, Voice

REPLY_DRAFTS: Final = Script(
    key="reply-drafts",
    chapter="closed",
    begins=-12,
    title="Draft replies to complaint letters",
    uses="drafts of replies, written from the letter and the file",
    gap="the gap between a letter's arrival and a reply that ends the matter",
    because="a clerk who does not start from an empty page has time to read the file",
    problem="One complaint in seven comes back within two weeks, because the reply answered the form and not the customer.",
    visible_because="The ombudsman publishes the share of reopened complaints, supplier by supplier.",
    ai_use="Drafts a reply from the letter and the file. A clerk reads it, changes what is wrong, and signs.",
    audience="Complaints desk",
    reach=19,
    metric="reopened",
    target=11.0,
    in_words="Customers reopen … complaints in every 100",
    voices=(
        Voice(
            "Edda Brandt", "Head of complaints", "champion",
            "Fewer letters that begin with “as I already wrote to you”. Eleven in a hundred instead of fourteen.",
            delivered="The target is 11 % reopened within 14 days, the ombudsman's own count.",
            resistance="no_business_case", sponsor=True,
        ),
        Voice(
            "Gerd Ahlers", "Complaints clerk, 22 years", "sceptic",
            "That nobody signs a letter they have not read. I give it three weeks.",
            delivered="Every letter is signed by a clerk; ten a week are read again by a second one.",
            resistance="quality",
        ),
    ),
    items=(
        Item(
            "Reading a draft against the file", "lesson",
            "Three things a draft gets wrong: the date of the meter reading, what was promised on the telephone, and "
            "whether the customer asked a question at all.",
        ),
    ),
    sheet=Sheet(
        data="Letters and replies; which draft was changed is counted per week, not per clerk.",
        purpose="To write drafts, and to see how much of them is changed.",
        access="The complaints desk. Counts per week for its head.",
        told="In the team meeting, and on the first screen.",
        oversight="Edda Brandt; no clerk is measured by it",
    ),
    legal=("Julia Brandt, legal", "Agreed, as long as a person signs each letter."),
    notes={
        "wrong_way": (
            "Read forty reopened letters with Gerd. The drafts are polite and answer the wrong question. We tell the "
            "desk to write the first paragraph themselves, and look again next week."
        ),
    },
    ending=Ending(
        learned=(
            "A polite draft is signed more readily than it is read. Letters went out faster, and more of them came "
            "back: the first paragraph answered the form. We would have seen none of this in the time saved, which is "
            "what the vendor had offered to measure."
        ),
        other_causes="A late winter bill with a new layout went to every customer in week two.",
        next_step="Switched off since Monday. Gerd Ahlers and Mia Lindqvist write up ten letters for the next team that wants to try.",
        judged={
            "Edda Brandt": ("no", "No. But I asked for one number and got it, and it was bad, and I got it in time."),
            "Gerd Ahlers": ("partly", "It went as I said. I had not expected to be asked twice."),
        },
        money=Money(unknown="it did harm, and what a lost customer costs nobody here would vouch for.", licences=6_200, work=11_400, review=3_100),
    ),
)  # fmt: skip

QUOTE_HELPER: Final = Script(
    key="quote-helper",
    chapter="closed",
    begins=-8,
    title="Spare-part quotes on the same day",
    uses="a helper that finds the part from a photograph",
    gap="the hours between a request and a quote",
    because="a part that is found at once is quoted at once",
    problem="Four requests in ten for spare parts are quoted the next day, and by then the customer has asked elsewhere.",
    visible_because="The head of after-sales counts the quotes that were never answered, every Monday.",
    ai_use="Finds the part number from a photograph or a description, and proposes a quote to the clerk.",
    audience="After-sales desk",
    reach=14,
    metric="same-day",
    target=63.0,
    owner="Tomasz",
    in_words="After-sales quotes … requests in every 100 on the day they come",
    voices=(
        Voice(
            "Paul Meissner", "Head of after-sales", "sceptic",
            "Two quotes in three on the same day, and not one wrong part. A wrong part costs me a week.",
            delivered="The target is 63 % on the same day. Wrong parts are counted beside it.",
            resistance="quality", sponsor=True,
        ),
    ),
    items=(
        Item(
            "When not to trust a photograph", "lesson",
            "Scratched numbers, parts of two model years, and anything that has been repaired before. Then ask.",
        ),
    ),
    sheet=Sheet(
        data="Photographs of parts, as customers send them.",
        purpose="To find the part number.",
        access="The after-sales desk and the vendor, who keeps nothing.",
        told="On the request form.",
        oversight="Paul Meissner; a clerk sends each quote",
    ),
    legal=("Julia Brandt, legal", "Agreed, on the vendor's word that photographs are not kept."),
    notes={"unlikely": "Half of the desk cannot log in since Tuesday. The vendor is on it."},
    ending=Ending(
        stopped=(19, "The vendor keeps photographs after all, for ninety days. That is not what was agreed, so we end it today."),
        learned=(
            "Ask for the deletion in writing and test it: we sent ourselves a photograph and asked for it back three weeks "
            "later. What it would have done for the quotes, nineteen days do not tell."
        ),
        other_causes="Two of the nineteen days were holidays.",
        next_step="Tomasz Nowak asks two other vendors for a test of deletion before anything else. No date yet.",
        judged={"Paul Meissner": ("partly", "No wrong part, and no answer either. Stopping was right.")},
    ),
)  # fmt: skip

TURNAROUND: Final = Script(
    key="turnaround",
    chapter="closed",
    begins=-9,
    title="Turnaround coach (real data, imagined pilot)",
    uses="rehearsals of a turnaround (imagined)",
    gap="the first five minutes on stand (imagined)",
    because="a crew that has rehearsed an early arrival does not improvise it",
    problem=(
        "Real data, imagined pilot: the figures are JetBlue's departures from New York in 2013, their dates shifted "
        "to this year. Nobody coached anybody there. It shows what Pilotlight says when nothing happened: one "
        "departure in four is late, on some days none and on others most."
    ),
    visible_because="Imagined: the station manager explains the late departures on the telephone every morning.",
    ai_use="Imagined: rehearses a turnaround with the ground crew, minute by minute, before the aircraft has landed.",
    audience="Imagined: ground crews of one carrier",
    reach=120,
    metric="jetblue",
    target=18.5,
    in_words="JetBlue leaves New York late on … flights in every 100",
    owner="Tomasz",
    voices=(
        Voice(
            "Walter Reed", "Station manager (imagined)", "sceptic",
            "Five late departures fewer in every hundred. And do not tell me that it was you when it was the weather.",
            delivered="The target is 18.5 % late. The interval says how much the weather alone moves it.",
            resistance="no_business_case", sponsor=True,
        ),
    ),
    items=(
        Item(
            "The first five minutes on stand", "scenario",
            "The aircraft is four minutes early and the stairs are at the next stand. Say what you do first, and "
            "whom you tell.",
        ),
    ),
    sheet=Sheet(
        data="None: the departures are public, and the crews are imagined.",
        purpose="To show a placebo: a pilot that did not take place, on figures that are real.",
        access="Everybody.",
        told="The title of the pilot says it.",
        oversight="Nobody is judged",
    ),
    legal=("Julia Brandt, legal", "Public domain. Say plainly that the pilot is imagined, in its title too."),
    notes={
        "unlikely": "Three stormy days in week one. We wait and change nothing: one bad week is weather.",
    },
    ending=Ending(
        learned=(
            "Nothing happened here, and Pilotlight does not claim that anything did. Late departures swing so much "
            "from day to day that six weeks cannot tell five in a hundred from none: a comparison with another "
            "carrier, or a steadier metric such as minutes on stand, would be the better plan."
        ),
        next_step="Nobody does anything: nobody did.",
        other_causes="Weather over three airports, and whatever else happened in New York in 2013.",
    ),
)  # fmt: skip

SCRIPTS: Final = (REPLY_DRAFTS, QUOTE_HELPER, TURNAROUND)
