"""A broker that speaks TLS alone and lets in who knows the password, as Azure Event Hubs does."""

import datetime
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.kafka.broker import Broker
from tests.support.processes import environment, free_port, process
from tests.support.waiting import wait_until
from utils.kafka.connection import client_config, make_topics
from utils.settings import Settings

PASSWORD = "a password of the broker"
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_MORE = """
listeners=PLAINTEXT://127.0.0.1:{{port}},CONTROLLER://127.0.0.1:{{controller}},SASL_SSL://127.0.0.1:{port}
advertised.listeners=PLAINTEXT://127.0.0.1:{{port}},SASL_SSL://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config={plain} required user_ringside="{password}";
ssl.keystore.type=PEM
ssl.keystore.location={pem}
ssl.endpoint.identification.algorithm=
"""


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, signed by itself: (with its key, alone)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    both, alone = folder / "broker.pem", folder / "ca.pem"
    both.write_bytes(private + public)
    alone.write_bytes(public)
    return both, alone


@pytest.fixture
def secured(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """The settings with which it can be spoken to."""
    (tmp_path / "kafka").mkdir()
    pem, ca = certificate(tmp_path)
    port = free_port()
    broker = Broker(tmp_path / "kafka", more=_MORE.format(port=port, plain=_PLAIN, password=PASSWORD, pem=pem))
    broker.start()
    try:
        broker.wait_until_ready()
        given = {
            "kafka_bootstrap_servers": f"127.0.0.1:{port}",
            "kafka_security_protocol": "SASL_SSL",
            "kafka_sasl_username": "ringside",
            "kafka_sasl_password": PASSWORD,
            "kafka_ca_file": ca,
        }
        yield Settings.model_validate(settings.model_dump() | given)
    finally:
        broker.kill()


@pytest.mark.any_database
def test_a_broker_with_tls_and_a_password_is_spoken_to_with_both(secured: Settings) -> None:
    make_topics(secured)
    there = AdminClient(client_config(secured)).list_topics(timeout=20).topics
    assert {secured.kafka_requests_topic, secured.kafka_events_topic} <= set(there)


@pytest.mark.any_database
@pytest.mark.parametrize("wrong", ["password", "certificates"])
def test_without_one_of_them_nothing_is_told_or_taken(secured: Settings, wrong: str, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    _, other = certificate(tmp_path / "other")
    changed = {"password": {"kafka_sasl_password": "wrong"}, "certificates": {"kafka_ca_file": other}}[wrong]
    with pytest.raises(KafkaException):
        make_topics(Settings.model_validate(secured.model_dump() | changed))


@pytest.mark.any_database
def test_a_wrong_password_is_said_in_the_log_and_is_not_in_it(secured: Settings, tmp_path: Path) -> None:
    log = tmp_path / "bridge.log"
    env = environment(
        secured.data_dir,
        kafka_bootstrap_servers=secured.kafka_bootstrap_servers,
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_username="ringside",
        kafka_sasl_password="a secret that is wrong",
        kafka_ca_file=secured.kafka_ca_file,
    )
    with process(["-m", "agents.processes.kafka_bridge"], env, log):
        wait_until(lambda: "uthentication failed" in log.read_text(), 40, "a word about the password")
    assert "a secret that is wrong" not in log.read_text()
