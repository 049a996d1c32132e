"""Receive in a view; another process handles."""

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from first_receiver import receiver


@csrf_exempt  # the service cannot have Django's token
def webhook(request, token):
    status, headers, body = receiver.receive(request.method, request.path, request.headers, request.body)
    return HttpResponse(body, status=status, headers=headers)


urlpatterns = [path("webhooks/<str:token>", webhook)]
