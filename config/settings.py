"""Settings. Everything that differs between a laptop and a production machine comes from the environment.

``docs/operator.md`` lists the variables. Whether cookies, redirects and headers insist on TLS
follows from one of them: ``PILOTLIGHT_BASE_URL`` begins with ``https://`` or it does not.
"""

import logging
import os
from datetime import timedelta
from urllib.parse import urlsplit

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from config import broker, database, logs, memory
from config.environment import BASE_DIR, VAR_DIR, flag, secret, words

memory.make_room()

# Generic forms and managers (``ModelForm[Pilot]``) are written as the type checker reads them.
django_stubs_ext.monkeypatch()

# --- where we are ---------------------------------------------------------------------------------

DEBUG = False
DEMO = flag("PILOTLIGHT_DEMO")
TESTING = flag("PILOTLIGHT_TESTING")
BASE_URL = os.environ.get("PILOTLIGHT_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
SECURE = BASE_URL.startswith("https://")
ALLOWED_HOSTS = [urlsplit(BASE_URL).hostname or "127.0.0.1", *words("PILOTLIGHT_ALLOWED_HOSTS")]
# Browsers in tests and demos call the same machine by three names.
if not SECURE:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]

SECRET_KEY = secret("PILOTLIGHT_SECRET_KEY")
LEDGER_KEY = secret("PILOTLIGHT_LEDGER_KEY")
LINK_KEY = secret("PILOTLIGHT_LINK_KEY")
# Lists of participants are kept as hashes under this key: without it nobody on them can be found.
PARTICIPANT_KEY = secret("PILOTLIGHT_PARTICIPANT_KEY")
# The first key encrypts, all of them decrypt: put a new key in front to rotate.
SOURCE_KEYS = words("PILOTLIGHT_SOURCE_KEYS") or [secret("PILOTLIGHT_SOURCE_KEY")]

# Only demonstrations and tests may live on another day than the machine's.
CLOCK_OFFSET = timedelta(days=float(os.environ.get("PILOTLIGHT_CLOCK_OFFSET_DAYS", "0")))
if CLOCK_OFFSET and not (DEMO or TESTING):
    raise ImproperlyConfigured("PILOTLIGHT_CLOCK_OFFSET_DAYS is for demonstrations and tests only.")
# Tests that hold the clock hold the host's; all else goes by the database's (``accounts.clock``).
CLOCK_OF_THE_HOST = False

# --- what it is made of ---------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "django_htmx",
    "django_structlog",
    "pgtrigger",
    "accounts",
    "metrics",
    "pilots",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.api_lane.ApiLane",
    "config.request_log.RequestLog",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.parts.PartMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.conflicts.ConflictMiddleware",
    "accounts.nothing_here.NothingHereMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.navigation.navigation",
            ],
            "builtins": ["django.templatetags.i18n", "accounts.templatetags.pilotlight"],
        },
    }
]
FORM_RENDERER = "accounts.forms.renderer.Renderer"

# --- data -----------------------------------------------------------------------------------------

DATABASES = {"default": database.settings(VAR_DIR)}

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
    if not os.environ.get("PILOTLIGHT_CACHE_URL")
    else {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ["PILOTLIGHT_CACHE_URL"],
    }
}

STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "files", "base_url": None},
    },
    "staticfiles": {"BACKEND": "config.static_files.Storage"},
}
if TESTING:  # no test needs the collected files, and a browser finds them without
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
    WHITENOISE_MAX_AGE = 3600  # seconds: nothing changes meanwhile
STATIC_URL = "/static/"
STATIC_ROOT = os.environ.get("PILOTLIGHT_STATIC_ROOT") or VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "config.static_files.Sheet",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]

# --- jobs -----------------------------------------------------------------------------------------

CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL") or broker.EMBEDDED_URL
CELERY = broker.celery_settings(CELERY_BROKER_URL, VAR_DIR)

# --- sources --------------------------------------------------------------------------------------

PILOTLIGHT_SOURCE_DIRS = words("PILOTLIGHT_SOURCE_DIRS")
PILOTLIGHT_ALLOWED_ADDRESSES = words("PILOTLIGHT_ALLOWED_ADDRESSES")

# --- the API --------------------------------------------------------------------------------------

# How many requests a token may make in a minute, and how many wrong tokens an address may try.
API_PER_MINUTE = int(os.environ.get("PILOTLIGHT_API_PER_MINUTE", "600"))
API_FAILURES_PER_MINUTE = 20

# --- people ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.Person"
# Addresses are unique, but by a constraint on their lower-cased form, which this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["accounts.backend.Backend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "start"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"reset_password": "accounts.forms.password.ForgottenPasswordForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # An invitation is answered from the mailbox it was sent to.
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# --- mail -----------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = os.environ.get("PILOTLIGHT_FROM_EMAIL") or "Pilotlight <pilotlight@localhost>"
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAIL_DIR = VAR_DIR / "mail"
if os.environ.get("PILOTLIGHT_SMTP_HOST"):
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {
                "host": os.environ["PILOTLIGHT_SMTP_HOST"],
                "port": int(os.environ.get("PILOTLIGHT_SMTP_PORT", "587")),
                "username": os.environ.get("PILOTLIGHT_SMTP_USER", ""),
                "password": os.environ.get("PILOTLIGHT_SMTP_PASSWORD", ""),
                "use_tls": not flag("PILOTLIGHT_SMTP_PLAIN"),
                "timeout": 20,
            },
        }
    }
else:
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "OPTIONS": {"file_path": MAIL_DIR},
        }
    }

# News wait so long for company, so that many become one mail; after a mail its reader is left in peace fifteen times as long.
GATHER_SECONDS = float(os.environ.get("PILOTLIGHT_GATHER_SECONDS", "60"))

# --- language and time ----------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
# As long as there is one language, and texts are written in it, none is looked up: a page asks for up to three hundred.
USE_I18N = len(LANGUAGES) > 1
if USE_I18N:
    MIDDLEWARE.insert(
        1 + MIDDLEWARE.index("django.contrib.sessions.middleware.SessionMiddleware"),
        "django.middleware.locale.LocaleMiddleware",
    )
USE_TZ = True
TIME_ZONE = "UTC"

# --- what a browser may do ------------------------------------------------------------------------

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "accounts.views.errors.csrf_failure"
if SECURE:
    SECURE_SSL_REDIRECT = True
    # The load balancer asks for these in plain HTTP.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds())
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    CSRF_TRUSTED_ORIGINS = [BASE_URL]
if flag("PILOTLIGHT_BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# A client's address is what the outermost of our own proxies saw: so many from the right of X-Forwarded-For.
ALLAUTH_TRUSTED_PROXY_COUNT = int(
    os.environ.get("PILOTLIGHT_PROXIES") or ("1" if flag("PILOTLIGHT_BEHIND_PROXY") else "0")
)

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# The largest file that a form takes (``metrics/sources/file.py``) and the fields around it.
UPLOAD_MAX_SIZE = 101 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "accounts.uploads.UploadGuard",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- logs -----------------------------------------------------------------------------------------

LOGGING_CONFIG = None
logs.configure(plain=flag("PILOTLIGHT_PLAIN_LOGS"))
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# One line a request and one a task, when it is done and with how long it took.
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_USER_ID_FIELD = "pk"
