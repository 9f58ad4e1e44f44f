// rodtrain's commands. Each parses its own command line and returns the exit code.
#pragma once

namespace rod::trainer {

int train_command(int argc, char** argv);
int eval_command(int argc, char** argv);
int predict_command(int argc, char** argv);
int bench_command(int argc, char** argv);
int report_command(int argc, char** argv);
int export_command(int argc, char** argv);

}  // namespace rod::trainer
