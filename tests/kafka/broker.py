"""A real Apache Kafka: one node, broker and controller in one, on loopback and a folder of its own."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
)

from tests.support.processes import free_port
from tests.support.waiting import wait_until

T = TypeVar("T")
LIBS = Path(__file__).parent / "libs"
_CLUSTER = "MkU3OEVBNTcwNTJENDM2Qk"
_JAVA = ["java", "-Xms128m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{LIBS}/*"]
_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
default.replication.factor=1
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
{more}
"""


class Broker:
    """Started with :meth:`start`; :meth:`kill` is a kill -9, after which it may be started again with its data."""

    def __init__(self, folder: Path, host: str = "127.0.0.1", more: str = "", namespace: str | None = None) -> None:
        self.address = f"{host}:{free_port()}"
        self._folder = folder
        self._elsewhere = ["ip", "netns", "exec", namespace] if namespace else []
        self._process: subprocess.Popen[bytes] | None = None
        self._file = folder / "server.properties"
        port = self.address.rpartition(":")[2]
        values = {"host": host, "port": port, "controller": free_port(), "folder": folder, "more": more}
        # What is said later in the file counts, and may name the ports, too.
        self._file.write_text(_PROPERTIES.format(**values | {"more": more.format(**values) if more else ""}))
        formatted = ["kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", str(self._file)]
        subprocess.run([*_JAVA, *formatted], check=True, capture_output=True, timeout=60)

    def start(self) -> None:
        with (self._folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._elsewhere, *_JAVA, "kafka.Kafka", str(self._file)], stdout=log, stderr=log, cwd=self._folder
            )

    def wait_until_ready(self) -> None:
        wait_until(self._answers, 60, f"Kafka, see {self._folder}/broker.log")

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def freeze(self, frozen: bool) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)

    def topics(self) -> set[str]:
        return set(AdminClient({"bootstrap.servers": self.address}).list_topics(timeout=20).topics)

    def make(self, topic: str, partitions: int = 1, most_bytes: int = 1_000_000) -> None:
        admin = AdminClient({"bootstrap.servers": self.address})
        made = NewTopic(topic, partitions, 1, config={"max.message.bytes": str(most_bytes)})
        admin.create_topics([made])[topic].result()
        wait_until(lambda: topic in self.topics(), 30, f"the topic {topic}")

    def limit(self, topic: str, most_bytes: int) -> None:
        """How large a message of the topic may be, from now on."""
        entry = ConfigEntry("max.message.bytes", str(most_bytes), incremental_operation=AlterConfigOpType.SET)
        changed = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
        admin = AdminClient({"bootstrap.servers": self.address})
        admin.incremental_alter_configs([changed])[changed].result()

    def delete(self, topic: str) -> None:
        admin = AdminClient({"bootstrap.servers": self.address})
        admin.delete_topics([topic])[topic].result()
        wait_until(lambda: topic not in self.topics(), 30, f"the end of the topic {topic}")

    def empty(self, topic: str) -> None:
        """What is in the topic now is gone, as after the time for which it is kept."""
        admin = AdminClient({"bootstrap.servers": self.address})
        partitions = admin.list_topics(topic, timeout=20).topics[topic].partitions
        for done in admin.delete_records([TopicPartition(topic, number, -1) for number in partitions]).values():
            done.result()

    def read(self, topic: str) -> list["Record"]:
        """Everything that is in a topic now, partition by partition; waits for a broker that has just started."""
        return wait_until(lambda: _unless_moving(lambda: (self._read(topic),)), 30, f"the topic {topic}")[0]

    def _read(self, topic: str) -> list["Record"]:
        consumer = Consumer(
            {"bootstrap.servers": self.address, "log_level": 0, "group.id": "reader", "enable.auto.commit": False}
        )
        found: list[Record] = []
        try:
            partitions = consumer.list_topics(topic, timeout=20).topics[topic].partitions
            for partition in sorted(partitions):
                place = TopicPartition(topic, partition, 0)
                first, end = consumer.get_watermark_offsets(place, timeout=20)
                consumer.assign([TopicPartition(topic, partition, first)])
                at = first
                while at < end:
                    messages = consumer.consume(500, 0.2) or consumer.consume(1, 20)
                    assert messages, f"{topic} cannot be read to its end: {at} of {end}"
                    for message in messages:
                        assert message.error() is None, message.error()
                        at = message.offset() + 1  # type: ignore[operator]
                        headers = {name: value.decode() for name, value in message.headers() or ()}  # type: ignore[union-attr]
                        found.append(Record(partition, message.key(), message.value() or b"", headers))
        finally:
            consumer.close()
        return found

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(30)
            self._process = None

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "broker.log").read_text()[-3000:]
        try:
            return bool(AdminClient({"bootstrap.servers": self.address, "log_level": 0}).list_topics(timeout=2).brokers)
        except KafkaException:
            return False


_MOVING = (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE, KafkaError._UNKNOWN_PARTITION)


def _unless_moving(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except KafkaException as error:
        if error.args[0].code() in _MOVING:
            return None
        raise


@contextmanager
def running_broker(
    folder: Path, more: str = "", host: str = "127.0.0.1", namespace: str | None = None
) -> Iterator[Broker]:
    """Answering when it is yielded; gone with the block."""
    folder.mkdir(exist_ok=True)
    broker = Broker(folder, host, more, namespace)
    broker.start()
    try:
        broker.wait_until_ready()
        yield broker
    finally:
        broker.kill()


class Record:
    """One message of a topic."""

    def __init__(self, partition: int, key: bytes | str | None, value: bytes | str, headers: dict[str, str]) -> None:
        self.partition = partition
        self.key = key.encode() if isinstance(key, str) else key
        self.value = value.encode() if isinstance(value, str) else value
        self.headers = headers
