// The header from C++: its names must keep C linkage.
#include <distcoord.h>

#include <cstdio>

int main() {
    distcoord_options *options = distcoord_options_new();
    std::printf("%s %s\n", distcoord_version(), distcoord_status_name(DISTCOORD_OK));
    distcoord_options_free(options);
    return 0;
}
