// How OpenMP's threads, on which LibTorch computes on a CPU, wait for one another.
#pragma once

namespace rod {

// Starts this program again with threads that spin for microseconds before they sleep, unless the environment says how they wait. By itself
// libgomp lets them spin for milliseconds, thousands of times a step; where another program has taken a core, a step then takes several
// times as long. What it reads of the environment it reads while it is loaded, before main().
//
// Called before anything is opened or begun. Returns where threads wait as they should, and where the program can't be started again.
void spin_briefly();

}  // namespace rod
