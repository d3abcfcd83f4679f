#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "reports/judge/judgement.hpp"
#include "reports/read/results.hpp"

namespace reports {

// From which share on a change matters: one for all, but at least the field's own least effect, and
// overrides by glob of the row's name and, where given, by field. The last override that fits
// holds; one that names the field may go below its least effect.
struct thresholds {
  double otherwise = 0.03;
  struct override_for {
    std::string names, field;
    double share = 0;
  };
  std::vector<override_for> overrides;

  double of(const std::string& name, std::string_view field) const;
};

// "3%" or "2.5 %" as a share. Throws std::invalid_argument whose text says what is wanted.
double parse_percent(std::string_view text);

// Lines of "GLOB [FIELD] PERCENT", # begins a comment; the glob is of the row's name or of its
// workload. Throws results_error with the line's number.
std::vector<thresholds::override_for> read_overrides(const std::filesystem::path& file);

// What is judged: the value below which a difference of it does not matter, and the share that is
// the least that matters, whatever is asked for time.
struct judged_field {
  std::string_view field, label;
  double floor, least_effect;
  bool required;
};
const std::vector<judged_field>& judged_fields();
// The fields of one cell that are judged: the CPU time of the whole process tree stands in for that
// of the main thread where it was measured.
std::vector<judged_field> judged_fields_of(const cell& one);
std::string_view label_of(std::string_view field);

// Two runs and what became of each row.
struct comparison {
  std::string base_source, head_source, base_revision, head_revision;
  double threshold = 0;
  bool paired = false;
  std::vector<std::string> different;  // facts of the fingerprints; compared all the same if forced
  std::vector<std::string> warnings;
  std::vector<std::string> notes;  // how it was measured
  std::vector<judgement> rows;

  std::size_t count(change result) const;
};

// The facts that forbid a comparison, each as "compiler: g++ 12.2 in BASE, g++ 13 in HEAD". Files
// without a fingerprint are held against each other by what Google Benchmark writes of the machine.
std::vector<std::string> differing_facts(const results& base, const results& head);

// Pairs samples by block only where both files say that they were taken together (the same
// "pairing" in their contexts); samples of two runs are unpaired, however many blocks each has.
comparison compare(const results& base, const results& head, const thresholds& limits);

// Judges fresh samples of what `first` found changed, those values alone and by themselves, and
// lets only what changed again in the same direction stand.
void confirm(comparison& first, const results& base, const results& head, const thresholds& limits);

std::string comparison_text(const comparison& from, int width, bool colour);
// For a pull request's comment: changed rows first, the rest folded, less than 60,000 bytes.
std::string comparison_markdown(const comparison& from);
std::string comparison_json(const comparison& from);
std::string comparison_junit(const comparison& from);
// Workflow commands that GitHub shows beside a change.
std::string comparison_annotations(const comparison& from);

}  // namespace reports
