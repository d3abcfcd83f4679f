# Writes a source file with the contents and SHA-256 of FILES (a list of paths) for reports/base/assets.hpp:
#   cmake -D FILES=a;b -D OUT=assets.cpp -P embed.cmake
set(blobs "")
set(rows "")
set(index 0)
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME)
  file(SHA256 "${file}" hash)
  file(SIZE "${file}" size)
  # The assembler reads the file: a megabyte as an initialiser would take the compiler a minute.
  string(APPEND blobs
    "asm(\".pushsection .rodata\\n\"\n"
    "    \"contend_asset_${index}: .incbin \\\"${file}\\\"\\n.byte 0\\n\"\n"
    "    \".popsection\\n\");\n"
    "extern \"C\" const char contend_asset_${index}[];\n")
  string(APPEND rows "  if (name == \"${name}\") return {{contend_asset_${index}, ${size}}, \"${hash}\"};\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${OUT}" "// Made by cmake/embed.cmake.\n#include \"reports/base/assets.hpp\"\n\n${blobs}\n"
  "namespace reports {\n\nasset asset_of(std::string_view name) {\n${rows}  return {};\n}\n\n}  // namespace reports\n")
