"""Failure paths of fetching, offline: a tiny package in a folder stands for the registry.

Use: python3 -m unittest discover -s deploy/demo
"""

import contextlib
import hashlib
import lzma
import os
import pickle
import sys
import tempfile
import unittest
import zipfile
from dataclasses import replace
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import assets  # noqa: E402
import frame_csv  # noqa: E402

_CONTENT = b"the file wanted\n"
_NAME = "renkei_fixture-1.0"


def _write_wheel(folder):
    """A wheel that pip accepts, holding one file."""
    path = folder / f"{_NAME}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("renkei_fixture/wanted.txt", _CONTENT)
        wheel.writestr(f"{_NAME}.dist-info/METADATA", "Metadata-Version: 2.1\nName: renkei-fixture\nVersion: 1.0\n")
        wheel.writestr(f"{_NAME}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{_NAME}.dist-info/RECORD", "")
    return path


class FetchTest(unittest.TestCase):
    def setUp(self):
        scratch = Path(self.enterContext(tempfile.TemporaryDirectory()))
        registry = scratch / "registry"
        registry.mkdir()
        wheel = _write_wheel(registry)
        offline = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(registry)}
        self.enterContext(mock.patch.dict(os.environ, offline))
        self.root = scratch / "root"
        self.dest = self.root / "demo"
        self.asset = assets.Asset(
            what="a fixture",
            target="folder/wanted.txt",
            sha256=hashlib.sha256(_CONTENT).hexdigest(),
            package="renkei-fixture",
            version="1.0",
            package_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
            member="renkei_fixture/wanted.txt",
        )

    def assert_refused(self, asset, *words):
        with self.assertRaises(assets.FetchError) as caught:
            assets.fetch(asset, self.dest)
        for word in ("renkei-fixture 1.0", *words):
            self.assertIn(word, str(caught.exception))
        left = [path for path in self.root.rglob("*") if path.is_file()] if self.root.exists() else []
        self.assertEqual(left, [], "something half done was left")

    def test_a_fetched_asset_is_whole_and_then_present(self):
        self.assertFalse(assets.present(self.asset, self.dest))
        assets.fetch(self.asset, self.dest)
        self.assertEqual((self.dest / self.asset.target).read_bytes(), _CONTENT)
        self.assertTrue(assets.present(self.asset, self.dest))
        self.assertEqual([path.name for path in self.root.iterdir()], ["demo"])

    def test_a_package_with_another_hash_is_refused(self):
        self.assert_refused(replace(self.asset, package_sha256="0" * 64), "not the one pinned", "pip cache purge")

    def test_a_content_with_another_hash_is_refused(self):
        self.assert_refused(replace(self.asset, sha256="0" * 64), "pinned is 000", "report it")

    def test_a_version_that_no_registry_has_is_refused(self):
        asset = replace(self.asset, version="9.9")
        with self.assertRaisesRegex(assets.FetchError, "renkei-fixture 9.9: pip could not download it"):
            assets.fetch(asset, self.dest)

    def test_an_asset_damaged_in_place_is_fetched_again(self):
        assets.fetch(self.asset, self.dest)
        (self.dest / self.asset.target).write_bytes(_CONTENT[:-1])
        self.assertFalse(assets.present(self.asset, self.dest))
        assets.fetch(self.asset, self.dest)
        self.assertTrue(assets.present(self.asset, self.dest))

    def test_a_wheel_for_another_machine_is_not_tried(self):
        asset = replace(self.asset, wheel_tags={"python": "3.11", "platform": "manylinux_2_28_x86_64"})
        with mock.patch("platform.machine", return_value="riscv64"):
            self.assert_refused(asset, "RENKEI_ONNXRUNTIME")


class TableTest(unittest.TestCase):
    def test_a_pickle_that_names_anything_else_is_refused(self):
        hostile = lzma.compress(pickle.dumps(contextlib.suppress))
        with self.assertRaisesRegex(pickle.UnpicklingError, "may not name contextlib.suppress"):
            frame_csv.convert(hostile)

    def test_every_package_of_every_table_is_pinned_twice(self):
        tables = list(assets.HERE.parent.glob("*/assets.toml"))
        self.assertEqual(len(tables), 3)
        for asset in [asset for table in tables for asset in assets.load(table)]:
            if asset.package:
                self.assertRegex(asset.sha256 + asset.package_sha256, "^[0-9a-f]{128}$", asset.target)


if __name__ == "__main__":
    unittest.main()
