"""Door of the SMS provider's delivery reports."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts import sms_reports
from billing_portal import clock

LONGEST_REPORT = 16_000  # bytes


@csrf_exempt
@require_POST
def sms_report(request: HttpRequest) -> HttpResponse:
    """A signed call of the SMS provider: verify, store, note on the message. Unknown messages are no error."""
    if not 0 <= _length(request) <= LONGEST_REPORT:
        return HttpResponse(status=413)
    try:
        sms_reports.take_in(request.body, request.headers.get("X-Sms-Signature", ""), now=clock.now())
    except sms_reports.NotGenuine:
        return HttpResponse(status=400)
    return HttpResponse(status=200)


def _length(request: HttpRequest) -> int:
    """Return the body's declared length; a body without one is read as empty by the server."""
    said = request.headers.get("Content-Length") or "0"
    return int(said) if said.isascii() and said.isdecimal() else -1
