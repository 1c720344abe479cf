from metrics.models.backfill import Backfill
from metrics.models.jump import Jump
from metrics.models.metric import Cadence, Direction, Metric, MetricKind
from metrics.models.pull import Pull
from metrics.models.series import Series
from metrics.models.snapshot import Snapshot, SnapshotRevision, Stored
from metrics.models.source import Source

__all__ = [
    "Backfill",
    "Cadence",
    "Direction",
    "Jump",
    "Metric",
    "MetricKind",
    "Pull",
    "Series",
    "Snapshot",
    "SnapshotRevision",
    "Source",
    "Stored",
]
