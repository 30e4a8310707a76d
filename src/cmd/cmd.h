/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands: a row each in main.c, a file each beside it. */
#ifndef WAYBILL_CMD_CMD_H
#define WAYBILL_CMD_CMD_H

enum exit_code { EXIT_DONE = 0, EXIT_CANNOT = 1, EXIT_USAGE = 2, EXIT_EXPECTATION = 3 };

/* argv[0] is the command's name. Each returns an exit code. */
int cmd_trace(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_drops(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_stations(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_read(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_flows(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_send(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_schema(int argc, char **argv);

/* One line on standard error: what, why, and what to do. Returns code. */
__attribute__((format(printf, 2, 3))) int fail(int code, const char *format, ...);

/* Probes can't be attached, for the reason in err: says it, and where one runs that can't. */
int fail_collect(const char *err);

#endif
