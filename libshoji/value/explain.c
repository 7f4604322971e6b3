#include "value/explain.h"

#include "base/error.h"
#include "base/utf8.h"
#include "value/guard.h"

#include <stdio.h>
#include <string.h>

/* A fault within a token: where, and why. */
struct fault {
    size_t at; /* offset in the window */
    const char *code;
    const char *message;
    bool names_what_is_there; /* ", not 'x'" ends the message */
};

/* Its own place is the comma's, which may have left the window: see report_comma. */
static const char trailing_comma_code[] = "json.trailing-comma";

static struct fault plain_fault(size_t at, const char *code, const char *message)
{
    return (struct fault){.at = at, .code = code, .message = message};
}

/* One that also tells what stands in the place of what is expected. */
static struct fault instead_fault(size_t at, const char *code, const char *message)
{
    return (struct fault){at, code, message, true};
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_hex(char byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

/* The grammar after a separator, or the same where it is none that may stand here. */
static enum shoji__grammar after_separator(enum shoji__grammar grammar, char byte)
{
    if (byte == ':' && grammar == SHOJI__AFTER_NAME)
        return SHOJI__AFTER_COLON;
    if (byte == ',' && grammar == SHOJI__AFTER_VALUE_IN_OBJECT)
        return SHOJI__AFTER_COMMA_IN_OBJECT;
    if (byte == ',' && grammar == SHOJI__AFTER_VALUE_IN_ARRAY)
        return SHOJI__AFTER_COMMA_IN_ARRAY;
    return grammar;
}

void shoji__gap_advance(struct shoji__gap *gap, const struct shoji__window *window)
{
    size_t at = gap->offset - window->start.offset;
    for (; at < window->length; at++) {
        char byte = window->bytes[at];
        if (is_space(byte))
            continue;
        enum shoji__grammar next = after_separator(gap->grammar, byte);
        if (next == gap->grammar)
            break;
        gap->grammar = next;
        if (byte == ',') {
            gap->comma = window->start.offset + at;
            gap->comma_place.line = 0;
        }
    }
    gap->offset = window->start.offset + at;
}

shoji_status shoji__explain_at(const struct shoji__window *window, size_t offset,
                               shoji_error *error, shoji_status status, const char *code,
                               const char *message)
{
    struct shoji__position position = window->start;
    shoji__position_advance(&position, window->bytes, offset - window->start.offset);
    shoji__fail(error, status, code, "%s", message);
    shoji__position_report(error, position);
    return status;
}

/* "'x'" or "U+000C" for the character at the start of the bytes. */
static const char *describe(char text[32], const char *bytes, size_t length)
{
    uint32_t point = 0;
    size_t step = shoji__utf8_decode(bytes, length, &point);
    if (point > ' ' && point != 0x7f && step != 0 && point < 0x80)
        snprintf(text, 32, "'%.*s'", (int)step, bytes);
    else
        snprintf(text, 32, "U+%04X", (unsigned)point);
    return text;
}

static bool begins(const char *bytes, size_t length, const char *with)
{
    size_t count = strlen(with);
    return length >= count && memcmp(bytes, with, count) == 0;
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

/* What can stand nowhere between tokens, and is often found there: then true. */
static bool find_stray(struct fault *fault, const char *bytes, size_t length, size_t at)
{
    static const char *const spaces[] = {"\xc2\xa0", "\xe2\x80\x8b", "\xe2\x80\xa8",
                                         "\xe2\x80\xa9", "\xe3\x80\x80"};
    const char *here = bytes + at;
    size_t rest = length - at;
    *fault = (struct fault){.at = at, .code = "json.unexpected"};
    if (begins(here, rest, "//") || begins(here, rest, "/*") || *here == '#') {
        fault->code = "json.comment";
        fault->message = "JSON has no comments: remove it";
    } else if (begins(here, rest, "\xef\xbb\xbf")) {
        fault->code = "json.byte-order-mark";
        fault->message =
            "a byte order mark, which cannot be seen: JSON must not have one; "
            "save the text as UTF-8 without it";
    } else if (begins(here, rest, "\xe2\x80\x9c") || begins(here, rest, "\xe2\x80\x9d")) {
        fault->message = "a typographic quotation mark: strings and names stand in "
                         "straight ones (U+0022)";
    }
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
        if (begins(here, rest, spaces[i]))
            fault->message = "a space or line break that JSON does not have, though it "
                             "may look like another one: replace it by U+0020";
    return fault->message != NULL;
}

/* Where a string goes wrong, from its opening quote on. */
static struct fault string_fault(const char *bytes, size_t length, size_t at)
{
    size_t start = at++;
    while (at < length) {
        char byte = bytes[at];
        if ((unsigned char)byte < ' ')
            return plain_fault(at, "json.control-character",
                               "a control character, such as a line break, must be "
                               "written as an escape in a string");
        if (byte != '\\') {
            at++;
            continue;
        }
        if (at + 1 == length)
            break;
        if (strchr("\"\\/bfnrtu", bytes[at + 1]) == NULL || bytes[at + 1] == '\0')
            return plain_fault(at, "json.bad-escape",
                               "no such escape: write a backslash itself as \\\\");
        size_t digits = bytes[at + 1] == 'u' ? 4 : 0;
        for (size_t i = 0; i < digits && at + 2 + i < length; i++)
            if (!is_hex(bytes[at + 2 + i]))
                return plain_fault(at, "json.bad-escape",
                                   "\\u must be followed by four hexadecimal digits");
        at += 2 + digits;
    }
    return plain_fault(
        start, "json.unclosed-string",
        "this string is never closed: a quotation mark is missing at its end");
}

/* Where a number goes wrong, from its first character on. */
static struct fault number_fault(const char *bytes, size_t length, size_t at)
{
    if (at < length && bytes[at] == '-')
        at++;
    size_t digits = at;
    while (at < length && is_digit(bytes[at]))
        at++;
    if (at == digits)
        return plain_fault(at, "json.bad-number",
                           "a minus sign must be followed by a digit");
    if (at < length && bytes[at] == '.') {
        digits = ++at;
        while (at < length && is_digit(bytes[at]))
            at++;
        if (at == digits)
            return plain_fault(at, "json.bad-number",
                               "a number needs a digit after its decimal point");
    }
    if (at < length && (bytes[at] == 'e' || bytes[at] == 'E'))
        at++;
    if (at < length && (bytes[at] == '+' || bytes[at] == '-'))
        at++;
    return plain_fault(at, "json.bad-number", "a number needs a digit in its exponent");
}

static struct fault word_fault(const char *bytes, size_t length, size_t at)
{
    size_t sign = bytes[at] == '-';
    if (begins(bytes + at + sign, length - at - sign, "NaN") ||
        begins(bytes + at + sign, length - at - sign, "Infinity"))
        return plain_fault(at, "json.bad-literal",
                           "JSON has no NaN and no Infinity: use null, or a string");
    return plain_fault(at, "json.bad-literal",
                       "this word is no value: strings stand in double quotes, and the "
                       "only words are true, false and null, in lower case");
}

/* What stands where a value must. */
static struct fault value_fault(const char *bytes, size_t length, size_t at)
{
    struct fault stray;
    char first = bytes[at];
    if (find_stray(&stray, bytes, length, at))
        return stray;
    if (first == '"')
        return string_fault(bytes, length, at);
    if (first == '-' && at + 1 < length && bytes[at + 1] == 'I')
        return word_fault(bytes, length, at);
    if (first == '-' || is_digit(first))
        return number_fault(bytes, length, at);
    if (first == '+')
        return plain_fault(at, "json.bad-number",
                           "a number must not begin with a plus sign: remove it");
    if (first == '.')
        return plain_fault(at, "json.bad-number",
                           "a number needs a digit before its decimal point, such as a "
                           "zero");
    if (first == '\'')
        return plain_fault(at, "json.bad-quote",
                           "a string must stand in double quotes, not in apostrophes");
    if (is_letter(first))
        return word_fault(bytes, length, at);
    if (first == ',')
        return plain_fault(at, "json.unexpected",
                           "a comma too many: a value is expected here");
    if (first == '<')
        return plain_fault(at, "json.unexpected",
                           "a value is expected here, not '<': is this HTML or XML?");
    return instead_fault(at, "json.unexpected", "a value is expected here");
}

/* What stands where a member's name must, or the end of its object. */
static struct fault name_fault(const char *bytes, size_t length, size_t at)
{
    struct fault stray;
    if (find_stray(&stray, bytes, length, at)) {
        if (strcmp(stray.code, "json.unexpected") == 0)
            stray.code = "json.bad-name";
        return stray;
    }
    if (bytes[at] == '"')
        return string_fault(bytes, length, at);
    if (bytes[at] == '\'')
        return plain_fault(at, "json.bad-name",
                           "a name must stand in double quotes, not in apostrophes");
    if (bytes[at] == ',')
        return plain_fault(at, "json.bad-name",
                           "a comma too many: a member's name is expected here");
    return instead_fault(at, "json.bad-name",
                         "a member's name is expected here, in double quotes");
}

static struct fault trailing_comma(void)
{
    return plain_fault(0, trailing_comma_code,
                       "a trailing comma: nothing follows it, so JSON forbids it; "
                       "remove it");
}

/* What is wrong with a value, as what stands right behind it shows; the code is NULL
 * where that tells nothing. Where a text is read, NULs take the place of quotes. */
static struct fault behind_value(const char *bytes, size_t at)
{
    char before = at > 0 ? bytes[at - 1] : ' ';
    if (before == '0' && is_digit(bytes[at]))
        return plain_fault(at - 1, "json.bad-number",
                           "a number must not begin with a zero: remove it, or make a "
                           "string of it");
    if (is_digit(before) && (is_letter(bytes[at]) || bytes[at] == '.'))
        return plain_fault(at, "json.unexpected",
                           "a number ends before this: JSON has decimal numbers alone, "
                           "without prefix, suffix or separator");
    if ((before == '"' || before == '\0') && is_letter(bytes[at]))
        return plain_fault(at, "json.unexpected",
                           "a string ends before this: a quotation mark within one must "
                           "be written as \\\"");
    return (struct fault){.at = at};
}

/* What stands after a value where only a separator or a closing bracket may. */
static struct fault separator_fault(const char *bytes, size_t length, size_t at,
                                    const char *message)
{
    struct fault fault;
    if (find_stray(&fault, bytes, length, at))
        return fault;
    fault = behind_value(bytes, at);
    if (fault.code != NULL)
        return fault;
    return instead_fault(at, "json.unexpected", message);
}

/* The same within an object or array; `other` closes the other kind. */
static struct fault next_fault(const char *bytes, size_t length, size_t at, char other,
                               const char *message)
{
    struct fault fault = separator_fault(bytes, length, at, message);
    char byte = bytes[at];
    if (fault.message != message)
        return fault;
    if (byte == other)
        fault.message = other == '}' ? "an array is open here, and ']' closes it"
                                     : "an object is open here, and '}' closes it";
    else if (strchr("\"{[-", byte) != NULL || is_digit(byte) || is_letter(byte))
        fault.message = "a comma is missing before this: a comma or the closing bracket "
                        "is expected here";
    return fault;
}

static struct fault root_fault(const char *bytes, size_t length, size_t at)
{
    static const char message[] = "the value is complete: nothing may follow it";
    struct fault fault = separator_fault(bytes, length, at, message);
    if (fault.message == message && (bytes[at] == ']' || bytes[at] == '}'))
        fault.message = "a closing bracket too many: everything is closed already";
    else if (fault.message == message && strchr("\"{[", bytes[at]) != NULL)
        fault.message = "the value is complete, and a text holds one alone: put several "
                        "into an array";
    fault.names_what_is_there = fault.message == message;
    return fault;
}

static struct fault end_fault(enum shoji__grammar grammar, size_t at)
{
    static const char code[] = "json.incomplete";
    switch (grammar) {
    case SHOJI__AT_START:
        return plain_fault(at, "json.empty",
                           "the text is empty, or nothing but white space: a value is "
                           "expected");
    case SHOJI__AFTER_BEGIN_ARRAY:
    case SHOJI__AFTER_VALUE_IN_ARRAY:
    case SHOJI__AFTER_COMMA_IN_ARRAY:
        return plain_fault(at, code,
                           "the text ends within an array: a closing ']' is missing, or "
                           "the text was cut short");
    case SHOJI__AFTER_NAME:
    case SHOJI__AFTER_COLON:
        return plain_fault(at, code,
                           "the text ends before the value of a member: it is "
                           "incomplete");
    case SHOJI__AFTER_BEGIN_OBJECT:
    case SHOJI__AFTER_VALUE_IN_OBJECT:
    case SHOJI__AFTER_COMMA_IN_OBJECT:
    case SHOJI__AT_END:
        break;
    }
    return plain_fault(at, code,
                       "the text ends within an object: a closing '}' is missing, or "
                       "the text was cut short");
}

static struct fault find_fault(const struct shoji__gap *gap, const char *bytes,
                               size_t length, size_t at)
{
    if (at >= length)
        return end_fault(gap->grammar, length);
    switch (gap->grammar) {
    case SHOJI__AFTER_COMMA_IN_ARRAY:
        return bytes[at] == ']' ? trailing_comma() : value_fault(bytes, length, at);
    case SHOJI__AFTER_COMMA_IN_OBJECT:
        return bytes[at] == '}' ? trailing_comma() : name_fault(bytes, length, at);
    case SHOJI__AFTER_BEGIN_OBJECT:
        return name_fault(bytes, length, at);
    case SHOJI__AFTER_NAME:
        return separator_fault(bytes, length, at,
                               "a colon is expected after a member's name");
    case SHOJI__AFTER_VALUE_IN_OBJECT:
        return next_fault(bytes, length, at, ']',
                          "a comma or the end of the object is expected here");
    case SHOJI__AFTER_VALUE_IN_ARRAY:
        return next_fault(bytes, length, at, '}',
                          "a comma or the end of the array is expected here");
    case SHOJI__AT_END:
        return root_fault(bytes, length, at);
    case SHOJI__AT_START:
    case SHOJI__AFTER_BEGIN_ARRAY:
    case SHOJI__AFTER_COLON:
        break;
    }
    return value_fault(bytes, length, at);
}

static shoji_status report_comma(const struct shoji__gap *gap,
                                 const struct shoji__window *window, shoji_error *error,
                                 const char *message)
{
    if (gap->comma_place.line == 0)
        return shoji__explain_at(window, gap->comma, error, SHOJI_SYNTAX,
                                 trailing_comma_code, message);
    shoji__fail(error, SHOJI_SYNTAX, trailing_comma_code, "%s", message);
    shoji__position_report(error, gap->comma_place);
    return SHOJI_SYNTAX;
}

bool shoji__is_longer(const struct shoji__window *window, size_t begin, size_t end,
                      size_t longest)
{
    if (end - begin <= longest)
        return false;
    const char *bytes = window->bytes + (begin - window->start.offset);
    if (bytes[0] != '"')
        return true;
    return shoji__guard_decoded(bytes + 1, end - begin - 1) > longest;
}

shoji_status shoji__explain(struct shoji__gap *gap, const struct shoji__window *window,
                            size_t longest, shoji_error *error)
{
    shoji__gap_advance(gap, window);
    size_t start = window->start.offset;
    struct fault fault =
        find_fault(gap, window->bytes, window->length, gap->offset - start);
    if (fault.at > gap->offset - start &&
        shoji__is_longer(window, gap->offset, start + fault.at, longest))
        return SHOJI_LIMIT;
    if (fault.code == trailing_comma_code)
        return report_comma(gap, window, error, fault.message);
    char message[300];
    char found[32];
    describe(found, window->bytes + fault.at, window->length - fault.at);
    if (fault.names_what_is_there)
        snprintf(message, sizeof message, "%s, not %s", fault.message, found);
    else
        snprintf(message, sizeof message, "%s", fault.message);
    return shoji__explain_at(window, start + fault.at, error, SHOJI_SYNTAX, fault.code,
                             message);
}
