/**
 * Which library is this? Macros tell what a program was compiled against, functions tell what it runs with.
 */
#ifndef DISTCOORD_VERSION_H
#define DISTCOORD_VERSION_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DISTCOORD_VERSION_MAJOR 0
#define DISTCOORD_VERSION_MINOR 1
#define DISTCOORD_VERSION_PATCH 0
#define DISTCOORD_VERSION_STRING "0.1.0"

/**
 * Number of the binary interface. It changes when a program compiled against an older header could misbehave with
 * this library; bindings compare it at load and refuse a mismatch in words.
 */
#define DISTCOORD_ABI_VERSION 1

/**
 * Version of the loaded library, as text ("0.1.0").
 *
 * @returns Text, borrowed until the process ends.
 */
const char *distcoord_version(void);

/**
 * Interface number of the loaded library; equals DISTCOORD_ABI_VERSION of the header it was built with.
 *
 * @returns The number.
 */
int32_t distcoord_abi_version(void);

#ifdef __cplusplus
}
#endif

#endif
