from django.urls import path

from pilots.views import learner

urlpatterns = [
    path("<str:token>/", learner.label, name="learner_label"),
]
