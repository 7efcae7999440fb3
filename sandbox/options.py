"""Command line and environment. An option `--key-id` is also `SANDBOX_KEY_ID`; the command line wins.

The sandbox refuses what could touch the real world: any address but loopback, any live key.
"""

import argparse
import ipaddress
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit


class BadOption(Exception):
    """An option that the sandbox refuses; its text is for the person at the terminal."""


SECRETS = (
    "key_secret",
    "control_token",
    "webhook_secret",
    "sms_key",
    "sms_webhook_secret",
    "order_secret",
    "einvoice_key",
)


@dataclass(frozen=True)
class Options:
    host: str = "127.0.0.1"
    port: int = 8100  # 0 = any free one
    smtp_port: int = 8125  # 0 = any free one
    state: str = ""  # a file; empty = in memory, gone at the end
    seed: int = 1  # ids and every chance derive from it
    key_id: str = "rzp_test_Sandbox00000001"
    key_secret: str = "sandbox_key_secret_1"
    account_id: str = "acc_Sandbox0000001"
    control_token: str = "sandbox-control"
    webhook: str = ""  # registered at start unless the state has this URL
    webhook_secret: str = "sandbox_webhook_secret_1"
    sms_key: str = "sandbox_sms_key_1"
    einvoice_key: str = "sandbox_einvoice_key_1"  # the portal's bearer for e-invoices
    portal_url: str = ""  # where the telephony platform asks and sends records; empty until control says it
    telephony_key: str = ""  # the portal's API key for it, scope telephony
    order_secret: str = "sandbox_order_secret_1"  # signs service orders
    sms_webhook: str = ""  # where the SMS provider reports deliveries; registered at start like `webhook`
    sms_webhook_secret: str = "sandbox_sms_webhook_secret_1"
    merchant: str = "Our Company"  # the name under which money is collected
    public_url: str = ""  # where browsers find us; empty = http://127.0.0.1:PORT


def read_options(argv: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> Options:
    """Read the command line over the environment. Raises BadOption."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="The outside world in a box.")
    for field in fields(Options):
        variable = f"SANDBOX_{field.name.upper()}"
        parser.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=type(field.default),
            default=environ.get(variable, field.default),
            help=f"default {field.default!r}, or ${variable}",
        )
    options = Options(**vars(parser.parse_args(argv)))
    refuse_unsafe(options)
    return options


def refuse_unsafe(options: Options) -> None:
    """Raise BadOption for an address others can reach, a live key, or an empty secret."""
    if not is_loopback(options.host):
        raise BadOption(f"host {options.host} is not loopback; the sandbox never leaves this machine")
    if options.key_id.startswith("rzp_live_"):
        raise BadOption("a live key has no place here; use rzp_test_…")
    if not options.key_id.startswith("rzp_test_"):
        raise BadOption("the key id must start with rzp_test_")
    secrets: dict[str, Any] = {name: getattr(options, name) for name in SECRETS}
    if options.portal_url and not is_loopback(urlsplit(options.portal_url).hostname or ""):
        raise BadOption(f"portal {options.portal_url} is not loopback; the sandbox calls nobody elsewhere")
    for name, value in secrets.items():
        if not value:
            raise BadOption(f"{name} is empty")


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
