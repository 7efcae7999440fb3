"""Door of the SMS provider's delivery reports."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts import sms_reports
from billing_portal import clock
from billing_portal.text import whole

LONGEST_REPORT = 16_000  # bytes


@csrf_exempt
@require_POST
def sms_report(request: HttpRequest) -> HttpResponse:
    """A signed call of the SMS provider: verify, store, note on the message. Unknown messages are no error."""
    length = whole(request.headers.get("Content-Length") or "0")  # without one the server reads an empty body
    if length is None or length > LONGEST_REPORT:
        return HttpResponse(status=413)
    try:
        sms_reports.take_in(request.body, request.headers.get("X-Sms-Signature", ""), now=clock.now())
    except sms_reports.NotGenuine:
        return HttpResponse(status=400)
    return HttpResponse(status=200)
