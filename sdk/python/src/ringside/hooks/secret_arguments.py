"""Secrets that nothing but their place in a command shows: `sshpass -p …`, `curl -u ada:…`, `git config a.token …`."""

from __future__ import annotations

import re

VALUE = r"""(?:"(?:\\.|[^"\\\n])+"?|\\+"[^"\n]+"?|\\*'[^'\n]+'?|[^\s"',;&|]+)"""
# A name of several words, or one in capital letters: prose has neither.
_LAST = (
    r"(?i:(?:(?:auth|access|api|refresh)[_-]?)?(?:key|token)|secret|password|passwd|passphrase|pwd|pass|credentials?"
    r"|auth)"
)
_CAPITAL = r"[A-Z0-9]{0,40}(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PWD|PASS|AUTH)"
_NAME = rf"""["']?(?:\S{{0,80}}[._:/-]{_LAST}|(?-i:{_CAPITAL}))["']?"""
_STDIN = (
    r"chpasswd|passwd\s--stdin|sudo\s-S|--password-stdin|--with-token|--passphrase-fd|secrets?\s(?:set|put|create|add)"
)
_PASSED = 8  # of one command; more are none that a person types


def _of(programs: str, option: str) -> str:
    """An argument of a program, on its line or one that goes on with a backslash."""
    return rf"(?:{programs})(?:\.exe)?(?=\s)(?:\\\n|[^\n|;&]){{0,400}}?\s{option}"


_COMMANDS = (
    _of(r"mysql\w*|mariadb[\w-]*|7z[ar]?|rar|unrar", r"-h?p(?=\S)"),
    r"sshpass\s+(?:-v\s+)?-p\s*",  # what follows is another program's
    _of(r"mongo\w*|cqlsh|rdesktop|twine|login", r"-p[ =]?\s*"),
    _of(r"sqlcmd|bcp|unzip|zip|ipmitool|mosquitto_\w+", r"-P\s*"),
    _of(r"(?:redis|valkey|keydb)-cli", r"-a\s*"),
    _of(r"ldap\w+|security\sadd-\w+-password", r"-w\s*"),
    _of(r"user(?:add|mod)", r"-p\s*"),
    _of(r"ssh-keygen", r"-[NP]\s*"),
    _of(r"snmp\w+", r"-[cAX]\s*"),
    _of(r"curl", r"-[A-Za-z]{0,8}u\s*(?=[\"']?[^\s:\"']*:)(?![\"']?\w+://)"),
    _of(r"https?|xh", r"-a\s*(?=[\"']?[^\s:\"']+:)"),
    _of(r"lftp", r"-u\s*(?=[^\s,]+,)"),
    _of(r"openssl\senc", r"-[kK]\s+"),
    r"openssl\spasswd\s+(?:-\S+\s+)*",
    r"htpasswd\s+-\w*b\w*\s+(?:-\S+\s+)*\S+\s+\S+\s+",
    _of(r"\S{0,40}secrets?|\S{0,40}keyvault|put-parameter", r"--?(?:value|body|b)[\s=]\s*"),
    r"vault\s(?:kv\sput|write)(?:\s+[^\s=]+)+\s+[\w.-]+=",
    r"(?:secrets?\s+set|config:set)(?:[ \t\x1f]+\S+){0,20}?[ \t\x1f]+[\"']?[A-Za-z_]\w*=",
    # A name that is set without a sign between it and its value.
    rf"(?:config(?:ure)?|user-secrets|secrets?)\s+(?:set\s+)?(?:-\S+\s+)*{_NAME}\s+(?![=:])",
    rf"(?:setx|setenv|set(?:\s+-\w+)+)\s+{_NAME}\s+(?![=:])",
    r"(?i:\$env:\w*(?<![a-z])key\s*=\s*|(?:export|declare\s+-\w+|setx?)\s+\w*(?<![a-z])key=)(?!\s)",
    # What is piped into a program that reads a secret.
    rf"(?:echo|printf)\s+(?:-\w+\s+)*(?=(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s|]+)\s*\|[^\n]{{0,200}}?(?:{_STDIN}))",
)
_OPTIONS = (
    r"(?:-U|--user)[\s=]?[\"']?[^\s%\"'-][^\s%\"']*%",  # of smbclient
    r"/p:",  # of xfreerdp
    r"--from-literal[\s=][\"']?[\w.-]+=",
    r"--secret-string[\s=]\s*",
    rf"(?:{_STDIN})[^\n|;&<]{{0,200}}<<<\s*",
)
_HEADS = rf"(?<![\w.-])(?=[$a-zES7])(?:{'|'.join(_COMMANDS)})|(?<!\S)(?=[/cgps-])(?:{'|'.join(_OPTIONS)})"
_GONE = r"(?![\"']?\[redacted\])"
_ARGUMENTS = re.compile(rf"({_HEADS}){_GONE}(?!-){VALUE}")
# What a sentence says a secret is: it has letters and figures, which words and numbers have not.
_ABOUT = (
    r"(?<![A-Za-z])(?=[pkmatsPKMATS])"
    r"(?i:password|passwort|kennwort|passphrase|mot de passe|api[ -]?(?:key|schlüssel)|token|secret)"
)
_SAID = re.compile(
    rf"({_ABOUT}\s+(?:is|ist|lautet|est|was|war)\s*:?\s+){_GONE}"
    r"(?!(?i:base\d+|utf-?\d+|sha-?\d+|md5|oauth2?|x509|uuid\d?|http))(?=\S*[A-Za-z])(?=\S*\d)[^\s\"',;&]{6,}"
)


def without_arguments(text: str, gone: str) -> str:
    text = _SAID.sub(rf"\g<1>{gone}", text)
    for _ in range(_PASSED):  # several of one command come one after the other
        text, count = _ARGUMENTS.subn(rf"\g<1>{gone}", text)
        if not count:
            break
    return text
