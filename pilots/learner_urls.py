from django.urls import path

from pilots.views import learner

urlpatterns = [
    path("data/<str:token>/", learner.data, name="learner_data"),
    path("<str:token>/", learner.label, name="learner_label"),
]
