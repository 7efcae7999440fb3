"""The API of virtual accounts and of the transfers to them: one row a call."""

from sandbox import checks, virtual_accounts
from sandbox.entities import collection, load, public
from sandbox.errors import UNKNOWN_ID, Refused
from sandbox.http import Call
from sandbox.store import Doc
from sandbox.world import World

PAGE = ("count", "skip", "from", "to")


def account_of(world: World, call: Call) -> Doc:
    return load(world, "virtual_account", call.path["id"])


def create_account(world: World, call: Call) -> Doc:
    return public(virtual_accounts.create(world, call.body))


def fetch_account(world: World, call: Call) -> Doc:
    return public(account_of(world, call))


def list_accounts(world: World, call: Call) -> Doc:
    checks.only(call.query, PAGE)
    return collection(world.store.find("virtual_account", **checks.page(call.query).as_query()))


def edit_account(world: World, call: Call) -> Doc:
    return public(virtual_accounts.edit(world, account_of(world, call), call.body))


def close_account(world: World, call: Call) -> Doc:
    return public(virtual_accounts.close(world, account_of(world, call)))


def account_payments(world: World, call: Call) -> Doc:
    checks.only(call.query, PAGE)
    account, page = account_of(world, call), checks.page(call.query)
    return collection(world.store.find("payment", parent=account["id"], **page.as_query()))


def add_receivers(world: World, call: Call) -> Doc:
    return public(virtual_accounts.add_receivers(world, account_of(world, call), call.body))


def allow_payer(world: World, call: Call) -> Doc:
    return public(virtual_accounts.allow_payer(world, account_of(world, call), call.body))


def forbid_payer(world: World, call: Call) -> None:
    virtual_accounts.forbid_payer(world, account_of(world, call), call.path["payer"])


def bank_transfer(world: World, call: Call) -> Doc:
    return _transfer(world, call, "bank_transfer")


def upi_transfer(world: World, call: Call) -> Doc:
    return _transfer(world, call, "upi_transfer")


def _transfer(world: World, call: Call, kind: str) -> Doc:
    found = world.store.find(kind, parent=load(world, "payment", call.path["id"])["id"], limit=1)
    if not found:
        raise Refused(UNKNOWN_ID)
    return public(found[0])


CALLS = (
    ("POST", "/v1/virtual_accounts", create_account),
    ("GET", "/v1/virtual_accounts", list_accounts),
    ("GET", "/v1/virtual_accounts/{id}", fetch_account),
    ("PATCH", "/v1/virtual_accounts/{id}", edit_account),
    ("POST", "/v1/virtual_accounts/{id}/close", close_account),
    ("GET", "/v1/virtual_accounts/{id}/payments", account_payments),
    ("POST", "/v1/virtual_accounts/{id}/receivers", add_receivers),
    ("POST", "/v1/virtual_accounts/{id}/allowed_payers", allow_payer),
    ("DELETE", "/v1/virtual_accounts/{id}/allowed_payers/{payer}", forbid_payer),
    ("GET", "/v1/payments/{id}/bank_transfer", bank_transfer),
    ("GET", "/v1/payments/{id}/upi_transfer", upi_transfer),
)
