"""A real nginx with the configuration of deploy/, on free ports of this machine."""

import getpass
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.processes import free_port
from tests.support.waiting import wait_until
from utils.project import PROJECT

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
NAME = "ringside.example.org"


@dataclass(frozen=True, slots=True)
class Nginx:
    port: int
    certificate: Path

    def connect(self, source: str = "127.0.0.1", protocol: str = "http/1.1") -> ssl.SSLSocket:
        """A connection over TLS from an address of this machine, for one who checks the certificate."""
        trust = ssl.create_default_context(cafile=str(self.certificate))
        trust.set_alpn_protocols([protocol])
        plain = socket.create_connection(("127.0.0.1", self.port), 20, (source, 0))
        return trust.wrap_socket(plain, server_hostname=NAME)


@contextmanager
def nginx(folder: Path, ringside: int, changed: Mapping[str, str] | None = None) -> Iterator[Nginx]:
    """In front of port ``ringside``. ``changed``: what else of the configuration is another one here."""
    folder.mkdir()
    certificate, key = folder / "fullchain.pem", folder / "privkey.pem"
    made = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    named = ("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}")
    files = ("-keyout", str(key), "-out", str(certificate))
    subprocess.run(["openssl", *made, *named, *files], check=True, capture_output=True)
    port = free_port()
    spools = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    places = {
        "user www-data;": f"user {getpass.getuser()};",
        "pid /run/nginx.pid;": f"pid {folder}/nginx.pid; daemon off;",
        "http {": f"http {{ {spools}",
        "/var/log/nginx/access.log": f"{folder}/access.log",
        "/var/log/nginx/error.log": f"{folder}/error.log",
        "server 127.0.0.1:8000 ": f"server 127.0.0.1:{ringside} ",
        "listen 80 default_server;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        "/etc/ssl/ringside/fullchain.pem": str(certificate),
        "/etc/ssl/ringside/privkey.pem": str(key),
    }
    text = (PROJECT / "deploy" / "nginx.conf").read_text()
    for before, after in (places | dict(changed or {})).items():
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    (folder / "nginx.conf").write_text(text)
    running = Nginx(port, certificate)
    with subprocess.Popen([NGINX, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]) as master:

        def answers() -> bool:
            assert master.poll() is None, (folder / "error.log").read_text()
            try:
                running.connect().close()
            except OSError:
                return False
            return True

        try:
            wait_until(answers, 10, "the first connection")
            yield running
        finally:
            master.terminate()
