"""A Django project in one file: a page that shows what a lead is missing, with a form that uploads files for it.

Run it with `python examples/django_view.py runserver 9000` and open http://127.0.0.1:9000/leads/ID.
"""

import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.management.utils import get_random_secret_key
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import engines
from django.urls import path
from django.views.decorators.http import require_POST

import omni

settings.configure(
    SECRET_KEY=os.environ.get("DJANGO_SECRET_KEY") or get_random_secret_key(),
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],  # they escape what they show
)
client = omni.Client(timeout=20)  # one for all requests; threads may share it, and it survives a fork

LEAD = """<!doctype html>
<html lang="en"><title>Lead</title>
<h1>{{ lead.business_name|default:"No name yet" }}</h1>
<h2>Missing</h2>
<ul>{% for item in lead.missing_items %}<li>{{ item.label }}</li>{% empty %}<li>Nothing</li>{% endfor %}</ul>
<h2>Files</h2>
<ul>{% for document in lead.iter_file_documents %}<li>{{ document.filename }}</li>{% endfor %}</ul>
<form method="post" action="/leads/{{ lead.id }}/files" enctype="multipart/form-data">{% csrf_token %}
<label>Files <input type="file" name="files" multiple required></label> <button>Upload</button></form>
"""
OUTCOMES = """<!doctype html>
<html lang="en"><title>Upload</title>
<h1>Not all files are known to be stored</h1>
<ul>{% for name, outcome in outcomes %}<li>{{ name }}: {{ outcome }}</li>{% endfor %}</ul>
<p>Before you send an unknown one again, <a href="/leads/{{ lead_id }}">look whether the lead has it</a>.</p>
"""


def render(request: HttpRequest, page: str, status: int, **values: object) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(page).render(values, request), status=status)


def show_lead(request: HttpRequest, lead_id: str) -> HttpResponse:
    try:
        return render(request, LEAD, 200, lead=client.leads.get(lead_id))
    except omni.NotFoundError:
        raise Http404 from None
    except omni.OmniError:
        return HttpResponse("OmniAI cannot be reached, try again.", status=503, content_type="text/plain")


@require_POST
def upload_files(request: HttpRequest, lead_id: str) -> HttpResponse:
    files = request.FILES.getlist("files")
    try:
        client.documents.upload(lead_id, files)
    except omni.OmniError as error:
        # A file whose outcome is unknown may be stored, so it is not sent again: a person decides.
        outcomes = [(result.filename, result.outcome) for result in error.results]
        outcomes = outcomes or [(file.name, "not sent") for file in files]
        return render(request, OUTCOMES, 502, outcomes=outcomes, lead_id=lead_id)
    return redirect(show_lead, lead_id)  # so that reloading the page does not upload the files again


urlpatterns = [path("leads/<slug:lead_id>", show_lead), path("leads/<slug:lead_id>/files", upload_files)]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
