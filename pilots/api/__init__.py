"""What programs may do about pilots: launch them and release content, by the same verbs as pages. Signing stays with people."""

from ninja import Router

from pilots.api import launch, releases

router = Router(tags=["Pilots"])
router.add_router("", launch.router)
router.add_router("", releases.router)

__all__ = ["router"]
