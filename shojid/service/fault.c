#include "service/fault.h"

#include <stdio.h>
#include <string.h>

void fault_point(shoji_error *error, const char *parent, const char *name)
{
    int begun = snprintf(error->pointer, sizeof error->pointer, "%s/", parent);
    size_t at = (size_t)begun;
    for (; *name != '\0' && at + 6 < sizeof error->pointer; name++) {
        const char *text = *name == '~' ? "~0" : *name == '/' ? "~1" : NULL;
        if (text == NULL) {
            error->pointer[at++] = *name;
        } else {
            memcpy(error->pointer + at, text, 2);
            at += 2;
        }
    }
    if (*name != '\0') {
        /* Not in the middle of a character. */
        while (at > 0 && ((unsigned char)error->pointer[at] & 0xC0) == 0x80)
            at--;
        memcpy(error->pointer + at, "...", 3);
        at += 3;
    }
    error->pointer[at] = '\0';
}
