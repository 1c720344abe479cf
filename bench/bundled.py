"""What P6 is held against: a view as any framework's manual has it, which locks a row, updates it and inserts one.

Behind Django's seven default middleware, with the ORM, on the same database and by the same gunicorn as the API.
"""

import os

from django.core.wsgi import get_wsgi_application
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from config import database
from config.environment import VAR_DIR

SECRET_KEY = "a bench has no secrets"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = __name__
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
]
# What ``django-admin startproject`` writes, as ``bench.trivial`` has it (which cannot be imported beside these settings).
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
DATABASES = {"default": database.settings(VAR_DIR)}
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def ping(request: HttpRequest, code: str) -> HttpResponse:
    from django.apps import apps

    check_model, ping_model = apps.get_model("auth", "BenchCheck"), apps.get_model("auth", "BenchPing")
    with transaction.atomic():
        check = check_model.objects.select_for_update().get(code=code)
        check.count += 1
        check.last_at = timezone.now()
        check.last_value = float(request.body)
        check.save()
        ping_model.objects.create(
            owner=check,
            number=check.count,
            at=check.last_at,
            value=check.last_value,
            remote=request.META["REMOTE_ADDR"],
            agent=request.headers.get("user-agent", ""),
        )
    return HttpResponse("OK")


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [
    path("healthz", healthz),
    path("<slug:code>", csrf_exempt(ping)),
]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", __name__)
application = get_wsgi_application()  # reads the settings above


class BenchCheck(models.Model):
    code = models.CharField(max_length=40, unique=True)
    count = models.IntegerField()
    last_at = models.DateTimeField(null=True)
    last_value = models.FloatField(null=True)

    class Meta:
        app_label = "auth"
        managed = False
        db_table = "bench_check"

    def __str__(self) -> str:
        return self.code


class BenchPing(models.Model):
    owner = models.ForeignKey(BenchCheck, on_delete=models.CASCADE)
    number = models.IntegerField()
    at = models.DateTimeField()
    value = models.FloatField(null=True)
    remote = models.CharField(max_length=60)
    agent = models.CharField(max_length=200)

    class Meta:
        app_label = "auth"
        managed = False
        db_table = "bench_ping"

    def __str__(self) -> str:
        return f"{self.owner_id}: {self.number}"
