from django.urls import path

from pilots.views import stakeholder

urlpatterns = [
    path("<uuid:key>/", stakeholder.page, name="stakeholder"),
    path("<uuid:key>/answer/", stakeholder.answer, name="stakeholder_answer"),
    path("<uuid:key>/answers/<int:answer_id>/", stakeholder.confirmation, name="stakeholder_confirmation"),
    path("<uuid:key>/sign-off/", stakeholder.sign_off, name="stakeholder_sign_off"),
    path("<uuid:key>/code/", stakeholder.code, name="stakeholder_code"),
    path("<uuid:key>/deputy/", stakeholder.deputy, name="stakeholder_deputy"),
    path("<uuid:key>/consultation/", stakeholder.consultation, name="stakeholder_consultation"),
    path("<uuid:key>/condition/", stakeholder.condition, name="stakeholder_condition"),
    path("<uuid:key>/judgement/", stakeholder.judgement, name="stakeholder_judgement"),
    path("<str:token>/", stakeholder.enter, name="stakeholder_enter"),
]
