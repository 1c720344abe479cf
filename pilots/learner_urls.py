from django.urls import path

from pilots.views import charter, learner

urlpatterns = [
    path("charter/<str:token>/", charter.public, name="charter_public"),
    path("data/<str:token>/", learner.data, name="learner_data"),
    path("<str:token>/", learner.label, name="learner_label"),
]
