// The commands of rodprep, one file each.
#pragma once

namespace rod::tools {

int cache_command(int argc, char** argv);
int doctor_command(int argc, char** argv);
int export_command(int argc, char** argv);
int extract_command(int argc, char** argv);
int info_command(int argc, char** argv);
int merge_command(int argc, char** argv);
int preview_command(int argc, char** argv);
int synth_command(int argc, char** argv);
int verify_command(int argc, char** argv);

}  // namespace rod::tools
