"""The main job, end to end, with the real worker: from the form to the outcome."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.cast import csv_of, noise
from tests.e2e.conftest import Browsers, Somebody
from tests.e2e.reviewing import HOSTILE, Keys, refused, try_to_run, watch_policy
from tests.e2e.stack import PASSWORD, PEOPLE, Stack

pytestmark = pytest.mark.journey

BERLIN = ZoneInfo("Europe/Berlin")
SCEPTIC = ("Sven Holm", "sven@northwind.example")
LONG = 40_000  # ms that the worker may take
# What a title may end with: markup, and a word that fits on no phone.
LENGTHY = " <script>alert(0)</script> Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_from_the_form_to_the_launch(stack: Stack, browsers: Browsers, tmp_path: Path, scripts: bool) -> None:
    stack.turn_to(0)
    title = "Objection coach" if scripts else "Objection coach without scripts"
    manager = Somebody(browsers, stack, scripts=scripts)
    manager.sign_in(PEOPLE["manager"][1], PASSWORD)
    plan_a_pilot(manager, title)
    connect_the_metric(manager, f"Handling time {scripts}", values_file(tmp_path, noise(90)))
    choose_metric_and_weeks(manager, title, f"Handling time {scripts}")
    name_the_sceptic(manager)
    answer_and_map(browsers, stack, manager, title, scripts)
    sign(browsers, stack, manager, title, scripts)
    review_an_item(browsers, stack, manager, title, scripts)
    write_down_safeguards(manager, title)

    open_pilot(manager, title)
    assert "is ready to launch" in manager.heading()
    manager.check_page(axe=False)
    manager.press("Launch the pilot")
    expect(manager.page.get_by_text("It is launched.")).to_be_visible()
    manager.check_page(axe=False)


def test_it_does_not_move_is_flagged_decided_and_read_by_an_executive(
    stack: Stack, browsers: Browsers, tmp_path: Path
) -> None:
    """The same pilot, a month later and at its end. It was launched by the test before."""
    stack.turn_to(30)
    manager = Somebody(browsers, stack)
    manager.sign_in(PEOPLE["manager"][1], PASSWORD)
    replace_the_file(manager, "Handling time True", values_file(tmp_path, noise(120), days=30))
    await_heading(manager, "Objection coach", "has not moved as far as was agreed")
    expect(manager.page.get_by_text("Not moving").first).to_be_visible()
    manager.check_page(axe=False)

    stack.turn_to(44)
    replace_the_file(manager, "Handling time True", values_file(tmp_path, noise(134), days=44))
    await_heading(manager, "Objection coach", "Handling time True did not measurably move")
    manager.follow("Decide")
    manager.fill(
        **{
            "What was learned": "Reps did not open the coach.",
            "What else may explain it": "Nothing else changed.",
            "What comes next": "Nothing: the coach is switched off by Friday.",
        }
    )
    manager.check_page(axe=False)
    manager.press("Decide and close the pilot")
    assert manager.page.url.endswith("/outcome/")
    assert "did not measurably move" in manager.heading()

    executive = Somebody(browsers, stack, width=390)
    executive.sign_in(PEOPLE["viewer"][1], PASSWORD)
    assert executive.page.url.endswith("/northwind/outcomes/")
    executive.follow("Handling time True did not measurably move")
    expect(executive.page.get_by_text("Reps stop giving discounts.")).to_be_visible()
    expect(executive.page.get_by_text("Reps did not open the coach.")).to_be_visible()
    executive.check_page()


def test_hostile_text_runs_nowhere_and_is_reviewed_by_keyboard(stack: Stack, browsers: Browsers) -> None:
    """From the queue to the decision in four steps, over a text that tries everything."""
    manager = Somebody(browsers, stack)
    manager.sign_in(PEOPLE["manager"][1], PASSWORD)
    manager.go("/northwind/pilots/new/")
    manager.fill(**{"The business problem": "Reps lose deals on price.", "Title": "Hostile words"})
    manager.press("Begin the plan")
    for title in ("First", "Second"):
        open_pilot(manager, "Hostile words")
        manager.follow("Content")
        manager.follow("Add the first item" if title == "First" else "Add an item")
        manager.fill(**{"Title": f"{title}{LENGTHY}", "The content": HOSTILE})
        manager.page.get_by_label("Kind").select_option("lesson")
        manager.choose("Yes: AI made it")
        manager.press("Add the item")

    reviewer = Somebody(browsers, stack)
    said = watch_policy(reviewer.page)
    reviewer.sign_in(PEOPLE["reviewer"][1], PASSWORD)
    reviewer.go("/northwind/reviews/")
    keys = Keys(reviewer.page)
    keys.do("main .next a", "Enter")
    await_title(reviewer, "First")
    first = reviewer.page.url
    expect(reviewer.page.get_by_text("alert('picture')")).to_be_visible()
    for title in ("Second", "First"):  # one key goes on, and round
        reviewer.page.keyboard.press("ArrowRight")
        await_title(reviewer, title)
    keys.do("input[name=confirmed]", "Space")
    keys.do("input[name=decision]", "Space")
    keys.do("main form.form button[type=submit]", "Enter")
    assert keys.done == 4
    await_title(reviewer, "Second")  # the queue's next
    assert (said, refused(reviewer.page)) == ([], [])

    try_to_run(reviewer.page)
    assert (said, refused(reviewer.page)) == ([], ["script-src-attr"])
    reviewer.watch.complaints.clear()  # what the control was refused
    reviewer.go(first)
    reviewer.check_page()
    assert "approved" in reviewer.page.locator("main").inner_text()


def test_every_page_can_be_used_by_everybody(stack: Stack, browsers: Browsers) -> None:
    """Each kind of page that the journeys left behind, as an administrator: found by following the links."""
    somebody = Somebody(browsers, stack)
    somebody.sign_in("ada@northwind.example", PASSWORD)
    starts = ["home", "pilots", "outcomes", "reviews", "metrics", "people", "settings"]
    waiting = [f"/northwind/{'' if name == 'home' else name + '/'}" for name in starts] + ["/styleguide/"]
    seen = {shape(path) for path in waiting}
    open_pilot(
        somebody, "Hostile words"
    )  # beside the one that the portfolio leads to, one that is still being planned
    waiting.append(urlsplit(somebody.page.url).path)
    widths = [1280, 390]
    for path in waiting:
        somebody.width = widths[0]
        somebody.go(path)
        for width in widths:
            somebody.check_page(width=width, axe=width == 1280)
        widths.reverse()  # the next page opens as wide as this one was left
        for link in somebody.page.eval_on_selector_all(
            "main a[href^='/']:not([download])", "links => links.map(a => a.pathname)"
        ):
            if shape(link) not in seen and not link.startswith("/styleguide/"):
                seen.add(shape(link))
                waiting.append(link)
    assert len(seen) >= 55, sorted(seen)


# --- the steps ------------------------------------------------------------------------------------


def plan_a_pilot(manager: Somebody, title: str) -> None:
    manager.go("/northwind/pilots/new/")
    manager.press("Begin the plan")  # empty: the error stands beside the field
    expect(manager.page.get_by_text("Say in one line which problem it is.").first).to_be_visible()
    manager.fill(**{"The business problem": "Reps lose mid-market deals on price.", "Title": title})
    manager.check_page(axe=False)
    manager.press("Begin the plan")
    manager.fill(
        **{
            "Who sees it, and why does it hurt now?": "The board asks for the margin every month.",
            "What do you use?": "AI practice calls",
            "Which gap does it close?": "the gap on price",
            "Why do you believe that it will?": "who rehearses stays calm",
            "What does the AI do?": "Plays the customer in practice calls.",
            "Who takes part": "mid-market reps in two teams",
            "How many people": "31",
        }
    )
    manager.check_page(axe=False)
    manager.press("The six weeks")  # by the name of another step: what was typed is saved
    expect(manager.page.get_by_label("First day")).to_be_visible()
    manager.press("The problem")
    expect(manager.page.get_by_label("Which gap does it close?")).to_have_value("the gap on price")
    manager.check_page(axe=False)


def connect_the_metric(manager: Somebody, name: str, file: Path) -> None:
    manager.go("/northwind/metrics/new/")
    manager.fill(**{"Name": name, "What exactly is counted": "Minutes from offer to answer.", "Unit": "min"})
    manager.page.get_by_label("Kind").select_option("mean")
    manager.page.get_by_label("Business area").select_option("sales")
    manager.choose("lower is better")
    manager.choose("every day")
    manager.check_page(axe=False)
    manager.press("Save and connect its source")
    manager.page.locator("main a[href$='/source/file/']").click()
    try_the_file(manager, file)
    manager.check_page()
    manager.press("Keep and pull it now")
    await_values(manager, "90 values")
    manager.check_page(axe=False)


def try_the_file(manager: Somebody, file: Path) -> None:
    """Its columns are found by themselves, and what they give is on the page before anything is kept."""
    manager.page.locator("input[type=file]").set_input_files(file)
    manager.press("Try it")
    expect(manager.page.get_by_role("heading", name="90 values can be read")).to_be_visible()
    expect(manager.page.get_by_label("Column with the value")).to_have_value("value")


def await_values(manager: Somebody, words: str) -> None:
    """With scripts the page looks again by itself; without, the reader reloads it."""
    if not manager.scripts:
        for _try in range(40):
            if manager.page.get_by_text(words).count():
                break
            manager.page.wait_for_timeout(500)
            manager.page.reload()
    expect(manager.page.get_by_text(words)).to_be_visible(timeout=LONG)


def choose_metric_and_weeks(manager: Somebody, title: str, metric: str) -> None:
    open_pilot(manager, title)
    manager.follow("Choose the metric")
    manager.page.get_by_role("searchbox", name="The number").fill("Course completion rate")
    if not manager.scripts:
        manager.press("Look")
    expect(manager.page.get_by_text("It will not serve: it counts learning")).to_be_visible()
    manager.check_page()
    manager.press("Keep it as a supporting signal")
    manager.page.get_by_role("listitem").filter(has_text=metric).get_by_role("button").click()
    manager.follow("The six weeks")
    manager.fill(**{"Target": "18.5", "First day": today().isoformat()})
    manager.check_page(axe=False)
    manager.press("Save and go on")
    manager.check_page()
    manager.follow("The people and the question")


def name_the_sceptic(manager: Somebody) -> None:
    manager.follow("Name somebody")
    manager.fill(**{"Full name": SCEPTIC[0], "E-mail address": SCEPTIC[1], "Position": "Head of sales"})
    manager.choose("sceptic")
    manager.choose("much: others follow them")
    manager.choose("a leader who has seen no business case")
    manager.choose("the sponsor")
    manager.check_page(axe=False)
    manager.press("Add this person")
    expect(manager.page.get_by_text("Ask Sven Holm first")).to_be_visible()
    manager.check_page()
    manager.press("Mark as done")
    manager.press("Send the question")


def answer_and_map(browsers: Browsers, stack: Stack, manager: Somebody, title: str, scripts: bool) -> None:
    sceptic = Somebody(browsers, stack, scripts=scripts, width=390)
    sceptic.go(stack.link_in(stack.mail_to(SCEPTIC[1], title)))
    assert sceptic.heading() == "What does success look like to you?"
    sceptic.check_page()
    sceptic.fill(**{"What does success look like to you?": "Reps stop giving discounts."})
    sceptic.press("Send my answer")
    assert "This is what you said" in sceptic.heading()
    sceptic.check_page()
    sceptic.leave()
    open_pilot(manager, title)
    manager.follow("Map the answer")
    manager.follow("Say how the plan delivers it")
    manager.fill(**{"How the plan delivers it": "Shorter talks end before a discount."})
    manager.page.get_by_label("Which line of the plan delivers it?").select_option(label="The target")
    manager.check_page(axe=False)
    manager.press("Save")
    # They meet, and there is more.
    manager.follow("They said more in person: add it")
    manager.fill(**{"What they said, in their own words": "And I see it every week."})
    manager.check_page()
    manager.press("Keep these words")
    manager.follow("Say how the plan delivers it")
    manager.fill(**{"why the plan does not deliver it": "You see it when everybody does."})
    manager.press("Save")


def sign(browsers: Browsers, stack: Stack, manager: Somebody, title: str, scripts: bool) -> None:
    open_pilot(manager, title)
    manager.follow("Go to the agreement")
    manager.check_page(axe=False)
    manager.press("Request sign-off")
    link = stack.link_in(stack.mail_to(SCEPTIC[1], f"how {title} will be judged"))
    hasty = Somebody(browsers, stack, scripts=scripts, width=390)
    hasty.go(link)
    hasty.check_page()
    hasty.choose("Yes, these are my words")
    hasty.press("Say so")
    hasty.check_page()
    hasty.choose("I agree")
    hasty.fill(**{"Your full name": "Somebody Else"})
    hasty.press("Give my decision")
    expect(hasty.page.get_by_text("Please type your full name").first).to_be_visible()
    hasty.leave()
    # From the mail to the signature on a phone, without an account: tap the link, choose, type the name, tap.
    sceptic = Somebody(browsers, stack, scripts=scripts, width=390)
    sceptic.go(link)
    sceptic.choose("I agree")
    sceptic.fill(**{"Your full name": SCEPTIC[0]})
    sceptic.press("Give my decision")
    assert sceptic.heading() == "You signed this plan."
    assert sceptic.acts < 5
    sceptic.check_page()
    sceptic.leave()
    receipt = stack.letter_to(SCEPTIC[1], f"You signed: {title}")
    assert [part.get_content_type() for part in receipt.iter_attachments()] == ["application/pdf"]


def review_an_item(browsers: Browsers, stack: Stack, manager: Somebody, title: str, scripts: bool) -> None:
    open_pilot(manager, title)
    manager.follow("Owners")
    manager.page.get_by_label("Who governs it").select_option(label="Ada Berg")
    manager.page.get_by_label("Who reviews the content").select_option(label=PEOPLE["reviewer"][0])
    manager.check_page(axe=False)
    manager.press("Save")
    open_pilot(manager, title)
    manager.follow("Content")
    manager.follow("Add the first item")
    manager.fill(
        **{"Title": f"Price pushback ({title})", "The content": "A customer says that it is too dear."}
    )
    manager.page.get_by_label("Kind").select_option("scenario")
    manager.choose("Yes: AI made it")
    manager.check_page(axe=False)
    manager.press("Add the item")

    reviewer = Somebody(browsers, stack, scripts=scripts)
    reviewer.sign_in(PEOPLE["reviewer"][1], PASSWORD)
    reviewer.check_page(axe=False)
    reviewer.follow("Review it")
    reviewer.choose("I checked every line above.")
    reviewer.choose("Approve")
    reviewer.check_page(axe=False)
    reviewer.press("Give my decision")
    assert reviewer.heading() == "Nothing waits for your review."
    reviewer.leave()


def write_down_safeguards(manager: Somebody, title: str) -> None:
    open_pilot(manager, title)
    manager.follow("Write it down")
    manager.fill(
        **{
            "Which data": "Recordings of practice calls.",
            "What for": "Feedback to the rep.",
            "Where it comes from": "The coach.",
            "Who has access to it": "The rep and two coaches.",
            "Kept until": (today() + timedelta(days=90)).isoformat(),
        }
    )
    manager.choose("yes: one can tell whose it is")
    manager.check_page(axe=False)
    manager.press("Save the row")
    manager.fill(
        **{
            "How learners are told that AI is used": "In the invitation and on each scenario.",
            "Who decides about people": "Ada Berg",
        }
    )
    manager.check_page(axe=False)
    manager.press("Save the data sheet")
    open_pilot(manager, title)
    manager.follow("Record the conversation")
    manager.fill(
        **{
            "With whom": "J. Brandt, legal",
            "When": today().isoformat(),
            "What came of it": "No objection.",
        }
    )
    manager.choose("the works council was consulted")
    manager.check_page(axe=False)
    manager.press("Record the conversation")


def open_pilot(manager: Somebody, title: str) -> None:
    """Found in the portfolio the first time, and gone back to from then on."""
    if title in manager.found:
        manager.go(manager.found[title])
        return
    manager.go("/northwind/pilots/")
    manager.page.get_by_role("link", name=title, exact=True).first.click()
    manager.page.wait_for_load_state()
    manager.found[title] = manager.page.url


def await_title(reviewer: Somebody, title: str) -> None:
    """And its scripts, which listen to the next key."""
    expect(reviewer.page.locator("h1")).to_have_text(f"{title}{LENGTHY}")
    reviewer.page.wait_for_load_state()


def replace_the_file(manager: Somebody, metric: str, file: Path) -> None:
    manager.go("/northwind/metrics/")
    manager.follow(metric)
    manager.page.locator("input[type=file]").set_input_files(file)
    manager.press("Replace the file")
    expect(manager.page.get_by_text("The newer file is taken.")).to_be_visible()


def await_heading(manager: Somebody, title: str, words: str) -> None:
    """The worker pulls, then reads; the page says so the next time it is opened."""
    for _try in range(60):
        open_pilot(manager, title)
        if words in manager.heading():
            return
        manager.page.wait_for_timeout(500)
    raise AssertionError(manager.heading())


def shape(path: str) -> str:
    """An address without its numbers: one page of a kind is enough."""
    return re.sub(r"\d+", "#", path)


def today() -> date:
    return datetime.now(BERLIN).date()


def values_file(folder: Path, values: list[float | None], days: int = 0) -> Path:
    """A file that ends yesterday, ``days`` from now."""
    last = today() + timedelta(days=days - 1)
    file = folder / "values.csv"
    file.write_bytes(csv_of(last - timedelta(days=len(values) - 1), values))
    return file
