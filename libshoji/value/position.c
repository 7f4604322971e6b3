#include "value/position.h"

#include "base/error.h"
#include "base/utf8.h"

#include <string.h>

void shoji__position_advance(struct shoji__position *position, const char *bytes,
                             size_t length)
{
    const char *at = bytes;
    const char *end = bytes + length;
    const char *line_end;
    while (at < end && (line_end = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        position->line++;
        position->column = 1;
        at = line_end + 1;
    }
    position->column += shoji__utf8_count(at, (size_t)(end - at));
    position->offset += length;
}

void shoji__position_report(shoji_error *error, struct shoji__position position)
{
    shoji__error_place(error, position.line, position.column, position.offset);
}
