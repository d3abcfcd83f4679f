# What every target of this project is compiled with.

add_library(contend_options INTERFACE)
target_include_directories(contend_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(contend_options INTERFACE -Wall -Wextra)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Symmetric transfer is a tail call only with this option, at every level of optimisation.
  target_compile_options(contend_options INTERFACE -foptimize-sibling-calls)
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # Said of std::string's own code, where nothing overflows (PR 105329 and kin).
    target_compile_options(contend_options INTERFACE -Wno-stringop-overflow -Wno-restrict -Wno-array-bounds)
  endif()
endif()
# What is neither measured nor has much to work out need not be optimised far.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(contend_not_measured -O1)
endif()
if(CONTEND_NATIVE)
  target_compile_options(contend_options INTERFACE -march=native)
endif()
if(CONTEND_SANITIZE)
  target_compile_options(contend_options INTERFACE
    -fsanitize=${CONTEND_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(contend_options INTERFACE -fsanitize=${CONTEND_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 17)
    # Its check of calls through pointers cannot be assembled for coroutines.
    target_compile_options(contend_options INTERFACE -fno-sanitize=function)
  endif()
endif()
