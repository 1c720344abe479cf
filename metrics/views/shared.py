"""Fetching what a page is about, through the organisation in scope."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from metrics.models import Metric


def get_metric(metric_id: int) -> Metric:
    """The metric with its source and who answers for it; 404 for another's."""
    known = Metric.objects.select_related("source__owner", "organisation")
    metric: Metric = get_object_or_404(known, pk=metric_id)
    return metric
