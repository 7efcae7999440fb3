"""Start the sandbox: `python -m sandbox --help`."""

import sys

from sandbox.options import BadOption, read_options
from sandbox.server import serve


def main() -> int:
    """Serve until interrupted. 2 = an option was refused."""
    try:
        options = read_options()
    except BadOption as refusal:
        print(f"sandbox: {refusal}", file=sys.stderr)
        return 2
    return serve(options)


if __name__ == "__main__":
    sys.exit(main())
