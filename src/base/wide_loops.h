#pragma once

// WAYMARK_WIDE_LOOPS before a function: copies of it for every x86-64, for those with 256-bit and
// for those with 512-bit integers, chosen when the program starts. Sanitizers cannot follow that
// choice.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define WAYMARK_WIDE_LOOPS __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
// For what intrinsics say better than a loop: WAYMARK_AVX2 before a function that is called only
// where __builtin_cpu_supports("avx2").
#define WAYMARK_HAS_AVX2
#define WAYMARK_AVX2 __attribute__((target("avx2")))
#else
#define WAYMARK_WIDE_LOOPS
#endif

// What such a function calls must be part of it to be copied with it.
#define WAYMARK_INLINE __attribute__((always_inline)) inline
