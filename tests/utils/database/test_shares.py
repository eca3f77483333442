"""What the processes of a machine may open is never more than the machine says."""

from typing import Any

import pytest

from utils.database.shares import ConnectionShares
from utils.settings import Settings, SettingsError

MACHINES: dict[str, dict[str, Any]] = {
    "as installed": {},
    "small": {"web_concurrency": 1, "agent_processes": 1},
    "serves only": {"agent_processes": 0},
    "with Kafka": {"kafka_bootstrap_servers": "broker:9092"},
    "large": {"web_concurrency": 16, "agent_processes": 8},
}


def shares(**settings: Any) -> ConnectionShares:
    return ConnectionShares(Settings(_env_file=None, **settings))


def test_three_machines_as_installed_fit_a_server_as_installed() -> None:
    assert 3 * shares().all <= 100 - 3  # max_connections without those of superusers


def test_one_machine_fits_the_smallest_server_of_azure() -> None:
    assert shares().all <= 35


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
@pytest.mark.parametrize("more", [0, 1, 2, 7, 30, 500])
def test_all_is_shared_out_and_no_more(machine: dict[str, Any], more: int) -> None:
    with pytest.raises(SettingsError, match=r"need (\d+) or more") as refused:
        shares(**machine, database_connections=1)
    least = int(str(refused.value).partition("need ")[2].split()[0])
    given = shares(**machine, database_connections=least + more)
    assert least <= given.all <= least + more
    assert least + more - given.all < 16  # what is left does not suffice for one more of each web worker
    for role in ("web", "agent", "supervisor", "bridge"):
        share = given.of(role)
        assert min(share.transactions, share.log, share.doorbell) >= 1


def test_who_executes_graphs_can_save_them_and_who_publishes_holds_the_lock() -> None:
    given = shares(database_connections=32, kafka_bootstrap_servers="broker:9092")
    assert given.of("agent").checkpoints >= 1
    assert given.of("bridge").lock == 1


def test_a_supervisor_may_hold_a_lock_for_each_of_its_duties() -> None:
    given = shares(
        smtp_host="mail.example.org", mail_from="r@example.org", public_url="https://r.example.org",
        retain_audit_days=365, audit_syslog="tcp://log.example.org:601",
    )  # fmt: skip
    assert given.of("supervisor").lock == 3
    assert given.all == shares().all + 3


def test_an_agent_process_started_by_hand_has_its_own() -> None:
    assert shares(agent_processes=0).of("agent").all == shares().of("agent").all


def test_a_machine_says_who_opens_how_many() -> None:
    assert str(shares()) == "2 web workers with 6 each, 2 agent processes with 8 each, 1 supervisor with 4"


def test_too_few_are_refused_with_what_to_do() -> None:
    with pytest.raises(SettingsError, match="DATABASE_CONNECTIONS is 9, and the processes of this machine need 17"):
        shares(database_connections=9)
