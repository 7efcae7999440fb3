"""The process: loopback only, no live keys, restart without loss, the same seed gives the same world."""

import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.options import BadOption, Options, read_options, refuse_unsafe
from sandbox.testing import ROOT, running


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.in"])
def test_only_loopback_is_served(host):
    with pytest.raises(BadOption, match="loopback"):
        refuse_unsafe(Options(host=host))


def test_a_portal_elsewhere_is_refused():
    with pytest.raises(BadOption, match="loopback"):
        refuse_unsafe(Options(portal_url="https://portal.example.in"))


def test_live_keys_are_refused_at_start():
    command = [sys.executable, "-m", "sandbox", "--key-id", "rzp_live_Sandbox00000001"]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)

    assert ended.returncode == 2
    assert "live key" in ended.stderr


@pytest.mark.parametrize(
    "name",
    [
        "key_secret",
        "control_token",
        "webhook_secret",
        "sms_key",
        "sms_webhook_secret",
        "order_secret",
        "einvoice_key",
    ],
)
def test_an_empty_secret_is_refused(name):
    with pytest.raises(BadOption, match=name):
        refuse_unsafe(Options(**{name: ""}))


def test_every_option_is_also_an_environment_value():
    options = read_options(
        [], {"SANDBOX_PORT": "9", "SANDBOX_KEY_ID": "rzp_test_X", "SANDBOX_SMTP_PORT": "8"}
    )

    assert (options.port, options.key_id, options.smtp_port) == (9, "rzp_test_X", 8)
    assert read_options(["--port", "7"], {"SANDBOX_PORT": "9"}).port == 7


def test_the_process_listens_on_loopback_alone(box):
    with socket.socket() as probe:
        probe.settimeout(2)
        outside = socket.gethostbyname_ex(socket.gethostname())[2]
        for address in (address for address in outside if not address.startswith("127.")):
            with pytest.raises((OSError, RuntimeError)):
                probe.connect((address, box.port))
    assert box.http.get(f"{box.url}/healthz").status_code == 200


def test_nothing_is_lost_when_it_is_killed_and_started_again(tmp_path, endpoint):
    endpoint.move()
    endpoint.status = 500
    state = ("--state", str(tmp_path / "state.sqlite3"), "--webhook", endpoint.url)
    with running(*state) as box:
        box.control("POST", "/clock", {"advance": "P10D", "freeze": True})
        auth = (box.key_id, box.key_secret)
        order = box.http.post(
            f"{box.url}/v1/orders", json={"amount": 50000, "currency": "INR"}, auth=auth
        ).json()
        box.control("POST", f"/orders/{order['id']}/pay", {"outcome": "pending"})
        paid = box.control("POST", f"/orders/{order['id']}/pay", {})["payment"]
        now = box.control("GET", "/clock")["now"]
        box.kill()

        box.start()
        assert box.control("GET", "/clock") == {"now": now, "frozen": True}
        assert box.http.get(f"{box.url}/v1/payments/{paid['id']}", auth=auth).json() == paid
        assert len(box.control("GET", "/webhooks")["items"]) == 1
        endpoint.forget()
        box.advance("PT1H")

        box.drain()
        assert {"payment.failed", "order.paid"} <= {
            delivery["event"] for delivery in box.control("GET", "/deliveries", state="delivered")["items"]
        }


def story(box):
    """A world of some calls, as JSON."""
    box.reset(seed=42, clock=1787000000, freeze=True)
    auth = (box.key_id, box.key_secret)
    order = box.http.post(f"{box.url}/v1/orders", json={"amount": 50000, "currency": "INR"}, auth=auth).json()
    paid = box.control("POST", f"/orders/{order['id']}/pay", {"method": "card"})
    box.advance("P1D")
    return order, paid, box.control("GET", "/events"), box.control("GET", "/clock")


def test_the_same_seed_and_calls_give_the_same_ids_signatures_and_times(box):
    assert story(box) == story(box)


def test_another_seed_gives_other_ids(box):
    order, *_ = story(box)
    box.reset(seed=43)

    other = box.http.post(
        f"{box.url}/v1/orders", json={"amount": 50000, "currency": "INR"}, auth=(box.key_id, box.key_secret)
    ).json()

    assert other["id"] != order["id"]


def test_many_clients_at_once_lose_no_event(box, merchant):
    auth = (box.key_id, box.key_secret)

    def recharge(number):
        body = {"amount": 100 + number, "currency": "INR"}
        order = box.http.post(f"{box.url}/v1/orders", json=body, auth=auth).json()
        return box.control("POST", f"/orders/{order['id']}/pay", {"method": "card"})["payment"]["id"]

    with ThreadPoolExecutor(16) as pool:
        paid = list(pool.map(recharge, range(100)))
    box.drain()

    assert len(set(paid)) == 100
    assert len({call.event_id for call in merchant.got}) == len(merchant.got) == 300


def test_the_clock_moves_only_ahead_and_can_be_frozen(box):
    before = box.control("GET", "/clock")
    assert before["frozen"]
    with pytest.raises(AssertionError, match="never goes back"):
        box.control("POST", "/clock", {"set": before["now"] - 1})
    with pytest.raises(AssertionError, match="duration"):
        box.control("POST", "/clock", {"advance": "tomorrow"})

    assert box.advance("P1W") == before["now"] + 7 * 86400
    assert box.control("POST", "/clock", {"set": before["now"] + 10**6})["now"] == before["now"] + 10**6
    assert box.control("POST", "/clock", {"freeze": False})["frozen"] is False


def test_a_flowing_clock_runs_timers_by_itself(box, merchant, new_order):
    box.control("POST", "/clock", {"freeze": False})
    payment = box.control("POST", f"/orders/{new_order()['id']}/pay", {"outcome": "pending"})["payment"]

    box.advance("PT10M")

    assert [call for call in merchant.got if payment["id"].encode() in call.body]


@pytest.mark.parametrize("token", [None, "Bearer wrong", "Basic c2FuZGJveA=="])
def test_the_control_plane_wants_its_own_token(box, token):
    headers = {"Authorization": token} if token else {}

    assert box.http.post(f"{box.url}/_sandbox/reset", headers=headers).status_code == 401


def test_the_openapi_file_names_every_call(box):
    described = box.control("GET", "/openapi.json")

    assert described["openapi"].startswith("3.")
    assert "post" in described["paths"]["/_sandbox/orders/{id}/pay"]
    ids = [call["operationId"] for path in described["paths"].values() for call in path.values()]
    assert len(ids) == len(set(ids)) > 30
