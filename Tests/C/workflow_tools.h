/* What the tests of definitions share. */
#ifndef WORKFLOW_TOOLS_H
#define WORKFLOW_TOOLS_H

#include "run_tools.h"

/* The tasks named in a text with spaces; `group` may be NULL. */
__attribute__((unused)) static void add_tasks(distcoord_workflow *workflow, const char *names, const char *group)
{
    char name[256];
    int length = 0;
    while (sscanf(names, "%255s%n", name, &length) == 1) {
        add_task_to(workflow, group, name, NULL, NULL);
        names += length;
    }
}

__attribute__((unused)) static void add_group_to(distcoord_workflow *workflow, const char *group, const char *name)
{
    REQUIRE_OK(distcoord_workflow_add_group(workflow, name, group, E));
}

/* "b needs a", or several with commas: "b needs a, c needs b". */
__attribute__((unused)) static void connect_nodes(distcoord_workflow *workflow, const char *needs)
{
    char names[2][256];
    int length = 0;
    while (sscanf(needs, "%255s needs %255[^,]%n", names[0], names[1], &length) == 2) {
        add_needs(workflow, names[0], names[1]);
        needs += length;
        needs += strspn(needs, ", ");
    }
    REQUIRE(*needs == '\0');
}

/* `call` must be refused with a message in which `text` is. */
#define CHECK_REFUSED(call, text)                                                                                   \
    do {                                                                                                            \
        distcoord_error *error_ = NULL, **E = &error_;                                                              \
        CHECK_INT((call), DISTCOORD_ERROR_INVALID_ARGUMENT);                                                        \
        const char *message_ = distcoord_error_message(error_);                                                     \
        if (strstr(message_, (text)) == NULL)                                                                       \
            report(__FILE__, __LINE__, "%s says \"%s\", wanted \"%s\"", #call, message_, (text));                   \
        distcoord_error_free(error_);                                                                               \
    } while (0)

/* The workflow is wrong, and exactly that is said of it. */
#define CHECK_WRONG(workflow, text)                                                                                 \
    do {                                                                                                            \
        distcoord_error *error_ = NULL;                                                                             \
        CHECK_INT(distcoord_workflow_validate((workflow), &error_), DISTCOORD_ERROR_INVALID_ARGUMENT);              \
        CHECK_TEXT(distcoord_error_message(error_), (text));                                                        \
        distcoord_error_free(error_);                                                                               \
    } while (0)

#define CHECK_RIGHT(workflow) CHECK_OK(distcoord_workflow_validate((workflow), E))

#endif
