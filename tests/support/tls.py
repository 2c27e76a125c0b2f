"""A TLS port whose certificate nobody trusts. Behind it there is no Redis: nobody gets that far."""

from __future__ import annotations

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
