"""What no password may be made of."""

import pytest
from django.core.exceptions import ValidationError

from accounts import passwords
from accounts.models import User

NANDI = User(name="Asha Rao", email="owner@nandi.example")


@pytest.mark.parametrize(
    "password",
    ["nandi-owner-2026!", "OwnerNandi77!", "example.nandi.1x", "aaaabbbbaaaa", "ab1ab1ab1ab1", "qwertyTree7"],
)
def test_what_everybody_could_guess_is_refused(password):
    with pytest.raises(ValidationError):
        passwords.NotGuessable().validate(password, NANDI)


@pytest.mark.parametrize("password", ["copper rain 19 lantern", "nandi-copper-lantern-19", "Vj7#mq2!Lz0w"])
def test_a_name_may_be_a_part_of_more(password):
    passwords.NotGuessable().validate(password, NANDI)


def test_the_shortest_is_what_the_validators_say():
    assert passwords.shortest() == 12
