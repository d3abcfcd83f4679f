# Run at every build: writes OUT with the commit that SOURCE is at, only where that has changed.
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=*
  OUTPUT_VARIABLE revision ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
if(failed)
  set(revision unknown)
endif()
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT
"#include \"bench/program/revision.hpp\"
namespace bench {
const char* revision() noexcept { return \"@revision@\"; }
}  // namespace bench
")
