from metrics.models.metric import Cadence, Direction, Metric, MetricKind
from metrics.models.pull import Pull
from metrics.models.series import Series
from metrics.models.snapshot import Snapshot, SnapshotRevision, Stored
from metrics.models.source import Source

__all__ = [
    "Cadence",
    "Direction",
    "Metric",
    "MetricKind",
    "Pull",
    "Series",
    "Snapshot",
    "SnapshotRevision",
    "Source",
    "Stored",
]
