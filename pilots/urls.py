from django.urls import path

from pilots.views import (
    agreement,
    content,
    home,
    outcomes,
    people,
    planning,
    portfolio,
    releases,
    reviews,
    running,
    safeguards,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("outcomes/", outcomes.outcomes, name="outcomes"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("law/", safeguards.law_dates, name="law_dates"),
    path("checklist/", reviews.checklist, name="checklist"),
    path("pilots/", portfolio.pilots, name="pilots"),
    path("pilots/new/", planning.pilot_new, name="pilot_new"),
    path("pilots/<int:pilot_id>/", running.pilot, name="pilot"),
    path("pilots/<int:pilot_id>/problem/", planning.pilot_problem, name="pilot_problem"),
    path("pilots/<int:pilot_id>/metric/", planning.pilot_metric, name="pilot_metric"),
    path("pilots/<int:pilot_id>/weeks/", planning.pilot_weeks, name="pilot_weeks"),
    path("pilots/<int:pilot_id>/owners/", planning.pilot_owners, name="pilot_owners"),
    path("pilots/<int:pilot_id>/people/", people.pilot_people, name="pilot_people"),
    path("pilots/<int:pilot_id>/people/new/", people.stakeholder_new, name="stakeholder_new"),
    path("pilots/<int:pilot_id>/people/<int:stakeholder_id>/question/", people.question, name="question"),
    path(
        "pilots/<int:pilot_id>/people/<int:stakeholder_id>/reviewer/",
        people.reviewer_invitation,
        name="reviewer_invitation",
    ),
    path(
        "pilots/<int:pilot_id>/answers/<int:answer_id>/mapping/", people.answer_mapping, name="answer_mapping"
    ),
    path("pilots/<int:pilot_id>/agreement/", agreement.pilot_agreement, name="pilot_agreement"),
    path("pilots/<int:pilot_id>/plan-versions/", agreement.plan_versions, name="plan_versions"),
    path("pilots/<int:pilot_id>/plan-versions/<int:number>/", agreement.plan_version, name="plan_version"),
    path("pilots/<int:pilot_id>/evidence/", agreement.evidence, name="evidence"),
    path("pilots/<int:pilot_id>/content/", content.pilot_content, name="pilot_content"),
    path("pilots/<int:pilot_id>/content/new/", content.content_new, name="content_new"),
    path("pilots/<int:pilot_id>/content/<int:item_id>/", content.content_item, name="content_item"),
    path(
        "pilots/<int:pilot_id>/content/<int:item_id>/versions/",
        content.content_version,
        name="content_version",
    ),
    path(
        "pilots/<int:pilot_id>/content/<int:item_id>/versions/<int:number>/reviews/",
        content.review,
        name="review",
    ),
    path(
        "pilots/<int:pilot_id>/content/<int:item_id>/versions/<int:number>/file/",
        content.content_file,
        name="content_file",
    ),
    path("pilots/<int:pilot_id>/content/<int:item_id>/releases/", releases.releases, name="releases"),
    path("pilots/<int:pilot_id>/releases/", releases.register, name="release_register"),
    path(
        "pilots/<int:pilot_id>/releases/<int:release_id>/withdrawal/",
        releases.release_withdrawal,
        name="release_withdrawal",
    ),
    path(
        "pilots/<int:pilot_id>/releases/<int:release_id>/incidents/",
        releases.release_incident,
        name="release_incident",
    ),
    path("pilots/<int:pilot_id>/safeguards/", safeguards.overview, name="pilot_safeguards"),
    path("pilots/<int:pilot_id>/data-sheet/", safeguards.data_sheet, name="pilot_data_sheet"),
    path("pilots/<int:pilot_id>/chance/", safeguards.chance, name="pilot_chance"),
    path("pilots/<int:pilot_id>/learner-data/new/", safeguards.learner_data_new, name="learner_data_new"),
    path(
        "pilots/<int:pilot_id>/learner-data/<int:row_id>/", safeguards.learner_data, name="learner_data_row"
    ),
    path(
        "pilots/<int:pilot_id>/learner-data/<int:row_id>/end/",
        safeguards.learner_data_end,
        name="learner_data_end",
    ),
    path("pilots/<int:pilot_id>/law/", safeguards.law, name="pilot_law"),
    path("pilots/<int:pilot_id>/consultation/", safeguards.consultation, name="pilot_consultation"),
    path("pilots/<int:pilot_id>/launch/", running.launch, name="launch"),
    path("pilots/<int:pilot_id>/stop/", running.stop, name="stop"),
    path("pilots/<int:pilot_id>/cancel/", running.cancel, name="cancel"),
    path(
        "pilots/<int:pilot_id>/flags/<int:flag_id>/acknowledgement/",
        running.acknowledgement,
        name="acknowledgement",
    ),
    path("pilots/<int:pilot_id>/decision/", outcomes.decision, name="decision"),
    path("pilots/<int:pilot_id>/outcome/", outcomes.outcome, name="pilot_outcome"),
]
