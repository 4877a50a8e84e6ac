/* The low-level SHA1_* and SHA256_* functions are deprecated in favour of EVP_Digest, whose first use costs more than a
   millisecond: as much as the whole start of the command. What is hashed here is no secret. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
