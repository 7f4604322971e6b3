#include <shoji/protocol.h>

#include "base/slice.h"

#include <string.h>

/* The C library's own functions depend on the locale and on the time zone. */
static const char day_names[] = "SunMonTueWedThuFriSat";
static const char *const long_day_names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                             "Thursday", "Friday", "Saturday"};
static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

enum {
    NAME_LENGTH = 3,
    SECONDS_A_DAY = 86400,
    DAYS_A_WEEK = 7
};

/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z. */
static const int64_t first_second = INT64_C(-62167219200);
static const int64_t last_second = INT64_C(253402300799);

struct moment {
    int year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
    int hour;
    int minute;
    int second;
};

static bool is_leap_year(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap_year(year));
}

/*
 * Days from 1970-01-01 in the proleptic Gregorian calendar. The year is taken to begin in
 * March, so that the leap day is its last, and the months' lengths follow 153 / 5; 400
 * years, an era, have 146,097 days, and 719,468 of them lie between 0000-03-01 and 1970.
 */
static int64_t days_from_date(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

/* The inverse of days_from_date. */
static void date_from_days(struct moment *moment, int64_t days)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    moment->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    moment->month = (int)(month < 10 ? month + 3 : month - 9);
    moment->year = (int)(year_of_era + era * 400 + (moment->month <= 2));
}

/* A reader of text that stops at the first thing that is not what was asked for. */
struct scan {
    const char *at;
    bool failed;
};

static void skip_text(struct scan *scan, const char *text)
{
    size_t length = strlen(text);
    if (scan->failed || strncmp(scan->at, text, length) != 0)
        scan->failed = true;
    else
        scan->at += length;
}

static int scan_digits(struct scan *scan, int count)
{
    int number = 0;
    for (int i = 0; i < count && !scan->failed; i++) {
        char byte = *scan->at;
        if (byte < '0' || byte > '9') {
            scan->failed = true;
            break;
        }
        number = number * 10 + (byte - '0');
        scan->at++;
    }
    return number;
}

/* The place, from 0, of a name of three letters among `names`. */
static int scan_name(struct scan *scan, const char *names)
{
    for (int i = 0; !scan->failed && names[i * NAME_LENGTH] != '\0'; i++) {
        if (strncmp(scan->at, names + i * NAME_LENGTH, NAME_LENGTH) == 0) {
            scan->at += NAME_LENGTH;
            return i;
        }
    }
    scan->failed = true;
    return 0;
}

static void scan_time(struct scan *scan, struct moment *moment)
{
    moment->hour = scan_digits(scan, 2);
    skip_text(scan, ":");
    moment->minute = scan_digits(scan, 2);
    skip_text(scan, ":");
    moment->second = scan_digits(scan, 2);
}

static bool is_complete(const struct scan *scan)
{
    return !scan->failed && *scan->at == '\0';
}

/* Sun, 06 Nov 1994 08:49:37 GMT */
static bool parse_fixdate(const char *text, struct moment *moment)
{
    struct scan scan = {text, false};
    scan_name(&scan, day_names);
    skip_text(&scan, ", ");
    moment->day = scan_digits(&scan, 2);
    skip_text(&scan, " ");
    moment->month = scan_name(&scan, month_names) + 1;
    skip_text(&scan, " ");
    moment->year = scan_digits(&scan, 4);
    skip_text(&scan, " ");
    scan_time(&scan, moment);
    skip_text(&scan, " GMT");
    return is_complete(&scan);
}

static void skip_long_day_name(struct scan *scan)
{
    for (size_t i = 0; i < DAYS_A_WEEK; i++) {
        size_t length = strlen(long_day_names[i]);
        if (strncmp(scan->at, long_day_names[i], length) == 0) {
            scan->at += length;
            return;
        }
    }
    scan->failed = true;
}

/*
 * Sunday, 06-Nov-94 08:49:37 GMT
 *
 * RFC 9110 has the year fall no more than 50 years after today. Nothing here reads a
 * clock, so the hundred years from 1970 stand in for that: no web page is older.
 */
static bool parse_rfc850(const char *text, struct moment *moment)
{
    struct scan scan = {text, false};
    skip_long_day_name(&scan);
    skip_text(&scan, ", ");
    moment->day = scan_digits(&scan, 2);
    skip_text(&scan, "-");
    moment->month = scan_name(&scan, month_names) + 1;
    skip_text(&scan, "-");
    int year = scan_digits(&scan, 2);
    moment->year = year < 70 ? 2000 + year : 1900 + year;
    skip_text(&scan, " ");
    scan_time(&scan, moment);
    skip_text(&scan, " GMT");
    return is_complete(&scan);
}

/* Sun Nov  6 08:49:37 1994 */
static bool parse_asctime(const char *text, struct moment *moment)
{
    struct scan scan = {text, false};
    scan_name(&scan, day_names);
    skip_text(&scan, " ");
    moment->month = scan_name(&scan, month_names) + 1;
    skip_text(&scan, " ");
    if (!scan.failed && *scan.at == ' ') {
        scan.at++;
        moment->day = scan_digits(&scan, 1);
    } else {
        moment->day = scan_digits(&scan, 2);
    }
    skip_text(&scan, " ");
    scan_time(&scan, moment);
    skip_text(&scan, " ");
    moment->year = scan_digits(&scan, 4);
    return is_complete(&scan);
}

/* A leap second (60) is allowed, and is the next minute's first. */
static bool is_on_the_calendar(const struct moment *moment)
{
    return moment->day >= 1 &&
           moment->day <= days_in_month(moment->year, moment->month) &&
           moment->hour <= 23 && moment->minute <= 59 && moment->second <= 60;
}

bool shoji_http_date_parse(const char *text, int64_t *seconds)
{
    struct moment moment;
    if (!parse_fixdate(text, &moment) && !parse_rfc850(text, &moment) &&
        !parse_asctime(text, &moment))
        return false;
    if (!is_on_the_calendar(&moment))
        return false;
    *seconds = days_from_date(moment.year, moment.month, moment.day) * SECONDS_A_DAY +
               moment.hour * 3600 + moment.minute * 60 + moment.second;
    return true;
}

/* Writes a number in so many digits, with zeros before it, and returns what follows. */
static char *put_digits(char *at, int64_t number, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + number % 10);
        number /= 10;
    }
    return at + count;
}

static char *put_text(char *at, const char *text, size_t length)
{
    memcpy(at, text, length);
    return at + length;
}

void shoji_http_date_format(char text[SHOJI_HTTP_DATE_SIZE], int64_t seconds)
{
    if (seconds < first_second)
        seconds = first_second;
    if (seconds > last_second)
        seconds = last_second;
    int64_t since_first = seconds - first_second;
    int64_t time = since_first % SECONDS_A_DAY;
    int64_t days = since_first / SECONDS_A_DAY;
    struct moment moment;
    date_from_days(&moment, days + first_second / SECONDS_A_DAY);

    /* 0000-01-01 was a Saturday. */
    char *at =
        put_text(text, day_names + (days + 6) % DAYS_A_WEEK * NAME_LENGTH, NAME_LENGTH);
    at = put_digits(put_text(at, ", ", 2), moment.day, 2);
    at = put_text(put_text(at, " ", 1), month_names + (moment.month - 1) * NAME_LENGTH,
                  NAME_LENGTH);
    at = put_digits(put_text(at, " ", 1), moment.year, 4);
    at = put_digits(put_text(at, " ", 1), time / 3600, 2);
    at = put_digits(put_text(at, ":", 1), time / 60 % 60, 2);
    at = put_digits(put_text(at, ":", 1), time % 60, 2);
    put_text(at, " GMT", sizeof " GMT");
}
