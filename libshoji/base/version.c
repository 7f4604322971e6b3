#include <shoji/shoji.h>

const char *shoji_version(void)
{
    return SHOJI_VERSION;
}
