# Every cell of the Colab notebook runs for real: on an empty machine, on the next from what the
# drive holds, without a GPU, and with something missing.
[ -n "$ROD_TEST_PYTHON" ] || { echo "skipped: ROD_TEST_PYTHON is not set"; exit 77; }
"$ROD_TEST_PYTHON" "$ROD_SOURCE/tests/notebook/run_notebook.py" \
  "$ROD_SOURCE/tools/colab/rod_synrod.ipynb" "$ROD_SOURCE" "$ROD_BINARY" "$PWD"
