"""Pilots of the months before, in other parts of the business: what worked, what fell short, what did nothing."""

from __future__ import annotations

from typing import Final

from config.demo.story.script import Ending, Item, Money, Script, Sheet, Voice

SHORT_CLOSE: Final = Script(
    key="short-close",
    chapter="closed",
    begins=-36,
    title="Booking lessons before month end",
    uses="a ten-minute lesson a week, made from last month’s corrections",
    gap="the gap between a wrong booking and the auditor who finds it",
    because="a clerk who has seen the mistake does not make it again",
    problem="Six bookings in a hundred are corrected after month end, and the books close two days late.",
    visible_because="The bank asks for the figures on the fourth working day, and gets them on the sixth.",
    ai_use="Makes a lesson of ten minutes from last month's corrections. An accountant reads it before anybody else does.",
    audience="General ledger, all entities",
    reach=37,
    metric="corrections",
    target=5.0,
    in_words="The ledger corrects … bookings in every 100",
    voices=(
        Voice(
            "Henrik Sund", "Finance director", "champion",
            "Five in a hundred, and the books closed on the fourth day.",
            delivered="The target is 5 % corrected, as the ledger counts it.", resistance="no_business_case", sponsor=True,
        ),
        Voice(
            "Renate Falk", "Group accountant, 24 years", "sceptic",
            "They know how to book. They do not know what the plants deliver on the last day. I do not see a lesson mending that.",
            delivered="Corrections are counted by cause; if late deliveries cause them, we will see it.", resistance="quality",
        ),
    ),
    items=(
        Item(
            "Five corrections of last month", "lesson",
            "Each with the booking as it was, as it is now, and the one line of the manual that decides it.",
        ),
    ),
    sheet=Sheet(
        data="Corrections by cause and entity, without names.", purpose="To choose what a lesson is about.",
        access="Renate Falk and Mia Lindqvist.", told="In the invitation.", oversight="Henrik Sund; no clerk is measured by it",
    ),
    legal=("Julia Brandt, legal", "No personal data. No objection."),
    ending=Ending(
        learned=(
            "Renate Falk was right: three corrections in four begin with a delivery that is booked late in a plant. Lessons for "
            "the ledger cannot mend that, and six weeks were enough to know it."
        ),
        other_causes="None that we know of: two closings, the same system, the same people.",
        next_step="Henrik Sund moves the plants' cut-off by a day. No tool is needed for that.",
        judged={"Henrik Sund": ("no", "No, but now I know where to look."), "Renate Falk": ("yes", "")},
        money=Money(unknown="nothing moved, so there is nothing to convert.", work=5_400, review=1_900, learners=3_100),
    ),
)  # fmt: skip

DOORSTEP: Final = Script(
    key="doorstep",
    chapter="closed",
    begins=-32,
    title="Practice surveys before the doorstep",
    uses="a practice customer with a cold cellar and three objections",
    gap="the gap between a survey and an order",
    because="an adviser who has heard the objection before answers it with a figure",
    problem="Two heat-pump surveys in three lead to nothing, and each costs half a day and a drive.",
    visible_because="The head of field sales reports the share to the owners each month.",
    ai_use="Plays a customer whose house, bill and doubts come from last year's surveys, and asks afterwards what was left open.",
    audience="Field advisers, all regions",
    reach=46,
    metric="survey-orders",
    target=37.0,
    in_words="Field sales turns … surveys in every 100 into orders",
    voices=(
        Voice(
            "Carla Nunes", "Head of field sales", "neutral",
            "Five more orders from a hundred surveys. Then I stop asking for more surveys.",
            delivered="The target is 37 %, from the order book.", resistance="no_business_case", sponsor=True,
        ),
        Voice(
            "Ivo Marek", "Adviser, Lüneburg", "sceptic",
            "A machine has never stood in a cellar. Success is that it does not teach the young ones to promise a saving.",
            delivered="No practice customer accepts a promised saving; Ivo wrote the list of what must not be said.",
            resistance="quality",
        ),
    ),
    items=(
        Item(
            "The neighbour paid less", "scenario",
            "You are friendly and have made up your mind. Your neighbour paid 4,000 less, ten years ago. Give in only to figures.",
        ),
    ),
    sheet=Sheet(
        data="How often each team practised, per week. Nothing of what was said is kept.", purpose="To see whether it is used.",
        access="Carla Nunes, per region.", told="On the first screen.", oversight="Carla Nunes; commissions are paid without it",
    ),
    legal=("Julia Brandt, legal, with the works council", "Agreed: nothing that was said is kept."),
    ending=Ending(
        learned=(
            "Advisers who practised the price question stopped giving it away in the first ten minutes. Those with twenty "
            "years of service practised most, once Ivo Marek had written the cases."
        ),
        other_causes="A state grant was raised in week four. Surveys of before it count for less than half, and sales says so.",
        next_step="All advisers practise before their first survey of a season. Carla Nunes pays for it.",
        judged={"Carla Nunes": ("yes", "Yes. And I have stopped asking for more surveys."), "Ivo Marek": ("yes", "")},
        money=Money(
            value=410, volume=16_000, source="contribution of an order, controlling", vouched_by="Henrik Sund, finance director",
            share=60, share_because="the grant was raised in week four",
            licences=9_800, work=14_300, review=3_600, learners=11_500,
        ),
    ),
)  # fmt: skip

YARD: Final = Script(
    key="yard",
    chapter="closed",
    begins=-27,
    title="The yard, walked in the mind",
    uses="two minutes in the cab: today’s yard, and where somebody hit something before",
    gap="the gap between a scraped van and the next driver in the same yard",
    because="a driver who knows the pillar looks for it",
    problem="Eight times in every 100,000 km one of our vans hits something that stands still.",
    visible_because="The insurer has raised the excess twice, and names the figure in the letter.",
    ai_use="Writes two minutes for each depot from its damage reports. The dispatcher reads them before they go out.",
    audience="Drivers of eleven depots",
    reach=312,
    metric="damages",
    target=6.5,
    in_words="Vans hit something … times in every 100,000 km",
    owner="Tomasz",
    voices=(
        Voice(
            "Ole Petersen", "Fleet manager", "sceptic",
            "One damage in five fewer, on the insurer's count. I have bought cameras and stickers; I want to see it first.",
            delivered="The metric is the insurer's own, per 100,000 km.", resistance="no_business_case", sponsor=True,
        ),
        Voice(
            "Wanda Kowal", "Driver and works council", "neutral",
            "That no driver's name is ever in it.", delivered="Reports come without names and plates.", resistance="jobs",
        ),
    ),
    items=(
        Item(
            "Depot Harburg, this week", "script",
            "Gate 3 opens inwards since Monday. Two vans have met it. Reverse from the left, and ask somebody to stand there.",
        ),
    ),
    sheet=Sheet(
        data="Damage reports without names and plates.", purpose="To find the places where it happens.",
        access="Dispatchers, for their depot.", told="At the depot's board.", oversight="Ole Petersen; nothing in it is about a driver",
    ),
    legal=("Julia Brandt, legal", "Agreed. Plates are cut before anything is stored."),
    ending=Ending(
        learned=(
            "A place is remembered, a rule is not: what helped were the three spots of one's own yard, not the advice on reversing. "
            "The depots that read it aloud at the morning round kept it up by themselves."
        ),
        other_causes="Two depots had their gates widened in week three. The insurer's other fleets had fewer damages too, by one in twenty.",
        next_step="Every depot gets it; dispatchers write it themselves from next quarter on.",
        judged={"Ole Petersen": ("yes", "It is what I asked for. The stickers come off."), "Wanda Kowal": ("yes", "")},
        money=Money(
            value=430, volume=470, source="excess of a damage, this year's policy", vouched_by="Henrik Sund, finance director",
            share=90, share_because="two depots had their gates widened in week three",
            licences=6_400, work=12_700, review=4_100, learners=9_900,
        ),
    ),
)  # fmt: skip

SECOND_DAY: Final = Script(
    key="second-day",
    chapter="closed",
    begins=-24,
    title="A second day for temps",
    uses="a first shift told in one’s own language, before the bus",
    gap="the gap between what the agency says and what the first shift is",
    because="who knows what is coming comes back",
    problem="Three temps in ten do not come back for their second day, and nobody knows of it before six in the morning.",
    visible_because="The parcels that are left stand in the hall, and the customers' counters show them.",
    ai_use="Tells the first shift in eleven languages, from the shift lead's own words. Native speakers have read each.",
    audience="Temps of two sorting halls",
    reach=540,
    metric="second-day",
    target=80.0,
    in_words="The halls see … temps in every 100 again on their second day",
    owner="Tomasz",
    voices=(
        Voice(
            "Miriam Sauer", "Head of sorting", "neutral",
            "Eight in ten back on day two. I would stop overbooking the agency.",
            delivered="The target is 80 %, counted at the gate.", resistance="no_business_case", sponsor=True,
        ),
        Voice(
            "Samir Aziz", "Shift lead, nights", "sceptic",
            "They do not leave for lack of words. They leave because nobody eats with them. I will believe it when I see it.",
            declined="Right, and nothing that a text can mend. A place at the shift lead's table is another pilot.", resistance="quality",
        ),
    ),
    items=(
        Item(
            "Your first night", "translation",
            "The bus leaves at 21:10 from stop 4. Bring closed shoes; we have gloves. At two there is soup. Ask for Samir.",
        ),
    ),
    sheet=Sheet(
        data="Which language was chosen, as a count.", purpose="To know which languages are missing.",
        access="Miriam Sauer.", told="On the first screen.", oversight="Miriam Sauer; nobody is sent home by it",
    ),
    legal=("Julia Brandt, legal", "No personal data. Say who has read the translations."),
    ending=Ending(
        learned=(
            "It helps, and by about half of what was hoped for. Samir Aziz had said why on the first day: what is missing is a "
            "person, not a text. We would ask that question first the next time."
        ),
        other_causes="A second agency began in week two, with its own people. Their share is the same.",
        next_step="The texts stay. Miriam Sauer and Samir Aziz try a godparent for the first night, without AI.",
        judged={"Miriam Sauer": ("partly", "Half of it. It costs little, so it stays."), "Samir Aziz": ("partly", "I told you.")},
        money=Money(unknown="the agency's overbooking is not priced yet.", licences=3_900, work=7_200, review=2_800),
    ),
)  # fmt: skip

FILES: Final = Script(
    key="files",
    chapter="closed",
    begins=-20,
    title="Questions before a file is closed",
    uses="five questions about one’s own file, before it is closed",
    gap="the gap between closing a file and the review that opens it again",
    because="a question about one’s own case is answered better than a rule is remembered",
    problem="In eighteen files of a hundred the first check finds something that the law wants and the file has not.",
    visible_because="The supervisor has announced a check, and the audit committee has the share on its first page.",
    ai_use="Reads a file before it is closed and asks five questions. It changes nothing; the clerk answers or moves on.",
    audience="Client files, three branches",
    reach=58,
    metric="findings",
    target=14.5,
    in_words="The first check finds something in … files of every 100",
    voices=(
        Voice(
            "Jutta Weiss", "Chief risk officer", "sceptic",
            "Fewer files with a finding, and nobody who closes a file because a machine had no question left.",
            delivered="The metric is the first check's own count, on a sample that it draws without knowing of the pilot.",
            resistance="quality", sponsor=True,
        ),
        Voice(
            "Anton Berger", "Internal audit", "sceptic",
            "That you do not touch my sample.", delivered="The sample is drawn by audit, as before.", resistance="process",
        ),
    ),
    items=(
        Item(
            "What a good answer is", "lesson",
            "One sentence with a date and where it is written. “As discussed” is none.",
            returned="Say what happens when there is no answer. They will ask.",
            mended="One sentence with a date and where it is written. “As discussed” is none. No answer yet? The file stays open.",
        ),
    ),
    sheet=Sheet(
        data="Client files, on our own servers; no question and no answer is kept.", purpose="To ask before a file is closed.",
        access="The clerk of the file.", told="In the branch meeting, and below each question.",
        oversight="Jutta Weiss; no file is closed by it", personal="coded",
    ),
    legal=("Julia Brandt, legal, with the data protection officer", "Agreed, on our own servers and without a log of contents."),
    ending=Ending(
        learned=(
            "Two of the five questions did nearly all of it: the proof of address, and who really owns the company. The other three "
            "could go, and clerks would be asked less."
        ),
        other_causes="The form for owners was changed in week three; files with the old one had as many findings as those with the new.",
        next_step="All branches, with two questions instead of five. Anton Berger looks at it with the supervisor.",
        judged={"Jutta Weiss": ("yes", ""), "Anton Berger": ("yes", "My sample was left alone.")},
        money=Money(
            unknown="what a finding costs before the supervisor sees it, nobody would vouch for.",
            licences=11_200, work=16_800, review=7_400, learners=5_900,
        ),
    ),
)  # fmt: skip

FIRST_BUILD: Final = Script(
    key="first-build",
    chapter="closed",
    begins=-17,
    title="A reviewer for half-finished code",
    uses="comments on a change before a colleague sees it",
    gap="the gap between writing a change and hearing that it breaks the build",
    because="a mistake that is named within a minute is mended within two",
    problem="One change in five breaks the build, and nine people wait for it.",
    visible_because="The customers' portal missed two dates, and the owners asked why.",
    ai_use="Comments on a change before it is sent. Developers take what helps and ignore the rest.",
    audience="Portal and billing teams",
    reach=31,
    metric="builds",
    target=16.0,
    in_words="Developers break the build with … changes in every 100",
    owner="Tomasz",
    voices=(
        Voice(
            "Yuki Tanaka", "Head of engineering", "champion",
            "Five broken builds fewer in a hundred. I have seen the demonstration, and I am sold.",
            delivered="The target is 16 %, from the build server.", resistance="no_business_case", sponsor=True,
        ),
        Voice(
            "Nils Hagen", "Developer, portal", "sceptic",
            "Our tests fail by themselves one time in ten. You will measure that and nothing else.",
            delivered="Builds that fail and pass unchanged are counted apart, and stand beside the metric.", resistance="quality",
        ),
    ),
    items=(
        Item(
            "What a comment is worth", "lesson",
            "Take it, answer it, or ignore it. Nobody counts which. A comment that is wrong twice is switched off for the team.",
        ),
    ),
    sheet=Sheet(
        data="Changes to our own code, on the vendor's servers in the EU.", purpose="To comment on them.",
        access="Whoever made the change.", told="In the team meeting.", oversight="Yuki Tanaka; no developer is measured by it",
    ),
    legal=("Julia Brandt, legal, with information security", "Agreed for two repositories; secrets are cut before anything is sent."),
    ending=Ending(
        learned=(
            "Liked by everybody, and the build breaks as often as before. Nils Hagen had named the cause: half of the failures are "
            "tests that fail by themselves. We paid for comments where a broom was needed."
        ),
        other_causes="A release freeze in week five: fewer changes, the same share.",
        next_step="Tomasz Nowak ends the licence. Yuki Tanaka gives two people a month for the tests.",
        judged={"Yuki Tanaka": ("no", "No. I would have bought it for everybody, without this."), "Nils Hagen": ("yes", "")},
        money=Money(unknown="nothing moved, so there is nothing to convert.", licences=13_600, work=6_100, learners=4_700),
    ),
)  # fmt: skip

SCRIPTS: Final = (SHORT_CLOSE, DOORSTEP, YARD, SECOND_DAY, FILES, FIRST_BUILD)
