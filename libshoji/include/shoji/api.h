/* What every public header puts around its declarations: C linkage, and the visibility
 * that the library, built with everything hidden, gives to what it exports. */
#ifndef SHOJI_API_H
#define SHOJI_API_H

#if defined(__GNUC__)
#define SHOJI_VISIBILITY_PUSH _Pragma("GCC visibility push(default)")
#define SHOJI_VISIBILITY_POP _Pragma("GCC visibility pop")
#else
#define SHOJI_VISIBILITY_PUSH
#define SHOJI_VISIBILITY_POP
#endif

#ifdef __cplusplus
#define SHOJI_BEGIN_DECLARATIONS                                                         \
    extern "C" {                                                                         \
    SHOJI_VISIBILITY_PUSH
#define SHOJI_END_DECLARATIONS                                                           \
    SHOJI_VISIBILITY_POP                                                                 \
    }
#else
#define SHOJI_BEGIN_DECLARATIONS SHOJI_VISIBILITY_PUSH
#define SHOJI_END_DECLARATIONS SHOJI_VISIBILITY_POP
#endif

#endif
