"""One settings file; every difference between demo, tests and production is an environment value.

`.env.example` explains each name. A production instance (PRODUCTION=true) refuses to start with a demo
value: see billing_portal/checks.py.
"""

import sys
from datetime import date
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from redis.backoff import NoBackoff
from redis.retry import Retry

from billing_portal.logs import configure

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")

# --- what kind of instance this is -------------------------------------------------------------------
PRODUCTION = env.bool("PRODUCTION", default=False)
DEMO = env.bool("DEMO", default=False)  # seeded world, sandbox instead of the outside; never with PRODUCTION
TESTING = "pytest" in sys.modules
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="demo-secret-key-that-no-production-instance-accepts-000000000000")
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
OPERATOR_NAME = env.str("OPERATOR_NAME", default="Kaveri Voice")
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", default="support@kaverivoice.example")
# What the gateway is told where an account has no mobile of its own.
GATEWAY_CONTACT = env.str("GATEWAY_CONTACT", default="+911800000000")
FINANCE_EMAIL = env.str("FINANCE_EMAIL", default="finance@kaverivoice.example")  # tasks that wait for finance
AUDIT_EMAIL = env.str(
    "AUDIT_EMAIL", default="audit@kaverivoice.example"
)  # keeps the audit chain's newest hash
SUPPORT_PHONE = env.str("SUPPORT_PHONE", default="1800 000 0000")

# --- applications ------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "billing_portal.apps.PortalConfig",
    "accounts",
    "invoices",
    "credit",
    "payments",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "rest_framework",
    "django_htmx",
    "django_structlog",
    "template_partials.apps.SimpleAppConfig",
    "billing_portal.apps.PortalAdminConfig",
]
MIDDLEWARE = [
    "billing_portal.middleware.Needless",
    "django.middleware.security.SecurityMiddleware",
    *([] if TESTING else ["whitenoise.middleware.WhiteNoiseMiddleware"]),
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "billing_portal.middleware.LastSeen",
    "billing_portal.middleware.DatabaseAway",
    "billing_portal.middleware.Looking",
    "billing_portal.middleware.OnlyForms",
    "billing_portal.middleware.Visible",
]
ROOT_URLCONF = "billing_portal.urls"
WSGI_APPLICATION = "billing_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "billing_portal.context.portal",
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": ["billing_portal.templatetags.portal", "template_partials.templatetags.partials"],
        },
    }
]

# --- database, cache, files --------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default="postgres://portal@localhost/portal")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
PREPARED_STATEMENTS = env.bool("PREPARED_STATEMENTS", default=True)  # of the hottest paths
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="redis://localhost:6379/0")
CACHES = {
    "default": {
        "BACKEND": "billing_portal.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        # no retries: an answer that is not there at once is taken as not cached
        "OPTIONS": {"socket_timeout": 1, "retry": Retry(NoBackoff(), 0)},
    }
}
ARCHIVES_DIR = Path(env.str("ARCHIVES_DIR", default=str(BASE_DIR / "var" / "archives")))
ARCHIVE_KEY = env.str("ARCHIVE_KEY", default="sandbox_archive_key_1")  # wraps the archives' own keys
DOCUMENTS_DIR = Path(env.str("DOCUMENTS_DIR", default=str(BASE_DIR / "var" / "documents")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "documents": {
        "BACKEND": "billing_portal.files.DocumentStorage",
        "OPTIONS": {"location": str(DOCUMENTS_DIR)},
    },
    "archives": {
        "BACKEND": "billing_portal.files.DocumentStorage",
        "OPTIONS": {"location": str(ARCHIVES_DIR)},
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000  # bytes; also the limit of a webhook's body
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
LARGEST_BODY = 11_000_000  # bytes; a bank's statement of 10 MB and its form. No more is read of any request

# --- people: e-mail log-in through allauth -----------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.passwords.NotGuessable"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.SignIn"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True  # one address; the new one counts when it is confirmed
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600  # seconds
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # this session stays, all others end
ACCOUNT_RATE_LIMITS = {
    "login": env.str("LOGIN_RATE", default="30/m/ip"),
    "login_failed": env.str("LOGIN_FAILED_RATE", default="10/m/ip,5/5m/key"),
    "reset_password": env.str("RESET_RATE", default="20/h/ip,3/15m/key"),
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    "reauthenticate": "10/m/user",
    "confirm_email": "1/3m/key",
    "signup": "5/m/ip",  # closed
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
PASSWORD_RESET_TIMEOUT = 3600  # seconds; the mail says an hour
MFA_ADAPTER = "accounts.adapter.SecondFactor"
MFA_FORMS = {"authenticate": "accounts.adapter.CodeForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # a new address beside a second factor: it counts when it is confirmed
MFA_TOTP_ISSUER = OPERATOR_NAME
MFA_TOTP_TOLERANCE = 1  # a code of half a minute ago still counts
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION  # http://localhost
# Staff reach the admin with a second factor only; a demo does without, so that one can look around.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=not DEMO)
ADMIN_PATH = env.str("ADMIN_PATH", default="admin/").lstrip("/")
ADMIN_RATE = env.int("ADMIN_RATE", default=300)  # requests of one member of staff in a minute
ADMIN_KNOCKS = env.int("ADMIN_KNOCKS", default=30)  # of one address that is not let in, in a minute
USERSESSIONS_TRACK_ACTIVITY = False  # billing_portal.middleware.LastSeen does, without a write a request
SESSION_ENGINE = "billing_portal.sessions"  # not the cache: people stay in when it is away
SESSION_COOKIE_AGE = 14 * 86_400
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
CSRF_FAILURE_VIEW = "billing_portal.views.csrf_failure"

# --- transport security ------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# --- language and time: legal dates are Indian -------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "Asia/Kolkata"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["billing_portal.formats"]

# --- messages out ------------------------------------------------------------------------------------
vars().update(env.email_url("EMAIL_URL", default="smtp://127.0.0.1:8125"))
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="django.core.mail.backends.smtp.EmailBackend")
EMAIL_TIMEOUT = 10  # seconds
_SENDER = f"{OPERATOR_NAME} Billing <billing@kaverivoice.example>"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=_SENDER)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
SMS_PROVIDER = env.str("SMS_PROVIDER", default="accounts.sms.JsonProvider")
SMS_URL = env.str("SMS_URL", default="http://127.0.0.1:8100/sms").rstrip("/")
SMS_KEY = env.str("SMS_KEY", default="sandbox_sms_key_1")
SMS_SENDER = env.str("SMS_SENDER", default="KAVERI")
SMS_TEMPLATE_IDS = env.dict("SMS_TEMPLATE_IDS", default={})  # notice → the operator's own DLT template id
SMS_WEBHOOK_SECRET = env.str("SMS_WEBHOOK_SECRET", default="sandbox_sms_webhook_secret_1")
SMS_WEBHOOK_SECRET_PREVIOUS = env.str("SMS_WEBHOOK_SECRET_PREVIOUS", default="")

# --- telephony: orders to the platform, calls of it ----------------------------------------------------
TELEPHONY_URL = env.str("TELEPHONY_URL", default="http://127.0.0.1:8100").rstrip("/")
TELEPHONY_SECRET = env.str("TELEPHONY_SECRET", default="sandbox_telephony_secret_1")
HOLD_GRACE = env.int("HOLD_GRACE", default=300)  # seconds that a record may take to come

# --- e-invoicing (Rule 48(4)): off unless the operator's turnover asks for it ----------------------------
EINVOICE_ENABLED = env.bool("EINVOICE_ENABLED", default=False)
EINVOICE_FROM = env.str(
    "EINVOICE_FROM", default=""
)  # 2026-12-01: documents of this day and later need an IRN
EINVOICE_REPORT_DAYS = env.int("EINVOICE_REPORT_DAYS", default=30)  # so long the portal takes a document
EINVOICE_PROVIDER = env.str("EINVOICE_PROVIDER", default="invoices.irp.JsonPortal")
EINVOICE_URL = env.str("EINVOICE_URL", default="http://127.0.0.1:8100/einvoice/v1.03").rstrip("/")
EINVOICE_KEY = env.str("EINVOICE_KEY", default="sandbox_einvoice_key_1")
EINVOICE_PUBLIC_KEY_FILE = env.str("EINVOICE_PUBLIC_KEY_FILE", default="")  # PEM: what the portal signs with

# --- gateway -----------------------------------------------------------------------------------------
GATEWAY = "payments.gateways.razorpay.Razorpay"
RAZORPAY_URL = env.str("RAZORPAY_URL", default="http://127.0.0.1:8100").rstrip("/")
RAZORPAY_KEY_ID = env.str("RAZORPAY_KEY_ID", default="rzp_test_Sandbox00000001")
RAZORPAY_KEY_SECRET = env.str("RAZORPAY_KEY_SECRET", default="sandbox_key_secret_1")
RAZORPAY_WEBHOOK_SECRET = env.str("RAZORPAY_WEBHOOK_SECRET", default="sandbox_webhook_secret_1")
RAZORPAY_WEBHOOK_SECRET_PREVIOUS = env.str("RAZORPAY_WEBHOOK_SECRET_PREVIOUS", default="")
RAZORPAY_ACCOUNT_ID = env.str("RAZORPAY_ACCOUNT_ID", default="")
SANDBOX_CONTROL_TOKEN = env.str("SANDBOX_CONTROL_TOKEN", default="")  # the demo's way to steer the sandbox
SANDBOX_URL = env.str("SANDBOX_URL", default="")  # set by the demo: where a person sees mails and SMS

# --- the operator's own particulars, printed on documents (Rule 46(a)) -------------------------------
SUPPLIER = {
    "legal_name": env.str("SUPPLIER_LEGAL_NAME", default="Kaveri Voice Private Limited"),
    "trade_name": env.str("SUPPLIER_TRADE_NAME", default=OPERATOR_NAME),
    "gstin": env.str("SUPPLIER_GSTIN", default="29ZZZCS0001A1ZI"),
    "pan": env.str("SUPPLIER_PAN", default="ZZZCS0001A"),
    "cin": env.str("SUPPLIER_CIN", default=""),
    "address": env.str("SUPPLIER_ADDRESS", default="14 Residency Road, 3rd Floor"),
    "city": env.str("SUPPLIER_CITY", default="Bengaluru"),
    "pin": env.str("SUPPLIER_PIN", default="560025"),
    "state": env.str("SUPPLIER_STATE", default="29"),
    "bank_name": env.str("SUPPLIER_BANK_NAME", default="Example Bank"),
    "bank_account": env.str("SUPPLIER_BANK_ACCOUNT", default="000111222333"),
    "bank_ifsc": env.str("SUPPLIER_BANK_IFSC", default="EXBK0000001"),
    "signatory": env.str("SUPPLIER_SIGNATORY", default="R. Nair, Manager – Accounts"),
}
LUT_NUMBER = env.str("LUT_NUMBER", default="")  # letter of undertaking (ARN); without: zero-rated is taxed
LUT_DATE = env.str("LUT_DATE", default="")  # 2026-03-20
LUT_VALID_TO = env.str("LUT_VALID_TO", default="")  # the last day of its financial year, 2027-03-31
DEFAULT_SAC = env.str("DEFAULT_SAC", default="998419")
DUE_DAYS = env.int("DUE_DAYS", default=7)
RENTAL_STOPS_AT = env.str("RENTAL_STOPS_AT", default="suspended")  # no rental from this level on; "": always
ADVANCE_RESIDUE_MAX = env.int("ADVANCE_RESIDUE_MAX", default=99)  # paise, below ₹1
ADVANCE_REFUND_REPORTING = env.str(
    "ADVANCE_REFUND_REPORTING", default="negative_11A"
)  # or rfd01_only (docs/returns.md)
EXPORT_DAYS = env.int("EXPORT_DAYS", default=7)  # how long a file that somebody asked for is kept
USAGE_OLDEST_DAYS = env.int("USAGE_OLDEST_DAYS", default=62)  # an older record is refused
MORE_BANK_ACCOUNTS = env.list(
    "MORE_BANK_ACCOUNTS", default=[]
)  # besides the one on documents: statements of them
DISHONOUR_CHARGE = env.int(
    "DISHONOUR_CHARGE", default=50_000
)  # paise, of a cheque that came back; no GST on it
SMALLEST_PAYMENT = env.int("SMALLEST_PAYMENT", default=100)  # paise; the gateway takes no less
BANK_HOLIDAYS = [
    date.fromisoformat(day) for day in env.list("BANK_HOLIDAYS", default=[])
]  # besides the national
LARGEST_PAYMENT = env.int("LARGEST_PAYMENT", default=50_000_000)  # paise; ₹5,00,000 online

# --- the API: keys, no sessions; problem details instead of error pages ------------------------------
API_RATE = env.str("API_RATE", default="600/min")  # requests of one key
TELEPHONY_RATE = env.str("TELEPHONY_RATE", default="60000/min")  # of one key that asks before each call
REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "billing_portal.problems.answer",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_RENDERER_CLASSES": ("rest_framework.renderers.JSONRenderer",),
    "DEFAULT_AUTHENTICATION_CLASSES": ("accounts.api_auth.KeyAuthentication",),
    "DEFAULT_PERMISSION_CLASSES": ("accounts.api_auth.HasScope",),
    "URL_FORMAT_OVERRIDE": None,  # "format" is no parameter of ours
    "DEFAULT_METADATA_CLASS": None,  # the OpenAPI document says it
}

# --- logs: ids only, never names, numbers, tokens or bodies ------------------------------------------
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = 20
LOGGING = configure(format=env.str("LOG_FORMAT", default="console"), silent=TESTING)

# --- workers: the table of jobs stands in celery.py --------------------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL.replace("unix://", "redis+socket://", 1))
if CELERY_BROKER_URL.startswith("redis+socket://"):
    CELERY_BROKER_URL = CELERY_BROKER_URL.replace("?db=", "?virtual_host=")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1200,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_TIMEZONE = TIME_ZONE
