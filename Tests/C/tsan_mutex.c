/*
 * Teaches the thread sanitizer Swift's Mutex. Its fast path is compiled into the library and seen; the slow path lies in
 * the toolchain's libswiftSynchronization, which is not instrumented, and hands the mutex over in the kernel. Without
 * these two every contended Mutex is reported as a race. Linked into the test programs, they come before the toolchain's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

void __tsan_acquire(void *address);
void __tsan_release(void *address);

SWIFT void distcoord_test_lock_slow(uint32_t thread, SELF void *mutex) __asm__(LOCK_SLOW);
SWIFT void distcoord_test_unlock_slow(SELF void *mutex) __asm__(UNLOCK_SLOW);

static SWIFT void (*real_lock_slow)(uint32_t, SELF void *);
static SWIFT void (*real_unlock_slow)(SELF void *);

__attribute__((constructor)) static void find_real(void)
{
    *(void **)&real_lock_slow = dlsym(RTLD_NEXT, LOCK_SLOW);
    *(void **)&real_unlock_slow = dlsym(RTLD_NEXT, UNLOCK_SLOW);
    if (!real_lock_slow || !real_unlock_slow) {
        fprintf(stderr, "tsan_mutex: this toolchain's Mutex has other symbols; adapt tsan_mutex.c\n");
        abort();
    }
}

SWIFT void distcoord_test_lock_slow(uint32_t thread, SELF void *mutex)
{
    real_lock_slow(thread, mutex);
    __tsan_acquire(mutex);
}

SWIFT void distcoord_test_unlock_slow(SELF void *mutex)
{
    __tsan_release(mutex);
    real_unlock_slow(mutex);
}
