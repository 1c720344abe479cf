from django.apps import AppConfig


class PilotsConfig(AppConfig):
    name = "pilots"

    def ready(self) -> None:
        from accounts.models.message import MAKERS

        MAKERS["receipt"] = _receipt


def _receipt(key: str):  # type: ignore[no-untyped-def]
    """Typst and what it sets are loaded with the first receipt, not with each process."""
    from pilots.evidence.receipt import attach

    return attach(key)
