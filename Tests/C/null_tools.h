/* Calls that must answer DISTCOORD_ERROR_INVALID_ARGUMENT. */
#ifndef NULL_TOOLS_H
#define NULL_TOOLS_H

#include "harness.h"

/* The call, once with and once without a place for the error object. */
#define CHECK_BOTH(call, wanted)                                                        \
    do {                                                                                \
        CHECK_STATUS(call, wanted);                                                     \
        distcoord_error **E = NULL;                                                     \
        CHECK_INT((call), wanted);                                                      \
    } while (0)
#define CHECK_INVALID(call) CHECK_BOTH(call, DISTCOORD_ERROR_INVALID_ARGUMENT)
#define CHECK_SETTER_INVALID(call) CHECK_INT((call), DISTCOORD_ERROR_INVALID_ARGUMENT)

#endif
