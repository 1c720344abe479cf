"""Business metrics that executives already track, to pick from: a start, never a limit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from metrics.models.metric import Category, Direction, MetricKind

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_HIGHER, _LOWER = Direction.HIGHER, Direction.LOWER
_MEAN, _SHARE, _RATE, _TOTAL = MetricKind.MEAN, MetricKind.PROPORTION, MetricKind.RATE, MetricKind.TOTAL
_PER_CENT: Final = "%"
_CRM, _DESK, _HR = (
    _("CRM, such as Salesforce or HubSpot"),
    _("ticket system, such as Zendesk"),
    _("HR system, such as Workday"),
)
_ERP, _MES, _QA = _("ERP"), _("production or warehouse system"), _("quality system")
_SAFETY, _DEV, _FINANCE, _CARE = (
    _("incident book"),
    _("issue tracker, such as Jira"),
    _("finance system"),
    _("patient record"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A metric as most organisations define it, ready to become one of theirs.

    ``topics`` are words (English and German) of learning programmes that it would show the effect of.
    """

    key: str
    category: Category
    name: _StrPromise
    unit: _StrPromise | str
    direction: Direction
    kind: MetricKind
    usual_source: _StrPromise
    example: _StrPromise
    topics: tuple[str, ...] = ()

    @property
    def looks_back_days(self) -> int:
        """How many days before its day those began of whom a value tells."""
        return _LOOKS_BACK.get(self.key, 0)


_LOOKS_BACK: Final = {"productive_by_30": 30, "early_attrition": 90}


def _of(category: Category, *entries: tuple[object, ...]) -> list[Entry]:
    return [Entry(str(key), category, *rest) for key, *rest in entries]  # type: ignore[arg-type]


# One line an entry.
# fmt: off
_SALES = _of(
    Category.SALES,
    ("win_rate", _("Win rate"), _PER_CENT, _HIGHER, _SHARE, _CRM, _("Reps who practise calls with an AI coach win 27 of 100 deals instead of 22."), ("sales", "vertrieb", "product knowledge", "verkauf", "objection", "negotiation", "crm", "role-play", "practice")),
    ("quota_attainment", _("Share of reps at quota"), _PER_CENT, _HIGHER, _SHARE, _CRM, _("Six in ten new reps reach their quota in the second quarter, up from four."), ("sales", "quota", "vertrieb", "enablement")),
    ("deal_size", _("Average deal size"), "€", _HIGHER, _MEAN, _CRM, _("Deals prepared with the AI briefing are worth €3,000 more."), ("pricing", "negotiation", "value selling", "verhandlung")),
    ("sales_cycle", _("Sales cycle"), _("days"), _LOWER, _MEAN, _CRM, _("From first call to signature takes 34 days instead of 40."), ("discovery", "proposal", "angebot")),
    ("lead_conversion", _("Lead conversion"), _PER_CENT, _HIGHER, _SHARE, _CRM, _("Of 100 leads, 14 become opportunities instead of 11."), ("marketing", "prospecting", "lead", "social selling")),
    ("time_to_first_deal", _("Time to first deal"), _("days"), _LOWER, _MEAN, _CRM, _("New reps sign their first deal after 58 days instead of 75."), ("onboarding sales", "ramp")),
    ("revenue_per_rep", _("Revenue per rep"), "€", _HIGHER, _MEAN, _CRM, _("Each rep brings in €4,000 more a month."), ("sales", "account")),
    ("discount", _("Average discount"), _PER_CENT, _LOWER, _MEAN, _CRM, _("Reps give away 9 % instead of 12 %."), ("negotiation", "pricing")),
    ("receipt", _("Average receipt"), "€", _HIGHER, _MEAN, _("till"), _("Each receipt at the till is €1.20 higher."), ("retail", "store", "handel", "filiale", "cross-sell")),
)
_SERVICE = _of(
    Category.SERVICE,
    ("first_contact_resolution", _("First-contact resolution"), _PER_CENT, _HIGHER, _SHARE, _DESK, _("Agents settle 71 of 100 calls at the first contact, 9 more than before."), ("customer service", "service", "support", "kundenservice", "call", "product")),
    ("handling_time", _("Handling time"), "min", _LOWER, _MEAN, _DESK, _("A case takes 18 minutes instead of 21."), ("customer service", "service", "ai tool", "copilot", "prompt", "documentation", "system")),
    ("customer_churn", _("Customer churn"), _PER_CENT, _LOWER, _SHARE, _CRM, _("Of 100 customers, 2 fewer leave each quarter."), ("customer success", "account", "kunden")),
    ("customer_satisfaction", _("Customer satisfaction"), _("points"), _HIGHER, _MEAN, _DESK, _("Customers rate the contact 4.4 instead of 4.1."), ("empathy", "communication", "customer", "freundlich")),
    ("tickets_per_customer", _("Support tickets per 100 customers"), _("per 100"), _LOWER, _RATE, _DESK, _("Customers ask for help 12 times per 100 instead of 17."), ("product", "customer education", "self-service")),
    ("reopened", _("Reopened cases"), _PER_CENT, _LOWER, _SHARE, _DESK, _("Of 100 closed cases, 6 come back instead of 10."), ("quality", "service", "troubleshooting")),
    ("escalations", _("Escalation rate"), _PER_CENT, _LOWER, _SHARE, _DESK, _("Of 100 cases, 8 go on to the specialists instead of 13."), ("de-escalation", "conflict", "support", "technical")),
    ("response_time", _("First response time"), _("hours"), _LOWER, _MEAN, _DESK, _("Customers hear from us after 3 hours instead of 5."), ("writing", "email", "chat")),
    ("complaints", _("Complaints per 1,000 orders"), _("per 1,000"), _LOWER, _RATE, _DESK, _("Complaints fall from 7 to 5 per 1,000 orders."), ("service", "communication", "quality")),
)
_OPERATIONS = _of(
    Category.OPERATIONS,
    ("incident_rate", _("Incident rate"), _("per 1,000 hours"), _LOWER, _RATE, _SAFETY, _("Incidents fall from 4.1 to 3.0 per 1,000 hours worked."), ("safety", "sicherheit", "arbeitsschutz", "forklift", "hazard", "unterweisung")),
    ("error_rate", _("Error rate"), _PER_CENT, _LOWER, _SHARE, _QA, _("Of 100 documents, 2 come back instead of 5."), ("quality", "process", "data entry", "qualität", "prozess", "system", "accuracy")),
    ("rework", _("Rework"), _("hours"), _LOWER, _TOTAL, _MES, _("Rework takes 30 hours a week less."), ("quality", "manufacturing", "montage")),
    ("scrap", _("Scrap rate"), _PER_CENT, _LOWER, _SHARE, _MES, _("2 % of the parts are scrap instead of 3 %."), ("machine", "manufacturing", "fertigung", "maschine")),
    ("first_pass_yield", _("First-pass yield"), _PER_CENT, _HIGHER, _SHARE, _MES, _("96 of 100 units pass at once instead of 93."), ("quality", "assembly", "lean")),
    ("downtime", _("Unplanned downtime"), _("hours"), _LOWER, _TOTAL, _MES, _("The line stands still 6 hours a week less."), ("maintenance", "technician", "instandhaltung")),
    ("picking_errors", _("Orders picked without error"), _PER_CENT, _HIGHER, _SHARE, _MES, _("98 of 100 orders leave without an error, 2 more than before."), ("warehouse", "logistics", "lager", "kommission")),
    ("on_time", _("On-time delivery"), _PER_CENT, _HIGHER, _SHARE, _ERP, _("95 of 100 orders arrive on the promised day."), ("planning", "logistics", "supply", "project")),
    ("cycle_time", _("Cycle time"), _("days"), _LOWER, _MEAN, _ERP, _("A request is done after 6 days instead of 9."), ("process", "lean", "agile", "project", "prompt", "ai literacy", "ki")),
    ("hours_saved", _("Working hours per case"), _("hours"), _LOWER, _MEAN, _ERP, _("A report takes 3 hours of work instead of 5."), ("ai", "ki", "copilot", "prompt", "chatbot", "productivity", "tool", "office")),
    ("length_of_stay", _("Length of stay"), _("days"), _LOWER, _MEAN, _CARE, _("Patients go home half a day sooner."), ("clinical", "nursing", "pflege")),
    ("falls", _("Falls per 1,000 patient days"), _("per 1,000"), _LOWER, _RATE, _CARE, _("Falls drop from 4 to 3 per 1,000 patient days."), ("nursing", "pflege", "care")),
)
_PEOPLE = _of(
    Category.PEOPLE,
    ("time_to_productivity", _("Time to productivity"), _("days"), _LOWER, _MEAN, _HR, _("New hires work on their own after 45 days instead of 64."), ("onboarding", "new hire", "einarbeitung", "ramp", "induction", "course", "lern")),
    ("productive_by_30", _("Share productive by day 30"), _PER_CENT, _HIGHER, _SHARE, _HR, _("58 of 100 new carers manage alone by day 30, 10 more than before."), ("onboarding", "new hire", "einarbeitung", "apprentice")),
    ("early_attrition", _("New hires who leave within 90 days"), _PER_CENT, _LOWER, _SHARE, _HR, _("Of 100 new hires, 9 leave within 90 days instead of 14."), ("onboarding", "new hire", "culture", "einarbeitung")),
    ("attrition", _("Regretted attrition"), _PER_CENT, _LOWER, _SHARE, _HR, _("Of 100 people we want to keep, 2 fewer leave a year."), ("leadership", "manager", "führung", "coaching", "mentoring", "development", "engagement")),
    ("internal_mobility", _("Positions filled from inside"), _PER_CENT, _HIGHER, _SHARE, _HR, _("Four in ten positions are filled from inside, up from three."), ("career", "skill", "upskill", "reskill", "development plan", "talent", "mentoring")),
    ("time_to_hire", _("Time to hire"), _("days"), _LOWER, _MEAN, _HR, _("A position is filled after 41 days instead of 52."), ("recruiting", "interview", "hiring")),
    ("absence", _("Absence rate"), _PER_CENT, _LOWER, _SHARE, _HR, _("Absence falls from 6.1 % to 5.2 %."), ("health", "wellbeing", "resilience", "gesund", "stress")),
    ("engagement", _("Employee engagement"), _("points"), _HIGHER, _MEAN, _HR, _("Teams of trained managers score 7.8 instead of 7.2."), ("leadership", "manager", "führung", "feedback")),
    ("women_in_leadership", _("Women in leadership"), _PER_CENT, _HIGHER, _SHARE, _HR, _("A third of the leaders are women, up from a quarter."), ("diversity", "inclusion", "bias", "mentoring")),
)
_COMPLIANCE = _of(
    Category.COMPLIANCE,
    ("compliance_incidents", _("Compliance incident rate"), _("per 1,000"), _LOWER, _RATE, _SAFETY, _("Incidents fall from 6 to 4 per 1,000 employees."), ("compliance", "mandatory", "pflicht", "code of conduct", "ethics", "datenschutz", "privacy", "gdpr")),
    ("audit_findings", _("Open audit findings"), _("findings"), _LOWER, _TOTAL, _QA, _("At the audit, 5 findings are open instead of 12."), ("compliance", "audit", "mandatory", "sop", "gmp")),
    ("phishing_clicks", _("Clicks on phishing mails"), _PER_CENT, _LOWER, _SHARE, _("mail security"), _("Of 100 test mails, 4 are clicked instead of 9."), ("security", "phishing", "cyber", "awareness", "informationssicherheit")),
    ("data_breaches", _("Privacy incidents"), _("incidents"), _LOWER, _TOTAL, _SAFETY, _("Two incidents a quarter instead of five."), ("privacy", "gdpr", "datenschutz")),
    ("kyc_cases", _("Cases cleared without query"), _PER_CENT, _HIGHER, _SHARE, _ERP, _("83 of 100 files need no second look, up from 70."), ("aml", "kyc", "bank", "claims", "underwriting")),
)
_MONEY = _of(
    Category.FINANCE,
    ("vendor_cost", _("External vendor cost"), "€", _LOWER, _TOTAL, _FINANCE, _("We pay agencies €20,000 a quarter less."), ("content", "translation", "authoring", "course creation", "e-learning production", "inhalte", "video")),
    ("cost_per_hire", _("Cost per hire"), "€", _LOWER, _MEAN, _FINANCE, _("A hire costs €600 less."), ("recruiting",)),
    ("invoice_errors", _("Invoices sent back"), _PER_CENT, _LOWER, _SHARE, _FINANCE, _("Of 100 invoices, 7 come back instead of 9."), ("finance", "accounting", "invoice", "rechnung", "excel")),
    ("days_outstanding", _("Days sales outstanding"), _("days"), _LOWER, _MEAN, _FINANCE, _("Customers pay after 38 days instead of 44."), ("collections", "finance")),
    ("overtime", _("Overtime"), _("hours"), _LOWER, _TOTAL, _FINANCE, _("Teams work 40 hours of overtime less a week."), ("time management", "productivity", "planning")),
    ("forecast_error", _("Forecast error"), _PER_CENT, _LOWER, _MEAN, _FINANCE, _("The forecast is off by 6 % instead of 10 %."), ("data", "analytics", "excel", "daten")),
)
_PRODUCT = _of(
    Category.PRODUCT,
    ("lead_time", _("Lead time for changes"), _("days"), _LOWER, _MEAN, _DEV, _("A change is live after 4 days instead of 7."), ("software", "developer", "engineering", "devops", "coding", "entwickler")),
    ("change_failure", _("Change failure rate"), _PER_CENT, _LOWER, _SHARE, _DEV, _("Of 100 releases, 8 fail instead of 14."), ("testing", "software", "devops", "coding")),
    ("bugs", _("Bugs found by customers"), _("bugs"), _LOWER, _TOTAL, _DEV, _("Customers report 11 bugs a month instead of 19."), ("testing", "coding", "quality", "developer")),
    ("recovery", _("Time to recovery"), _("hours"), _LOWER, _MEAN, _DEV, _("An outage is over after 2 hours instead of 4."), ("operations", "incident", "cloud")),
    ("trial_conversion", _("Trial conversion"), _PER_CENT, _HIGHER, _SHARE, _CRM, _("Of 100 trials, 18 become customers, up from 14."), ("customer onboarding", "product", "ux")),
)
# fmt: on
ENTRIES: Final = (*_SALES, *_SERVICE, *_OPERATIONS, *_PEOPLE, *_COMPLIANCE, *_MONEY, *_PRODUCT)


@cache
def _by_key() -> dict[str, Entry]:
    return {entry.key: entry for entry in ENTRIES}


def entry(key: str) -> Entry:
    """The entry of that key; KeyError when there is none."""
    return _by_key()[key]


def nearest(words: str, most: int = 2) -> list[Entry]:
    """The entries whose topics these words speak of; where they speak of none, what learning most often serves."""
    text = words.casefold()
    near = [
        (sum(len(topic) for topic in one.topics if topic in text), i, one) for i, one in enumerate(ENTRIES)
    ]
    found = [one for fit, _i, one in sorted(near, key=lambda n: (-n[0], n[1])) if fit]
    usual = [entry("time_to_productivity"), entry("error_rate")]
    return [*found, *(one for one in usual if one not in found)][:most]


def matching(words: str, area: str = "") -> list[Entry]:
    """The entries of a business area (or of all) in which every one of these words is found: name, area, example, topics."""
    wanted = words.casefold().split()
    return [
        one
        for one in ENTRIES
        if (not area or one.category == area) and all(word in _text_of(one) for word in wanted)
    ]


def _text_of(one: Entry) -> str:
    texts = (one.name, one.category.label, one.example, one.usual_source, *one.topics)
    return " ".join(str(text) for text in texts).casefold()
