#!/usr/bin/env python3
"""Django's manage.py, plus two commands that set themselves up: `demo` and `verify`.

python3 manage.py demo      the whole portal on this machine, seeded
python3 manage.py verify    every check and test
"""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the one line an older Python must still be able to say
    sys.exit("Python 3.11 or newer is needed; this is {}.{}.".format(*sys.version_info[:2]))

from billing_portal.stack import bootstrap  # standard library only

SETS = {"demo": "run", "verify": "dev", "benchmark": "dev"}  # command → the lock file it installs


def main() -> None:
    """Set up and run one of our two commands, or hand over to Django."""
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_portal.settings")
    if command in SETS:
        bootstrap.enter(SETS[command])
        from billing_portal.stack import commands

        sys.exit(commands.run(command, sys.argv[2:]))
    bootstrap.borrow()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
