/* hiredis for its reply parser alone: connections, pipelining and pub/sub are our own. Written to version 0.14, the
   oldest in use (Debian 12); nothing here depends on fields that later versions added. */
#include <hiredis/hiredis.h>
