"""Lists of an image's packages, and notebooks that are executed without a network."""

import importlib.metadata
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path


def write_image(path: Path, without: Sequence[str] = ()) -> Path:
    """Write the list of an image like this environment, with some packages left out."""
    found = {package.name: package.version for package in importlib.metadata.distributions()}
    lines = [f"{name}=={version}" for name, version in found.items() if name not in without]
    python = ".".join(map(str, sys.version_info[:2]))
    path.write_text("\n".join([f"# Python {python}", *sorted(lines)]) + "\n")
    return path


def execute(notebook: Path, inputs: Path, folder: Path) -> str:
    """Execute a notebook in a folder, in a process without a network; return its output.

    Without the right to make a network namespace, only proxies and package indexes are cut off.
    """
    command = [sys.executable, "-c", _EXECUTE, str(notebook), str(folder)]
    cut = ["unshare", "--map-root-user", "--net"]
    if subprocess.run([*cut, "true"], capture_output=True, check=False).returncode == 0:
        command = [*cut, *command, "no network"]
    with tempfile.TemporaryDirectory() as runtime:
        environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "REGARD_INPUT": str(inputs),
            "JUPYTER_RUNTIME_DIR": runtime,  # a short path: sockets need one
            "PIP_NO_INDEX": "1",
            **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9"),
        }
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, cwd=folder
        )
    assert done.returncode == 0, done.stderr
    return done.stdout


# Sockets of the file system, since a network namespace has no loopback device that is up.
_EXECUTE = """
import os, socket, sys
import nbformat
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient

_, notebook, folder, *cut = sys.argv
if cut:
    assert [name for _, name in socket.if_nameindex()] == ["lo"]
manager = AsyncKernelManager(transport="ipc", ip=os.environ["JUPYTER_RUNTIME_DIR"] + "/kernel")
content = nbformat.read(notebook, 4)
resources = {"metadata": {"path": folder}}
NotebookClient(content, km=manager, timeout=600, resources=resources).execute()
for cell in content.cells:
    for output in cell.get("outputs", []):
        print(output.get("text", ""), end="")
"""
