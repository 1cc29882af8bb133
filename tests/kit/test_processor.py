"""What the process is set up with before anything is computed."""

import subprocess
import sys

import pytest


@pytest.mark.promise("AN3")
def test_products_of_vectors_take_one_thread_unless_the_operator_says_otherwise() -> None:
    script = "import firstline, os; print(os.environ['OPENBLAS_NUM_THREADS'])"
    plain = {"PATH": "/usr/bin", "PYTHONPATH": ":".join(sys.path)}
    for given, expected in (({}, "1"), ({"OPENBLAS_NUM_THREADS": "4"}, "4")):
        ran = subprocess.run([sys.executable, "-c", script], env=plain | given, capture_output=True, text=True, check=True)
        assert ran.stdout.strip() == expected
