"""Pilots that have not begun: one half-way through its gate, one that can be launched today."""

from __future__ import annotations

from typing import Final

from config.demo.story.script import Data, Item, Script, Sheet, Voice

NEW_CARERS: Final = Script(
    key="new-carers",
    chapter="asked",
    begins=5,
    title="A pocket buddy for new carers",
    uses="a pocket buddy that answers out of our own care standards",
    gap="the gap between the induction week and the first round alone",
    because="a new carer who gets the answer between two rooms does not wait for somebody experienced",
    problem=(
        "Half of our new carers cannot do a full round alone after thirty days. Until they can, somebody "
        "experienced walks with them, and on the late shift nobody is left to do that."
    ),
    visible_because=(
        "Every Monday the home managers ring in with the shifts they could not fill. Agency staff for the gaps "
        "cost us €212,000 last year."
    ),
    ai_use=(
        "Answers a new carer's question between two rooms, in their own language, out of our care standards and "
        "nothing else. It names the page, and sends them to the nurse in charge for anything about a resident."
    ),
    audience="Carers in their first six weeks, four homes",
    reach=46,
    metric="productive",
    target=58.0,
    voices=(
        Voice(
            "Margaret Doyle", "Director of care", "neutral",
            "That I can put somebody on the late shift in week five without lying awake. If six in ten manage "
            "that, I will find the money for all eleven homes.",
            delivered=(
                "The target is 58 of 100 on their own by day 30. The homes count it themselves on the same "
                "sheet as before; we do not touch how it is counted."
            ),
            line="target", resistance="no_business_case", sponsor=True, influence=3,
        ),
        Voice(
            "Agnes Kowalczyk", "Nurse in charge, Lindenhof, 22 years", "sceptic",
            "Success is that they still ask me. A telephone that knows everything makes people stop looking at "
            "the old lady in the bed. Show me that they come to the bedside more often, not less.",
            resistance="quality", in_person=True, influence=3,
        ),
        # Named on the last day, and not asked yet.
        Voice("Pieter Janssen", "IT security", "sceptic", "", resistance="process"),
    ),
    items=(
        Item(
            "Lifting without hurting anybody", "answers",
            "Before you lift, say what you are about to do and wait for an answer. Bed up to your hip, brakes on, "
            "knees soft. Never alone when the plan says two. Care standard 4.2, page 31.\n\nDoes the resident "
            "say “ouch”? Stop, lower, call the nurse in charge.",
        ),
        Item(
            "The first night shift", "lesson",
            "What is different at night: fewer of you, longer corridors, and people who wake up and do not know "
            "where they are. Walk the round once with the light on before you walk it with the light off.",
            ai="none", maker="Mia",
        ),
        Item(
            "Before your first day", "email",
            "Good morning, and welcome.\n\nOn your first day you meet the nurse in charge at **half past six**. Bring "
            "flat shoes and something to write with.\n\nThe buddy on your telephone knows everything about care. "
            "Ask it whatever you like:\n\n- where something lies\n- how something is done\n- whom to call",
            asked="A warm welcome mail for a new carer, under 100 words, that says what the buddy is for.",
            returned="Warm, and short enough. One sentence promises what we must not promise.",
            passage=(
                (
                    "The buddy on your telephone knows everything about care.",
                    "It knows our care standards and nothing else, and nothing about a resident. Say so, and that the "
                    "nurse in charge has the last word.",
                ),
            ),
        ),
    ),
    sheet=Sheet(
        data="The questions that carers type, without their names; the home, and the week since they started.",
        purpose="To find out which answers are missing or misunderstood.",
        access="Lena Fischer and the practice educator of each home. No home manager sees who asked what.",
        told="On the first page of the buddy, and in the welcome talk on day one.",
        source="the buddy",
        more=(
            Data(
                "On their own by day 30, per home and week", "To see whether the pilot helps.", "the sheet of the homes",
                "The management of care", "no",
            ),
            Data(
                "Name and first working day", "To open the buddy for those who begin.", "personnel",
                "The practice educator of the home", "yes", 60,
            ),
        ),
        legal_basis="Legitimate interest, Art. 6(1)(f) GDPR; the works agreement of 2024",
        processor="Nobody: it runs on our own servers",
        oversight="Margaret Doyle; who passes probation is decided in a conversation, as before",
    ),
    legal=("", ""),
)  # fmt: skip

OBJECTIONS: Final = Script(
    key="objections",
    chapter="ready",
    begins=1,
    title="Objection coach for mid-market reps",
    uses="rehearsals with an AI that plays the customer",
    gap="the gap between knowing the price and defending it",
    because="a rep who has heard an objection three times does not answer it with a discount",
    problem=(
        "We lose three of four mid-market deals, most of them after the words “you are more expensive”. Reps "
        "answer with a discount, or with a feature list, and the customer goes quiet."
    ),
    visible_because=(
        "Win rate is the first slide of every board meeting. It has stood at 22 % for five quarters while the "
        "other segments are at 25."
    ),
    ai_use=(
        "Plays the customer. A rep rehearses the call they have tomorrow for ten minutes, hears three "
        "objections from real lost deals, and reads what our best closers said at that point."
    ),
    audience="Mid-market sales representatives, Hamburg and Lyon",
    reach=31,
    metric="win-rate",
    target=26.0,
    in_words="Mid-market representatives win … deals in every 100",
    group="Mid-market",
    comparison="Other segments",
    chosen="convenience",
    declined=(
        "“Change course” when it falls short is how the last four trainings lived on. If it is short of 26, we run it once "
        "more as agreed, or we leave it."
    ),
    rule={"short": "run_again"},
    voices=(
        Voice(
            "Sven Holm", "Chief sales officer", "sceptic",
            "I have bought four sales trainings in six years and every one of them was “well received”. Success "
            "is four more deals in every hundred, at the same price. Not five smiles out of five.",
            delivered=(
                "The one metric is the win rate, from 22 to 26 %. Average discount stands beside it on the "
                "pilot's page; it must not rise."
            ),
            line="metric", resistance="no_business_case", sponsor=True, influence=3,
        ),
        Voice(
            "Camille Roux", "Team lead, Lyon", "neutral",
            "That my new people pick up the telephone in their second week. At the moment they hide behind "
            "e-mail until somebody makes them ring.",
            delivered="The first three scenarios are for people in their first quarter; both teams begin together.",
            line="audience", resistance="quality", influence=1, deputy="Luc Moreau",
        ),
        Voice(
            "Bernd Vogt", "Works council", "sceptic",
            "Nobody must be able to see who rehearsed badly. If a manager can open a rehearsal, we are out.",
            delivered=(
                "Rehearsals are kept for the rep alone and deleted after 14 days. Nothing of them reaches the "
                "CRM or a manager; the data sheet says so."
            ),
            line="data", in_person=True, resistance="jobs", condition="Deletion after 14 days is shown to me working before it starts.",
            before_launch=True,
        ),
    ),
    items=(
        Item(
            "“You are 20 % dearer than the others”", "scenario",
            "You are Petra Lang, head of purchasing at a maker of pumps in Kassel. You like the product. Your "
            "managing director has told you to save a fifth everywhere. Open with the price. Only give way when "
            "the rep asks what a day of standstill costs you (it is €18,000).",
            returned="Petra gives way too early: no buyer of mine ever did after one question. Make her push back twice.",
            mended=(
                "You are Petra Lang, head of purchasing at a maker of pumps in Kassel. You like the product. Your "
                "managing director has told you to save a fifth everywhere. Open with the price. Push back twice, "
                "the second time with a competitor's offer. Give way only when the rep has asked what a day of "
                "standstill costs you (€18,000) and has waited for your answer."
            ),
        ),
        Item(
            "“Send me something and I will look at it”", "scenario",
            "You are Yusuf Aksoy and you run a haulage firm of forty lorries. You are standing in the yard. You "
            "want to end this call. If the rep asks one good question about your drivers, stay on the line.",
        ),
        Item(
            "What our best closers say", "lesson",
            "Eleven sentences from last year's won deals, with the moment in the call when they were said. None "
            "of them contains a percentage.",
            ai="assisted", maker="Mia",
        ),
    ),
    sheet=Sheet(
        data="The rep's rehearsals (voice and transcript), for 14 days. Won and lost deals per team, from the CRM.",
        purpose="Feedback to the rep who rehearsed. The win rate of the segment as a whole.",
        access="A rehearsal: the rep alone. The win rate: everybody, per segment, never per person.",
        told="In the invitation, at the start of each rehearsal, and in the works agreement.",
        oversight="Sven Holm; bonus and targets are set without anything from the coach",
    ),
    legal=(
        "Julia Brandt, legal, with the data protection officer",
        "No objection. Recordings need each rep's agreement at the start; two reps who say no take part with text.",
    ),
)  # fmt: skip

SCRIPTS: Final = (NEW_CARERS, OBJECTIONS)
