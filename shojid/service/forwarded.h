/*
 * What a proxy before this server says of the requests that it passes on: by Forwarded
 * (RFC 7239), or by X-Forwarded-For, -Proto and -Host, which many still send. It counts
 * where the connection comes from an address that is configured as a proxy's, and from
 * nobody else.
 */
#ifndef SHOJID_SERVICE_FORWARDED_H
#define SHOJID_SERVICE_FORWARDED_H

#include "service/exchange.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FORWARDED_PROXY_MAXIMUM = 16,
    FORWARDED_ADDRESS_SIZE = 48, /* of a numeric address, IPv6 too, with the NUL */
    FORWARDED_HOST_SIZE = 272    /* of a host and port, with the NUL */
};

/* A network of IPv4 addresses: those that are `address` under `mask`. */
struct forwarded_network {
    uint32_t address;
    uint32_t mask;
};

struct forwarded_proxies {
    struct forwarded_network networks[FORWARDED_PROXY_MAXIMUM];
    size_t count;
};

/* Reads "192.0.2.1" or "192.0.2.0/24". False where it is neither, or has bits that are
 * set beyond those that count. */
bool forwarded_parse_network(struct forwarded_network *network, const char *text);

/* Whether a numeric address is a proxy's. */
bool forwarded_trusts(const struct forwarded_proxies *proxies, const char *address);

/* Who sent a request and to where, as far as a proxy says so. */
struct forwarded {
    char address[FORWARDED_ADDRESS_SIZE]; /* empty: nothing is said of it */
    char host[FORWARDED_HOST_SIZE];       /* the same */
    bool proto_given;
    bool secure;
};

/*
 * Reads what proxies say of a request that came from a proxy's address. Of several
 * proxies in a row each that is trusted is believed in what it says of the one before it;
 * the client is the first that is none of them.
 *
 * detail  receives, where it is malformed, a sentence that says why: a static string.
 *
 * Returns whether it is well-formed; what is not there at all is.
 */
bool forwarded_read(struct forwarded *forwarded, const struct forwarded_proxies *proxies,
                    const struct exchange_request *request, const char **detail);

#endif
