"""The acceptance list, line by line, and the tests that keep each: none is missing, none has lost its test.

The contract is the gateway reference § 20.7; the lines below the rule are what is asked for beside it.
"""

import importlib

import pytest

# ruff: noqa: E501 - a table, one line a row
# fmt: off
LINES = (
    ("recharge by each method",            "recharge: a_recharge_by_each_method"),
    ("closed tab",                         "recharge: a_closed_tab_is_settled_by_the_webhook "
                                           "a_closed_tab_without_webhook_is_settled_by_the_follow_up"),
    ("callback before the webhook",        "recharge: the_return_before_the_webhook"),
    ("callback after the webhook",         "recharge: the_return_after_the_webhook"),
    ("callback without webhook",           "recharge: the_return_without_any_webhook"),
    ("three events + callback, one credit", "recharge: three_events_and_the_return_are_one_credit"),
    ("late authorisation",                 "recharge: a_late_authorisation_is_taken_in"),
    ("duplicate success",                  "recharge: a_second_success_that_the_gateway_gives_back_is_no_second_credit; "
                                           "refund: a_second_payment_that_the_gateway_gives_back_is_written_down"),
    ("manual capture lapse",               "capture: what_waits_for_us_is_taken_once what_lapsed_is_no_credit_and_is_said "
                                           "what_lapsed_without_any_call_is_found_by_the_follow_up"),
    ("full refund",                        "refund: the_whole_of_a_payment"),
    ("partial refund",                     "refund: asked_sent_and_paid_out_by_the_gateways_calls "
                                           "in_parts_until_nothing_is_left"),
    ("over-refund",                        "refund: more_than_there_is_we_refuse "
                                           "more_than_is_left_at_the_gateway_the_gateway_refuses_and_a_person_looks"),
    ("double refund",                      "refund: a_double_click_is_one_refund two_workers_with_the_same_key_make_one_refund"),
    ("failed refund",                      "refund: failed_at_the_bank_the_money_is_on_the_account_again"),
    ("409, 429, 5xx, time-out: orders",    "recharge: whatever_happens_to_the_making_of_an_order_there_is_one "
                                           "a_time_out_of_the_making_of_an_order_leaves_one"),
    ("409, 429, 5xx, time-out: charges",   "debit: a_lost_answer_makes_no_second_debit"),
    ("409, 429, 5xx, time-out: the others", "write: a_capture a_refund a_virtual_account a_registration "
                                           "the_cancelling_of_a_mandate giving_a_dispute_up contesting_a_dispute "
                                           "uploading_a_document"),
    ("key rotation",                       "recharge: a_rolled_api_key_stops_calls_until_it_is_set_and_loses_nothing"),
    ("secret rotation, old events",        "recharge: a_rotated_secret_with_old_events_in_flight"),
    ("24 h outage, disabled URL, replay",  "recharge: a_day_of_outage_and_a_disabled_address_lose_nothing"),
    ("mandate by each method",             "mandate: a_mandate_by_each_method; debit: a_debit_by_each_method"),
    ("mandate rejected",                   "mandate: a_rejected_account"),
    ("mandate paused",                     "mandate: the_bank_pauses_resumes_and_cancels; "
                                           "debit: a_mandate_that_ends_or_pauses_at_the_bank_before_the_call"),
    ("mandate cancelled mid-flight",       "debit: a_mandate_that_its_customer_ends_or_pauses_mid_flight; "
                                           "mandate: cancelling_while_the_bank_still_thinks"),
    ("PDN failed",                         "debit: a_debit_that_the_gateway_could_not_announce_is_announced_and_taken_again"),
    ("variable invoices, three months",    "debit: bills_of_three_months_each_of_another_amount"),
    ("NEFT with null payer",               "bank_transfer: made_once_credited_once_and_closed"),
    ("settlement of all of it",            "settlement: all_of_it_reconciles_to_the_paisa"),
    ("lost dispute",                       "dispute: a_dispute_from_its_beginning_to_its_loss"),
    # ------------------------------------------------------------------------------------------------------------------
    ("two debits: 8 workers",              "debit: eight_workers_raise_a_debit_once "
                                           "eight_workers_after_a_time_out_that_hides_a_success"),
    ("two debits: kills",                  "debit: killed_anywhere_while_a_debit_is_raised"),
    ("a simulated month",                  "month: a_month_reconciles_to_the_paisa_and_every_planted_mishap_is_named"),
)
# fmt: on
MODULES = {"month": "test_reconciliation_month"}


def named_in(words):
    """Each test of a line: its module and its name."""
    for part in words.split(";"):
        module, _, names = part.strip().partition(": ")
        for name in names.split():
            yield MODULES.get(module, f"test_{module}_lines"), f"test_{name}"


@pytest.mark.parametrize(("line", "words"), LINES, ids=[line for line, _words in LINES])
def test_each_line_has_its_tests(line, words):
    wanted = list(named_in(words))

    assert wanted
    for module, name in wanted:
        assert callable(getattr(importlib.import_module(f"tests.acceptance.{module}"), name, None)), name
