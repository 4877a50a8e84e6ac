/* Cron lines and time zones: what they mean, and what is said of wrong ones. No server is asked. */
#define _GNU_SOURCE
#include "harness.h"

#include <sys/stat.h>

/* "2026-03-29 01:00:00" in UTC as milliseconds since 1970; -1 for "". */
static int64_t moment(const char *text)
{
    struct tm date = {0};
    if (text[0] == '\0') return -1;
    REQUIRE(strptime(text, "%Y-%m-%d %H:%M:%S", &date) != NULL);
    return (int64_t)timegm(&date) * 1000;
}

/* The next moment; -1 when there is none. */
static int64_t next(const char *line, const char *zone, int64_t after)
{
    int64_t found = 7;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_cron_next(line, zone, after, &found, &error);
    if (status == DISTCOORD_NOT_FOUND) {
        CHECK_INT(found, 0);
        return -1;
    }
    if (status != DISTCOORD_OK)
        report(__FILE__, __LINE__, "'%s': %s", line, error ? distcoord_error_message(error) : "?");
    distcoord_error_free(error);
    return found;
}

struct example {
    const char *line, *zone, *after, *next;
};

static void check_examples(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct example *example = &examples[i];
        int64_t had = next(example->line, example->zone, moment(example->after)), wanted = moment(example->next);
        if (had == wanted) continue;
        char text[64] = "never";
        time_t seconds = (time_t)(had / 1000);
        struct tm date;
        if (had >= 0) strftime(text, sizeof text, "%F %T", gmtime_r(&seconds, &date));
        report(__FILE__, __LINE__, "'%s' in %s after %s is %s, wanted %s", example->line,
            example->zone ? example->zone : "UTC", example->after, text, example->next);
    }
}

static void lines_mean_what_cron_makes_of_them(void)
{
    static const struct example examples[] = {
        {"* * * * *", NULL, "2026-11-21 10:00:00", "2026-11-21 10:01:00"},
        {"*/15 * * * *", NULL, "2026-01-01 00:00:00", "2026-01-01 00:15:00"},
        {"5/25 * * * *", NULL, "2026-01-01 00:05:00", "2026-01-01 00:30:00"},
        {"10-40/15 * * * *", NULL, "2026-01-01 00:25:00", "2026-01-01 00:40:00"},
        {"1,59,30 * * * *", NULL, "2026-01-01 00:01:00", "2026-01-01 00:30:00"},
        {"*/20 * * * * *", NULL, "2026-01-01 00:00:05", "2026-01-01 00:00:20"},
        {"59 59 23 31 12 *", NULL, "2026-01-01 00:00:00", "2026-12-31 23:59:59"},
        {" 0\t0  * * * ", NULL, "2026-02-28 00:00:00", "2026-03-01 00:00:00"},
        {"30 */6 1 jan,JUL *", NULL, "2026-02-01 00:00:00", "2026-07-01 00:30:00"},
        /* Leap years, and the year 2100, which is none. */
        {"0 0 29 2 *", NULL, "2026-01-01 00:00:00", "2028-02-29 00:00:00"},
        {"0 0 29 2 *", NULL, "2097-01-01 00:00:00", "2104-02-29 00:00:00"},
        {"0 0 30 2 *", NULL, "2026-01-01 00:00:00", ""},
        {"0 0 31 4,6,9,11 *", NULL, "2026-01-01 00:00:00", ""},
        {"0 0 L * *", NULL, "2026-02-01 00:00:00", "2026-02-28 00:00:00"},
        {"0 0 l * *", NULL, "2028-02-01 00:00:00", "2028-02-29 00:00:00"},
        {"0 0 15,L * *", NULL, "2026-04-15 00:00:00", "2026-04-30 00:00:00"},
        /* The 21st of November 2026 is a Saturday. */
        {"0 9 * * mon-fri", NULL, "2026-11-20 09:00:00", "2026-11-23 09:00:00"},
        {"0 9 * * Sat-SUN", NULL, "2026-11-21 09:00:00", "2026-11-22 09:00:00"},
        {"0 9 * * sun-tue", NULL, "2026-11-21 09:00:00", "2026-11-22 09:00:00"},
        {"0 9 * * 0", NULL, "2026-11-21 00:00:00", "2026-11-22 09:00:00"},
        {"0 9 * * 7", NULL, "2026-11-21 00:00:00", "2026-11-22 09:00:00"},
        {"0 9 * * 5-7", NULL, "2026-11-21 09:00:00", "2026-11-22 09:00:00"},
        /* Both days restricted: either; one with a star: both. */
        {"0 12 13 * 5", NULL, "2026-11-14 00:00:00", "2026-11-20 12:00:00"},
        {"0 12 13 * 5", NULL, "2026-12-12 00:00:00", "2026-12-13 12:00:00"},
        {"0 12 */2 * 5", NULL, "2026-11-14 00:00:00", "2026-11-27 12:00:00"},
        {"0 0 30 2 1", NULL, "2026-02-23 00:00:00", "2027-02-01 00:00:00"},
        {"@yearly", NULL, "2026-06-01 00:00:00", "2027-01-01 00:00:00"},
        {"@annually", NULL, "2026-06-01 00:00:00", "2027-01-01 00:00:00"},
        {"@monthly", NULL, "2026-12-01 00:00:00", "2027-01-01 00:00:00"},
        {"@weekly", NULL, "2026-11-21 00:00:00", "2026-11-22 00:00:00"},
        {"@daily", NULL, "2026-11-21 00:00:00", "2026-11-22 00:00:00"},
        {"@Midnight", NULL, "2026-11-21 23:59:59", "2026-11-22 00:00:00"},
        {"@hourly", NULL, "2026-11-21 23:00:00", "2026-11-22 00:00:00"},
    };
    check_examples(examples, COUNT_OF(examples));
    /* Milliseconds count: the next moment is after the given one, never at it. */
    int64_t noon = moment("2026-11-21 12:00:00");
    CHECK_INT(next("0 12 * * *", NULL, noon - 1), noon);
    CHECK_INT(next("0 12 * * *", NULL, noon), noon + 86400000);
    CHECK_INT(next("0 12 * * *", NULL, -1), 43200000);
    CHECK_INT(next("0 12 * * *", NULL, -86400000), -43200000);
}

static void clocks_that_are_set_forward_and_back(void)
{
    static const struct example examples[] = {
        {"30 2 * * *", "Europe/Berlin", "2026-03-28 12:00:00", "2026-03-29 01:00:00"},
        {"30 2 * * *", "Europe/Berlin", "2026-03-29 01:00:00", "2026-03-30 00:30:00"},
        {"15,45 2 * * *", "Europe/Berlin", "2026-03-29 01:00:00", "2026-03-30 00:15:00"},
        {"*/10 * * * *", "Europe/Berlin", "2026-03-29 00:50:00", "2026-03-29 01:00:00"},
        {"*/10 * * * *", "Europe/Berlin", "2026-03-29 01:00:00", "2026-03-29 01:10:00"},
        {"30 2 * * *", "Europe/Berlin", "2026-10-24 12:00:00", "2026-10-25 00:30:00"},
        {"30 2 * * *", "Europe/Berlin", "2026-10-25 00:30:00", "2026-10-26 01:30:00"},
        /* Asked in the hour that comes a second time. */
        {"30 2 * * *", "Europe/Berlin", "2026-10-25 01:10:00", "2026-10-26 01:30:00"},
        {"30 * * * *", "Europe/Berlin", "2026-10-25 00:30:00", "2026-10-25 01:30:00"},
        {"0 3 * * *", "Europe/Berlin", "2026-10-25 00:00:00", "2026-10-25 02:00:00"},
        /* At midnight, by half an hour, and a day that there never was. */
        {"0 0 * * *", "Africa/Cairo", "2026-04-23 12:00:00", "2026-04-23 22:00:00"},
        {"15 2 * * *", "Australia/Lord_Howe", "2026-10-03 10:00:00", "2026-10-03 15:30:00"},
        {"0 12 30 12 *", "Pacific/Apia", "2011-12-29 23:00:00", "2011-12-30 10:00:00"},
        {"0 0 * * *", "Asia/Kathmandu", "2026-11-21 00:00:00", "2026-11-21 18:15:00"},
        {"0 3 * * 0", "America/New_York", "2049-11-06 00:00:00", "2049-11-07 08:00:00"},
    };
    check_examples(examples, COUNT_OF(examples));
}

/* Answers INVALID_ARGUMENT and says these words. */
static void check_said(const char *line, const char *zone, const char *const words[3])
{
    int64_t found = 7;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_cron_next(line, zone, 0, &found, &error);
    if (status != DISTCOORD_ERROR_INVALID_ARGUMENT) {
        report(__FILE__, __LINE__, "'%s' in %s answers %s", line, zone ? zone : "UTC", distcoord_status_name(status));
    } else {
        for (int k = 0; k < 3 && words[k]; k++) {
            if (strstr(distcoord_error_message(error), words[k]) == NULL)
                report(__FILE__, __LINE__, "'%s': no \"%s\" in: %s", line, words[k], distcoord_error_message(error));
        }
    }
    distcoord_error_free(error);
}

static void wrong_lines_are_told_what_is_wrong(void)
{
    static const struct {
        const char *line, *words[3];
    } lines[] = {
        {"", {"0 fields", "5", "6"}},
        {"* * * *", {"4 fields"}},
        {"* * * * * * *", {"7 fields"}},
        {"60 * * * *", {"minute", "'60'", "0 to 59"}},
        {"-1 * * * *", {"minute"}},
        {"61 * * * * *", {"second", "'61'", "0 to 59"}},
        {"* 24 * * *", {"hour", "'24'", "0 to 23"}},
        {"* * 0 * *", {"day of month", "'0'", "1 to 31"}},
        {"* * 32 * *", {"day of month", "'32'"}},
        {"* * L-3 * *", {"day of month", "'L'"}},
        {"* * L/2 * *", {"day of month"}},
        {"* * * 0 *", {"month", "1 to 12", "jan"}},
        {"* * * januar *", {"month", "'januar'"}},
        {"* * * * 8", {"day of week", "'8'", "sun"}},
        {"* * * * monday", {"day of week", "'monday'"}},
        {"* L * * *", {"hour", "'L'"}},
        {"1,,2 * * * *", {"minute", "missing"}},
        {", * * * *", {"minute", "missing"}},
        {"1- * * * *", {"minute", "missing"}},
        {"1-2-3 * * * *", {"minute", "'1-2-3'"}},
        {"30-10 * * * *", {"minute", "backwards", "30-59,0-10"}},
        {"* 22-6 * * *", {"hour", "backwards", "22-23,0-6"}},
        {"*/0 * * * *", {"minute", "step '0'", "1 to 59"}},
        {"*/60 * * * *", {"minute", "step '60'"}},
        {"*/ * * * *", {"minute", "step ''"}},
        {"*/2/3 * * * *", {"minute", "more than one step"}},
        {"*/x * * * *", {"minute", "step 'x'"}},
        {"99999999999999999999 * * * *", {"minute"}},
        {"? * * * *", {"minute", "'?'"}},
        {"** * * * *", {"minute", "'**'"}},
        {"@reboot", {"@reboot", "@daily"}},
        {"@daily *", {"@daily"}},
        {"0 0 * * * # midnight", {"7 fields"}},
        {"\xc2\xb2 * * * *", {"minute"}},
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) check_said(lines[i].line, NULL, lines[i].words);
    char endless[600];
    memset(endless, '1', sizeof endless);
    endless[599] = '\0';
    check_said(endless, NULL, (const char *const[3]){"512"});
}

static void setters_change_nothing_when_they_refuse(void)
{
    distcoord_schedule_options *options = distcoord_schedule_options_new();
    CHECK_INT(distcoord_schedule_options_set_cron(options, "* * * *", NULL), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_schedule_options_set_cron(options, "* * * * *", ""), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_schedule_options_set_cron(options, "* * * * *", "../x"), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_schedule_options_set_cron(options, "\xff", NULL), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_schedule_options_set_interval_ms(options, 99), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_schedule_options_set_interval_ms(options, 100), DISTCOORD_OK);
    CHECK_INT(distcoord_schedule_options_set_interval_ms(options, 366LL * 86400000), DISTCOORD_OK);
    CHECK_INT(
        distcoord_schedule_options_set_interval_ms(options, 366LL * 86400000 + 1), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_schedule_options_set_start_ms(options, -1), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_schedule_options_set_start_ms(options, INT64_MAX), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_schedule_options_set_start_ms(options, 0), DISTCOORD_OK);
    CHECK_INT(distcoord_schedule_options_set_missed(options, 2), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_schedule_options_set_missed(options, -1), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_schedule_options_set_missed(options, DISTCOORD_MISSED_SKIP), DISTCOORD_OK);
    distcoord_schedule_options_free(options);
    int64_t found = 7;
    CHECK_STATUS(distcoord_cron_next("* * * * *", NULL, INT64_MAX, &found, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_cron_next("* * * * *", NULL, INT64_MIN, &found, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
}

static void names_of_time_zones_stay_in_their_folder(void)
{
    static const char *const names[] = {
        "", "..", "../zoneinfo/UTC", "/etc/passwd", "Europe/../UTC", "./UTC", "Europe//Berlin", "Europe/", "Europe",
        "Europe/Nowhere", "tzdata.zi", "zone1970.tab", "Berlin\n", "Europe/Berlin ",
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) check_said("* * * * *", names[i], (const char *const[3]){NULL});
    check_said("* * * * *", "Europe/Nowhere", (const char *const[3]){"Europe/Nowhere", "tzdata-legacy"});
}

/* ---------------------------------------------------------------- files of our own */

static char folder[] = "/tmp/distcoord-zones-XXXXXX";

static void write_zone(const char *name, const void *content, size_t length)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    REQUIRE(file != NULL && fwrite(content, 1, length, file) == length && fclose(file) == 0);
}

static size_t put(char *to, int64_t value, size_t width)
{
    for (size_t i = 0; i < width; i++) to[i] = (char)(value >> 8 * (width - 1 - i));
    return width;
}

/* One block of a file: a change at `at` from `first` to `second` seconds east of UTC. */
static size_t put_block(char *to, char version, size_t width, int64_t at, int32_t first, int32_t second)
{
    static const int32_t counts[6] = {0, 0, 0, 1, 2, 4};
    size_t length = 0;
    memcpy(to, "TZif", 4);
    memset(to + 4, 0, 16);
    to[4] = version;
    length = 20;
    for (int i = 0; i < 6; i++) length += put(to + length, counts[i], 4);
    length += put(to + length, at, width);
    to[length++] = 1;
    length += put(to + length, first, 4) + put(to + length + 4, 0, 2);
    length += put(to + length, second, 4) + put(to + length + 4, 0, 2);
    memcpy(to + length, "ABC", 4);
    return length + 4;
}

/* A file of version 2 whose one change is in 1990, to UTC; `rule` holds from then on. */
static void write_ruled(const char *name, const char *rule)
{
    char file[512];
    size_t length = put_block(file, '2', 4, 0, 0, 0);
    length += put_block(file + length, '2', 8, 631152000, 3600, 0);
    length += (size_t)snprintf(file + length, sizeof file - length, "\n%s\n", rule);
    write_zone(name, file, length);
}

static void make_folder(void)
{
    REQUIRE(mkdtemp(folder) != NULL);
    REQUIRE(setenv("TZDIR", folder, 1) == 0);
}

static void remove_folder(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    CHECK(system(command) == 0);
}

static void rules_of_files_hold_for_later_years(void)
{
    make_folder();
    write_ruled("Plain", "UTC0");
    write_ruled("None", "");
    write_ruled("Days", "A0B,59/1,J60/1");
    write_ruled("Julian", "A0B,J59/0,300/0");
    write_ruled("Hours", "<-02>2<+00>0,M3.4.4/50,M10.5.0/-1:30");
    write_ruled("South", "AAA-10BBB,M10.1.0,M4.1.0/3");
    static const struct example examples[] = {
        {"0 12 * * *", "Plain", "2026-01-01 00:00:00", "2026-01-01 12:00:00"},
        {"0 12 * * *", "None", "2026-01-01 00:00:00", "2026-01-01 12:00:00"},
        {"0 12 * * *", "None", "1980-01-01 00:00:00", "1980-01-01 11:00:00"},
        /* Day 59 from 0 is the 29th of February in a leap year; day 60 without leap days is the 1st of March. */
        {"0 12 29 2 *", "Days", "2028-01-01 00:00:00", "2028-02-29 11:00:00"},
        {"0 12 1 3 *", "Days", "2028-01-01 00:00:00", "2028-03-01 12:00:00"},
        {"0 12 28 2 *", "Julian", "2028-01-01 00:00:00", "2028-02-28 11:00:00"},
        {"0 12 26 10 *", "Julian", "2028-01-01 00:00:00", "2028-10-26 11:00:00"},
        {"0 12 27 10 *", "Julian", "2028-01-01 00:00:00", "2028-10-27 12:00:00"},
        /* Thursday the 26th of March 2026 and 50 hours; and 90 minutes before the last Sunday of October. */
        {"0 1 28 3 *", "Hours", "2026-01-01 00:00:00", "2026-03-28 03:00:00"},
        {"30 3 28 3 *", "Hours", "2026-01-01 00:00:00", "2026-03-28 04:00:00"},
        {"0 12 28 3 *", "Hours", "2026-01-01 00:00:00", "2026-03-28 12:00:00"},
        {"30 21 24 10 *", "Hours", "2026-01-01 00:00:00", "2026-10-24 21:30:00"},
        {"30 23 24 10 *", "Hours", "2026-01-01 00:00:00", "2026-10-25 01:30:00"},
        {"0 12 1 1 *", "South", "2026-06-01 00:00:00", "2027-01-01 01:00:00"},
        {"0 12 1 7 *", "South", "2026-06-01 00:00:00", "2026-07-01 02:00:00"},
    };
    check_examples(examples, COUNT_OF(examples));
    char file[256];
    write_zone("Old", file, put_block(file, '\0', 4, 631152000, 3600, 7200));
    static const struct example old[] = {
        {"0 12 * * *", "Old", "1980-01-01 00:00:00", "1980-01-01 11:00:00"},
        {"0 12 * * *", "Old", "2026-01-01 00:00:00", "2026-01-01 10:00:00"},
    };
    check_examples(old, COUNT_OF(old));
    remove_folder();
}

static void broken_files_are_told_from_time_zones(void)
{
    make_folder();
    static const char *const rules[] = {
        "UTC", "0", "A0B", "A0B,", "A0B,M3.5.0", "A0B,M13.5.0,M1.1.0", "A0B,M3.6.0,M1.1.0", "A0B,M3.5.7,M1.1.0",
        "A0B,J0,J5", "A0B,J366,J5", "A0B,366,5", "A0B,M3.5.0/168,M1.1.0", "A0B,M3.5.0,M1.1.0 ", "<A0B,M3.5.0,M1.1.0",
        "A999", "A0:60",
    };
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        write_ruled("Broken", rules[i]);
        check_said("* * * * *", "Broken", (const char *const[3]){"Broken", "not a time zone"});
    }
    /* Cut off anywhere. */
    char file[512];
    size_t length = put_block(file, '2', 4, 0, 0, 0);
    length += put_block(file + length, '2', 8, 0, 3600, 0);
    length += (size_t)snprintf(file + length, sizeof file - length, "\nUTC0\n");
    for (size_t i = 0; i < length; i++) {
        write_zone("Cut", file, i);
        check_said("* * * * *", "Cut", (const char *const[3]){"Cut", "not a time zone"});
    }
    /* Any byte of the numbers at the beginning and of the second block's anything: an answer, never a crash. */
    for (size_t i = 0; i < length; i++) {
        for (int value = 0; value < 256; value += 51) {
            char changed[512];
            int64_t found;
            memcpy(changed, file, length);
            changed[i] = (char)value;
            write_zone("Changed", changed, length);
            distcoord_status status = distcoord_cron_next("0 0 1 * *", "Changed", 0, &found, NULL);
            CHECK(status == DISTCOORD_OK || status == DISTCOORD_ERROR_INVALID_ARGUMENT);
        }
    }
    char path[128];
    snprintf(path, sizeof path, "%s/Pipe", folder);
    REQUIRE(mkfifo(path, 0600) == 0);
    check_said("* * * * *", "Pipe", (const char *const[3]){"Pipe"});
    remove_folder();
}

static void a_machine_without_time_zones_has_utc(void)
{
    REQUIRE(setenv("TZDIR", "/nonexistent", 1) == 0);
    check_said("* * * * *", "Europe/Berlin", (const char *const[3]){"tzdata", "/nonexistent", "TZDIR"});
    CHECK_INT(next("0 12 * * *", NULL, 0), 43200000);
    CHECK_INT(next("0 12 * * *", "UTC", 0), 43200000);
    CHECK_INT(next("0 12 * * *", "Etc/UTC", 0), 43200000);
}

static const struct test tests[] = {
    {"cron_lines_mean_what_cron_makes_of_them", lines_mean_what_cron_makes_of_them},
    {"cron_clocks_that_are_set_forward_and_back", clocks_that_are_set_forward_and_back},
    {"cron_wrong_lines_are_told_what_is_wrong", wrong_lines_are_told_what_is_wrong},
    {"cron_setters_change_nothing_when_they_refuse", setters_change_nothing_when_they_refuse},
    {"cron_names_of_time_zones_stay_in_their_folder", names_of_time_zones_stay_in_their_folder},
    {"cron_rules_of_files_hold_for_later_years", rules_of_files_hold_for_later_years},
    {"cron_broken_files_are_told_from_time_zones", broken_files_are_told_from_time_zones},
    {"cron_a_machine_without_time_zones_has_utc", a_machine_without_time_zones_has_utc},
};

HARNESS_MAIN(tests)
