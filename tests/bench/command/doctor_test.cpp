// `contend doctor` on made-up machines, and on this one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <set>

#include "bench/command/common/system_files.hpp"
#include "tests/shared/command_line.hpp"

namespace {

using findings = std::map<std::string, nlohmann::json>;

findings examine(const std::string& more = "") {
  const auto f =
      tests::shell(tests::contend + " doctor --json --bin-dir " + tests::bad_binaries + more);
  EXPECT_EQ(f.status, 0) << f.output;
  findings all;
  for (const auto& each : nlohmann::json::parse(f.output)) all[each.at("check")] = each;
  return all;
}

// A machine made of files.
class machine {
 public:
  machine& has(const std::string& file, const std::string& text) {
    std::filesystem::create_directories((folder_ / file).parent_path());
    std::ofstream{folder_ / file} << text << "\n";
    return *this;
  }
  findings examined() const { return examine(" --root " + (folder_ / "").string()); }

 private:
  tests::scratch folder_;
};

std::string level_of(const findings& all, const std::string& check) {
  return all.at(check).at("level");
}

TEST(doctor, says_something_of_every_thing_that_disturbs_a_measurement) {
  const auto all = examine();
  for (const char* check : {"processors",
                            "governor",
                            "turbo",
                            "smt",
                            "hypervisor",
                            "steal",
                            "load of others",
                            "clock source",
                            "timer slack",
                            "descriptors",
                            "threads and processes",
                            "mappings",
                            "memory",
                            "io_uring",
                            "hardware counters",
                            "system calls",
                            "address layout",
                            "huge pages",
                            "allocator",
                            "compiler",
                            "benchmark library"})
    ASSERT_TRUE(all.contains(check)) << check;
  for (const auto& [check, finding] : all) {
    EXPECT_FALSE(finding.at("found").get<std::string>().empty()) << check;
    if (finding.at("level") == "ok") continue;
    EXPECT_FALSE(finding.at("effect").get<std::string>().empty()) << check;
    EXPECT_FALSE(finding.at("remedy").get<std::string>().empty()) << check;
  }
}

TEST(doctor, is_not_stopped_by_what_only_root_may_look_into) {
  const tests::scratch folder;
  std::filesystem::create_directories(folder / "closed/inner");
  std::filesystem::permissions(folder / "closed", std::filesystem::perms::none);
  const command::system_files system{folder / ""};
  const bool root = ::geteuid() == 0;
  constexpr uid_t nobody = 65'534;
  std::filesystem::permissions(folder / "", std::filesystem::perms::all);
  ASSERT_EQ(root ? ::seteuid(nobody) : 0, 0);
  EXPECT_TRUE(system.has("closed/inner"));
  EXPECT_FALSE(system.has("nothing"));
  ASSERT_EQ(root ? ::seteuid(0) : 0, 0);
  std::filesystem::permissions(folder / "closed", std::filesystem::perms::owner_all);
}

TEST(doctor, finds_nothing_wrong_with_a_machine_made_for_measuring) {
  machine quiet;
  quiet.has("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance")
      .has("sys/devices/system/cpu/intel_pstate/no_turbo", "1")
      .has("sys/devices/system/cpu/smt/active", "0")
      .has("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc")
      .has("proc/cpuinfo", "flags\t\t: fpu avx2 constant_tsc")
      .has("proc/stat", "cpu 0 0 0 0 0 0 0 0 0 0");
  const auto all = quiet.examined();
  for (const char* check : {"governor", "turbo", "smt", "hypervisor", "steal", "load of others"})
    EXPECT_EQ(level_of(all, check), "ok") << all.at(check);
}

TEST(doctor, names_what_an_ordinary_server_does_to_times) {
  machine ordinary;
  ordinary.has("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave")
      .has("sys/devices/system/cpu/intel_pstate/no_turbo", "0")
      .has("sys/devices/system/cpu/smt/active", "1")
      .has("sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0,32")
      .has("sys/class/dmi/id/sys_vendor", "QEMU")
      .has("proc/cpuinfo", "flags\t\t: fpu hypervisor avx2")
      .has("proc/sys/kernel/randomize_va_space", "0")
      .has("sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never")
      .has("proc/sys/vm/max_map_count", "1000")
      .has("proc/sys/kernel/pid_max", "4096");
  const auto all = ordinary.examined();
  EXPECT_EQ(level_of(all, "governor"), "warning");
  EXPECT_EQ(level_of(all, "mappings"), "warning");
  for (const char* check :
       {"turbo", "smt", "hypervisor", "address layout", "huge pages", "threads and processes"})
    EXPECT_EQ(level_of(all, check), "notice") << all.at(check);
  EXPECT_EQ(all.at("hypervisor").at("found"), "QEMU");
  EXPECT_THAT(all.at("smt").at("found"), testing::HasSubstr("0,32"));
}

TEST(doctor, finds_the_quota_of_a_control_group_of_either_version) {
  machine v2, v1;
  v2.has("proc/self/cgroup", "0::/kube/pod").has("sys/fs/cgroup/kube/cpu.max", "50000 100000");
  v2.has("sys/fs/cgroup/kube/pod/pids.max", "200");
  v1.has("proc/self/cgroup", "3:cpu,cpuacct:/job")
      .has("sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "50000")
      .has("sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000");
  for (const auto& all : {v2.examined(), v1.examined()}) {
    EXPECT_EQ(level_of(all, "processors"), "warning");
    EXPECT_THAT(all.at("processors").at("found"), testing::HasSubstr("0.5 processors' worth"));
  }
  EXPECT_EQ(v2.examined().at("threads and processes").at("found"), "at most 200");
}

TEST(doctor, notices_another_allocator) {
  const auto f = tests::shell("MALLOC_ARENA_MAX=1 " + tests::contend + " doctor --bin-dir " +
                              tests::bad_binaries);
  EXPECT_THAT(f.output, testing::ContainsRegex("notice +allocator .*MALLOC_ARENA_MAX=1"));
}

TEST(doctor, prints_a_line_for_each_finding_that_needs_no_colour) {
  const auto f = tests::shell(tests::contend + " doctor --bin-dir " + tests::bad_binaries);
  ASSERT_EQ(f.status, 0);
  EXPECT_EQ(f.output.find('\x1b'), std::string::npos);
  std::istringstream lines{f.output};
  std::size_t findings = 0;
  for (std::string line; std::getline(lines, line);)
    findings +=
        line.starts_with("ok ") || line.starts_with("notice ") || line.starts_with("warning ");
  EXPECT_EQ(findings, examine().size());
}

}  // namespace
