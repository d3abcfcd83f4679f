#include "reports/history/database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

namespace reports {

void statement::finalizer::operator()(sqlite3_stmt* made) const { sqlite3_finalize(made); }

statement& statement::bind(int at, std::string_view text) {
  if (sqlite3_bind_text64(made_.get(), at, text.data(), text.size(), SQLITE_TRANSIENT,
                          SQLITE_UTF8) != SQLITE_OK)
    in_.fail();
  return *this;
}

statement& statement::bind(int at, double value) {
  if (sqlite3_bind_double(made_.get(), at, value) != SQLITE_OK) in_.fail();
  return *this;
}

statement& statement::bind(int at, std::int64_t value) {
  if (sqlite3_bind_int64(made_.get(), at, value) != SQLITE_OK) in_.fail();
  return *this;
}

bool statement::step() {
  int result = sqlite3_step(made_.get());
  if (result != SQLITE_ROW && result != SQLITE_DONE) in_.fail();
  return result == SQLITE_ROW;
}

void statement::run() {
  while (step()) {
  }
  sqlite3_reset(made_.get());
}

std::string statement::text(int column) const {
  auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(made_.get(), column));
  return bytes ? std::string(bytes, sqlite3_column_bytes(made_.get(), column)) : std::string{};
}

double statement::number(int column) const { return sqlite3_column_double(made_.get(), column); }

std::int64_t statement::integer(int column) const {
  return sqlite3_column_int64(made_.get(), column);
}

void database::closer::operator()(sqlite3* opened) const { sqlite3_close_v2(opened); }

database::database(const std::string& file, bool create) : file_(file) {
  sqlite3* opened = nullptr;
  int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);
  int result = sqlite3_open_v2(file.c_str(), &opened, flags, nullptr);
  opened_.reset(opened);
  if (result != SQLITE_OK) fail();
  sqlite3_busy_timeout(opened, 30'000);
  execute("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL");
}

statement database::prepare(std::string_view sql) {
  sqlite3_stmt* made = nullptr;
  if (sqlite3_prepare_v2(opened_.get(), sql.data(), static_cast<int>(sql.size()), &made, nullptr) !=
      SQLITE_OK)
    fail();
  return {*this, made};
}

void database::execute(const char* sql) {
  if (sqlite3_exec(opened_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

std::int64_t database::last_row() const { return sqlite3_last_insert_rowid(opened_.get()); }

void database::fail() const {
  throw database_error(
      fmt::format("{}: {}", file_, opened_ ? sqlite3_errmsg(opened_.get()) : "out of memory"));
}

transaction::~transaction() {
  if (done_) return;
  try {
    in_.execute("ROLLBACK");
  } catch (const database_error&) {
    // SQLite has rolled back by itself after some errors.
  }
}

void transaction::commit() {
  in_.execute("COMMIT");
  done_ = true;
}

}  // namespace reports
