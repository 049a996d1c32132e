"""Receive in a view; another process handles."""

from first_receiver import receiver
from flask import Flask, request

app = Flask("lending")
app.config["MAX_CONTENT_LENGTH"] = receiver.max_bytes  # else a body of any size is read


@app.route("/webhooks/<token>", methods=["GET", "POST"])
def webhook(token):
    status, headers, body = receiver.receive(request.method, request.path, request.headers, request.get_data())
    return body, status, headers
