/* The head of an answer: whatever bytes it has, its headers are names and values that can
 * be asked for, each found under its own name. */
#include "fuzz/fuzz.h"

#include "client/response.h"

#include <string.h>

static void check_headers(const shoji_response *response)
{
    const char *name;
    const char *value;
    for (size_t i = 0; (name = shoji_response_header_at(response, i, &value)) != NULL;
         i++) {
        FUZZ_REQUIRE(name[0] != '\0' && strpbrk(name, " \t\r\n:") == NULL);
        FUZZ_REQUIRE(strchr(value, '\n') == NULL);
        const char *joined = shoji_response_header(response, name);
        FUZZ_REQUIRE(joined != NULL && strstr(joined, value) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static shoji_session session;
    struct shoji__transfer transfer = {.session = &session, .iri = "http://example.org/"};
    shoji_response *response = NULL;
    transfer.status = 404;
    FUZZ_REQUIRE(shoji_buffer_append(&transfer.head, (const char *)bytes, length) ==
                 SHOJI_OK);
    FUZZ_REQUIRE(shoji_buffer_append(&transfer.text, (const char *)bytes, length) ==
                 SHOJI_OK);
    FUZZ_REQUIRE(shoji__response_new(&response, &transfer) == SHOJI_OK);
    shoji__transfer_finish(&transfer);
    check_headers(response);
    shoji_error error = SHOJI_ERROR_INIT;
    FUZZ_REQUIRE(shoji__response_check(response, "GET", &error) == SHOJI_HTTP);
    FUZZ_REQUIRE(strchr(error.message, '\n') == NULL);
    shoji_response_free(response);
    return 0;
}
