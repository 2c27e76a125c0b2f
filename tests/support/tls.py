"""A TLS port whose certificate nobody trusts. Behind it there is no Redis: nobody gets that far."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .ports import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Untrusted:
    """Counts who came to look at its certificate."""

    def __init__(self, listener: socket.socket, context: ssl.SSLContext) -> None:
        self.host = LOOPBACK
        self.port: int = listener.getsockname()[1]
        self.visits = 0
        self._listener = listener
        self._context = context

    def serve(self) -> None:
        """Shake hands until the listener is closed."""
        with suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                self.visits += 1
                with suppress(OSError), self._context.wrap_socket(peer, server_side=True):
                    pass


@contextmanager
def untrusted_port(directory: Path) -> Iterator[Untrusted]:
    """Serve on a free port with a certificate that has just been made."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(directory))
    listener = socket.create_server((LOOPBACK, 0))
    server = Untrusted(listener, context)
    thread = threading.Thread(target=server.serve, name="untrusted", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
        listener.close()
        thread.join(10)


@contextmanager
def encrypted_port(directory: Path, target: tuple[str, int]) -> Iterator[tuple[int, Path]]:
    """Serve a plain port as an encrypted one; yields the port and its certificate."""
    file = _self_signed(directory)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(*target)
        await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))

    loop = asyncio.new_event_loop()
    starting = asyncio.start_server(welcome, LOOPBACK, 0, ssl=context)
    server = loop.run_until_complete(starting)
    thread = threading.Thread(target=loop.run_forever, name="encrypted", daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1], file
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
    finally:
        writer.transport.abort()


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)  # the transports, too, end one step later
    await asyncio.sleep(0)


def _self_signed(directory: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = directory / "certificate.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file
