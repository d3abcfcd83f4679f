#include "reports/history/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "reports/base/statistics.hpp"

namespace reports {
namespace {

constexpr int schema = 1;

constexpr const char* tables = R"(
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  revision TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  started TEXT NOT NULL,
  profile TEXT NOT NULL,
  facts TEXT NOT NULL
);
CREATE INDEX run_by_time ON run (fingerprint, started, id);
CREATE TABLE sample (
  run INTEGER NOT NULL REFERENCES run (id),
  name TEXT NOT NULL,
  field TEXT NOT NULL,
  number INTEGER NOT NULL,
  value REAL NOT NULL
);
CREATE INDEX sample_by_run ON sample (run);
CREATE TABLE accepted (
  run INTEGER NOT NULL REFERENCES run (id),
  name TEXT NOT NULL,
  field TEXT NOT NULL,
  note TEXT NOT NULL,
  UNIQUE (run, name, field)
);
PRAGMA user_version = 1;
)";

std::string started_of(const results& run) {
  return run.context.started.empty() ? run.context.date : run.context.started;
}

// Tells the same file added twice from two runs of one revision (FNV-1a of what was measured).
std::string digest_of(const results& run) {
  std::uint64_t hash = 0xcbf29ce484222325;
  auto mix = [&](std::string_view text) {
    for (unsigned char c : text) hash = (hash ^ c) * 0x100000001b3;
  };
  mix(started_of(run) + run.context.revision + run.context.fingerprint);
  for (const row& each : run.rows)
    mix(fmt::format("{}/{}/{};", each.name, each.sample, each.time_ns));
  return fmt::format("{:016x}", hash);
}

}  // namespace

history::history(const std::string& file, bool create) : file_(file), kept_(file, create) {
  auto version = [&] {
    auto asked = kept_.prepare("PRAGMA user_version");
    asked.step();
    return asked.integer(0);
  };
  auto has_tables = [&] {
    auto asked = kept_.prepare("SELECT count(*) FROM sqlite_master");
    asked.step();
    return asked.integer(0) > 0;
  };
  if (version() == 0 && create) {
    transaction all(kept_);  // another process may have made them meanwhile
    if (version() == 0) {
      if (has_tables())
        throw database_error(file + ": a database of something else, not a history of contend");
      kept_.execute(tables);
    }
    all.commit();
  }
  if (version() > schema)
    throw database_error(
        fmt::format("{}: written by a newer contend (history schema {}, this one reads {})", file,
                    version(), schema));
  if (version() != schema) throw database_error(file + ": not a history of contend");
}

std::optional<std::size_t> history::add(const results& from) {
  transaction all(kept_);
  const std::string digest = digest_of(from);
  auto known = kept_.prepare("SELECT 1 FROM run WHERE digest = ?");
  if (known.bind(1, digest).step()) return {};
  nlohmann::json facts = from.context.facts;
  kept_
      .prepare(
          "INSERT INTO run (digest, revision, fingerprint, started, profile, facts) "
          "VALUES (?, ?, ?, ?, ?, ?)")
      .bind(1, digest)
      .bind(2, from.context.revision)
      .bind(3, from.context.fingerprint)
      .bind(4, started_of(from))
      .bind(5, from.context.profile)
      .bind(6, facts.dump())
      .run();
  const std::int64_t run = kept_.last_row();
  auto insert =
      kept_.prepare("INSERT INTO sample (run, name, field, number, value) VALUES (?, ?, ?, ?, ?)");
  std::size_t count = 0;
  for (const cell& one : cells(from)) {
    if (!one.valid()) continue;
    for (const judged_field& field : judged_fields_of(one))
      for (const row* each : one.samples) {
        auto value = value_of(*each, field.field);
        if (!value) continue;
        insert.bind(1, run).bind(2, one.name).bind(3, field.field);
        insert.bind(4, static_cast<std::int64_t>(each->sample)).bind(5, *value).run();
        ++count;
      }
  }
  all.commit();
  return count;
}

std::vector<history::run> history::runs(const std::string& fingerprint) {
  auto asked = kept_.prepare(
      "SELECT id, revision, fingerprint, started FROM run WHERE fingerprint = ? ORDER BY started, "
      "id");
  asked.bind(1, fingerprint);
  std::vector<run> out;
  while (asked.step())
    out.push_back({asked.integer(0), asked.text(1), asked.text(2), asked.text(3)});
  return out;
}

std::string history::latest_fingerprint() {
  auto asked = kept_.prepare("SELECT fingerprint FROM run ORDER BY started DESC, id DESC LIMIT 1");
  return asked.step() ? asked.text(0) : std::string{};
}

std::vector<history::series> history::all_series(const std::string& fingerprint) {
  auto asked = kept_.prepare(
      "SELECT name, field, run, value FROM sample JOIN run ON run.id = sample.run "
      "WHERE fingerprint = ? ORDER BY name, field, started, run.id");
  asked.bind(1, fingerprint);
  std::vector<series> out;
  std::vector<double> values;
  auto finish_run = [&] {
    if (!values.empty()) out.back().medians.push_back(median(values));
    values.clear();
  };
  while (asked.step()) {
    std::string name = asked.text(0), field = asked.text(1);
    const std::int64_t run = asked.integer(2);
    if (out.empty() || out.back().name != name || out.back().field != field) {
      finish_run();
      out.push_back({name, field, {}, {}});
    }
    if (out.back().run_ids.empty() || out.back().run_ids.back() != run) {
      finish_run();
      out.back().run_ids.push_back(run);
    }
    values.push_back(asked.number(3));
  }
  finish_run();
  return out;
}

void history::accept(const std::string& name, const std::string& field, const std::string& revision,
                     const std::string& note) {
  transaction all(kept_);
  auto found = kept_.prepare(
      "SELECT id, fingerprint FROM run WHERE revision = ? ORDER BY fingerprint, started, id");
  found.bind(1, revision);
  std::vector<std::int64_t> ids;  // the first run of the revision on each machine
  for (std::string last; found.step(); last = found.text(1))
    if (ids.empty() || found.text(1) != last) ids.push_back(found.integer(0));
  if (ids.empty())
    throw database_error(fmt::format("{}: no run of revision \"{}\"", file_, revision));
  std::size_t accepted = 0;
  for (std::int64_t id : ids) {
    auto fields = kept_.prepare(
        "SELECT DISTINCT field FROM sample WHERE run = ? AND name = ? "
        "AND (?3 = '' OR field = ?3)");
    fields.bind(1, id).bind(2, name).bind(3, field);
    while (fields.step()) {
      kept_.prepare("INSERT OR REPLACE INTO accepted (run, name, field, note) VALUES (?, ?, ?, ?)")
          .bind(1, id)
          .bind(2, name)
          .bind(3, fields.text(0))
          .bind(4, note)
          .run();
      ++accepted;
    }
  }
  if (accepted == 0)
    throw database_error(fmt::format("{}: revision \"{}\" has no \"{}\"{}", file_, revision, name,
                                     field.empty() ? "" : fmt::format(" with {}", field)));
  all.commit();
}

std::vector<history::acceptance> history::accepted() {
  auto asked = kept_.prepare("SELECT name, field, run FROM accepted");
  std::vector<acceptance> out;
  while (asked.step()) out.push_back({asked.text(0), asked.text(1), asked.integer(2)});
  return out;
}

}  // namespace reports
