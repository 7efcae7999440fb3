"""Customers, their accounts, and the people with a role on them."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.levels import Level
from accounts.states import STATES


class UserManager(BaseUserManager["User"]):
    """People are known by their e-mail address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]
        indexes = [GinIndex(SearchVector("name", config="simple"), name="user_by_words")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]


class Customer(models.Model):
    """A business. Owns one or more accounts."""

    name = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [GinIndex(SearchVector("name", config="simple"), name="customer_by_words")]

    def __str__(self) -> str:
        return self.name


class AccountQuerySet(models.QuerySet["Account"]):
    def lock(self, pk: int) -> "Account":
        """Lock one account's row until the unit ends, and return it afresh. First lock of every unit."""
        return self.select_for_update(no_key=True).get(pk=pk)

    def lock_all(self, **wanted: Any) -> "AccountQuerySet":
        """Lock several accounts' rows, ascending by id, when the query is run."""
        return self.select_for_update(no_key=True).filter(**wanted).order_by("pk")

    def of(self, user: User) -> "AccountQuerySet":
        """The accounts a person is a member of."""
        return self.filter(members__user=user)


class Account(models.Model):
    """One service with its own numbers, balance and bills; everything is billed per account."""

    class Registration(models.TextChoices):
        REGULAR = "regular", "Registered (GSTIN)"
        UNREGISTERED = "unregistered", "Not registered"
        SEZ_LUT = "sez_lut", "SEZ unit, without payment of tax (LUT)"
        SEZ_TAXED = "sez_taxed", "SEZ unit, with payment of tax"
        UIN = "uin", "UIN holder (embassy, UN)"
        EXPORT_LUT = "export_lut", "Outside India, export under LUT"
        EXPORT_TAXED = "export_taxed", "Outside India, export with payment of tax"

    ban = models.CharField("account number", max_length=16, unique=True)  # e.g. "BA-100042"
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="accounts")
    name = models.CharField(max_length=120)
    billing_name = models.CharField(max_length=120)
    address = models.CharField(max_length=200)
    city = models.CharField(max_length=60)
    pin = models.CharField(
        "PIN code", max_length=6, blank=True
    )  # abroad empty: a postal code is in the city's line
    state = models.CharField(max_length=2, choices=STATES)
    country = models.CharField(max_length=2, blank=True, db_default="")  # abroad (ISO 3166); in India empty
    registration = models.CharField(max_length=12, choices=Registration, default=Registration.UNREGISTERED)
    gstin = models.CharField("GSTIN", max_length=15, blank=True)
    pan = models.CharField("PAN", max_length=10, blank=True)
    zero_rated_until = models.DateField(  # SEZ units: without it, or after it, IGST is charged
        "letter of approval until",
        null=True,
        blank=True,
        help_text="SEZ units without payment of tax: the last day of their letter of approval.",
    )
    minimum_top_up = models.BigIntegerField(default=150_000)  # paise
    minimum_balance = models.BigIntegerField(
        default=50_000, db_default=50_000
    )  # paise; below it the customer is told
    created_at = models.DateTimeField()
    # staff compared the GSTIN and the billing name with the GST portal; another GSTIN is not verified any more
    gstin_verified_at = models.DateTimeField(null=True, editable=False)
    details_confirmed_at = models.DateTimeField(
        null=True, editable=False
    )  # the customer looked at them first
    # the head of the account's chain of ledger entries, moved under the account's lock
    entry_count = models.BigIntegerField(default=0, editable=False)
    entry_hash = models.CharField(max_length=64, blank=True, editable=False)
    # what the lines may do: as we want it, and as the platform acknowledged it last (by the order's sequence)
    wanted_level = models.CharField(
        max_length=16, choices=Level, default=Level.ACTIVE, db_default=Level.ACTIVE, editable=False
    )
    wanted_at = models.DateTimeField(null=True, editable=False)
    confirmed_level = models.CharField(
        max_length=16, choices=Level, default=Level.ACTIVE, db_default=Level.ACTIVE, editable=False
    )
    confirmed_at = models.DateTimeField(null=True, editable=False)
    confirmed_sequence = models.BigIntegerField(default=0, db_default=0, editable=False)
    # money has moved and the floor of credit has not looked at it yet: since when
    review_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[AccountQuerySet] = AccountQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        permissions = [
            ("issue_charge", "Can issue a one-time charge"),
            ("stop_account", "Can stop an account's lines and free them"),
            ("see_as_customer", "Can look at the panel as a customer, changing nothing"),
            ("export_list", "Can export lists as CSV"),
            ("verify_gstin", "Can verify an account's GSTIN"),
        ]
        indexes = [
            models.Index(
                fields=["review_at"], name="account_to_review", condition=Q(review_at__isnull=False)
            ),
            models.Index(fields=["id"], name="account_lowered", condition=~Q(wanted_level="active")),
            models.Index(fields=["gstin"], name="account_by_gstin", condition=~Q(gstin="")),
            models.Index(fields=["pan"], name="account_by_pan", condition=~Q(pan="")),
            GinIndex(SearchVector("name", "billing_name", config="simple"), name="account_by_words"),
        ]
        constraints = [
            models.CheckConstraint(name="account_top_up_positive", condition=Q(minimum_top_up__gt=0)),
            models.CheckConstraint(
                name="account_registered_has_gstin",
                condition=~Q(registration__in=["regular", "sez_lut", "sez_taxed", "uin"]) | ~Q(gstin=""),
            ),
            models.CheckConstraint(
                name="account_verified_has_gstin",
                condition=Q(gstin_verified_at=None) | ~Q(gstin=""),
            ),
            models.CheckConstraint(
                name="account_country_abroad",
                condition=Q(country="")
                | Q(registration__in=["export_lut", "export_taxed"]) & ~Q(country="IN"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ban} {self.name}"


class Member(models.Model):
    """A person with a role on an account. Removal takes effect at the next request."""

    class Role(models.TextChoices):
        OWNER = "owner", "Owner"
        ADMIN = "admin", "Admin"
        BILLING = "billing", "Billing"
        MANAGER = "manager", "Manager"
        AGENT = "agent", "Agent"

    account = models.ForeignKey(Account, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "user"], name="member_once")]

    def __str__(self) -> str:
        return self.get_role_display()


class Contact(models.Model):
    """Whom messages of a category go to; without one they go to the owners."""

    class Category(models.TextChoices):
        ACCOUNTS = "accounts", "Accounts"
        TECHNICAL = "technical", "Technical"
        GENERAL = "general", "General"

    account = models.ForeignKey(Account, models.CASCADE, related_name="contacts")
    category = models.CharField(max_length=9, choices=Category, default=Category.ACCOUNTS)
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    phone = models.CharField("mobile", max_length=16, blank=True)  # E.164, e.g. "+919800000001"
    wants_email = models.BooleanField("e-mail", default=True, db_default=True)
    wants_sms = models.BooleanField("SMS", default=True, db_default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="contact_reachable", condition=~Q(email="") | ~Q(phone="")),
        ]
        indexes = [
            models.Index(fields=["email"], name="contact_by_email", condition=~Q(email="")),
            models.Index(fields=["phone"], name="contact_by_phone", condition=~Q(phone="")),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.get_category_display().lower()}"
