"""The yardsticks, behind Django's default middleware: a view that says hello, and one that asks for a row before."""

import os

from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

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
# What ``django-admin startproject`` writes.
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


def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello")


def one_query(request: HttpRequest) -> HttpResponse:
    from django.contrib.contenttypes.models import ContentType

    return HttpResponse(ContentType.objects.order_by("pk")[0].model)


urlpatterns = [path("", hello), path("one-query/", one_query)]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", __name__)
application = get_wsgi_application()  # reads the settings above
