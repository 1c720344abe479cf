"""What programs read of metrics and send to them; ``config.api`` puts it at its address."""

from ninja import Router

from metrics.api import metrics, pulls, series, snapshots, sources
from metrics.api.known import at_once

router = Router()
router.add_router("", metrics.router)
router.add_router("", snapshots.router)
router.add_router("", sources.router)
router.add_router("", pulls.router)
router.add_router("", series.router)

__all__ = ["at_once", "router"]
