"""rodprep.prepare, rodprep.verify and `python -m rodprep` run the program."""
import contextlib
import io
import os
import subprocess
import sys
import unittest

from support import SIZE, DataSetTest, damage, python

import rodprep


class Program(DataSetTest):
    def test_prepare_makes_the_same_data_set(self):
        shown = io.StringIO()
        with contextlib.redirect_stderr(shown):
            report = rodprep.prepare(self.archive, self.folder / "made", size=SIZE, codec="zstd")
        self.assertEqual(rodprep.open(self.folder / "made").fingerprint, self.data.fingerprint)
        self.assertEqual(report["fingerprint"], self.data.fingerprint)
        self.assertIn("complete", shown.getvalue())
        self.assertNotIn("\x1b", shown.getvalue())

    def test_options_are_the_programs(self):
        with contextlib.redirect_stderr(io.StringIO()) as shown:
            rodprep.prepare(
                self.archive, self.folder / "quiet", size=8, quiet=True, jobs=1, retry=None
            )
            self.assertEqual(shown.getvalue(), "")
            self.assertEqual(rodprep.open(self.folder / "quiet").info()["height"], 8)
            with self.raises(rodprep.Error, "no-such-option", exit_code=2):
                rodprep.prepare(self.archive, self.folder / "none", no_such_option=True)
            with self.raises(rodprep.DataError, "nothing.tar", exit_code=3):
                rodprep.prepare(self.folder / "nothing.tar", self.folder / "none")
            with self.raises(rodprep.Error, exit_code=2):
                rodprep.prepare("-x", "--help", codec="none")

    def test_values_and_paths_that_look_like_options_are_none(self):
        os.symlink(self.archive, self.folder / "--help")
        code = """
            import os, sys, rodprep
            os.chdir(sys.argv[1])
            made = rodprep.prepare("--help", "-made", size=8, jobs=1, quiet=True)
            print(made["fingerprint"] == rodprep.open("-made").fingerprint)
            print(rodprep.verify("-made", quiet=True)["intact"])
            try:
                rodprep.prepare("--help", "-other", codec="--quiet")
            except rodprep.Error as error:
                print(error.exit_code)
        """
        status, out, errors = python(code, self.folder)
        self.assertEqual((status, out), (0, "True\nTrue\n2\n"), errors)

    def test_progress_needs_neither_a_terminal_nor_standard_error(self):
        code = """
            import os, pty, sys, rodprep
            def no_terminal(): raise OSError("out of pty devices")
            pty.openpty = no_terminal
            rodprep.prepare(sys.argv[1], sys.argv[2] + "/lines", size=8, jobs=1)
            for stderr in (None, open(os.devnull, "w")):
                if stderr: stderr.close()
                sys.stderr = stderr
                folder = sys.argv[2] + f"/made{stderr is None}"
                made = rodprep.prepare(sys.argv[1], folder, size=8, jobs=1)
                print(made["fingerprint"] == rodprep.open(sys.argv[2] + "/lines").fingerprint)
        """
        status, out, errors = python(code, self.archive, self.folder)
        self.assertEqual((status, out), (0, "True\nTrue\n"), errors)
        self.assertIn("complete", errors)

    def test_verify_tells_what_is_damaged_and_repairs_it(self):
        with contextlib.redirect_stderr(io.StringIO()):
            self.assertTrue(rodprep.verify(self.shards)["intact"])
            made = self.folder / "made"
            rodprep.prepare(self.archive, made, size=SIZE)
            damage(made / "ROD/00000.safetensors")
            with self.raises(rodprep.DataError, "ROD/00000.safetensors", exit_code=3):
                rodprep.verify(made)
            self.assertTrue(rodprep.verify(made, repair=self.archive)["repaired"])
            self.assertTrue(rodprep.verify(made)["intact"])

    def test_the_module_is_the_program(self):
        done = subprocess.run(
            [sys.executable, "-m", "rodprep", "info", str(self.shards), "--json"],
            capture_output=True,
            text=True,
        )
        self.assertIn(self.data.fingerprint, done.stdout)
        self.assertEqual(
            subprocess.run(
                [sys.executable, "-m", "rodprep", "nothing"], capture_output=True
            ).returncode,
            2,
        )
        version = subprocess.run(
            [sys.executable, "-m", "rodprep", "--version"], capture_output=True, text=True
        ).stdout
        self.assertEqual(version.strip(), rodprep.__version__)

    def test_a_program_that_is_not_there_is_named(self):
        status, _, errors = python(
            "import rodprep; rodprep.verify('x')",
            env={**os.environ, "ROD_RODPREP": "/nowhere/rodprep"},
        )
        self.assertEqual(status, 1)
        self.assertIn("/nowhere/rodprep", errors)

    def test_after_ctrl_c_the_same_call_resumes(self):
        code = """
            import os, signal, sys, rodprep
            class Stop:
                def write(self, text):
                    if "cache" in text: os.kill(os.getpid(), signal.SIGINT)
                def flush(self): pass
            sys.stderr = Stop()
            try:
                rodprep.prepare(sys.argv[1], sys.argv[2], size=512, jobs=1)
                print("resumes: it was faster than the signal")
            except KeyboardInterrupt as stopped:
                print(stopped)
        """
        made = self.folder / "made"
        status, out, errors = python(code, self.archive, made)
        self.assertEqual((status, errors), (0, ""))
        self.assertIn("resumes", out)
        with contextlib.redirect_stderr(io.StringIO()):
            rodprep.prepare(self.archive, made, size=512)
            self.assertTrue(rodprep.verify(made)["intact"])


if __name__ == "__main__":
    unittest.main()
