"""Pilots in their six weeks: one that moves, one that does not, one that nobody can tell."""

from __future__ import annotations

from typing import Final

from config.demo.story.script import Item, Script, Sheet, Voice, Week

SAFE_STARTS: Final = Script(
    key="safe-starts",
    chapter="running",
    begins=-4,
    title="Safer first minutes on shift",
    uses="a three-minute briefing written from yesterday’s near misses",
    gap="the gap between what happened yesterday and what a crew hears today",
    because="people listen to what nearly happened to them",
    problem=(
        "Every fourth accident in our warehouses happens in the first half hour of a shift. The briefing is read "
        "from a laminated sheet that has been the same since 2019, and nobody listens."
    ),
    visible_because=(
        "Nineteen people were hurt last winter. The insurer has announced a visit, and the chief "
        "operating officer opens the incident list before his coffee."
    ),
    ai_use=(
        "Writes a briefing of three minutes for each shift from yesterday's near misses, the weather and today's "
        "unloading plan. The shift lead reads it first, changes what is wrong, and says it in their own words."
    ),
    audience="Shift leads of all three warehouses and their crews",
    reach=210,
    metric="incidents",
    target=3.3,
    in_words="The warehouses count … incidents in every 1,000 hours worked",
    voices=(
        Voice(
            "Marek Dvorak", "Chief operating officer", "neutral",
            "One accident in four fewer by the end of the quarter. I will read one number and I want it to be "
            "the one the insurer reads.",
            delivered="The metric is the insurer's own: incidents in the first-aid book per 1,000 hours worked.",
            resistance="no_business_case", sponsor=True,
        ),
        Voice(
            "Sheila Grant", "Site safety lead, Bremen", "sceptic",
            "I have seen posters, an app and a man in a badger costume. Success is a month in which I fill in "
            "fewer accident forms, and not because people have stopped telling me.",
            delivered=(
                "Near-miss reports stand beside the metric. If they fall while incidents fall, we say so on the "
                "outcome page and do not call it a success."
            ),
            resistance="quality",
        ),
        Voice(
            "Olu Adeyemi", "Works council", "neutral",
            "That the three minutes are paid, and that no name is ever read out.",
            delivered="The briefing is part of the shift. Near misses come without names, and the shift lead checks.",
            resistance="jobs", condition="If a briefing takes longer than four minutes, we sit down again.",
        ),
    ),
    items=(
        Item(
            "How to say a briefing in three minutes", "lesson",
            "One thing that nearly went wrong yesterday. One thing that is different today. One question to the "
            "crew, and then be quiet until somebody answers. Do not read it out: hold the sheet behind your back.",
        ),
        Item(
            "Wet ramps, Tuesday", "script",
            "Yesterday at ramp 6 a pallet slid because the plate was wet. Today it rains until ten and three "
            "coolers come in at half past six. Who tells me where the grit is?",
            returned="The grit has moved: it is behind ramp 4 since the rebuild. Nobody will trust the rest if that is wrong.",
            mended=(
                "Yesterday at ramp 6 a pallet slid because the plate was wet. Today it rains until ten and three "
                "coolers come in at half past six. The grit stands behind ramp 4 now. Who was the last to use it?"
            ),
        ),
        Item(
            "Fork-lift or foot? Six corners", "quiz",
            "Six photographs of our own corners. Who goes first, and how do you know? The answers are the site "
            "rules of March, with one line of why.",
            ai="assisted",
        ),
        Item(
            "Night frost in the yard", "script",
            "It froze from two o'clock. The blue line in the yard is slippery, and the mirror at gate 2 is iced "
            "over. One person salts before the first lorry moves. Who is it today?",
            late=True,
        ),
        Item(
            "When somebody new is on the crew", "scenario",
            "Janek has been here for two days and nods at everything. Brief him so that you find out what he has "
            "not understood.",
            late=True,
        ),
    ),
    sheet=Sheet(
        data="Near-miss reports without names; hours worked and first-aid entries, counted per site and day.",
        purpose="To write the briefing, and to see whether accidents become fewer.",
        access="Shift leads see the reports of their own site. The counts are on the notice board.",
        told="The first briefing says who wrote it. A line stands on every printed sheet.",
        oversight="Sheila Grant; the shift lead may throw any briefing away",
    ),
    legal=(
        "Julia Brandt, legal, and the insurer's safety engineer",
        "Agreed. First-aid entries leave the site only as counts.",
    ),
    weeks=(
        Week("Nine in ten shifts began with it. The night shift skipped Tuesday: the printer was out of paper.", reach=188),
        Week(
            "Two leads read their own words instead of the text, and the crew liked that better.",
            changed="The text may be said in one's own words", confidence="high", reach=205,
        ),
        Week("Quiet. Three near misses were told before anybody asked for them.", confidence="high", reach=207),
        Week("A new crew began; their lead got the sheet on the second day.", confidence="high", reach=209),
    ),
)  # fmt: skip

CASE_NOTES: Final = Script(
    key="case-notes",
    chapter="running",
    begins=-4,
    title="Case notes that write themselves",
    uses="case notes that the AI drafts during the call",
    gap="the four minutes of typing after each call",
    because="correcting a note takes less time than writing it",
    problem=(
        "A service case takes more than 21 minutes, and four of them go into typing what was just said. The queue "
        "stands at ninety most mornings by ten."
    ),
    visible_because="The head of service publishes the queue on the wall screen, and customers publish it online.",
    ai_use="Listens to the call and drafts the case note. The agent corrects it and sends it off.",
    audience="Service desk, early and late shift",
    reach=58,
    metric="service-minutes",
    target=20.0,
    in_words="A service case takes …",
    voices=(
        Voice(
            "Dana Okafor", "Head of customer service", "champion",
            "A minute and a half off every case. That is four people's work a day, and I would put them on the "
            "cases that need a human being.",
            delivered="The target is 20.0 minutes, on the same clock as the wall screen.",
            resistance="no_business_case", sponsor=True,
        ),
        Voice(
            "Rosa Martinelli", "Team lead, late shift", "sceptic",
            "Less time is easy: people just write worse notes. Success is a shorter case whose note I do not have "
            "to ring anybody about the next morning.",
            delivered="Rosa reads twenty notes a week, blind to who or what wrote them; the result stands in the outcome.",
            resistance="quality",
        ),
        Voice(
            "Pavel Horak", "Agent for eleven years", "sceptic",
            "That I am not the one who corrects a machine all day. I would rather type.",
            declined=(
                "For six weeks that is what we ask of you, with ten minutes' credit a shift. We cannot promise "
                "that it feels better than typing; if it does not, please say so in the weekly round."
            ),
            resistance="co_ownership",
        ),
    ),
    items=(
        Item(
            "What a good note holds", "lesson",
            "What the customer wanted, what we did, what we promised and by when. Four lines. A colleague who "
            "reads it tomorrow must not have to ring.",
            ai="assisted",
        ),
        Item(
            "Five drafts to put right", "quiz",
            "Each of these drafts has one thing in it that was never said. Find it before the customer does.",
        ),
        Item(
            "Talking so that the draft comes out right", "lesson",
            "Say the promise aloud at the end of the call: “I send you the credit note by Thursday.” The draft "
            "then has it word for word, and the customer has heard it too.",
            late=True,
        ),
    ),
    sheet=Sheet(
        data="Call audio while the call lasts (not kept); the draft and the corrected note; minutes per case.",
        purpose="To draft the note, and to see where drafts are wrong.",
        access="The agent and Rosa Martinelli. Minutes are shown per shift, never per agent.",
        told="In the announcement at the start of the call, and in the agent's own screen.",
        oversight="Dana Okafor; nobody's minutes are used in an appraisal",
    ),
    legal=("Julia Brandt, legal", "Agreed on one condition, which is met: the announcement comes before the agent speaks."),
    notes={
        "unlikely": (
            "Sat beside six agents on Thursday. They correct the draft word by word, because they do not trust it. "
            "We now show what was changed in colour, and Pavel runs ten minutes of it before each shift."
        ),
    },
    weeks=(
        Week("The draft is used, and then typed over. It saves nobody anything yet.", reach=22),
        Week(
            "Six of nine agents correct word by word.", changed="Corrections shown in colour", confidence="low", reach=25,
        ),
        Week("Those who read it aloud once correct half as much.", changed="Ten minutes before each shift", reach=27),
        Week("The late shift has taken it up. The early shift waits for its lead to come back.", reach=27),
    ),
)  # fmt: skip

PICK_RIGHT: Final = Script(
    key="pick-right",
    chapter="running",
    begins=-3,
    title="Right first time on the picking line",
    uses="a two-minute exercise from each shelf zone’s own mistakes",
    gap="the gap that new pickers fall into in their first weeks",
    because="most mistakes are the same ones, and whoever made one yesterday remembers it today",
    problem=(
        "One order in twenty-four leaves the line with something missing or something too much. New pickers make "
        "most of the mistakes, and they make the same ones."
    ),
    visible_because="Each wrong parcel costs €14 in returns, and the largest customer has started to count them for us.",
    ai_use="Builds each new picker a two-minute exercise from the mistakes of their own shelf zone, every morning.",
    audience="Pickers in their first three months, hall B",
    reach=74,
    metric="picking",
    target=96.9,
    in_words="Pickers get … orders in every 100 right",
    owner="Tomasz",
    voices=(
        Voice(
            "Ingrid Lund", "Head of logistics", "neutral",
            "The customer's list gets shorter. If it is one in thirty at the end, I can look them in the eye.",
            delivered="The target is 96.9 % of orders without error: one in thirty-two.",
            resistance="no_business_case", sponsor=True,
        ),
        Voice(
            "Tariq Aziz", "Line leader, hall B", "sceptic",
            "Two minutes a morning is two minutes of forty people. I want to see it come back by the evening, in "
            "parcels, and not in six weeks on a slide.",
            delivered="Orders per hour stand beside the metric from the first day, for hall B alone.",
            resistance="quality",
        ),
    ),
    items=(
        Item(
            "Left or right? Zone 14", "quiz",
            "Two tins, one with the red lid, one with the dark red lid. Four photographs from your own shelf. "
            "Which one is on the order?",
        ),
        Item(
            "Counting in fives", "lesson",
            "Hands are faster than eyes: take five, put five, say the number. Stop when somebody speaks to you, "
            "and begin the line again.",
            ai="none", maker="Tomasz",
        ),
    ),
    sheet=Sheet(
        data="Picking mistakes per shelf zone and shift; for each picker only their own, on their own device.",
        purpose="To choose the morning's exercise.",
        access="The picker. Line leaders see the zone, not the person.",
        told="On the device, before the first exercise.",
        oversight="Ingrid Lund; contracts are decided without these figures",
    ),
    legal=("Julia Brandt, legal", "No objection, as long as mistakes per person stay on the person's device."),
    weeks=(
        Week("Everybody does it, because it is on the device already. Two minutes are two minutes.", reach=70),
        Week(
            "Zone 14 has no mistakes any more; zone 9 has them all.", changed="Zone 9 gets two exercises", confidence="high",
            reach=73,
        ),
    ),
)  # fmt: skip

SCRIPTS: Final = (SAFE_STARTS, CASE_NOTES, PICK_RIGHT)
