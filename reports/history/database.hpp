#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace reports {

// The text names the database's file and what SQLite said.
struct database_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class database;

// A prepared statement; parameters count from 1, columns from 0.
class statement {
 public:
  statement& bind(int at, std::string_view text);
  statement& bind(int at, double value);
  statement& bind(int at, std::int64_t value);
  bool step();  // true: a row is there
  void run();   // to the end, and ready for new values
  std::string text(int column) const;
  double number(int column) const;
  std::int64_t integer(int column) const;

 private:
  friend database;
  statement(database& in, sqlite3_stmt* made) : in_(in), made_(made) {}
  struct finalizer {
    void operator()(sqlite3_stmt* made) const;
  };
  database& in_;
  std::unique_ptr<sqlite3_stmt, finalizer> made_;
};

// One SQLite file. Waits up to 30 s for other writers.
class database {
 public:
  database(const std::string& file, bool create);
  statement prepare(std::string_view sql);
  void execute(const char* sql);
  std::int64_t last_row() const;

 private:
  friend statement;
  [[noreturn]] void fail() const;
  struct closer {
    void operator()(sqlite3* opened) const;
  };
  std::string file_;
  std::unique_ptr<sqlite3, closer> opened_;
};

// Everything within is done or nothing is, whatever kills the process.
class transaction {
 public:
  explicit transaction(database& in) : in_(in) { in_.execute("BEGIN IMMEDIATE"); }
  ~transaction();
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;
  void commit();

 private:
  database& in_;
  bool done_ = false;
};

}  // namespace reports
