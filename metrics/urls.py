from django.urls import path

from metrics.sources.delivered import PUSH, TYPED
from metrics.views import backfill, delivered, metrics, populations, source

urlpatterns = [
    path("metrics/", metrics.metrics, name="metrics"),
    path("metrics/new/", metrics.metric_new, name="metric_new"),
    path("metrics/<int:metric_id>/", metrics.metric, name="metric"),
    path("metrics/<int:metric_id>/source/", source.source, name="metric_source"),
    path("metrics/<int:metric_id>/source/push/", delivered.delivered, {"kind": PUSH}, name="metric_push"),
    path("metrics/<int:metric_id>/source/typed/", delivered.delivered, {"kind": TYPED}, name="metric_typed"),
    path("metrics/<int:metric_id>/values/", delivered.typed, name="metric_values"),
    path("metrics/<int:metric_id>/values/pasted/", delivered.pasted, name="metric_values_pasted"),
    path("metrics/<int:metric_id>/source/<slug:kind>/", source.source_kind, name="metric_source_kind"),
    path(
        "metrics/<int:metric_id>/source/<slug:kind>/trial/", source.source_trial, name="metric_source_trial"
    ),
    path("metrics/<int:metric_id>/file/", source.file, name="metric_file"),
    path("metrics/<int:metric_id>/participants/", populations.participants, name="metric_participants"),
    path("metrics/<int:metric_id>/pull/", metrics.pull, name="pull"),
    path("metrics/<int:metric_id>/jumps/<int:jump_id>/", metrics.jump, name="jump"),
    path("metrics/<int:metric_id>/backfills/", backfill.backfills, name="backfills"),
    path(
        "metrics/<int:metric_id>/backfills/<int:backfill_id>/cancellation/",
        backfill.cancellation,
        name="backfill_cancellation",
    ),
]
