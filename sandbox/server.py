"""The process: web server, mail server and scheduler on one event loop, until a signal comes."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator

import uvicorn
from aiosmtpd.smtp import SMTP

from sandbox.app import make_app
from sandbox.beginning import furnish
from sandbox.mail import LIMIT, Catcher
from sandbox.options import Options
from sandbox.scheduler import Scheduler
from sandbox.world import World, open_world


class QuietServer(uvicorn.Server):
    """Ends on a signal without raising it again, so that everything is closed in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


def serve(options: Options) -> int:
    """Serve until interrupted; print one line when ready."""
    world = open_world(options)
    furnish(world)
    try:
        asyncio.run(run(world))
    finally:
        world.store.close()
    return 0


async def run(world: World) -> None:
    options = world.options
    listener = bind(options.host, options.port)
    port = listener.getsockname()[1]
    world.public_url = options.public_url.rstrip("/") or f"http://{options.host}:{port}"
    scheduler = Scheduler(world)
    web = QuietServer(
        uvicorn.Config(
            make_app(world, scheduler),
            log_level="warning",
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=2,
        )
    )
    post = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Catcher(world), data_size_limit=LIMIT, enable_SMTPUTF8=True, hostname="sandbox"),
        options.host,
        options.smtp_port,
    )
    world.smtp_port = post.sockets[0].getsockname()[1]
    scheduler.start()
    listener.listen(1024)
    print(f"sandbox ready port={port} smtp={world.smtp_port}", flush=True)
    try:
        await web.serve(sockets=[listener])
    finally:
        post.close()
        await scheduler.stop()


def bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio switches Nagle's delay off only where it is.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener
