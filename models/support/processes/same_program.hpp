#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <span>

namespace models::support {

// What a process of the same program is started with.
using entry_words = std::array<std::uintptr_t, 3>;
using program_entry = void (*)(const entry_words&);

// The first of the descriptors that it is given.
inline constexpr int first_descriptor = 3;

// Executes this program anew in a child, which calls `entry(words)` in place of main, once what
// main could count on has been initialised; the entry must not return. These descriptors are
// `first_descriptor` and on there, all others beyond standard error are closed. The child is killed
// when the thread that started it ends. The cost does not grow with this process's memory. Throws
// std::system_error.
pid_t start_same_program(program_entry entry, const entry_words& words,
                         std::span<const int> descriptors);

// Code of a program lies elsewhere each time that it is executed: how far from where it lies in the
// process that has executed this one's program anew. 0 in all others.
std::intptr_t code_shift() noexcept;

}  // namespace models::support
