# Read by ctest: one entry per GoogleTest suite, for a program whose start takes longer than most of
# its tests.

cmake_policy(VERSION 3.22)  # ctest sets none

# rod_add_suites(PROGRAM PREFIX suite…): PREFIXsuite for each suite of PROGRAM. Suites with a
# parameter share the entry of their name without it; the suites that are named here have one entry
# per test, so that they run beside each other.
function(rod_add_suites program prefix)
  if(NOT EXISTS "${program}")
    add_test(${prefix}NOT_BUILT "${program}")
    return()
  endif()
  set(listed "${program}.tests")
  if("${program}" IS_NEWER_THAN "${listed}")
    execute_process(COMMAND "${program}" --gtest_list_tests OUTPUT_VARIABLE tests
      RESULT_VARIABLE code)
    if(NOT code EQUAL 0)
      message(FATAL_ERROR "${program} --gtest_list_tests ended with ${code}:\n${tests}")
    endif()
    file(WRITE "${listed}" "${tests}")
  endif()
  file(STRINGS "${listed}" lines)
  set(names "")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE " *#.*" "" line "${line}")
    if(line MATCHES "^([^ ].*)\\.$")  # "Suite." or "Instance/Suite.", followed by its tests
      set(suite "${CMAKE_MATCH_1}")
      string(REGEX REPLACE "^.*/" "" name "${suite}")
      if(NOT name IN_LIST ARGN AND NOT name IN_LIST names)
        list(APPEND names "${name}")
        set(filter_${name} "")
      endif()
      if(NOT name IN_LIST ARGN)
        string(APPEND filter_${name} ":${suite}.*")
      endif()
    elseif(line MATCHES "^  ([^ ]+)$" AND name IN_LIST ARGN)
      list(APPEND names "${suite}.${CMAKE_MATCH_1}")
      set("filter_${suite}.${CMAKE_MATCH_1}" "${suite}.${CMAKE_MATCH_1}")
    endif()
  endforeach()
  foreach(name IN LISTS names)
    string(REGEX REPLACE "^:" "" filter "${filter_${name}}")
    add_test("${prefix}${name}" "${program}" "--gtest_filter=${filter}")
    set_tests_properties("${prefix}${name}" PROPERTIES TIMEOUT 600 SKIP_RETURN_CODE 77
      ENVIRONMENT OMP_NUM_THREADS=1)
  endforeach()
endfunction()
