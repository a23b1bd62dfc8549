"""Settings of the workbench, each from an environment variable with a default that is safe on one machine."""

import os
import secrets
from datetime import timedelta
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF


def _is_on(name: str, default: str) -> bool:
    return os.environ.get(name, default).strip().lower() in ("1", "yes", "true", "on")


def _words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def _file(name: str) -> Path | None:
    named = os.environ.get(name, "")
    return Path(named) if named else None


DATA_FOLDER = Path(os.environ.get("ISOCENTER_DATA", "isocenter-workbench")).absolute()


def _kept_secret() -> str:
    """The secret that signs sessions: from the environment, else one made once and kept beside the data."""
    given = os.environ.get("ISOCENTER_SECRET_KEY", "")
    if given:
        return given
    kept = DATA_FOLDER / "secret-key"
    if not kept.is_file():
        DATA_FOLDER.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
    return kept.read_text(encoding="utf-8").strip()


SECRET_KEY = _kept_secret()
DEBUG = False
ALLOWED_HOSTS = _words("ISOCENTER_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = _words("ISOCENTER_ORIGINS")

# By which policies requests are reviewed, and a copy of a policy's text whose passages are shown.
POLICIES = _words("ISOCENTER_POLICIES", "imrt")
POLICY_TEXT = _file("ISOCENTER_POLICY_TEXT")

INSTALLED_APPS = [
    "isocenter.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "isocenter.web.no_cache.KeptByNoCache",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "isocenter.web.accounts.middleware.SignedInOnly",
    "axes.middleware.AxesMiddleware",
    "isocenter.web.plain_text.WithoutControls",
]

ROOT_URLCONF = "isocenter.web.urls"
WSGI_APPLICATION = "isocenter.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parents[1] / "report" / "templates"],  # its shapes are those of the reports
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "isocenter.web.pages.what_every_page_shows",
            ],
            "builtins": ["isocenter.web.templatetags.words"],
        },
    }
]

DATABASES = {
    "default": dj_database_url.config(
        default=f"sqlite:///{DATA_FOLDER / 'workbench.sqlite3'}", conn_max_age=600, conn_health_checks=True
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A transaction that will write takes its lock at once, and waits for another's.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# A worker that has not renewed its hold on a request by then is taken for dead.
WORKER_LEASE_SECONDS = int(os.environ.get("ISOCENTER_LEASE_SECONDS", "60"))
# A review takes seconds whatever happens; a page is waited for.
WORKER_NICENESS = int(os.environ.get("ISOCENTER_WORKER_NICENESS", "15"))
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

AUTH_USER_MODEL = "workbench.Person"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "queue"
LOGOUT_REDIRECT_URL = "sign-in"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "web/locked_out.html"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False
SILENCED_SYSTEM_CHECKS: list[str] = []
SECOND_FACTOR_REQUIRED = _is_on("ISOCENTER_SECOND_FACTOR", "0")
OTP_TOTP_ISSUER = "Isocenter"

# Single sign-on by OpenID Connect, where the addresses of a provider are given.
OIDC_RP_CLIENT_ID = os.environ.get("ISOCENTER_OIDC_CLIENT_ID", "")
SINGLE_SIGN_ON = bool(OIDC_RP_CLIENT_ID)
if SINGLE_SIGN_ON:
    INSTALLED_APPS.append("mozilla_django_oidc")
    AUTHENTICATION_BACKENDS.append("isocenter.web.accounts.single_sign_on.KnownPeopleOnly")
    OIDC_RP_CLIENT_SECRET = os.environ.get("ISOCENTER_OIDC_CLIENT_SECRET", "")
    OIDC_RP_SIGN_ALGO = os.environ.get("ISOCENTER_OIDC_ALGORITHM", "RS256")
    OIDC_OP_AUTHORIZATION_ENDPOINT = os.environ.get("ISOCENTER_OIDC_AUTHORIZATION", "")
    OIDC_OP_TOKEN_ENDPOINT = os.environ.get("ISOCENTER_OIDC_TOKEN", "")
    OIDC_OP_USER_ENDPOINT = os.environ.get("ISOCENTER_OIDC_USER", "")
    OIDC_OP_JWKS_ENDPOINT = os.environ.get("ISOCENTER_OIDC_KEYS", "")
    OIDC_RP_SCOPES = "openid email profile"
    OIDC_USE_PKCE = True
    OIDC_CREATE_USER = False

# The FHIR interfaces beside the pages, where their address as clients know it is given; options of serve go before.
FHIR_URL = os.environ.get("ISOCENTER_FHIR_URL", "").rstrip("/")
FHIR_CLIENTS = _file("ISOCENTER_FHIR_CLIENTS")
FHIR_PAYER = os.environ.get("ISOCENTER_FHIR_PAYER", "Isocenter")
FHIR_POLICY_URL = os.environ.get("ISOCENTER_FHIR_POLICY_URL", "")
FHIR_REASON_CODES = _file("ISOCENTER_FHIR_REASON_CODES")
FHIR_PACKAGES = [Path(package) for package in _words("ISOCENTER_FHIR_PACKAGES")]

# Behind a proxy that ends TLS; `isocenter serve` on the machine's own address turns it off.
HTTPS = _is_on("ISOCENTER_HTTPS", "1")
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * int(os.environ.get("ISOCENTER_SESSION_MINUTES", "30"))
SESSION_RENEWED_SECONDS = 60  # a session that is in use is renewed so often: to write at every page would be too much
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "isocenter.web.mistakes.without_its_token"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

DATA_UPLOAD_MAX_NUMBER_FILES = 5_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
FILE_UPLOAD_TEMP_DIR = None

STATIC_URL = "static/"
STATIC_ROOT = DATA_FOLDER / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

LANGUAGE_CODE = "en-us"
TIME_ZONE = os.environ.get("ISOCENTER_TIME_ZONE", "UTC")
USE_I18N = False
USE_TZ = True

# Addresses and messages of requests may name a person: the log holds levels and places alone.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "isocenter.web.private_log.WithoutData"}},
    "handlers": {"terminal": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["terminal"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["terminal"], "level": "ERROR", "propagate": False},
        "waitress": {"handlers": ["terminal"], "level": "ERROR", "propagate": False},
        "axes": {"handlers": ["terminal"], "level": "ERROR", "propagate": False},
        "django_tasks": {"handlers": ["terminal"], "level": "ERROR", "propagate": False},
        "django_tasks_db": {"handlers": ["terminal"], "level": "ERROR", "propagate": False},
    },
}
