"""Receive and handle in one process."""

import asyncio

from aiohttp import web
from first_receiver import receiver


async def webhook(request):
    arguments = (request.method, request.path, request.headers, await request.read())
    status, headers, body = await asyncio.to_thread(receiver.receive, *arguments)  # it waits for the database
    return web.Response(body=body, status=status, headers=headers)


async def work(app):
    with receiver.run():
        yield


app = web.Application(client_max_size=receiver.max_bytes)
app.router.add_route("*", "/webhooks/{token}", webhook)
app.cleanup_ctx.append(work)
