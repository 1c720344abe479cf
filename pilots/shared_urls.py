from django.urls import path

from pilots.views import sharing

urlpatterns = [
    path("<str:token>/", sharing.shared, name="shared_outcome"),
    path("<str:token>/<str:name>", sharing.shared_file, name="shared_outcome_file"),
]
