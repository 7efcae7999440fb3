"""Classes of data, declared for each model and field in the apps' retention.py (DESIGN rule 9)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Keep(StrEnum):
    """What becomes of data when its account is deleted.

    Source: CGST Rule 56, Companies Act s. 128(5), telecom licence terms, DPDP Rule 8.
    """

    SERVICE = "service"  # destroyed
    RECORDS = (
        "records"  # call details: sealed for two years from their date (telecom licence), then destroyed
    )
    PERSONAL = "personal"  # erased
    STATUTORY = "statutory"  # kept sealed for the books' time
    OPERATIONAL = "operational"  # about no customer, or only that something happened


@dataclass(frozen=True)
class Rule:
    """A model's class, and the fields that are of another one."""

    keep: Keep
    fields: Mapping[str, Keep] = field(default_factory=dict)


def personal(keep: Keep, *names: str) -> Rule:
    """A model of a class with these personal fields."""
    return Rule(keep, dict.fromkeys(names, Keep.PERSONAL))
