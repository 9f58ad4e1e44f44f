# In a wheel's build: the torch of the Python that the wheel is for. pip hides it behind a
# PYTHONPATH of its own.
find_package(Python COMPONENTS Interpreter REQUIRED)
execute_process(
  COMMAND env -u PYTHONPATH ${Python_EXECUTABLE} -c
    "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0] + '/share/cmake')"
  OUTPUT_VARIABLE torch_cmake OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
list(APPEND CMAKE_PREFIX_PATH ${torch_cmake})
