from metrics.models.draft import SourceDraft
from metrics.models.metric import Cadence, Direction, Metric, MetricKind
from metrics.models.population import Participant, Population
from metrics.models.pull import Pull
from metrics.models.series import Series
from metrics.models.snapshot import Snapshot, SnapshotRevision, Stored
from metrics.models.source import Source

__all__ = [
    "Cadence",
    "Direction",
    "Metric",
    "MetricKind",
    "Participant",
    "Population",
    "Pull",
    "Series",
    "Snapshot",
    "SnapshotRevision",
    "Source",
    "SourceDraft",
    "Stored",
]
