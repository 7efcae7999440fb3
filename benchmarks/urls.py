"""The portal's addresses, and the floors: an empty page, and a view that stores one raw body."""

import hashlib

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.response import Response

import credit.api
from billing_portal.urls import urlpatterns as portal


def empty(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("<!doctype html><title>empty</title>")


def empty_words(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("<!doctype html><title>empty</title><p>empty</p>")


@csrf_exempt
def body(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into payments_webhookevent (body_hash, name, body, received_at, attempts, next_attempt_at, error) "
            "values (%s, 'floor', %s, now(), 0, now() + interval '1 year', '')",
            [hashlib.sha256(request.body).hexdigest(), request.body],
        )
    return HttpResponse(status=200)


class OneRead(credit.api.PlatformView):
    """The service answer's floor: the same door, and one row read by its key."""

    def get(self, _request: Request, ban: str) -> Response:
        with connection.cursor() as cursor:
            cursor.execute("select id, wanted_level from accounts_account where ban = %s", [ban])
            row = cursor.fetchone()
        return Response({"account": ban, "level": row[1]})


urlpatterns = [
    path(
        "api/v1/accounts/<ban:ban>/floor/", OneRead.as_view()
    ),  # before the portal's last address of its API
    *portal,
    path("floor/empty/", empty),
    path("floor/empty-words/", empty_words),
    path("floor/body/", body),
]
