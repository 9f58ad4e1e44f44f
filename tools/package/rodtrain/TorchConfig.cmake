# LibTorch for a program that knows no CUDA, out of a torch of either kind: the headers of both are the same (but for those of CUDA
# itself), and so is what these three libraries export. It stands in the place of the file of this name in share/cmake/Torch of torch,
# which for a CUDA torch requires the whole CUDA toolkit.
get_filename_component(TORCH_INSTALL_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(TORCH_CXX_FLAGS "")
foreach(name c10 torch_cpu torch)
  add_library(${name} SHARED IMPORTED)
  set_target_properties(${name} PROPERTIES
    IMPORTED_LOCATION ${TORCH_INSTALL_PREFIX}/lib/lib${name}.so IMPORTED_SONAME lib${name}.so
    INTERFACE_INCLUDE_DIRECTORIES "${TORCH_INSTALL_PREFIX}/include;${TORCH_INSTALL_PREFIX}/include/torch/csrc/api/include")
endforeach()
set_target_properties(torch_cpu PROPERTIES INTERFACE_COMPILE_DEFINITIONS USE_DISTRIBUTED)
target_link_libraries(torch INTERFACE torch_cpu c10)
# libtorch.so brings a CUDA torch's GPU part along; no symbol of it is used.
add_library(torch_library INTERFACE IMPORTED)
target_link_libraries(torch_library INTERFACE -Wl,--no-as-needed ${TORCH_INSTALL_PREFIX}/lib/libtorch.so -Wl,--as-needed torch)
