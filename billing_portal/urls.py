"""Where everything is. Pages of an account stand under its number, so that a link says whose it is."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path, register_converter
from django.urls.converters import StringConverter

import accounts.views.join
import accounts.views.keys
import accounts.views.messages
import accounts.views.person
import accounts.views.sms
import accounts.views.team
import billing_portal.api
import billing_portal.demo_views
import billing_portal.views
import credit.api
import credit.views.alerts
import credit.views.archive
import credit.views.usage
import credit.views.what_if
import invoices.api
import invoices.views.documents
import invoices.views.exports
import invoices.views.plan
import invoices.views.preferences
import invoices.views.statement
import invoices.views.support
import payments.api
import payments.views.auto_pay
import payments.views.bank
import payments.views.payments


class Ban(StringConverter):
    """An account's number, like BA-100042."""

    regex = r"BA-[0-9]{4,12}"


register_converter(Ban, "ban")

account_pages = [
    path("", billing_portal.views.overview_page, name="overview"),
    path("payments/", payments.views.payments.payments_page, name="payments"),
    path("payments/preview/", payments.views.payments.preview, name="payment-preview"),
    path("payments/start/", payments.views.payments.start, name="payment-start"),
    path("payments/advice/", payments.views.payments.advice, name="payment-advice"),
    path("payments/bank/", payments.views.bank.bank_page, name="payments-bank"),
    path("payments/bank/account/", payments.views.bank.own_account, name="bank-account"),
    path("payments/bank/declare/", payments.views.bank.declare, name="claim-declare"),
    path("payments/bank/<int:claim_id>/withdraw/", payments.views.bank.withdraw, name="claim-withdraw"),
    path("payments/<slug:number>/", payments.views.payments.payment_page, name="payment"),
    path("payments/<slug:number>/checkout/", payments.views.payments.checkout_page, name="payment-checkout"),
    path("payments/<slug:number>/result/", payments.views.payments.result, name="payment-result"),
    path("auto-pay/", payments.views.auto_pay.auto_pay, name="auto-pay"),
    path("auto-pay/set-up/", payments.views.auto_pay.set_up, name="auto-pay-set-up"),
    path("auto-pay/limits/", payments.views.auto_pay.limits, name="auto-pay-limits"),
    path("auto-pay/top-up/", payments.views.auto_pay.top_up, name="auto-pay-top-up"),
    path("auto-pay/debits/<slug:number>/stop/", payments.views.auto_pay.stop_debit, name="debit-stop"),
    path("auto-pay/<slug:number>/checkout/", payments.views.auto_pay.checkout_page, name="auto-pay-checkout"),
    path("auto-pay/<slug:number>/pause/", payments.views.auto_pay.pause, name="auto-pay-pause"),
    path("auto-pay/<slug:number>/resume/", payments.views.auto_pay.resume, name="auto-pay-resume"),
    path("auto-pay/<slug:number>/cancel/", payments.views.auto_pay.cancel, name="auto-pay-cancel"),
    path("invoices/", invoices.views.documents.documents_page, name="documents"),
    path("invoices/<slug:slug>.pdf", invoices.views.documents.document_pdf, name="document-pdf"),
    path("invoices/<slug:slug>/", invoices.views.documents.document, name="document"),
    path("invoices/<slug:slug>/problem/", invoices.views.documents.report_problem, name="document-problem"),
    path("usage/", credit.views.usage.usage_page_view, name="usage"),
    path("usage.csv", credit.views.usage.usage_csv, name="usage-csv"),
    path("alerts/", credit.views.alerts.alerts_page, name="alerts"),
    path("alerts/recipients/", credit.views.alerts.add_recipient, name="alert-recipient-add"),
    path("alerts/recipients/<int:contact_id>/", credit.views.alerts.change_recipient, name="alert-recipient"),
    path("preferences/", accounts.views.person.personal, name="preferences"),
    path("preferences/account/", invoices.views.preferences.account_tab, name="preferences-account"),
    path("preferences/contacts/", invoices.views.preferences.add_contact, name="contact-add"),
    path(
        "preferences/contacts/<int:contact_id>/",
        invoices.views.preferences.change_contact,
        name="contact-change",
    ),
    path("preferences/api-keys/", accounts.views.keys.keys_page, name="api-keys"),
    path("preferences/api-keys/make/", accounts.views.keys.make, name="api-key-make"),
    path("preferences/api-keys/<int:key_id>/revoke/", accounts.views.keys.revoke, name="api-key-revoke"),
    path("team/", accounts.views.team.team_view, name="team"),
    path("team/invitations/", accounts.views.team.invite, name="team-invite"),
    path(
        "team/invitations/<int:invitation_id>/resend/", accounts.views.team.resend, name="invitation-resend"
    ),
    path(
        "team/invitations/<int:invitation_id>/withdraw/",
        accounts.views.team.withdraw,
        name="invitation-withdraw",
    ),
    path("team/members/<int:member_id>/role/", accounts.views.team.change_role, name="member-role"),
    path("team/members/<int:member_id>/remove/", accounts.views.team.remove, name="member-remove"),
    path("what-if/", credit.views.what_if.what_if, name="what-if"),
    path("archive/return/", credit.views.archive.bring_back, name="archive-return"),
    path("statement/", invoices.views.statement.statement_page, name="statement"),
    path("statement.csv", invoices.views.statement.statement_csv, name="statement-csv"),
    path("plan/", invoices.views.plan.plan_page_view, name="plan"),
    path("plan/keep/", invoices.views.plan.keep, name="plan-keep"),
    path("plan/<slug:code>/", invoices.views.plan.upgrade_page, name="plan-upgrade"),
    path("plan/<slug:code>/now/", invoices.views.plan.upgrade, name="plan-upgrade-now"),
    path("plan/<slug:code>/later/", invoices.views.plan.switch, name="plan-switch"),
    path("support/", invoices.views.support.conversations, name="support"),
    path("support/new/", invoices.views.support.begin, name="support-new"),
    path("support/<int:conversation_id>/", invoices.views.support.conversation, name="conversation"),
    path("support/<int:conversation_id>/write/", invoices.views.support.write, name="conversation-write"),
    path("support/<int:conversation_id>/turn/", invoices.views.support.turn, name="conversation-turn"),
    path("messages/", accounts.views.messages.messages_page, name="messages"),
    path("messages/<int:notice_id>/", accounts.views.messages.message_page, name="message"),
    path("files/", invoices.views.exports.listed, name="exports"),
    path("files/ask/", invoices.views.exports.ask, name="export-ask"),
    path("files/<uuid:token>/", invoices.views.exports.page, name="export"),
    path("files/<uuid:token>/download/", invoices.views.exports.file, name="export-file"),
]

account_api = [
    path("service/", credit.api.Service.as_view(), name="service"),
    path("holds/", credit.api.Holds.as_view(), name="holds"),
    path("balance/", credit.api.Balance.as_view(), name="api-balance"),
    path("alerts/", credit.api.Alerts.as_view(), name="api-alerts"),
    path("amounts/", payments.api.Amounts.as_view(), name="api-amounts"),
    path("payments/", payments.api.Payments.as_view(), name="api-payments"),
    path("payments/<slug:number>/", payments.api.OnePayment.as_view(), name="api-payment"),
    path("auto-pay/", payments.api.AutoPay.as_view(), name="api-auto-pay"),
    path("documents/", invoices.api.Documents.as_view(), name="api-documents"),
    path("documents/<slug:slug>/", invoices.api.OneDocument.as_view(), name="api-document"),
    path("documents/<slug:slug>/pdf/", invoices.api.Pdf.as_view(), name="api-document-pdf"),
    path("usage/", invoices.api.Usage.as_view(), name="api-usage"),
    path("usage/records/", invoices.api.Records.as_view(), name="api-usage-records"),
    path("statement/", invoices.api.Statement.as_view(), name="api-statement"),
]

urlpatterns = [
    path("", billing_portal.views.home, name="home"),
    path("profile/", accounts.views.person.profile, name="profile"),
    path("<ban:ban>/", include(account_pages)),
    path("gateway/return/", payments.views.payments.gateway_return, name="gateway-return"),
    re_path(r"^gateway/webhook/?$", payments.views.payments.gateway_webhook, name="gateway-webhook"),
    path("api/v1/accounts/<ban:ban>/", include(account_api)),
    path("api/v1/usage-events/", credit.api.UsageEvents.as_view(), name="usage-events"),
    path("api/v1/schema/", billing_portal.api.Schema.as_view(), name="api-schema"),
    path("api/v1/docs/", billing_portal.api.docs, name="api-docs"),
    re_path(r"^api/", billing_portal.api.Nowhere.as_view(), name="api-nowhere"),
    re_path(r"^hooks/sms/?$", accounts.views.sms.sms_report, name="sms-report"),
    path("demo/clock/", billing_portal.demo_views.clock_page, name="demo-clock"),
    path("favicon.ico", billing_portal.views.favicon, name="favicon"),
    path("healthz", billing_portal.views.healthz, name="healthz"),
    path("readyz", billing_portal.views.readyz, name="readyz"),
    path("auth/join/<str:token>/", accounts.views.join.join, name="join"),
    path("auth/sessions/<int:session_id>/end/", accounts.views.person.end_session, name="session-end"),
    path("auth/", include("allauth.urls")),
    path(settings.ADMIN_PATH, admin.site.urls),
]

handler500 = "billing_portal.api.failed"
