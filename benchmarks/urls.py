"""The portal's addresses, and the floors: an empty page, and a view that stores one raw body."""

import hashlib

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from billing_portal.urls import urlpatterns as portal


def empty(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("<!doctype html><title>empty</title>")


@csrf_exempt
def body(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into payments_webhookevent (body_hash, name, body, received_at, attempts, next_attempt_at, error) "
            "values (%s, 'floor', %s, now(), 0, now() + interval '1 year', '')",
            [hashlib.sha256(request.body).hexdigest(), request.body],
        )
    return HttpResponse(status=200)


urlpatterns = [*portal, path("floor/empty/", empty), path("floor/body/", body)]
