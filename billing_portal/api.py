"""Doors of the API as a whole: its OpenAPI document, the same as a page, and what is no address of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.defaults import server_error
from rest_framework.exceptions import NotFound
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing_portal import api_document, api_page, problems


class Nowhere(APIView):
    """Whatever is no address of the API: a problem document, not a page."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (JSONRenderer,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 - the framework's names
        raise NotFound("No such address.")


class Schema(APIView):
    """The OpenAPI document of the API, open to everybody."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (JSONRenderer,)

    def get(self, _request: Request) -> Response:
        return Response(api_document.document())


def failed(request: HttpRequest) -> HttpResponse:
    """Answer what went wrong within us: to a program as a problem document, to a person as the page."""
    if not request.path_info.startswith("/api/"):
        return server_error(request)
    said = problems.written(500, "Something went wrong on our side. We have been told.")
    return HttpResponse(said, status=500, content_type=problems.JSON)


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The same document as a page to read, open to everybody; no script."""
    document = api_document.document()
    context = {"groups": api_page.read(document), "said": document["info"]["description"].replace("`", "")}
    return render(request, "api_docs.html", context)
