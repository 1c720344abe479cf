from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Pilotlight"

    def ready(self) -> None:
        # Makes the Celery application the current one, for whoever rings from a page or a command.
        from config import celery  # noqa: F401 - it reads the settings
