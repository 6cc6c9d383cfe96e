"""Examines crates/store/src/stranger/longplay_reader.py.

    python3 -m unittest discover -s tests/reader

Tranches come from tranche_writer.py, which follows docs/format/ on its own.
Each test damages one, and compares with the bytes as they were.
"""

import ast
import contextlib
import importlib.util
import io
import json
import os
import random
import shutil
import sys
import tarfile
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
READER = os.path.join(HERE, "..", "..", "crates", "store", "src", "stranger", "longplay_reader.py")

sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import tranche_writer as writer  # noqa: E402


def load_reader():
    spec = importlib.util.spec_from_file_location("longplay_reader", READER)
    module = importlib.util.module_from_spec(spec)
    sys.modules["longplay_reader"] = module
    spec.loader.exec_module(module)
    return module


reader = load_reader()


def run(*arguments):
    """Exit code, stdout, stderr of one command."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = reader.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
    return code, out.getvalue(), err.getvalue()


def snapshot(folder):
    files = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            with open(path, "rb") as file:
                files[os.path.relpath(path, folder).replace(os.sep, "/")] = file.read()
    return files


def flip(path, at, mask=1):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ mask]))


class Case(unittest.TestCase):
    """Works on copies of tranches that are written once."""

    write = staticmethod(writer.write_audio)

    @classmethod
    def setUpClass(cls):
        cls.master = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.master)
        made = cls.write(cls.master)
        cls.names = [os.path.basename(made[0]), os.path.basename(made[1])]
        cls.members = made[2] if len(made) > 2 else {}
        cls.as_sealed = snapshot(cls.master)

    def setUp(self):
        self.parent = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.parent)
        for name in self.names:
            shutil.copytree(os.path.join(self.master, name), os.path.join(self.parent, name))
        self.bag, self.recovery = (os.path.join(self.parent, name) for name in self.names)

    def pack(self, n):
        return os.path.join(self.bag, "data", "packs", "0002-audio-open-%06d.tar" % n)

    def rec(self, stripe, j):
        name = "0002-audio-open-s%04d-r%02d.rec" % (stripe, j)
        return os.path.join(self.recovery, "data", "recovery", name)

    def lose_everything_but_shards(self):
        for folder in (self.bag, self.recovery):
            shutil.rmtree(os.path.join(folder, "data", "leaves"))
            for name in os.listdir(folder):
                if name != "data":
                    os.remove(os.path.join(folder, name))
        index = os.path.join(self.bag, "data", "index.jsonl")
        if os.path.exists(index):
            os.remove(index)

    def assert_healed(self):
        code, out, err = run("verify", self.bag)
        self.assertEqual(code, 1, out + err)
        code, out, err = run("repair", self.bag)
        self.assertEqual((code, err), (0, ""), out)
        self.assert_as_sealed()
        self.assertEqual(run("verify", self.bag)[0], 0)

    def assert_as_sealed(self):
        now = snapshot(self.parent)
        self.assertEqual(sorted(now), sorted(self.as_sealed))
        for path, data in self.as_sealed.items():
            self.assertTrue(now[path] == data, path + " differs")


class Plain(Case):
    def test_a_sound_tranche_is_sound(self):
        code, out, err = run("verify", self.bag)
        self.assertEqual((code, err), (0, ""), out)
        self.assertIn("Sound.", out)
        code, out, _ = run("repair", self.bag)
        self.assertEqual((code, out), (0, "Nothing to repair.\n"))
        self.assert_as_sealed()

    def test_list_shows_every_member(self):
        code, out, _ = run("list", self.bag)
        self.assertEqual(code, 0)
        self.assertIn("GBAYE6900000   3:35   20.0 kB flac    B\u00e9la 0/2019 Release", out)
        self.assertIn("21 files", out)

    def test_list_json_gives_the_records(self):
        _, out, _ = run("list", self.bag, "GBAYE6900101", "--json")
        record = json.loads(out)
        self.assertEqual(record["title"], "Title \u001f \"1\"")

    def test_extract_gives_the_bytes_back(self):
        out = os.path.join(self.parent, "out")
        code, text, err = run("extract", self.bag, "--to", out)
        self.assertEqual((code, err), (0, ""), text)
        self.assertEqual(snapshot(out), self.members)
        self.assertIn("already there", run("extract", self.bag, "--to", out)[1])
        shutil.rmtree(out)

    def test_extract_takes_ids_codes_digests_and_patterns(self):
        path, data = sorted(self.members.items())[4]
        digest = writer.sha(data)
        for what in (digest.hex(), digest[:16].hex(), "gb-aye-69-00101", path, "b*la 1/*/02*"):
            out = os.path.join(self.parent, "out")
            code, text, err = run("extract", self.bag, what, "--to", out)
            self.assertEqual((code, err), (0, ""), text)
            self.assertEqual(snapshot(out), {path: data}, what)
            shutil.rmtree(out)

    def test_extract_never_writes_over_another_file(self):
        out = os.path.join(self.parent, "out")
        path = sorted(self.members)[0]
        os.makedirs(os.path.dirname(os.path.join(out, path)))
        with open(os.path.join(out, path), "wb") as file:
            file.write(b"mine")
        code, text, _ = run("extract", self.bag, path, "--to", out)
        self.assertEqual(code, 1)
        self.assertIn("in the way", text)
        self.assertEqual(snapshot(out), {path: b"mine"})

    def test_names_may_be_as_long_as_a_file_system_takes(self):
        parent = os.path.join(self.parent, "long")
        name = "n" * 255
        folder, _ = writer.write_tranche(
            parent, "0001-metadata-open", [("data/catalog/" + name, b"x" * 40000)], 2, 1, 16384)
        before = snapshot(parent)
        flip(os.path.join(folder, "data", "catalog", name), 5)
        self.assertEqual(run("repair", folder)[0], 0)
        self.assertEqual(snapshot(parent), before)
        self.assertEqual(run("extract", folder, "--to", os.path.join(parent, "out"))[0], 0)

    def test_extract_of_nothing_is_no_success(self):
        self.assertEqual(run("extract", self.bag, "no such song", "--to", self.parent)[0], 2)

    def test_what_is_no_tranche_cannot_be_looked_at(self):
        for folder in (os.path.join(self.parent, "nowhere"), self.parent):
            code, _, err = run("verify", folder)
            self.assertEqual(code, 2)
            self.assertIn("longplay_reader:", err)

    def test_the_recovery_folder_leads_to_the_tranche(self):
        self.assertEqual(run("verify", self.recovery)[0], 0)

    def test_recovery_may_lie_elsewhere(self):
        elsewhere = os.path.join(self.parent, "elsewhere")
        os.rename(self.recovery, elsewhere)
        os.remove(self.pack(0))
        self.assertEqual(run("repair", self.bag)[0], 1)
        self.assertEqual(run("repair", self.bag, "--recovery", elsewhere)[0], 0)
        os.rename(elsewhere, self.recovery)
        self.assert_as_sealed()

    def test_python_tar_reads_what_the_writer_wrote(self):
        with tarfile.open(self.pack(0)) as tar:
            for path in tar.getnames()[:3]:
                self.assertEqual(tar.extractfile(path).read(), self.members[path])


class Damage(Case):
    def test_flipped_bits_are_found_to_the_block(self):
        flip(self.pack(0), 17)
        flip(self.pack(0), 16384 * 3 + 5)
        flip(self.rec(1, 2), 16384 + 9)
        code, out, _ = run("verify", self.bag, "--json")
        found = {f["path"]: f["blocks"] for f in map(json.loads, out.splitlines())}
        self.assertEqual(code, 1)
        self.assertEqual(found, {
            "data/packs/0002-audio-open-000000.tar": [[0, 0], [3, 3]],
            "0002-audio-open-recovery/data/recovery/0002-audio-open-s0001-r02.rec": [[1, 1]]})
        self.assert_healed()

    def test_damage_names_the_members_that_it_touches(self):
        flip(self.pack(0), 1024)
        out = run("verify", self.bag)[1]
        self.assertIn("touches B\u00e9la 0/2019 Release [1a2b3c4d]/01 Title.flac", out)
        self.assertNotIn("02 Title", out)

    def test_truncated_extended_and_missing_files(self):
        os.truncate(self.pack(0), 16384 * 2 + 7)
        os.truncate(self.pack(5), 0)
        with open(self.pack(1), "ab") as file:
            file.write(b"more")
        os.remove(self.pack(2))
        os.remove(self.rec(1, 0))
        os.truncate(self.rec(1, 1), 100)
        with open(self.rec(0, 0), "ab") as file:
            file.write(bytes(16384))
        out = run("verify", self.bag)[1]
        for words in ("000000.tar: truncated: 32775 of", "000001.tar: too long", "missing"):
            self.assertIn(words, out)
        self.assert_healed()

    def test_all_that_stands_beside_the_shards_is_lost(self):
        self.lose_everything_but_shards()
        flip(self.pack(3), 40000)
        os.remove(self.pack(6))
        flip(self.rec(0, 1), 3)
        self.assert_healed()

    def test_the_whole_bag_is_lost_but_the_stripe_is_small(self):
        parent = os.path.join(self.parent, "small")
        folder, recovery, _ = writer.write_audio(parent, packs=2, k=4, m=2, members=1)
        before = snapshot(parent)
        shutil.rmtree(folder)
        self.assertEqual(run("repair", folder)[0], 0)
        self.assertEqual(snapshot(parent), before)

    def test_swapped_and_renamed_packs_get_their_names_again(self):
        # More files than the code could heal: all of them are misplaced.
        order = [3, 0, 6, 1, 5, 4, 2]
        for n, name in enumerate(order):
            os.rename(self.pack(n), self.pack(100 + name))
        for n in range(7):
            os.rename(self.pack(100 + n), self.pack(n))
        swap = self.rec(0, 0) + ".x"
        os.rename(self.rec(0, 0), swap)
        os.rename(self.rec(0, 2), self.rec(0, 0))
        os.rename(swap, self.rec(0, 2))
        self.assertIn("under another name", run("verify", self.bag)[1])
        self.assert_healed()

    def swap(self, one, other):
        os.rename(one, one + ".x")
        os.rename(other, one)
        os.rename(one + ".x", other)

    def test_swapped_recovery_packs_whose_kits_are_lost(self):
        for j in range(3):
            flip(self.rec(1, j), os.path.getsize(self.rec(1, j)) - 100)
        self.swap(self.rec(1, 0), self.rec(1, 1))
        self.assert_healed()

    def test_swapped_packs_of_which_only_the_manifest_tells(self):
        shutil.move(self.recovery, self.recovery + ".away")
        os.remove(os.path.join(self.bag, "data/leaves/0002-audio-open-s0000.leaves"))
        self.swap(self.pack(0), self.pack(4))
        self.swap(self.pack(1), self.pack(5))
        self.assertEqual(run("repair", self.bag)[0], 0)
        shutil.move(self.recovery + ".away", self.recovery)
        self.assert_as_sealed()

    def test_every_kit_of_a_stripe_is_lost(self):
        for j in range(3):
            flip(self.rec(1, j), os.path.getsize(self.rec(1, j)) - 100)
        flip(self.pack(5), 9)
        self.assert_healed()

    def test_every_kit_is_lost(self):
        for stripe in range(2):
            for j in range(3):
                flip(self.rec(stripe, j), os.path.getsize(self.rec(stripe, j)) - 100)
        os.remove(self.pack(5))
        self.assert_healed()

    def test_every_recovery_pack_is_lost(self):
        for stripe in range(2):
            for j in range(3):
                os.remove(self.rec(stripe, j))
        self.assert_healed()

    def test_each_small_file_alone(self):
        paths = [path for path in self.as_sealed if "/packs/" not in path and ".rec" not in path]
        self.assertEqual(len(paths), 2 * 6 + 1 + 4)
        for path in paths:
            for wound in (os.remove, lambda place: flip(place, 10), lambda p: os.truncate(p, 9)):
                with self.subTest(path=path):
                    wound(os.path.join(self.parent, path))
                    code, out, _ = run("verify", self.bag)
                    self.assertEqual(code, 1)
                    self.assertIn(path.split("/", 1)[1], out)
                    self.assert_healed()

    def test_foreign_files_are_noted_and_left_alone(self):
        stray = os.path.join(self.bag, "data", "packs", "notes.txt")
        with open(stray, "w") as file:
            file.write("mine")
        code, out, _ = run("verify", self.bag)
        self.assertEqual(code, 0)
        self.assertIn("notes.txt: nobody put this here", out)
        self.assertEqual(run("repair", self.bag)[0], 0)
        self.assertTrue(os.path.exists(stray))

    def test_leftovers_of_a_killed_repair_do_no_harm(self):
        os.rename(self.pack(1), self.pack(1) + reader.UNFINISHED)
        with open(self.pack(2) + reader.UNFINISHED, "wb") as file:
            file.write(b"half")
        for n in (0, 3, 4):
            os.remove(self.pack(n))
        self.assert_healed()

    def test_another_tranche_in_the_recovery_folder_is_not_believed(self):
        other = os.path.join(self.parent, "other")
        _, recovery, _ = writer.write_audio(other, packs=7, size=9000)
        folder = os.path.join(recovery, "data", "recovery")
        for name in os.listdir(folder):
            if "s0000-r00" in name:
                os.replace(os.path.join(folder, name), self.rec(0, 0))
        shutil.rmtree(other)
        self.assert_healed()


class Beyond(Case):
    def test_it_is_said_and_nothing_is_claimed(self):
        for n in range(4):
            os.remove(self.pack(n))
        out = run("verify", self.bag)[1]
        self.assertIn("beyond recovery: data/packs/0002-audio-open-000000.tar", out)
        self.assertIn("lost: B\u00e9la 0/2019 Release [1a2b3c4d]/01 Title.flac", out)
        code, out, _ = run("repair", self.bag)
        self.assertEqual(code, 1)
        self.assertIn("NOT sound", out)
        self.assertNotIn("rebuilt", out)
        self.assertFalse(os.path.exists(self.pack(0)))

    def test_what_can_be_healed_is_healed(self):
        for n in range(3):
            os.remove(self.pack(n))
        flip(self.pack(3), 16384 * 2)
        os.remove(self.pack(6))
        code, out, _ = run("repair", self.bag)
        self.assertEqual(code, 1)
        self.assertIn("000000.tar: healed in part, NOT whole", out)
        self.assertIn("blocks of 16 KiB: 2\n", out)
        self.assertIn("000006.tar: rebuilt", out)
        now = snapshot(self.bag)
        for n in range(4):
            path = "data/packs/0002-audio-open-%06d.tar" % n
            sealed = self.as_sealed["0002-audio-open/" + path]
            self.assertEqual(len(now[path]), len(sealed))
            self.assertEqual(now[path][:32768], sealed[:32768])
            self.assertEqual(now[path][49152:], sealed[49152:])
        # Once a single block row comes back, all else follows.
        path = "0002-audio-open/data/packs/0002-audio-open-000003.tar"
        with open(os.path.join(self.parent, path), "wb") as file:
            file.write(self.as_sealed[path])
        self.assert_healed()

    def test_without_recovery_small_files_are_healed_and_packs_are_not(self):
        shutil.rmtree(self.recovery)
        for path in ("data/index.jsonl", "manifest-sha256.txt", "bagit.txt",
                     "data/leaves/0002-audio-open-s0001.leaves"):
            os.remove(os.path.join(self.bag, path))
        code, out, _ = run("repair", self.bag)
        self.assertEqual(code, 0, out)
        self.assertEqual(snapshot(self.bag), {
            path.split("/", 1)[1]: data for path, data in self.as_sealed.items()
            if path.startswith("0002-audio-open/")})
        flip(self.pack(0), 16384)
        code, out, _ = run("verify", self.bag)
        self.assertEqual(code, 1)
        self.assertIn("blocks of 16 KiB: 1\n", out)
        self.assertEqual(run("repair", self.bag)[0], 1)

    def test_any_byte_of_a_leaf_file_without_recovery(self):
        away = self.recovery + ".away"
        shutil.move(self.recovery, away)
        leaves = os.path.join(self.bag, "data/leaves/0002-audio-open-s0000.leaves")
        sealed = snapshot(self.bag)
        for at in list(range(0, 600, 7)) + [1300, 1700]:
            with self.subTest(at=at):
                flip(leaves, at, 2)
                code, out, _ = run("verify", self.bag, "--json")
                self.assertEqual([json.loads(line)["path"] for line in out.splitlines()],
                                 ["data/leaves/0002-audio-open-s0000.leaves"])
                self.assertEqual(run("repair", self.bag)[0], 0)
                self.assertEqual(snapshot(self.bag), sealed)
        for at in range(100, 600, 7):
            with self.subTest(at=at, manifest="lost"):
                flip(leaves, at, 2)
                os.remove(os.path.join(self.bag, "manifest-sha256.txt"))
                code, out, _ = run("repair", self.bag)
                self.assertEqual(code == 0, snapshot(self.bag) == sealed, out)
                self.assertTrue(all(os.path.exists(self.pack(n)) for n in range(7)), out)
                for path in ("data/leaves/0002-audio-open-s0000.leaves", "manifest-sha256.txt"):
                    with open(os.path.join(self.bag, path), "wb") as file:
                        file.write(sealed[path])
                self.assertEqual(snapshot(self.bag), sealed)

    def test_nothing_but_packs_is_left(self):
        shutil.rmtree(self.recovery)
        self.lose_everything_but_packs()
        code, out, _ = run("verify", self.bag)
        self.assertEqual(code, 1)
        self.assertIn("nothing is left that tells what it should be", out)
        out = os.path.join(self.parent, "out")
        self.assertEqual(run("extract", self.bag, "--to", out)[0], 0)
        self.assertEqual(snapshot(out), self.members)

    def test_a_pack_without_its_index_is_read_as_a_tar(self):
        shutil.rmtree(self.recovery)
        self.lose_everything_but_packs()
        for n in range(7):
            os.truncate(self.pack(n), os.path.getsize(self.pack(n)) - 2000)
        out = os.path.join(self.parent, "out")
        code, text, _ = run("extract", self.bag, "--to", out)
        self.assertEqual(code, 1)
        self.assertIn("NOT checked", text)
        self.assertEqual(snapshot(out), self.members)

    def lose_everything_but_packs(self):
        shutil.rmtree(os.path.join(self.bag, "data", "leaves"))
        os.remove(os.path.join(self.bag, "data", "index.jsonl"))
        for name in os.listdir(self.bag):
            if name != "data":
                os.remove(os.path.join(self.bag, name))

    def test_extract_refuses_damaged_members_and_gives_the_others(self):
        flip(self.pack(0), 2000)
        out = os.path.join(self.parent, "out")
        code, text, _ = run("extract", self.bag, "--to", out)
        self.assertEqual(code, 1)
        self.assertIn("01 Title.flac: damaged", text)
        self.assertEqual(len(snapshot(out)), len(self.members) - 1)


class Catalog(Case):
    write = staticmethod(writer.write_catalog)

    def test_sound_listed_and_extracted(self):
        code, out, _ = run("verify", self.bag)
        self.assertEqual(code, 0, out)
        self.assertIn("table-4.parquet", run("list", self.bag)[1])
        out = os.path.join(self.parent, "out")
        self.assertEqual(run("extract", self.bag, "table-4*", "--to", out)[0], 0)
        sealed = self.as_sealed["0001-metadata-open/data/catalog/table-4.parquet"]
        self.assertEqual(snapshot(out), {"table-4.parquet": sealed})

    def test_files_of_odd_sizes_are_healed(self):
        catalog = os.path.join(self.bag, "data", "catalog")
        for n in (0, 2, 4):
            os.remove(os.path.join(catalog, "table-%d.parquet" % n))
        flip(os.path.join(catalog, "table-3.parquet"), 16384)
        self.assert_healed()

    def test_without_leaves_and_tag_files(self):
        self.lose_everything_but_shards()
        catalog = os.path.join(self.bag, "data", "catalog")
        flip(os.path.join(catalog, "table-1.parquet"), 0)
        os.truncate(os.path.join(catalog, "table-4.parquet"), 70000)
        self.assert_healed()

    def test_recovery_packs_whose_kits_start_within_a_block(self):
        folder = os.path.join(self.recovery, "data", "recovery")
        for name in sorted(os.listdir(folder)):
            if "-s0000-" in name:
                os.truncate(os.path.join(folder, name), 16384 + 5000)
        self.assert_healed()


class Large(Case):
    """Files of several MiB, so that subtrees and chunks come into play."""

    write = staticmethod(
        lambda parent: writer.write_audio(parent, packs=3, k=2, m=1, members=2, size=700_000))

    def test_without_leaves_damage_is_known_to_the_mib(self):
        shutil.rmtree(os.path.join(self.bag, "data", "leaves"))
        flip(self.pack(1), 1_200_000)
        out = run("verify", self.bag)[1]
        self.assertIn("known to the MiB", out)
        self.assertIn("blocks of 16 KiB: 64-", out)
        self.assert_healed()

    def test_different_mib_are_healed_from_different_shards(self):
        self.lose_everything_but_shards()
        flip(self.pack(0), 5)
        flip(self.pack(1), 1_200_000)
        self.assert_healed()


class Seeds(Case):
    """Random wounds; the outcome must be the sealed bytes or an honest no."""

    def wound(self, dice):
        place = os.path.join(self.parent, dice.choice(sorted(self.as_sealed)))
        if not os.path.exists(place):
            return
        size = os.path.getsize(place)
        kind = dice.randrange(6)
        if kind == 0 or not size:
            os.remove(place)
        elif kind == 1:
            os.truncate(place, dice.randrange(size))
        elif kind == 2:
            with open(place, "ab") as file:
                file.write(bytes(dice.randrange(1, 40000)))
        elif kind == 3:
            start = dice.randrange(size)
            with open(place, "r+b") as file:
                file.seek(start)
                file.write(dice.randbytes(min(size - start, dice.randrange(1, 30000)))
                           if hasattr(dice, "randbytes") else b"\xff")
        else:
            flip(place, dice.randrange(size), 1 << dice.randrange(8))

    def test_random_damage(self):
        healed = 0
        for seed in range(int(os.environ.get("LONGPLAY_READER_SEEDS", "60"))):
            with self.subTest(seed=seed):
                dice = random.Random(seed)
                for _ in range(dice.randrange(1, 9)):
                    self.wound(dice)
                changed = snapshot(self.parent) != self.as_sealed
                self.assertEqual(run("verify", self.bag)[0], int(changed))
                code, out, err = run("repair", self.bag)
                self.assertEqual(err, "")
                same = snapshot(self.parent) == self.as_sealed
                self.assertEqual(code == 0, same, out)
                self.assertIn(code, (0, 1))
                healed += same
                if not same:
                    for name in self.names:
                        shutil.rmtree(os.path.join(self.parent, name))
                        shutil.copytree(os.path.join(self.master, name),
                                        os.path.join(self.parent, name))
        self.assertGreater(healed, 0)


@unittest.skipUnless(hasattr(os, "fork"), "needs fork")
class Killed(Case):
    """Repair dies without a word at each of its durable steps in turn."""

    def repair_until(self, step):
        """Runs repair in a child that is gone at the given step; whether it was."""
        child = os.fork()
        if child:
            return os.waitpid(child, 0)[1] != 0
        steps = [step]

        def counted(act):
            def run_or_die(*arguments):
                steps[0] -= 1
                if steps[0] < 0:
                    os._exit(9)
                return act(*arguments)
            return run_or_die

        reader.os.replace, reader.os.fsync = counted(os.replace), counted(os.fsync)
        reader.os.remove = counted(os.remove)
        run("repair", self.bag)
        os._exit(0)

    def wound_all(self):
        """More packs are misplaced than the code could heal, and each kind of
        other damage is there too."""
        order = [3, 0, 4, 1, 2]
        for n, name in enumerate(order):
            os.rename(self.pack(n), self.pack(100 + name))
        for n in range(5):
            os.rename(self.pack(100 + n), self.pack(n))
        os.remove(self.pack(5))
        flip(self.pack(6), 20000)
        flip(self.rec(0, 1), 5)
        for j in range(3):
            flip(self.rec(1, j), os.path.getsize(self.rec(1, j)) - 100)
        os.remove(os.path.join(self.bag, "manifest-sha256.txt"))
        os.remove(os.path.join(self.bag, "data", "index.jsonl"))

    def test_the_next_repair_finishes(self):
        self.wound_all()
        step = 0
        while self.repair_until(step):
            self.assertEqual(run("repair", self.bag)[0], 0, "killed at step %d" % step)
            self.assert_as_sealed()
            self.wound_all()
            step += 1
        self.assertGreater(step, 30)
        self.assert_as_sealed()

    def test_killed_again_and_again(self):
        self.wound_all()
        for _ in range(60):
            if not self.repair_until(7):
                break
        self.assertEqual(run("repair", self.bag)[0], 0)
        self.assert_as_sealed()


class Hostile(Case):
    def forged_index(self, **changes):
        """Puts a changed record where the reader looks, with all digests right."""
        path = os.path.join(self.bag, "data", "index.jsonl")
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        record = dict(json.loads(lines[1]), **changes)
        lines[1] = json.dumps(record)
        data = "\n".join(lines).encode()
        with open(path, "wb") as file:
            file.write(data)
        manifest = os.path.join(self.bag, "manifest-sha256.txt")
        with open(manifest, "w") as file:
            file.write("%s  data/index.jsonl\n" % writer.sha(data).hex())

    def test_paths_that_lead_out_are_refused(self):
        for path in ("../evil", "/etc/evil", "a/../../evil", "C:\\evil", "a\\..\\evil", "",
                     "a//b", "con", "a/NUL.txt", "x\x1b[2J", "dot.", "s" * 256, 7, None, ["a"],
                     "\ud800"):
            with self.subTest(path=path):
                self.forged_index(path=path)
                out = os.path.join(self.parent, "out")
                run("extract", self.bag, "--to", out)
                self.assertEqual(len(snapshot(out)), len(self.members) - 1)
                self.assertEqual(sorted(os.listdir(self.parent)), sorted(self.names + ["out"]))
                shutil.rmtree(out)

    def test_places_that_lead_out_are_refused(self):
        for change in ({"offset": -1}, {"length": 10 ** 30}, {"pack": "../x.tar"},
                       {"offset": True}, {"sha256": "00"}, {"offset": 1.5}):
            with self.subTest(change=change):
                self.forged_index(**change)
                code, _, err = run("list", self.bag, "--json")
                self.assertEqual((code, err), (0, ""))
                self.assertEqual(len(run("list", self.bag, "--json")[1].splitlines()), 20)

    def test_a_link_out_of_the_folder_is_not_followed(self):
        secret = os.path.join(self.parent, "secret")
        with open(secret, "wb") as file:
            file.write(b"secret")
        os.remove(self.pack(0))
        os.symlink(secret, self.pack(0))
        self.assertEqual(run("verify", self.bag)[0], 2)
        self.assertEqual(run("repair", self.bag)[0], 2)
        with open(secret, "rb") as file:
            self.assertEqual(file.read(), b"secret")

    def test_extraction_does_not_follow_links(self):
        out = os.path.join(self.parent, "out")
        os.makedirs(out)
        os.symlink(self.parent, os.path.join(out, "B\u00e9la 0"))
        code, text, _ = run("extract", self.bag, "--to", out)
        self.assertEqual(code, 1)
        self.assertIn("leads out of the folder", text)
        self.assertFalse(os.path.exists(os.path.join(self.parent, "2019 Release [1a2b3c4d]")))

    def test_titles_send_no_commands_to_the_terminal(self):
        self.forged_index(codec="\x1b[31m", isrcs=["\x07"])
        out = run("list", self.bag)[1]
        self.assertNotIn("\x1b", out)
        self.assertNotIn("\x07", out)

    def test_forged_kits_are_refused(self):
        with open(self.rec(0, 0), "rb") as file:
            data = file.read()
        start = int.from_bytes(data[-120:-112], "little")
        length = int.from_bytes(data[-112:-104], "little")
        kit = json.loads(data[start:start + length])
        changes = [
            {"k": 0}, {"k": 254}, {"m": "3"}, {"files": []}, {"files": None}, {"stripes": 10 ** 9},
            {"data_bytes": 5}, {"pack_bytes": 0}, {"pack_bytes": 1 << 50}, {"piece_length": 3}, {"bag": {"../x": "y"}}, {"bag": []},
            {"version": 2}, {"tranche": "../x"}, {"stripe": 7},
            {"files": [dict(kit["files"][0], path="../../x")] + kit["files"][1:]},
            {"files": [dict(kit["files"][0], root="zz")] + kit["files"][1:]},
            {"files": [dict(kit["files"][0], subtrees="")] + kit["files"][1:]},
        ]
        for change in changes:
            with self.subTest(change=str(change)[:60]):
                raw = json.dumps(dict(kit, **change)).encode()
                forged = data[:start] + raw + writer.trailer(start, raw, 0, 0)
                with open(self.rec(0, 0), "wb") as file:
                    file.write(forged)
                with self.assertRaises(reader.Malformed):
                    reader.read_kit(self.rec(0, 0))
                self.assertEqual(run("repair", self.bag)[0], 0)
                self.assert_as_sealed()

    def test_deep_json_and_long_numbers_are_malformed(self):
        for text in (b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000, b"\xff", b"", b"null"):
            with self.assertRaises(reader.Malformed):
                reader.load_json(text, "kit")


class Arithmetic(unittest.TestCase):
    def test_the_field_is_that_of_the_writer(self):
        for a in range(0, 256, 7):
            for b in range(256):
                self.assertEqual(reader.multiply(a, b), writer.product(a, b))
        for a in range(1, 256):
            self.assertEqual(reader.inverse(a), writer.reciprocal(a))

    def test_the_tree_is_that_of_the_writer(self):
        for blocks in (0, 1, 2, 3, 5, 63, 64, 65, 130, 200):
            data = bytes(16384 * blocks)[:-1] if blocks else b""
            leaves = b"".join(writer.leaves_of(data))
            self.assertEqual(reader.root_of(leaves), writer.root(data))
            self.assertEqual(reader.subtrees_of(leaves).hex(), writer.subtrees(data))

    def test_every_pattern_of_three_losses(self):
        files = [writer.noise(n, 40 + n) for n in range(4)]
        packs = writer.encode(files, 5, 3)
        shards = {**dict(enumerate(files)), **{5 + j: pack for j, pack in enumerate(packs)}}
        numbers = sorted(shards)
        for pattern in range(1 << len(numbers)):
            lost = {n for at, n in enumerate(numbers) if pattern >> at & 1}
            plan = reader.recipes(5, 4, 3, lost)
            self.assertEqual(plan is None, len(lost) > 3 and not lost <= {5, 6, 7})
            chunks = {n: data for n, data in shards.items() if n not in lost}
            for number, terms in (plan or {}).items():
                chunks[number] = reader.combine([(f, chunks[n]) for f, n in terms], 43)
                self.assertEqual(chunks[number], shards[number].ljust(43, b"\0"))

    def test_it_is_written_for_python_3_8(self):
        with open(READER, encoding="ascii") as file:
            ast.parse(file.read(), feature_version=(3, 8))


if __name__ == "__main__":
    unittest.main()
