"""The API goes wrong on purpose, with the request done and not done."""

import time

import httpx
import pytest

ORDER = {"amount": 50000, "currency": "INR", "receipt": "R"}


def fault(box, do, **rule):
    return box.control("POST", "/faults", {"on": "request", "path": "/v1/orders", "do": do, **rule})


def create(box, **options):
    return box.http.post(f"{box.url}/v1/orders", json=ORDER, auth=(box.key_id, box.key_secret), **options)


def how_many(box):
    answer = box.http.get(f"{box.url}/v1/orders", params={"receipt": "R"}, auth=(box.key_id, box.key_secret))
    return answer.json()["count"]


@pytest.mark.parametrize("commit", [True, False])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("body", ["json", "html", "empty"])
def test_a_server_error_with_and_without_the_order_made(box, status, body, commit):
    fault(box, {"kind": "answer", "status": status, "body": body, "commit": commit}, method="POST")

    answer = create(box)

    assert answer.status_code == status
    assert answer.text.startswith({"json": '{"error"', "html": "<html>", "empty": ""}[body])
    assert how_many(box) == int(commit)


@pytest.mark.parametrize("commit", [True, False])
def test_a_reset_with_and_without_the_order_made(box, commit):
    fault(box, {"kind": "reset", "commit": commit}, method="POST")

    with pytest.raises(httpx.NetworkError):
        create(box)

    assert how_many(box) == int(commit)


def test_a_truncated_answer_hides_an_order_that_was_made(box):
    fault(box, {"kind": "truncate"}, method="POST")

    with pytest.raises(httpx.RemoteProtocolError):
        create(box)

    assert how_many(box) == 1


@pytest.mark.parametrize(("commit", "made"), [(True, 1), (False, 0)])
def test_a_delay_after_the_commit_times_the_client_out_though_it_is_done(box, commit, made):
    fault(box, {"kind": "delay", "seconds": 0.3, "commit": commit}, method="POST")

    with pytest.raises(httpx.ReadTimeout):
        create(box, timeout=0.15)

    assert how_many(box) == made


def test_a_delayed_request_does_not_reach_into_the_next_world(box):
    fault(box, {"kind": "delay", "seconds": 0.2}, method="POST")
    with pytest.raises(httpx.ReadTimeout):
        create(box, timeout=0.05)

    box.reset()
    time.sleep(0.25)

    assert how_many(box) == 0


def test_a_drip_comes_byte_by_byte(box):
    fault(box, {"kind": "drip", "seconds": 0.001}, method="POST")
    started = time.monotonic()

    answer = create(box)

    assert answer.json()["receipt"] == "R"
    assert time.monotonic() - started > 0.2


@pytest.mark.parametrize("body", ["empty", "text", "html"])
def test_a_success_that_is_no_json(box, body):
    fault(box, {"kind": "answer", "status": 200, "body": body, "commit": True}, method="POST")

    answer = create(box)

    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Expecting value"):
        answer.json()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "Authentication failed"),
        (409, "Request failed because another payment operation is in progress."),
        (429, "Too many requests. Please try again after some time."),
    ],
)
def test_refusals_have_their_usual_words(box, status, words):
    fault(box, {"kind": "answer", "status": status})

    answer = create(box)

    assert (answer.status_code, answer.json()["error"]["description"]) == (status, words)
    assert "retry-after" not in answer.headers


def test_too_many_requests_may_say_when_to_come_back(box):
    fault(box, {"kind": "answer", "status": 429, "retry_after": 7})

    assert create(box).headers["Retry-After"] == "7"


def statuses(box, calls):
    return [create(box).status_code for _ in range(calls)]


def test_a_rule_counts_its_uses(box):
    fault(box, {"kind": "answer", "status": 503}, count=2)

    assert statuses(box, 4) == [503, 503, 200, 200]


def test_a_rule_hits_the_nth_match(box):
    fault(box, {"kind": "answer", "status": 503}, nth=3)

    assert statuses(box, 4) == [200, 200, 503, 200]


def test_chance_depends_on_the_seed_alone(box):
    runs = []
    for _ in range(2):
        box.reset(seed=7)
        fault(box, {"kind": "answer", "status": 503}, probability=0.5, count=None)
        runs.append(statuses(box, 20))

    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 503}


def test_method_and_path_must_match(box):
    fault(box, {"kind": "answer", "status": 503}, method="PATCH", count=None)
    rule = fault(box, {"kind": "answer", "status": 503}, path="/v1/payments*", count=None)

    assert statuses(box, 1) == [200]
    assert box.control("DELETE", f"/faults/{rule['id']}") == {"removed": 1}
    assert len(box.control("GET", "/faults")["items"]) == 1


@pytest.mark.parametrize(
    "rule",
    [
        {"on": "moon", "do": {"kind": "answer"}},
        {"on": "request", "do": {"kind": "lost"}},
        {"on": "request", "do": {"kind": "answer"}},
        {"on": "event", "do": {"kind": "shape", "shape": "round"}},
        {"on": "request", "do": {"kind": "reset"}, "colour": "red"},
    ],
)
def test_a_senseless_rule_is_refused(box, rule):
    with pytest.raises(AssertionError, match="400"):
        box.control("POST", "/faults", rule)


def test_the_log_tells_requests_answers_and_faults_without_secrets(box):
    fault(box, {"kind": "answer", "status": 503, "commit": True})
    create(box)

    [entry] = box.control("GET", "/log", path="/v1/orders")["items"]

    assert (entry["method"], entry["status"], entry["key_id"]) == ("POST", 503, box.key_id)
    assert entry["faults"][0]["status"] == 503
    assert box.key_secret not in str(entry)


def test_null_is_the_same_as_left_out(box):
    nothing = dict.fromkeys(("account", "method", "nth", "probability", "seed"))
    fault(box, {"kind": "answer", "status": 503}, **nothing)

    assert [create(box).status_code, create(box).status_code] == [503, 200]


@pytest.mark.parametrize(
    "rule",
    [
        {"account": 5},
        {"path": ["*"]},
        {"nth": "1"},
        {"count": "many"},
        {"count": True},
        {"probability": "half"},
    ],
)
def test_a_rule_that_could_only_fail_later_is_refused(box, rule):
    answer = box.http.post(
        f"{box.url}/_sandbox/faults",
        json={"on": "request", "do": {"kind": "answer", "status": 503}, **rule},
        headers={"Authorization": f"Bearer {box.control_token}"},
    )

    assert answer.status_code == 400
    assert create(box).status_code == 200
