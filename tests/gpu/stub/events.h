// What a program asked of the stand-in for CUDA, counted by name.
//
// Names: "launch kernel NAME", "launch copy pinned->device", "launch memset", "launch graph",
// "wait CALL", "allocate device", "allocate pinned", "create stream", "overwritten copy",
// "call NAME" for functions that do nothing.
#pragma once

#include <cstddef>

extern "C" {
void stub_event(const char* kind, const char* name);  // counts "KIND NAME"
long stub_call(const char* name);                     // counts "call NAME"; returns 0, success
void* stub_object();                                  // a handle that means nothing

// For the program that is tested, which finds them with dlsym().
void stub_reset();                    // forgets all events
long stub_count(const char* prefix);  // events whose name begins with `prefix`
void stub_print(const char* prefix);  // these events, the most frequent first, on stdout
std::size_t stub_device_bytes();      // that are allocated, on all devices together
std::size_t stub_device_bytes_of(int device);
}
