"""What looks like a secret is taken out, and what does not, stays."""

import re

import pytest

from ringside.hooks.redaction import Redaction

REDACTION = Redaction(
    environment={"DEPLOY_TOKEN": "hush-hush-77", "PATH": "/usr/bin:/bin", "SHORT_KEY": "abc", "STRIPE_KEY": "51Habcdef"}
)


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-abcdefghijklmnop1234", "ghp_abcdefghijklmnopqrstuv123456", "github_pat_11ABCDEFG0abcdefghijkl",
        "xoxb-1234567890-abcdefghij", "AKIAIOSFODNN7EXAMPLE", "AIzaSyA-abcdefghijklmnopqrstuvwxyz12345",
        "ringside_abcdefghijklmnopqrst", "hf_abcdefghijklmnopqrstuv", "glpat-abcdefghijklmnopqrst",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", "hush-hush-77",
        "51Habcdef", "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nlQdGBGX\n-----END PGP PRIVATE KEY BLOCK-----",
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2/56wAA\n---- END SSH2 ENCRYPTED PRIVATE KEY ----",
        "Private-Lines: 2\nAAAAgQCd\nPrivate-MAC", "AGE-SECRET-KEY-1QQPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    ],
)  # fmt: skip
def test_a_secret_is_taken_out_wherever_it_stands(secret: str) -> None:
    for text in (secret, f"before {secret} after", f'{{"x": "{secret}"}}', f"'{secret}',"):
        assert secret not in REDACTION.clean(text)
    assert secret not in str(REDACTION.clean({"a": [{"b": secret}], secret: 1}))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("export OPENAI_API_KEY=abc123def", "export OPENAI_API_KEY=[redacted]"),
        ("password: hunter2 and more", "password: [redacted] and more"),
        ('{"client_secret": "s3cr3t", "name": "x"}', '{"client_secret": [redacted], "name": "x"}'),
        ("postgresql://ada:pa55word@db/harbour", "postgresql://[redacted]@db/harbour"),
        ("redis://:pa55word@cache:6379/0", "redis://[redacted]@cache:6379/0"),
        ("amqp://ada:pa55@word@queue", "amqp://[redacted]@queue"),
        (r'"url":"redis:\/\/:pa55word@cache"', r'"url":"redis:\/\/[redacted]@cache"'),
        ("git clone https://0123456789abcdef0123456789abcdef@git.example/x", "git clone https://[redacted]@git.example/x"),
        ("-H 'Authorization: Bearer abcdefghijklmnop'", "-H 'Authorization: [redacted]'"),
        ("--token=abcdef --verbose", "--token=[redacted] --verbose"),
        ("DB_PASSWORD='with space'\nNEXT=1", "DB_PASSWORD=[redacted]\nNEXT=1"),
        ("PGPASSWORD=hunter2 psql", "PGPASSWORD=[redacted] psql"),
        ("SECRET_KEY_BASE=hunter2\nNEXT=1", "SECRET_KEY_BASE=[redacted]\nNEXT=1"),
        ("DB_PASS=hunter2 SSHPASS=hunter2", "DB_PASS=[redacted] SSHPASS=[redacted]"),
        ("MYSQL_PWD=hunter2 mysql", "MYSQL_PWD=[redacted] mysql"),
        ('{"accessToken": "hunter2", "user": "ada"}', '{"accessToken": [redacted], "user": "ada"}'),
        ("refreshToken: 'hunter2',", "refreshToken: [redacted],"),
        ('"dbPassword": "hun\\"ter2"', '"dbPassword": [redacted]'),
        ("auth: { user: 'ada', pass: 'hunter2' }", "auth: { user: 'ada', pass: [redacted] }"),
        (r'{\"password\": \"hunter2\", \"x\": 1}', r'{\"password\": [redacted], \"x\": 1}'),
        ('password := "hunter2"', "password := [redacted]"),
        ("'password' => 'hunter2'", "'password' => [redacted]"),
        ('password = "hunter2', "password = [redacted]"),
        ("curl -u admin:hunter2 https://x.example", "curl -u [redacted] https://x.example"),
        ('curl --user "admin:hunter 2" x', "curl --user [redacted] x"),
        ("login --password hunter2 --verbose", "login --password [redacted] --verbose"),
        ("login --auth-token 'hunter2'", "login --auth-token [redacted]"),
        ("AccountName=x;AccountKey=hunter2==;EndpointSuffix=y", "AccountName=x;AccountKey=[redacted];EndpointSuffix=y"),
        ("export STRIPE_KEY=51Habc", "export STRIPE_KEY=[redacted]"),
        ("STRIPE_KEY: 51Habc\nNEXT: 1", "STRIPE_KEY: [redacted]\nNEXT: 1"),
        ("KEY=51Habc STRIPE_KEY_LIVE=51Habc", "KEY=[redacted] STRIPE_KEY_LIVE=[redacted]"),
        ("$env:STRIPE_KEY = '51Habc'", "$env:STRIPE_KEY = [redacted]"),
        ("set stripe_key=51Habc", "set stripe_key=[redacted]"),
        ("setx STRIPE_KEY 51Habc", "setx STRIPE_KEY [redacted]"),
        ("set -gx STRIPE_KEY 51Habc", "set -gx STRIPE_KEY [redacted]"),
        ('{"stripe_key": "51Habcdefghij"}', '{"stripe_key": [redacted]}'),
        ("my api key: abc123", "my api key: [redacted]"),
        ("The password is hunter2.", "The password is [redacted]"),
        ("Passwort: geheim", "Passwort: [redacted]"),
        ("mot de passe : secret", "mot de passe : [redacted]"),
        ("aws configure set aws_secret_access_key hunter2", "aws configure set aws_secret_access_key [redacted]"),
        ("git config user.password hunter2", "git config user.password [redacted]"),
        ("mysql -u root -phunter2 db", "mysql -u root -p[redacted] db"),
        ("sshpass -p hunter2 ssh -p 22 host", "sshpass -p [redacted] ssh -p 22 host"),
        ("docker login -u ada -p 'hunter 2' x", "docker login -u ada -p [redacted] x"),
        ("docker login \\\n  -p hunter2", "docker login \\\n  -p [redacted]"),
        ("redis-cli -h x -a hunter2 ping", "redis-cli -h x -a [redacted] ping"),
        ("curl -su ada:hunter2 https://x.example", "curl -su [redacted] https://x.example"),
        ("snmpget -A hunter2 -X hunter3 x", "snmpget -A [redacted] -X [redacted] x"),
        ("smbclient -U ada%hunter2 //x", "smbclient -U ada%[redacted] //x"),
        ("ldapsearch -w hunter2 -b x", "ldapsearch -w [redacted] -b x"),
        ("sqlcmd -U sa -P hunter2 -Q x", "sqlcmd -U sa -P [redacted] -Q x"),
        ("7z x -phunter2 a.7z", "7z x -p[redacted] a.7z"),
        ("echo hunter2 | docker login --password-stdin", "echo [redacted] | docker login --password-stdin"),
        ("echo 'ada:hunter2' | sudo chpasswd", "echo [redacted] | sudo chpasswd"),
        ("gh auth login --with-token <<< hunter2", "gh auth login --with-token <<< [redacted]"),
        ("vault kv put secret/x value=hunter2", "vault kv put secret/x value=[redacted]"),
        ("kubectl create secret generic x --from-literal=a=hunter2 --from-literal=b=hunter3",
         "kubectl create secret generic x --from-literal=a=[redacted] --from-literal=b=[redacted]"),
        ("Authorization: token abcdef0123456789", "Authorization: [redacted]"),
        ('curl -H "Authorization: ApiKey abc 123" https://x', 'curl -H "Authorization: [redacted]" https://x'),
        ("Cookie: a=b; session=s3cret\nAccept: x", "Cookie: [redacted]\nAccept: x"),
        (r'{\"x\": \"Cookie: a=b; c=d\", \"y\": 1}', r'{\"x\": \"Cookie: [redacted]\", \"y\": 1}'),
        ("login --password -Secret123 x", "login --password [redacted] x"),
        ("npm config set //registry/:_authToken abc123", "npm config set //registry/:_authToken [redacted]"),
        ("gh secret set X --body 'two words' -o y", "gh secret set X --body [redacted] -o y"),
        ("fly secrets set API=hunter2 B=x -a app", "fly secrets set API=[redacted] B=[redacted] -a app"),
        ("useradd -m -p hunter2 ada", "useradd -m -p [redacted] ada"),
        ("ssh-keygen -t rsa -N 'two words' -f x", "ssh-keygen -t rsa -N [redacted] -f x"),
    ],
)  # fmt: skip
def test_a_name_stays_and_its_value_goes(text: str, kept: str) -> None:
    assert REDACTION.clean(text) == kept


@pytest.mark.parametrize(
    "text",
    ["the tokens are counted", "max_tokens=4096", "a password is needed", "def test_secrets(self):", "sk-short",
     "x@y.z",     "https://example.org/a:b", "secretary: Ada", "abc", "monkey = 3", "keyboard: qwerty",
     "the password is wrong", "a token of the harbour", "passive: true", "passed = 3", "compass: north", "MAX_TOKENS=9",
     "token_count: 4", "tokenLimit=7", "login --password --verbose", "docker run -u 1000:1000 image",
     "PWD=/home/ada/harbour", "git push -u origin main", "they pass, all of them", "TOKENIZERS_PARALLELISM=false",
     "--password-stdin < file", "ssh://git@github.com/x", "http://[::1]:80/a@b", "-----BEGIN PUBLIC KEY-----",
     "docker run -p 8080:80 image", "docker login && docker run -p 80:80 x", "mkdir -p a/b", "ssh -p 22 host",
     "ls -a dir", "the key: be brief", "an API key: it must stay secret", "the secret key of the server",
     "the password is base64", "sort_key=name", "PUBLIC_KEY=abc", "set key = 'x'", "cacheKey: 'a1b2c3d4e5f6'",
     "git config user.name Ada",
     "set password rules", "KEY: a name", "curl -u https://x.example", "echo done | tee log", "unzip -p x.zip",
     "mysql -p db", "login --password -v", "ssh-keygen -N '' -f x", "useradd -m ada",
     "gh secret list --repo x", "SSH_KEY=/home/ada/.ssh/id"],
)  # fmt: skip
def test_what_is_no_secret_stays(text: str) -> None:
    assert REDACTION.clean(text) == text


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (["docker", "login", "-p", "hunter2", "x"], ["docker", "login", "-p", "[redacted]", "x"]),
        (["login", "--password", "hunter2"], ["login", "--password", "[redacted]"]),
        (["redis-cli", "-a", "hunter2"], ["redis-cli", "-a", "[redacted]"]),
        (["ssh", "-p", "22", "host"], ["ssh", "-p", "22", "host"]),
        (["sshpass", "-p", "correct horse battery"], ["sshpass", "-p", "[redacted]"]),
        (["curl", "-u", "ada:my pass word", "x"], ["curl", "-u", "[redacted]", "x"]),
        (["prog", "--user", "ada:my pass word", "x"], ["prog", "--user", "[redacted]", "x"]),
        (["prog", "--password", "two words", "x y"], ["prog", "--password", "[redacted]", "x y"]),
        (["prog", "--password=two words", "x y"], ["prog", "--password=[redacted]", "x y"]),
        (["prog", "--password", "-Secret123"], ["prog", "--password", "[redacted]"]),
        (["prog", "--token", "a;b&c"], ["prog", "--token", "[redacted]"]),
        (["prog", "--token", "--verbose", "-x y"], ["prog", "--token", "--verbose", "-x y"]),
        (["mysql", "-pab cd"], ["mysql", "-p[redacted]"]),
        (["gh", "secret", "set", "X", "--body", "two words"], ["gh", "secret", "set", "X", "--body", "[redacted]"]),
        (["fly", "secrets", "set", "API=two words"], ["fly", "secrets", "set", "API=[redacted]"]),
        (["openssl", "enc", "-k", "two words"], ["openssl", "enc", "-k", "[redacted]"]),
        (["redis-cli", "-p", 6379, "-a", "s3cretpass"], ["redis-cli", "-p", 6379, "-a", "[redacted]"]),
        (["prog", "--password", 123456], ["prog", "--password", "[redacted]"]),
        (["curl", "-H", "Authorization: ApiKey a b", "x"], ["curl", "-H", "Authorization: [redacted]", "x"]),
        (["bash", "-c", "mysql -phunter2 db; ls -a"], ["bash", "-c", "mysql -p[redacted] db; ls -a"]),
        (["bash", "-c", "TOKEN=abc curl x; ls"], ["bash", "-c", "TOKEN=[redacted] curl x; ls"]),
        (["psql", "postgresql://ada:pa55@db/x"], ["psql", "postgresql://[redacted]@db/x"]),
        (["x", True, None, 1.5, "two words"], ["x", True, None, 1.5, "two words"]),
    ],
)  # fmt: skip
def test_an_argument_of_a_list_is_one_of_a_command(arguments: list[object], kept: list[object]) -> None:
    assert REDACTION.clean({"command": arguments}) == {"command": kept}


def test_values_below_telling_names_go() -> None:
    given = {
        "apiKey": "plain", "STRIPE_KEY": "plain", "sort_key": "name", "password": 7,
        "headers": {"Authorization": "plain"}, "tokens": 3, "max_tokens": 9,
    }  # fmt: skip
    assert REDACTION.clean(given) == {
        "apiKey": "[redacted]", "STRIPE_KEY": "[redacted]", "sort_key": "name", "password": "[redacted]",
        "headers": {"Authorization": "[redacted]"}, "tokens": 3, "max_tokens": 9,
    }  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [{"file_path": "/home/ada/harbour/.env"}, {"file_path": ".env.local"}, {"command": "cat ./config/.env | head"},
     {"command": "ssh -i ~/.ssh/id_ed25519 host"}, {"path": "certs/server.pem"}, {"file_path": "C:\\work\\.env"},
     {"command": ["cat", "secrets.yaml"]}, {"command": 'source ".env" && run'}, {"filePath": "/home/ada/.env"},
     {"relative_path": ".env"}, {"target_file": "prod.env"}, {"source": "~/.git-credentials"}, {"glob": "**/.env*"},
     {"input": "*** Begin Patch\n*** Add File: .env\n+PLAIN=x"}, {"code": "open('.env').read()"},
     {"script": "x\n" * 50_000 + "cat .env"}, {"edits": [{"file_path": ".env", "new_string": "x"}]},
     {"a name of tomorrow": {"where": [".env"]}}, {"command": "git show HEAD:.env"}, {"command": "curl -d @.env x"},
     {"command": "cp {.env,.envrc} x"}, {"command": "docker run -v ./.env:/app/conf x"}, "*** Update File: .env\n+x"],
)  # fmt: skip
def test_files_that_hold_secrets_are_known(given: object) -> None:
    assert REDACTION.is_about_secrets(given)


@pytest.mark.parametrize(
    "given",
    [{"file_path": "src/environment.py"}, {"command": "npm test"}, {"file_path": ".env.example"},
     {"file_path": "src/app.py", "new_string": "load('.env')"}, {"command": "python -m app.secrets_view"},
     {"edits": [{"file_path": "src/app.py", "old_string": "'.env'"}]}, {"prompt": "Find what reads .env"},
     {"code": "console.log(process.env)"}],
)  # fmt: skip
def test_other_files_are_not(given: dict[str, object]) -> None:
    assert not REDACTION.is_about_secrets(given)


def test_of_a_command_about_secrets_the_program_and_the_files_are_known() -> None:
    for command, known in (
        ("cat > deploy/.env <<EOF\nDB_PASS=hunter2\nEOF", "cat .env"),
        (["bash", "-c", "echo hunter2 > .env; cp .env .env.old"], "bash .env .env.old"),
        ("KEY=hunter2 cat server.pem", "server.pem"),
        ("*** Begin Patch\n*** Add File: .env\n+DB_PASS=hunter2", ".env"),
    ):
        assert REDACTION.outline(command) == known


def test_of_a_tool_s_input_about_secrets_the_files_are_known() -> None:
    for given, known in (
        ({"filePath": "/home/ada/.env", "content": "hunter2"}, {"filePath": "/home/ada/.env"}),
        ({"input": "*** Add File: a/.env\n+hunter2", "cwd": "/work"}, {"input": ".env"}),
        ({"edits": [{"path": ".env", "new_string": "hunter2"}, {"path": "b.pem"}]}, {"edits": ".env b.pem"}),
        ({"cmd": "cat .env && echo hunter2"}, {"cmd": "cat .env"}),
        ({"code": "hunter2 > '.env'"}, {"code": ".env"}),
    ):
        assert REDACTION.named(given) == known


def test_the_folder_one_is_in_is_no_secret() -> None:
    folders = {"PWD": "/home/ada/harbour", "OLDPWD": "/home/ada/quay", "GIT_ASKPASS": "/usr/bin/ask"}
    assert Redaction(environment=folders).clean("/home/ada/harbour /home/ada/quay /usr/bin/ask") == (
        "/home/ada/harbour /home/ada/quay /usr/bin/ask"
    )
    assert REDACTION.clean({"pwd": "/work", "dbPwd": "hunter2", "SECRET_KEY_BASE": "hunter2"}) == {
        "pwd": "/work", "dbPwd": "[redacted]", "SECRET_KEY_BASE": "[redacted]",
    }  # fmt: skip


def test_the_list_can_be_longer() -> None:
    redaction = Redaction([r"harbour-\d{4}"], ["*.vault"], {})
    assert redaction.clean("the code is harbour-1234") == "the code is [redacted]"
    assert redaction.is_about_secrets({"file_path": "team.vault"})
    with pytest.raises(re.error):
        Redaction(["("])
