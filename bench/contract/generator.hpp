#pragma once

#include "bench/contract/model.hpp"

namespace bench {

// Elements that a body hands out, one each time that `next()` is asked for; the body keeps its
// place meanwhile, and may wait for anything as tasks of M do. `next()` is a wait and comes to a
// std::optional, empty at the end.
//
//   bench::generator<M, long> numbers{m, bench::fn<body<M>>, args...};   // body(m, sink, args...)
//
// A body yields by `sink.yield(element)`, which is a wait, too. It may pass its sink on to others
// that it calls or awaits: what those yield are its own elements.
template <class M, class T>
using generator = typename M::template generator<T>;

template <class M, class T>
using sink = typename generator<M, T>::sink;

}  // namespace bench
