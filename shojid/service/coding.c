#include "service/coding.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_BROTLI
#include <brotli/encode.h>
#endif

enum {
    QUALITY_UNNAMED = -1,
    LARGE = 1024 * 1024, /* bytes from which speed counts for more than size */
    GZIP_LEVEL = 6,
    GZIP_LEVEL_LARGE = 3,
    BROTLI_LEVEL = 5,
    BROTLI_LEVEL_LARGE = 3,
    BROTLI_WINDOW = 20 /* bits */
};

static const char *const names[CODING_COUNT] = {
    [CODING_IDENTITY] = "identity",
    [CODING_GZIP] = "gzip",
    [CODING_BROTLI] = "br",
};

/* Of equal qualities the first wins. */
static const enum coding by_preference[] = {
#ifdef HAVE_BROTLI
    CODING_BROTLI,
#endif
#ifdef HAVE_ZLIB
    CODING_GZIP,
#endif
    CODING_IDENTITY,
};

enum {
    BUILT_COUNT = sizeof by_preference / sizeof by_preference[0]
};

const char *coding_name(enum coding coding)
{
    return names[coding];
}

const char *coding_list(void)
{
#if defined HAVE_ZLIB && defined HAVE_BROTLI
    return "identity, gzip and br";
#elif defined HAVE_ZLIB
    return "identity and gzip";
#elif defined HAVE_BROTLI
    return "identity and br";
#else
    return "identity";
#endif
}

/* Reads what follows the name of a coding up to the next comma: nothing, or ";q=0.5". In
 * thousandths; -1 where it is malformed. */
static int read_quality(const char *at)
{
    at += strspn(at, " \t");
    if (*at == ',' || *at == '\0')
        return 1000;
    if (*at++ != ';')
        return -1;
    at += strspn(at, " \t");
    if ((*at != 'q' && *at != 'Q') || at[1] != '=' || (at[2] != '0' && at[2] != '1'))
        return -1;
    int quality = (at[2] - '0') * 1000;
    at += 3;
    if (*at == '.') {
        at++;
        for (int unit = 100; *at >= '0' && *at <= '9' && unit > 0; unit /= 10)
            quality += (*at++ - '0') * unit;
    }
    at += strspn(at, " \t");
    return (*at == ',' || *at == '\0') && quality <= 1000 ? quality : -1;
}

/* What a field says of each coding, and of all that it does not name. */
struct qualities {
    int of[CODING_COUNT];
    int others;
};

static int *find_quality(struct qualities *qualities, const char *name, size_t length)
{
    if (length == 1 && *name == '*')
        return &qualities->others;
    if (length == 6 && strncasecmp(name, "x-gzip", 6) == 0)
        return &qualities->of[CODING_GZIP];
    for (size_t i = 0; i < CODING_COUNT; i++)
        if (strlen(names[i]) == length && strncasecmp(names[i], name, length) == 0)
            return &qualities->of[i];
    return NULL;
}

static void read_qualities(struct qualities *qualities, const char *field)
{
    for (const char *at = field; at != NULL; at = strchr(at, ',')) {
        at += strspn(at, " \t,");
        size_t length = strcspn(at, " \t,;");
        int *quality = find_quality(qualities, at, length);
        int read = read_quality(at + length);
        if (quality != NULL && read >= 0)
            *quality = read;
    }
}

/*
 * A client that says "*" accepts whatever it does not name, which is no wish for it: a
 * coding is preferred where it is named, or where the text as it is was refused.
 */
struct coding_choice coding_choose(const struct exchange_request *request)
{
    char room[EXCHANGE_LIST_SIZE];
    struct coding_choice choice = {CODING_IDENTITY, {[CODING_IDENTITY] = true}};
    struct qualities qualities = {{QUALITY_UNNAMED, QUALITY_UNNAMED, QUALITY_UNNAMED},
                                  QUALITY_UNNAMED};
    const char *field = exchange_list_header(request, "Accept-Encoding", room);
    if (field == NULL)
        return choice;
    read_qualities(&qualities, field);
    const int *of = qualities.of;
    int others = qualities.others;
    int identity = of[CODING_IDENTITY] >= 0 ? of[CODING_IDENTITY] : others;
    choice.accepts[CODING_IDENTITY] = identity != 0;
    int best = of[CODING_IDENTITY] > 0 ? of[CODING_IDENTITY] : 0;
    for (size_t i = BUILT_COUNT; i-- > 0;) {
        enum coding coding = by_preference[i];
        if (coding == CODING_IDENTITY)
            continue;
        int quality = of[coding] >= 0 ? of[coding] : others;
        choice.accepts[coding] = quality > 0;
        if (quality <= 0 || quality < best || (of[coding] < 0 && identity != 0))
            continue;
        best = quality;
        choice.preferred = coding;
    }
    return choice;
}

#ifdef HAVE_ZLIB
static bool deflate_all(z_stream *stream, shoji_buffer *coded, const shoji_buffer *body)
{
    size_t room = body->length;
    if (body->length > UINT_MAX || shoji_buffer_reserve(coded, room) != SHOJI_OK)
        return false;
    stream->next_in = (Bytef *)body->bytes;
    stream->avail_in = (uInt)body->length;
    stream->next_out = (Bytef *)coded->bytes;
    stream->avail_out = (uInt)room;
    if (deflate(stream, Z_FINISH) != Z_STREAM_END)
        return false;
    coded->length = room - stream->avail_out;
    return true;
}

static bool encode_gzip(shoji_buffer *coded, const shoji_buffer *body)
{
    enum {
        GZIP_WINDOW = 15 + 16, /* zlib: 16 more is gzip's frame */
        MEMORY_LEVEL = 8
    };
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (deflateInit2(&stream, body->length < LARGE ? GZIP_LEVEL : GZIP_LEVEL_LARGE,
                     Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    bool done = deflate_all(&stream, coded, body);
    deflateEnd(&stream);
    return done;
}
#endif

#ifdef HAVE_BROTLI
static bool encode_brotli(shoji_buffer *coded, const shoji_buffer *body)
{
    size_t size = body->length;
    if (shoji_buffer_reserve(coded, size) != SHOJI_OK ||
        BrotliEncoderCompress(body->length < LARGE ? BROTLI_LEVEL : BROTLI_LEVEL_LARGE,
                              BROTLI_WINDOW, BROTLI_MODE_TEXT, body->length,
                              (const uint8_t *)body->bytes, &size,
                              (uint8_t *)coded->bytes) != BROTLI_TRUE)
        return false;
    coded->length = size;
    return true;
}
#endif

static bool encode(shoji_buffer *coded, const shoji_buffer *body, enum coding coding)
{
    switch (coding) {
#ifdef HAVE_ZLIB
    case CODING_GZIP:
        return encode_gzip(coded, body);
#endif
#ifdef HAVE_BROTLI
    case CODING_BROTLI:
        return encode_brotli(coded, body);
#endif
    default:
        (void)coded;
        (void)body;
        return false;
    }
}

bool coding_encode(shoji_buffer *body, enum coding coding)
{
    shoji_buffer coded = SHOJI_BUFFER_INIT;
    if (body->length == 0 || !encode(&coded, body, coding)) {
        shoji_buffer_finish(&coded);
        return false;
    }
    shoji_buffer_finish(body);
    *body = coded;
    return true;
}
