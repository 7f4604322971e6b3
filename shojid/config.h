/*
 * The file of -c: settings in sections, as shojid.conf(5) says. What reads it, inih, is
 * known to config.c alone.
 */
#ifndef SHOJID_CONFIG_H
#define SHOJID_CONFIG_H

#include "options.h"

/*
 * Reads a file into options. Returns whether all of it is right; otherwise `complain` has
 * been told of everything that is wrong, each as "FILE:LINE: ...", up to a bounded
 * number.
 */
bool config_read(struct options *options, const char *file, options_complain complain,
                 void *context);

#endif
