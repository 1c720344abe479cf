from metrics.models.backfill import Backfill
from metrics.models.draft import SourceDraft
from metrics.models.jump import Jump
from metrics.models.metric import Cadence, Direction, Metric, MetricKind
from metrics.models.population import Participant, Population
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
