"""Receive and handle in one process."""

import contextlib

from fastapi import FastAPI
from first_receiver import receiver

from omni import webhooks


@contextlib.asynccontextmanager
async def lifespan(app):
    with receiver.run():  # handles the stored events in threads of this process
        yield


app = FastAPI(lifespan=lifespan)
app.mount("/webhooks", webhooks.asgi(receiver))
