"""A stand-in for the OmniAI API, to develop and test against without an account.

It fails on request. A fault is written as a name and options, such as `429; retry-after=7`. It comes in the header
`X-Sandbox-Fault` of the request that shall fail, or is planned with `fail_next` for the next request that it fits. The
options `path` and `method` limit it, to paths that begin so and to one method: `503; path=/api/v1/leads; method=PUT`.

    400 … 599         refuse with this status; retry-after=SECONDS or a date
    html              respond with a page of HTML; status=200
    lost-request      close the connection without carrying the request out
    lost-response     carry the request out, and close the connection without a byte
    drop              send the headers and so many bytes of the body, then close the connection; at=0
    slow              let each chunk of the body, at most a mebibyte, take so long; seconds=1
    expired-link      respond with links that have expired, or, asked for a file, that its link has
    flat              Get Lead as it was in October 2025
    old-documents     Get Lead Documents as it was in October 2025
    old-action-logs   Get Lead Action Logs as it was in October 2025

It sends webhooks to the URLs that `webhooks.add` names, or `running`, or `omni sandbox --webhook`. `webhooks.fail_next`
plans faults of deliveries; the option `event` limits them to one event: `lost; event=lead.updated`.

    duplicate         send the same body twice
    out-of-order      hold it back until the next delivery to the same URL was sent
    slow              let the body take so long to arrive; seconds=1
    lost              do not send it
    stage=v0          send the payload as it was in October 2025; v1 and v2 are later ones
    resign-links      let each retry of document.received have a newly signed link
"""

try:
    from omni.sandbox._samples import LEAD_ID, leads
    from omni.sandbox._serving import API_KEY, Sandbox, app, running, serve
    from omni.sandbox._webhooks import Attempt, Delivery, Endpoint, Webhooks
    from omni.sandbox._workspace import Workspace
except ModuleNotFoundError as error:
    message = "omni.sandbox needs more packages: pip install 'omniai-leads[sandbox]'."
    raise ModuleNotFoundError(message, name=error.name) from error

__all__ = [
    "API_KEY",
    "LEAD_ID",
    "Attempt",
    "Delivery",
    "Endpoint",
    "Sandbox",
    "Webhooks",
    "Workspace",
    "app",
    "leads",
    "running",
    "serve",
]
