from django.urls import path

from metrics.views import metrics, populations, source

urlpatterns = [
    path("metrics/", metrics.metrics, name="metrics"),
    path("metrics/new/", metrics.metric_new, name="metric_new"),
    path("metrics/<int:metric_id>/", metrics.metric, name="metric"),
    path("metrics/<int:metric_id>/source/", source.source, name="metric_source"),
    path("metrics/<int:metric_id>/source/<slug:kind>/", source.source_kind, name="metric_source_kind"),
    path(
        "metrics/<int:metric_id>/source/<slug:kind>/trial/", source.source_trial, name="metric_source_trial"
    ),
    path("metrics/<int:metric_id>/file/", source.file, name="metric_file"),
    path("metrics/<int:metric_id>/participants/", populations.participants, name="metric_participants"),
    path("metrics/<int:metric_id>/pull/", metrics.pull, name="pull"),
]
