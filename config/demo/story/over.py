"""Pilots whose six weeks are over: one to decide on, one that worked, one that honestly did not."""

from __future__ import annotations

from typing import Final

from config.demo.story import ended
from config.demo.story.script import Change, Ending, Item, Money, Script, Sheet, Voice

SECOND_EYES: Final = Script(
    key="second-eyes",
    chapter="running",
    begins=-6,
    title="A second pair of eyes for invoices",
    uses="an assistant that points at the field that looks wrong",
    gap="the gap between booking an invoice and hearing that it was wrong",
    because="a clerk who is asked at the right field mends it in seconds",
    problem=(
        "One supplier invoice in eight comes back because a cost centre, a tax code or a date is wrong. Each one "
        "costs half an hour, and the supplier's patience."
    ),
    visible_because="Two suppliers have put us on prepayment. The finance director signs for it every Friday.",
    ai_use="Points at the field that looks wrong before the clerk books, and asks why. It books nothing itself.",
    audience="Accounts payable, both offices",
    reach=24,
    metric="invoices",
    target=9.0,
    in_words="Suppliers get … invoices in every 100 sent back",
    amended=Change(
        9,
        "The ledger was moved to the new system in week two, and one invoice in five bypasses the assistant until April. "
        "Nine in a hundred is out of reach for reasons that are not its own.",
        {"target": 10.5},
    ),
    voices=(
        Voice(
            "Henrik Sund", "Finance director", "neutral",
            "Nine in a hundred instead of twelve, and both suppliers back on thirty days. That is worth more to me "
            "than any licence it costs.",
            delivered="The target is 9 % sent back. Payment terms are followed in the finance review, not here.",
            resistance="no_business_case", sponsor=True,
        ),
        Voice(
            "Beate Krause", "Accounts payable, 30 years", "sceptic",
            "I know which codes are wrong by the smell. Success is that it learns from me and not the other way "
            "round, and that I may tell it to be quiet.",
            delivered="Beate's 140 rules are its first source, and every hint can be switched off by the clerk.",
            resistance="co_ownership",
        ),
    ),
    items=(
        Item(
            "Why it asks", "lesson",
            "A hint is a question, not an order. Read the line, decide, and tell it why you disagree: that is how "
            "the next hint gets better.",
        ),
        Item(
            "Reverse charge in four cases", "scenario",
            "Four invoices from abroad. Two of them need a different tax code than the template proposes. Which, "
            "and what would the auditor ask you?",
            returned="Case 3 is out of date since the threshold changed in January. Please check all four against the leaflet.",
            mended=(
                "Four invoices from abroad, with this year's thresholds. Two of them need a different tax code than "
                "the template proposes. Which, and what would the auditor ask you?"
            ),
        ),
    ),
    sheet=Sheet(
        data="Invoice fields and hints; which clerk accepted a hint is not kept.",
        purpose="To find wrong fields before they are booked.",
        access="The clerk; Beate Krause for the rules. Counts per office for the finance director.",
        told="In the team meeting, and in the first hint itself.",
        oversight="Beate Krause; nothing is booked without a clerk",
    ),
    legal=("Julia Brandt, legal", "No learner data beyond counts per office. No objection."),
)  # fmt: skip

ANSWER_COACH: Final = Script(
    key="answer-coach",
    chapter="closed",
    begins=-11,
    title="Answer coach for billing calls",
    uses="an answer coach for the ten hardest billing questions",
    gap="the gap between our tariff rules and what a customer hears",
    because="an agent who has rehearsed a question does not have to ring back",
    problem=(
        "Four customers in ten ring us again about the same invoice. The answer is somewhere in 400 pages of "
        "tariff rules, and nobody finds it while somebody is waiting on the line."
    ),
    visible_because="Repeat calls are the largest line in the service budget, and the regulator publishes them.",
    ai_use=(
        "Lets billing agents rehearse last week's ten hardest questions, and shows during a call the one paragraph "
        "that answers it, with its source. The agent says it in their own words."
    ),
    audience="Billing agents, two teams",
    reach=64,
    metric="first-contact",
    target=70.0,
    in_words="Billing agents settle … calls in every 100 at the first contact",
    group="Billing",
    comparison="Other teams",
    chosen="matched",
    voices=(
        Voice(
            "Dana Okafor", "Head of customer service", "sceptic",
            "If customers stop ringing back about the same invoice, I will pay for this out of my own budget. If "
            "all you bring me is happy agents, I will not.",
            delivered="The metric is a call after which the same customer does not ring again within seven days.",
            resistance="no_business_case", sponsor=True,
        ),
        Voice(
            "Joanna Pike", "Billing expert, 19 years", "sceptic",
            "That nobody reads out an answer I would be ashamed of. I wrote half of these rules; I want to see "
            "every line before an agent does.",
            delivered="Every answer is reviewed before it is shown. Joanna helps Ravi Menon with the tariff rules.",
            resistance="co_ownership",
        ),
        Voice(
            "Bernd Vogt", "Works council", "neutral",
            "That it helps the agent and does not mark them.",
            delivered="No score, no ranking, nothing per person; the data sheet says who sees what.",
            resistance="jobs", condition="The data sheet hangs in both rooms.", before_launch=True,
        ),
    ),
    items=(
        Item(
            "Why is my instalment higher now?", "answers",
            "Because it follows last year's use. Say the old and the new figure, then the reason, then what the "
            "customer can change. Tariff rules, section 12.",
            returned="Section 12 is the old numbering. And say the sum first: people stop listening after “because”.",
            mended=(
                "Say the new sum first, then that it follows last year's use, then what the customer can change "
                "today. Tariff rules of April, section 14."
            ),
        ),
        Item(
            "The credit that has not come", "answers",
            "Look at the booking date, not at the letter's. Ten working days are normal. After that, hand it to "
            "accounts while the customer is on the line, and say the name of who will ring back.",
        ),
        Item(
            "Mr Ferreira rings for the third time", "scenario",
            "You moved house in March and have been billed for both flats. You have rung twice and have been told "
            "two different things. You are tired rather than angry. Do not help: answer only what you are asked.",
        ),
        Item(
            "Say it so that they need not ring again", "lesson",
            "Three habits of the agents whose customers do not ring back: they repeat the question, they say what "
            "happens next, and they ask “what else is on the bill?”",
            ai="none", maker="Mia",
        ),
    ),
    sheet=Sheet(
        data="Which answers were opened, per team and day. Whether the same customer rang again, as a count.",
        purpose="To find answers that do not help; to see whether repeat calls become fewer.",
        access="Joanna Pike and Ravi Menon. Nobody sees which agent opened what.",
        told="In the team meeting of both teams, on the first screen, and on the data sheet in both rooms.",
        oversight="Dana Okafor; no appraisal uses anything from the coach",
    ),
    legal=("Julia Brandt, legal, with the data protection officer", "Agreed. Customers' names are cut before anything is stored."),
    ending=Ending(
        learned=(
            "The coach helps as long as somebody who knows billing keeps its answers fresh. Two answers went stale "
            "in week four when the tariff changed; the review step caught both before a customer did. Agents used "
            "the rehearsals more than the answers during calls, which we had expected to be the other way round."
        ),
        next_step=(
            "Dana Okafor opens it to all service teams on the first of next month, one team a week. Joanna Pike keeps an "
            "hour a day for the answers."
        ),
        judged={
            "Dana Okafor": ("yes", "Yes, that is what I meant. I keep my word: it is in my budget from next month."),
            "Joanna Pike": ("partly", "Two stale answers in week four. Both were caught, but I had to catch them myself."),
            "Bernd Vogt": ("yes", ""),
        },
        money=Money(
            value=4.1, volume=410_000, source="cost of a repeat call, service budget of this year", vouched_by="Henrik Sund, finance director",
            share=80, share_because="two experienced agents moved into billing in week five",
            licences=14_000, work=17_500, review=9_200, learners=6_300,
        ),
        shared="The board meeting",
        other_causes=(
            "A new price list came in week three, for everybody: the other teams had it too. Two experienced agents "
            "moved into billing in week five."
        ),
    ),
)  # fmt: skip

TILL_PROMPTS: Final = Script(
    key="till-prompts",
    chapter="closed",
    begins=-13,
    title="Add-on prompts at the garden-centre till",
    uses="a short role play each morning",
    gap="the missing question at the till",
    because="one question that leads from the plant to what it needs sells the soil",
    problem="Customers buy the plant and forget the soil. The average receipt has stood at €24.50 for two seasons.",
    visible_because="The regional manager reads it out in the Monday call, centre by centre.",
    ai_use="Coaches till staff with a short role play each morning: one question that leads from the plant to what it needs.",
    audience="Till staff, six garden centres",
    reach=83,
    metric="order-value",
    target=25.7,
    in_words="A customer leaves … at the till",
    owner="Tomasz",
    voices=(
        Voice(
            "Fiona Walsh", "Regional manager", "champion",
            "A euro and twenty on every receipt. I would roll it out the same day.",
            delivered="The target is €25.70 on the till export, all six centres together.",
            resistance="no_business_case", sponsor=True,
        ),
        Voice(
            "Klaus Engel", "Centre manager, Soltau", "sceptic",
            "On a Saturday there are eleven people in the queue. Success is a fuller basket and the same queue. I "
            "do not believe you will manage either.",
            delivered="Waiting time on Saturdays stands beside the metric; if it grows, we stop.",
            resistance="quality",
        ),
    ),
    items=(
        Item(
            "“Where will it stand?”", "scenario",
            "A customer puts a hydrangea on the belt. Ask one question about the place it is for, and let the "
            "answer tell you what is missing. If there is a queue, ask nothing and smile.",
        ),
        Item(
            "Five plants and what they need", "quiz",
            "Hydrangea, tomato, olive, lavender, box. What did the customer forget?",
            ai="assisted", maker="Tomasz",
        ),
    ),
    sheet=Sheet(
        data="Number of role plays per centre and day. Receipts per centre, from the till export, without staff numbers.",
        purpose="To see whether it is used, and whether receipts grow.",
        access="Tomasz Nowak and the centre managers, per centre.",
        told="In the morning round, and on the tablet.",
        oversight="Fiona Walsh; shift plans are made without it",
    ),
    legal=("Julia Brandt, legal", "No personal data leaves the centre. No objection."),
    notes={
        "not_moving": (
            "Rang all six centres. The role play is done and liked; at the till nobody dares to ask when there is a "
            "queue. Klaus was right about the Saturdays. We keep to the six weeks and change nothing."
        ),
    },
    ending=Ending(
        learned=(
            "Practising a question does not make anybody ask it with eleven people waiting. The receipt did not "
            "move, and we can rule out that we missed a euro and twenty. What people forget is better told on the "
            "label, before the till: that is the next idea, and it needs no AI."
        ),
        next_step="Tomasz Nowak returns the tablets by Friday. Fiona Walsh tries larger labels in two centres in spring.",
        judged={
            "Fiona Walsh": ("no", "No. I would rather know it after six weeks than after a roll-out, though."),
            "Klaus Engel": ("yes", "The queue stayed short because nobody asked. At least somebody wrote it down."),
        },
        money=Money(unknown="nothing moved, so there is nothing to convert.", licences=4_800, work=9_600, learners=5_200),
        other_causes="Three rainy weekends; but last season had four, and receipts were the same then.",
    ),
)  # fmt: skip

SCRIPTS: Final = (TILL_PROMPTS, *ended.SCRIPTS, ANSWER_COACH, SECOND_EYES)
