#include "http/connections.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum {
    SPARE_THREADS = 16,
    PORT_MAXIMUM = 16,
    BUCKET_COUNT = 1024,
    /* Descriptors are given out from the lowest. A connection has one, and its thread may
     * read the store by some more. */
    DESCRIPTORS_PER_THREAD = 4,
    OTHER_DESCRIPTORS = 1024,
    BLOCK = 256,               /* descriptors that are asked for at once */
    GRACE = 100 * 1000 * 1000, /* nanoseconds */
    PAUSE = 5 * 1000 * 1000,   /* the same, before room is looked for again... */
    PAUSE_MAXIMUM = 240,       /* ...so many times */
    /* Everybody waits while the descriptors are looked through: that is done after such a
     * pause at the soonest, and takes no more than one part of so many of the time. */
    LOOK_PAUSE = 2 * 1000 * 1000,
    LOOK_SHARE = 16,
    TICK = 250 * 1000 * 1000 /* after which late bodies are looked for */
};

/* What a moment of waiting counts, and how many nanoseconds of it everybody has. An idle
 * connection is one that its client can open anew, a body that comes slowly may still be
 * an honest one, and one who reads an answer slowly has had the work done already. */
static const struct {
    uint64_t weight;
    uint64_t patience;
} states[CONNECTION_STATES] = {
    [CONNECTION_HEAD] = {20, 20 * 1000 * 1000},
    [CONNECTION_BODY] = {2, 1000 * 1000 * 1000},
    [CONNECTION_WORK] = {0, 0},
    [CONNECTION_ANSWER] = {1, 1000 * 1000 * 1000},
};

/* In the order of the network. A port of 0 is nobody's. */
struct peer {
    in_addr_t address;
    in_port_t port;
};

/* One that has a thread. */
struct connection {
    struct connection *next; /* of its bucket, or of those that are free */
    struct peer peer;        /* nobody's until its first request */
    bool no_room;
    bool marked;
    enum connection_state state;
    uint64_t since;    /* nanoseconds: when it entered its state */
    uint64_t deadline; /* of a body's next piece; 0 for none */
    bool late;
};

/* A descriptor, as it was when the descriptors were looked through. */
struct seen {
    struct peer peer;
    bool shut;
    bool counted;   /* its address has been kept within its limit since it came */
    uint64_t since; /* when it was first seen */
};

struct connections {
    pthread_mutex_t lock; /* of everything below */
    size_t maximum;
    size_t per_address;
    const struct forwarded_proxies *exempt;
    size_t count;
    in_port_t ports[PORT_MAXIMUM]; /* in the order of the network */
    size_t port_count;
    struct connection *free;
    struct connection *buckets[BUCKET_COUNT]; /* by the peer's port */
    struct seen *seen;
    int seen_count;
    int seen_end;       /* behind the last that was a connection */
    uint64_t next_look; /* when the descriptors may be looked through again... */
    bool look_wanted;   /* ...and whether somebody could not do it */
    bool over; /* some address is beyond its limit, and none of it could be shut yet */
    bool closing;
    pthread_cond_t told; /* the watcher is: of a look that is wanted, or the end */
    pthread_t watcher;
    size_t slot_count;
    struct connection slots[];
};

size_t connections_threads(size_t maximum)
{
    return maximum + SPARE_THREADS;
}

void connections_add_port(struct connections *connections, int port)
{
    pthread_mutex_lock(&connections->lock);
    if (connections->port_count < PORT_MAXIMUM)
        connections->ports[connections->port_count++] = htons((uint16_t)port);
    pthread_mutex_unlock(&connections->lock);
}

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static bool is_same(struct peer one, struct peer other)
{
    return one.address == other.address && one.port == other.port;
}

static struct connection **bucket_of(struct connections *connections, struct peer peer)
{
    return &connections->buckets[ntohs(peer.port) % BUCKET_COUNT];
}

static struct connection *find_known(struct connections *connections, struct peer peer)
{
    struct connection *known = *bucket_of(connections, peer);
    while (known != NULL && !is_same(known->peer, peer))
        known = known->next;
    return known;
}

/* The peer of a descriptor that is a connection to one of the server's ports. */
static struct peer peer_of(const struct connections *connections, int descriptor)
{
    const struct peer nobody = {0, 0};
    struct sockaddr_in here;
    struct sockaddr_in there;
    socklen_t size = sizeof there;
    if (getpeername(descriptor, (struct sockaddr *)&there, &size) != 0 ||
        there.sin_family != AF_INET)
        return nobody;
    size = sizeof here;
    if (getsockname(descriptor, (struct sockaddr *)&here, &size) != 0)
        return nobody;
    for (size_t i = 0; i < connections->port_count; i++)
        if (connections->ports[i] == here.sin_port)
            return (struct peer){there.sin_addr.s_addr, there.sin_port};
    return nobody;
}

/* How many descriptors there can be: a call may name no more. */
static int descriptor_end(const struct connections *connections)
{
    struct rlimit limit;
    int end = connections->seen_count;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t)end)
        end = (int)limit.rlim_cur;
    return end;
}

static void look_at(struct connections *connections, int descriptor, uint64_t time)
{
    struct seen *seen = &connections->seen[descriptor];
    struct peer peer = peer_of(connections, descriptor);
    if (peer.port != 0)
        connections->seen_end = descriptor + 1;
    if (peer.port == 0 || !is_same(peer, seen->peer))
        *seen = (struct seen){.peer = peer, .since = time};
}

/* Looks at those of a block that are open. Most are not, and one call tells of all. */
static void look_at_block(struct connections *connections, int begin, int count,
                          uint64_t time)
{
    struct pollfd asked[BLOCK];
    for (int i = 0; i < count; i++)
        asked[i] = (struct pollfd){.fd = begin + i};
    bool told = poll(asked, (nfds_t)count, 0) >= 0;
    for (int i = 0; i < count; i++)
        if (!told || (asked[i].revents & POLLNVAL) == 0)
            look_at(connections, begin + i, time);
        else
            connections->seen[begin + i] = (struct seen){.peer = {0, 0}};
}

/* Looks through the descriptors. */
static void look(struct connections *connections, uint64_t time)
{
    int end = descriptor_end(connections);
    connections->seen_end = 0;
    for (int begin = 0; begin < end; begin += BLOCK)
        look_at_block(connections, begin, end - begin < BLOCK ? end - begin : BLOCK,
                      time);
    uint64_t pause = (now() - time) * LOOK_SHARE;
    connections->next_look = time + (pause > LOOK_PAUSE ? pause : LOOK_PAUSE);
    connections->look_wanted = false;
}

/* Whether bytes have come that no thread has read: then it is we who make it wait, since
 * it is still in the library's queue and has no thread that would become free. */
static bool is_waiting_for_us(int descriptor)
{
    int bytes = 0;
    return ioctl(descriptor, FIONREAD, &bytes) == 0 && bytes > 0;
}

/*
 * How long one has made us wait, by what it does; 0 for one that is not to be shut down.
 * Where it would be for want of a thread, that is one which has none, and one that has
 * come just now while there are threads left.
 */
static uint64_t weigh(struct connections *connections, int descriptor, uint64_t time,
                      bool for_thread)
{
    const struct seen *seen = &connections->seen[descriptor];
    if (seen->peer.port == 0 || seen->shut)
        return 0;
    const struct connection *known = find_known(connections, seen->peer);
    enum connection_state state = known != NULL ? known->state : CONNECTION_HEAD;
    uint64_t waited = time - (known != NULL ? known->since : seen->since) + 1;
    if (for_thread && ((waited < GRACE && connections->free != NULL) ||
                       (state == CONNECTION_HEAD && is_waiting_for_us(descriptor))))
        return 0;
    return waited < states[state].patience ? 0 : waited * states[state].weight;
}

/*
 * Shuts a socket down, if it is still that of its peer. Where nothing is known of it, its
 * thread may close it at any moment, even now, and the descriptor become another's: then
 * it is at worst a connection that has come just now which is lost. A duplicate would
 * not become another's, but to close it, once it turns out to be a file, would end all of
 * the process's locks on that file, SQLite's among them.
 */
static void shut(const struct connections *connections, int descriptor, struct peer peer,
                 int how)
{
    if (is_same(peer_of(connections, descriptor), peer))
        shutdown(descriptor, how);
}

/* Shuts down the connection that has made us wait the longest, of all or of those from
 * one address. Returns whether there was one. */
static bool shed(struct connections *connections, const in_addr_t *address, uint64_t time)
{
    int chosen = -1;
    uint64_t most = 0;
    for (int i = 0; i < connections->seen_end; i++) {
        const struct seen *seen = &connections->seen[i];
        if (address != NULL && seen->peer.address != *address)
            continue;
        uint64_t waited = weigh(connections, i, time, address == NULL);
        if (waited <= most)
            continue;
        most = waited;
        chosen = i;
    }
    if (chosen < 0)
        return false;
    connections->seen[chosen].shut = true;
    shut(connections, chosen, connections->seen[chosen].peer, SHUT_RDWR);
    return true;
}

static bool is_exempt(const struct connections *connections, in_addr_t address)
{
    char text[INET_ADDRSTRLEN];
    struct in_addr in = {address};
    return inet_ntop(AF_INET, &in, text, sizeof text) != NULL &&
           forwarded_trusts(connections->exempt, text);
}

/* Keeps an address within its limit. */
static void limit_address(struct connections *connections, in_addr_t address,
                          uint64_t time)
{
    size_t count = 0;
    for (int i = 0; i < connections->seen_end; i++) {
        struct seen *seen = &connections->seen[i];
        if (seen->peer.port == 0 || seen->peer.address != address)
            continue;
        seen->counted = true;
        count += !seen->shut;
    }
    bool exempt = is_exempt(connections, address);
    while (!exempt && count > connections->per_address &&
           shed(connections, &address, time))
        count--;
    if (!exempt && count > connections->per_address)
        connections->over = true;
}

/* Keeps the addresses of those that have come within their limits. */
static void limit_addresses(struct connections *connections, uint64_t time)
{
    if (connections->per_address == 0)
        return;
    for (int i = 0; i < connections->seen_end; i++) {
        struct seen *seen = &connections->seen[i];
        if (seen->peer.port != 0 && !seen->counted)
            limit_address(connections, seen->peer.address, time);
    }
}

/* Looks again at the addresses of which nobody had waited for long enough. */
static void limit_again(struct connections *connections, uint64_t time)
{
    if (!connections->over)
        return;
    connections->over = false;
    look(connections, time);
    for (int i = 0; i < connections->seen_end; i++)
        connections->seen[i].counted = false;
    limit_addresses(connections, time);
}

/*
 * Makes room for one that has come. Returns whether there is: where all others work, that
 * is as long as some thread is left. Who has come when is looked after before there is no
 * room, so that it is known by then.
 */
static bool make_room(struct connections *connections)
{
    bool full = connections->count > connections->maximum;
    if (connections->count <= connections->maximum / 2 && connections->per_address == 0)
        return true;
    uint64_t time = now();
    if (time >= connections->next_look) {
        look(connections, time);
        limit_addresses(connections, time);
    } else if (!connections->look_wanted) {
        connections->look_wanted = true;
        pthread_cond_signal(&connections->told);
    }
    return !full || shed(connections, NULL, time) || connections->free != NULL;
}

/* For who has taken the last thread: whoever comes next waits until one is free, and
 * would not be there to make room. */
static bool wait_for_room(struct connections *connections)
{
    const struct timespec pause = {0, PAUSE};
    bool found = false;
    for (int i = 0; i < PAUSE_MAXIMUM && !found; i++) {
        nanosleep(&pause, NULL);
        pthread_mutex_lock(&connections->lock);
        found = make_room(connections);
        pthread_mutex_unlock(&connections->lock);
    }
    return found;
}

bool connections_are_full(struct connections *connections)
{
    pthread_mutex_lock(&connections->lock);
    bool full = connections->count >= connections->maximum;
    pthread_mutex_unlock(&connections->lock);
    return full;
}

struct connection *connections_begin(struct connections *connections)
{
    pthread_mutex_lock(&connections->lock);
    struct connection *made = connections->free;
    if (made != NULL) {
        connections->free = made->next;
        connections->count++;
        *made = (struct connection){.state = CONNECTION_HEAD, .since = now()};
        made->no_room = !make_room(connections);
    }
    pthread_mutex_unlock(&connections->lock);
    if (made != NULL && made->no_room)
        made->no_room = !wait_for_room(connections);
    return made;
}

bool connections_admit(struct connections *connections, struct connection *connection,
                       const char *address, int port)
{
    if (connection == NULL)
        return false;
    uint64_t time = now();
    pthread_mutex_lock(&connections->lock);
    if (connection->peer.port == 0) {
        connection->peer = (struct peer){inet_addr(address), htons((uint16_t)port)};
        struct connection **bucket = bucket_of(connections, connection->peer);
        connection->next = *bucket;
        *bucket = connection;
    }
    connection->state = CONNECTION_WORK;
    connection->since = time;
    bool admitted = !connection->no_room;
    pthread_mutex_unlock(&connections->lock);
    return admitted;
}

void connections_expect(struct connections *connections, struct connection *connection,
                        uint64_t nanoseconds)
{
    if (connection == NULL)
        return;
    uint64_t time = now();
    pthread_mutex_lock(&connections->lock);
    if (connection->state != CONNECTION_BODY)
        connection->since = time;
    connection->state = CONNECTION_BODY;
    connection->deadline = time + nanoseconds;
    pthread_mutex_unlock(&connections->lock);
}

bool connections_were_late(struct connections *connections,
                           const struct connection *connection)
{
    if (connection == NULL)
        return false;
    pthread_mutex_lock(&connections->lock);
    bool late = connection->late;
    pthread_mutex_unlock(&connections->lock);
    return late;
}

void connections_enter(struct connections *connections, struct connection *connection,
                       enum connection_state state)
{
    if (connection == NULL)
        return;
    uint64_t time = now();
    pthread_mutex_lock(&connections->lock);
    connection->state = state;
    connection->since = time;
    connection->deadline = 0;
    connection->late = false;
    pthread_mutex_unlock(&connections->lock);
}

static void forget_peer(struct connections *connections, struct connection *connection)
{
    struct connection **link = bucket_of(connections, connection->peer);
    while (*link != connection)
        link = &(*link)->next;
    *link = connection->next;
}

void connections_end(struct connections *connections, struct connection *connection)
{
    if (connection == NULL)
        return;
    pthread_mutex_lock(&connections->lock);
    if (connection->peer.port != 0)
        forget_peer(connections, connection);
    connection->deadline = 0;
    connection->next = connections->free;
    connections->free = connection;
    connections->count--;
    pthread_mutex_unlock(&connections->lock);
}

void connections_shut(struct connections *connections)
{
    pthread_mutex_lock(&connections->lock);
    look(connections, now());
    for (int i = 0; i < connections->seen_end; i++)
        if (connections->seen[i].peer.port != 0)
            shut(connections, i, connections->seen[i].peer, SHUT_RDWR);
    pthread_mutex_unlock(&connections->lock);
}

/* Whether the deadline of some body has passed; each is told of once. */
static bool find_late(struct connections *connections, uint64_t time)
{
    bool found = false;
    for (size_t i = 0; i < connections->slot_count; i++) {
        struct connection *connection = &connections->slots[i];
        if (connection->deadline == 0 || time < connection->deadline)
            continue;
        connection->deadline = 0;
        connection->late = true;
        found = true;
    }
    return found;
}

/* Ends the reading of the bodies that are late: their threads find them at an end, and
 * can still answer. Such a thread cannot close its socket before connections_end. */
static void cut_late(struct connections *connections, uint64_t time)
{
    if (!find_late(connections, time))
        return;
    look(connections, time);
    for (int i = 0; i < connections->seen_end; i++) {
        struct peer peer = connections->seen[i].peer;
        const struct connection *known =
            peer.port != 0 ? find_known(connections, peer) : NULL;
        if (known != NULL && known->late)
            shut(connections, i, peer, SHUT_RD);
    }
}

static void wait_until(struct connections *connections, uint64_t time)
{
    const struct timespec until = {(time_t)(time / 1000000000),
                                   (long)(time % 1000000000)};
    pthread_cond_timedwait(&connections->told, &connections->lock, &until);
}

/* Does what has a time of its own, whether or not anybody comes. */
static void *watch(void *context)
{
    struct connections *connections = context;
    uint64_t tick = now() + TICK;
    pthread_mutex_lock(&connections->lock);
    while (!connections->closing) {
        uint64_t time = now();
        if (time >= tick) {
            cut_late(connections, time);
            limit_again(connections, time);
            tick = time + TICK;
        }
        if (connections->look_wanted && time >= connections->next_look) {
            look(connections, time);
            limit_addresses(connections, time);
        }
        bool sooner = connections->look_wanted && connections->next_look < tick;
        wait_until(connections, sooner ? connections->next_look : tick);
    }
    pthread_mutex_unlock(&connections->lock);
    return NULL;
}

static bool make_watcher(struct connections *connections)
{
    pthread_condattr_t attributes;
    if (pthread_mutex_init(&connections->lock, NULL) != 0)
        return false;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&connections->told, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&connections->watcher, NULL, watch, connections) == 0)
        return true;
    pthread_cond_destroy(&connections->told);
    pthread_mutex_destroy(&connections->lock);
    return false;
}

struct connections *connections_new(size_t maximum, size_t per_address,
                                    const struct forwarded_proxies *exempt)
{
    size_t threads = connections_threads(maximum);
    size_t descriptors = threads * DESCRIPTORS_PER_THREAD + OTHER_DESCRIPTORS;
    struct connections *made = calloc(1, sizeof *made + threads * sizeof made->slots[0]);
    struct seen *seen = calloc(descriptors, sizeof *seen);
    if (made != NULL && seen != NULL) {
        made->maximum = maximum;
        made->per_address = per_address;
        made->exempt = exempt;
        made->seen = seen;
        made->seen_count = (int)descriptors;
        made->slot_count = threads;
        for (size_t i = 0; i < threads; i++) {
            made->slots[i].next = made->free;
            made->free = &made->slots[i];
        }
        if (make_watcher(made))
            return made;
    }
    free(made);
    free(seen);
    return NULL;
}

void connections_free(struct connections *connections)
{
    if (connections == NULL)
        return;
    pthread_mutex_lock(&connections->lock);
    connections->closing = true;
    pthread_cond_signal(&connections->told);
    pthread_mutex_unlock(&connections->lock);
    pthread_join(connections->watcher, NULL);
    pthread_cond_destroy(&connections->told);
    pthread_mutex_destroy(&connections->lock);
    free(connections->seen);
    free(connections);
}

void connection_mark(struct connection *connection)
{
    if (connection != NULL)
        connection->marked = true;
}

bool connection_is_marked(const struct connection *connection)
{
    return connection == NULL || connection->marked;
}
