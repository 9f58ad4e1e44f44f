// Where this session runs, how old it is, and when it will be ended.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace rod::doctor {

struct Session {
  std::string place;            // "Colab", "Kaggle", "Slurm job 42" or "this machine"
  std::chrono::seconds age{0};  // since the machine or the container started
  // what the place allows at most, by its own documentation
  std::optional<std::chrono::seconds> longest;
  std::optional<std::chrono::seconds> left;  // until then, if that is known
  std::string clock;                         // local date, time and zone
};

// By the environment's variables and the start of process 1.
Session look_at_session();

// The same from given variables: COLAB_RELEASE_TAG or COLAB_GPU; KAGGLE_KERNEL_RUN_TYPE;
// SLURM_JOB_ID with SLURM_JOB_END_TIME. `now`: seconds since 1970.
Session session_from(const std::map<std::string, std::string>& variables, std::chrono::seconds age,
                     std::chrono::seconds now);

}  // namespace rod::doctor
