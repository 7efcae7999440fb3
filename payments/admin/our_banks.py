"""Our own bank accounts, to choose from."""

from payments import bank_lines


def choices() -> list[tuple[str, str]]:
    """The accounts of the settings, the first one first; read anew for each form."""
    return [(number, number) for number in bank_lines.banks()]
