# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Written by scripts/update-sources; tests/style/sources.sh fails when it is out of date.

base_sources = \
	src/base/arena.c \
	src/base/arena.h \
	src/base/buf.c \
	src/base/buf.h \
	src/base/digest.c \
	src/base/digest.h \
	src/base/err.c \
	src/base/err.h \
	src/base/json.c \
	src/base/json.h \
	src/base/json_read.c \
	src/base/json_read.h \
	src/base/json_scan.c \
	src/base/json_scan.h \
	src/base/json_token.c \
	src/base/json_token.h \
	src/base/json_write.c \
	src/base/json_write.h \
	src/base/limits.h \
	src/base/num.c \
	src/base/num.h \
	src/base/prng.c \
	src/base/prng.h \
	src/base/time.c \
	src/base/time.h \
	src/base/utf8.c \
	src/base/utf8.h \
	src/base/zone.c \
	src/base/zone.h

core_sources = \
	src/core/advance.c \
	src/core/baseline.c \
	src/core/command.c \
	src/core/explain.c \
	src/core/expr.c \
	src/core/expr.h \
	src/core/flags.c \
	src/core/judge.c \
	src/core/names.c \
	src/core/policy.c \
	src/core/policy.h \
	src/core/rollback.c \
	src/core/state.c \
	src/core/state.h \
	src/core/state_codec.c \
	src/core/state_codec.h \
	src/core/step.c \
	src/core/step.h \
	src/core/step_int.h \
	src/core/turn.c \
	src/core/wants.c

engine_sources = \
	src/engine/advise.c \
	src/engine/advise.h \
	src/engine/advise_flags.c \
	src/engine/advise_int.h \
	src/engine/advise_patterns.c \
	src/engine/advise_rules.c \
	src/engine/advise_tables.c \
	src/engine/advise_tables.h \
	src/engine/binding.c \
	src/engine/binding.h \
	src/engine/binding_int.h \
	src/engine/binding_metrics.c \
	src/engine/binding_read.c \
	src/engine/column_type.c \
	src/engine/column_type.h \
	src/engine/compile.c \
	src/engine/compile.h \
	src/engine/compile_gates.c \
	src/engine/compile_int.h \
	src/engine/compile_metrics.c \
	src/engine/compile_phases.c \
	src/engine/compile_rollback.c \
	src/engine/compile_triggers.c \
	src/engine/compile_windows.c \
	src/engine/cover.c \
	src/engine/cover.h \
	src/engine/ddl.c \
	src/engine/ddl.h \
	src/engine/ddl_int.h \
	src/engine/ddl_list.c \
	src/engine/ddl_rows.c \
	src/engine/ddl_sql.c \
	src/engine/ddl_vars.c \
	src/engine/docid.c \
	src/engine/docid.h \
	src/engine/endpoints.c \
	src/engine/endpoints.h \
	src/engine/facts.c \
	src/engine/facts.h \
	src/engine/facts_int.h \
	src/engine/facts_list.c \
	src/engine/lint.c \
	src/engine/lint.h \
	src/engine/lint_agreement.c \
	src/engine/lint_exposure.c \
	src/engine/lint_int.h \
	src/engine/lint_people.c \
	src/engine/lint_rules.c \
	src/engine/lint_spec.c \
	src/engine/message_tables.c \
	src/engine/phase_tables.c \
	src/engine/phase_tables_database.c \
	src/engine/phase_tables_infrastructure.c \
	src/engine/phase_tables_service.c \
	src/engine/plan.c \
	src/engine/plan.h \
	src/engine/plan_check.c \
	src/engine/plan_diff.c \
	src/engine/plan_diff.h \
	src/engine/plan_diff_int.h \
	src/engine/plan_diff_match.c \
	src/engine/plan_diff_tables.c \
	src/engine/plan_diff_text.c \
	src/engine/plan_phases.c \
	src/engine/plan_phases.h \
	src/engine/plan_tables.c \
	src/engine/plan_tables.h \
	src/engine/promql.c \
	src/engine/promql.h \
	src/engine/ramp.c \
	src/engine/ramp.h \
	src/engine/render.c \
	src/engine/render.h \
	src/engine/render_advice.c \
	src/engine/render_mermaid.c \
	src/engine/render_page.h \
	src/engine/render_plan.c \
	src/engine/render_plan_diff.c \
	src/engine/render_runbook.c \
	src/engine/risk.c \
	src/engine/risk.h \
	src/engine/rule_tables.c \
	src/engine/rule_tables.h \
	src/engine/runbook.c \
	src/engine/runbook.h \
	src/engine/runbook_check.c \
	src/engine/runbook_fill.c \
	src/engine/runbook_fill.h \
	src/engine/runbook_own_tables.c \
	src/engine/runbook_placeholders.c \
	src/engine/runbook_quote.c \
	src/engine/runbook_quote.h \
	src/engine/runbook_select.c \
	src/engine/runbook_select.h \
	src/engine/runbook_steps.c \
	src/engine/runbook_steps.h \
	src/engine/runbook_tables.c \
	src/engine/runbook_tables.h \
	src/engine/runbook_triggers.c \
	src/engine/runbook_triggers.h \
	src/engine/sampling.c \
	src/engine/sampling.h \
	src/engine/shape.c \
	src/engine/shape.h \
	src/engine/shape_rows.h \
	src/engine/spec.c \
	src/engine/spec.h \
	src/engine/spec_tables.c \
	src/engine/spec_tables.h \
	src/engine/timeline.c \
	src/engine/timeline.h

wire_sources = \
	src/wire/api.c \
	src/wire/api.h \
	src/wire/backtest.c \
	src/wire/backtest.h \
	src/wire/backtest_chart.c \
	src/wire/backtest_damage.c \
	src/wire/backtest_html.c \
	src/wire/backtest_int.h \
	src/wire/backtest_json.c \
	src/wire/backtest_render.c \
	src/wire/backtest_render.h \
	src/wire/backtest_render_int.h \
	src/wire/backtest_text.c \
	src/wire/backtest_watch.c \
	src/wire/expo.c \
	src/wire/expo.h \
	src/wire/ofrep.c \
	src/wire/ofrep.h \
	src/wire/percent.c \
	src/wire/percent.h \
	src/wire/prom.c \
	src/wire/prom.h \
	src/wire/sample.c \
	src/wire/sample.h \
	src/wire/webhook.c \
	src/wire/webhook.h \
	src/wire/webhook_answer.c \
	src/wire/webhook_notice.c

check_sources = \
	src/check/baseline.c \
	src/check/baseline.h \
	src/check/check.c \
	src/check/check.h \
	src/check/excerpt.c \
	src/check/excerpt.h \
	src/check/finish.c \
	src/check/finish.h \
	src/check/glob.c \
	src/check/glob.h \
	src/check/ignore.c \
	src/check/ignore.h \
	src/check/place.c \
	src/check/place.h \
	src/check/report.c \
	src/check/report.h \
	src/check/report_github.c \
	src/check/report_int.h \
	src/check/report_json.c \
	src/check/report_junit.c \
	src/check/report_markdown.c \
	src/check/report_sarif.c \
	src/check/report_sql.c \
	src/check/report_sql.h \
	src/check/report_text.c

schema_sources = \
	src/schema/diff.c \
	src/schema/diff.h \
	src/schema/diff_aspects.c \
	src/schema/diff_int.h \
	src/schema/diff_match.c \
	src/schema/diff_parts.c \
	src/schema/judge.c \
	src/schema/judge.h \
	src/schema/judge_case.c \
	src/schema/judge_code.c \
	src/schema/judge_column.c \
	src/schema/judge_constraint.c \
	src/schema/judge_cost.c \
	src/schema/judge_cost.h \
	src/schema/judge_default.c \
	src/schema/judge_hint.c \
	src/schema/judge_index.c \
	src/schema/judge_int.h \
	src/schema/judge_lookup.c \
	src/schema/judge_object.c \
	src/schema/judge_rules.c \
	src/schema/judge_rules_keys.c \
	src/schema/judge_rules_mysql.c \
	src/schema/judge_rules_objects.c \
	src/schema/judge_rules_tables.c \
	src/schema/judge_rules_types.c \
	src/schema/judge_table.c \
	src/schema/judge_type.c \
	src/schema/judge_value.c \
	src/schema/judge_view.c \
	src/schema/model.c \
	src/schema/model.h \
	src/schema/script.c \
	src/schema/script.h \
	src/schema/snapshot.c \
	src/schema/snapshot.h \
	src/schema/snapshot_default.c \
	src/schema/snapshot_flat.c \
	src/schema/snapshot_forms.c \
	src/schema/snapshot_int.h \
	src/schema/snapshot_intern.c \
	src/schema/snapshot_keys.c \
	src/schema/snapshot_name.c \
	src/schema/snapshot_parts.c \
	src/schema/snapshot_pull.c \
	src/schema/snapshot_pull.h \
	src/schema/snapshot_read.c \
	src/schema/snapshot_write.c \
	src/schema/snapshot_write_parts.c \
	src/schema/type.c \
	src/schema/type.h \
	src/schema/type_change.c

apispec_sources = \
	src/apispec/judge.h \
	src/apispec/model.h \
	src/apispec/read.c \
	src/apispec/read.h

source_sources = \
	src/source/canon.c \
	src/source/canon.h \
	src/source/canon_cast.c \
	src/source/canon_int.h \
	src/source/canon_literal.c \
	src/source/canon_query.c \
	src/source/canon_routine.c \
	src/source/canon_type.c \
	src/source/canon_write.c \
	src/source/compare.c \
	src/source/compare.h \
	src/source/ddl.c \
	src/source/ddl.h \
	src/source/ddl_alter.c \
	src/source/ddl_alter_column.c \
	src/source/ddl_alter_int.h \
	src/source/ddl_column.c \
	src/source/ddl_constraint.c \
	src/source/ddl_drop.c \
	src/source/ddl_expr.c \
	src/source/ddl_grant.c \
	src/source/ddl_index.c \
	src/source/ddl_inherit.c \
	src/source/ddl_int.h \
	src/source/ddl_move.c \
	src/source/ddl_names.c \
	src/source/ddl_object.c \
	src/source/ddl_rename.c \
	src/source/ddl_routine.c \
	src/source/ddl_sequence.c \
	src/source/ddl_split.c \
	src/source/ddl_split.h \
	src/source/ddl_table.c \
	src/source/ddl_type.c \
	src/source/ddl_view.c \
	src/source/folder.c \
	src/source/folder.h \
	src/source/guess.c \
	src/source/guess.h \
	src/source/live.c \
	src/source/live.h \
	src/source/live_int.h \
	src/source/live_mysql.c \
	src/source/live_postgresql.c \
	src/source/live_postgresql_conn.c \
	src/source/live_postgresql_int.h \
	src/source/live_postgresql_map.c \
	src/source/live_postgresql_more.c \
	src/source/live_postgresql_parts.c \
	src/source/live_postgresql_routines.c \
	src/source/live_postgresql_tables.c \
	src/source/live_postgresql_types.c \
	src/source/live_url.c \
	src/source/side.c \
	src/source/side.h \
	src/source/sql_tree.c \
	src/source/sql_tree.h \
	src/source/sql_words.c \
	src/source/sql_words.h \
	src/source/yaml.c \
	src/source/yaml.h

sys_sources = \
	src/sys/file.c \
	src/sys/file.h \
	src/sys/memory.c \
	src/sys/memory.h

sim_sources = \
	src/sim/disk.c \
	src/sim/net.c \
	src/sim/oracle.c \
	src/sim/oracle_metric.c \
	src/sim/oracle_net.c \
	src/sim/people.c \
	src/sim/people.h \
	src/sim/prometheus.c \
	src/sim/rules.c \
	src/sim/rules.h \
	src/sim/run.c \
	src/sim/setup.c \
	src/sim/setup.h \
	src/sim/sim.h \
	src/sim/sim_int.h \
	src/sim/site.c \
	src/sim/source.c \
	src/sim/source.h \
	src/sim/world.c

ctl_sources = \
	src/ctl/client.c \
	src/ctl/client.h \
	src/ctl/cmd_history.c \
	src/ctl/cmd_load.c \
	src/ctl/cmd_status.c \
	src/ctl/cmd_why.c \
	src/ctl/commands.c \
	src/ctl/commands.h \
	src/ctl/ctl.c \
	src/ctl/ctl.h \
	src/ctl/request.c \
	src/ctl/request.h \
	src/ctl/show.h \
	src/ctl/show_attention.c \
	src/ctl/show_headline.c \
	src/ctl/show_history.c \
	src/ctl/show_int.c \
	src/ctl/show_int.h \
	src/ctl/show_list.c \
	src/ctl/show_rollback.c \
	src/ctl/show_status.c \
	src/ctl/show_triggers.c \
	src/ctl/show_why.c \
	src/ctl/show_why_now.c \
	src/ctl/text.c \
	src/ctl/text.h

cli_sources = \
	src/cli/backtest.c \
	src/cli/backtest.h \
	src/cli/backtest_int.h \
	src/cli/backtest_options.c \
	src/cli/backtest_source.c \
	src/cli/bound.c \
	src/cli/bound.h \
	src/cli/check.c \
	src/cli/check.h \
	src/cli/check_int.h \
	src/cli/check_output.c \
	src/cli/check_run.c \
	src/cli/cli.c \
	src/cli/cli.h \
	src/cli/diff.c \
	src/cli/diff.h \
	src/cli/document.c \
	src/cli/document.h \
	src/cli/fetch.c \
	src/cli/fetch.h \
	src/cli/generate.c \
	src/cli/generate.h \
	src/cli/lint.c \
	src/cli/lint.h \
	src/cli/lint_int.h \
	src/cli/lint_print.c \
	src/cli/output.c \
	src/cli/output.h \
	src/cli/simulate.c \
	src/cli/simulate.h \
	src/cli/snapshot.c \
	src/cli/snapshot.h

demo_sources = \
	src/demo/traffic.c \
	src/demo/traffic.h

driver_sources = \
	src/daemon/dispatch_breaker.c \
	src/daemon/dispatch_breaker.h \
	src/daemon/dispatch_entry.c \
	src/daemon/dispatch_int.h \
	src/daemon/dispatch_request.c \
	src/daemon/dispatch_request.h \
	src/daemon/dispatcher.c \
	src/daemon/dispatcher.h \
	src/daemon/driver.c \
	src/daemon/driver.h \
	src/daemon/driver_apply.c \
	src/daemon/driver_change.c \
	src/daemon/driver_flags.c \
	src/daemon/driver_int.h \
	src/daemon/driver_owe.c \
	src/daemon/driver_poll.c \
	src/daemon/driver_refill.c \
	src/daemon/driver_unsaved.c \
	src/daemon/prom_client.c \
	src/daemon/prom_client.h \
	src/daemon/secrets.c \
	src/daemon/secrets.h \
	src/daemon/store_chain.c \
	src/daemon/store_chain.h

daemon_sources = \
	src/daemon/api.c \
	src/daemon/api.h \
	src/daemon/api_auth.c \
	src/daemon/api_auth.h \
	src/daemon/api_change.c \
	src/daemon/api_flags.c \
	src/daemon/api_int.h \
	src/daemon/api_rollouts.c \
	src/daemon/api_stream.c \
	src/daemon/config.c \
	src/daemon/config.h \
	src/daemon/config_binding.c \
	src/daemon/config_conf.c \
	src/daemon/config_group.c \
	src/daemon/config_group.h \
	src/daemon/config_int.h \
	src/daemon/config_migration.c \
	src/daemon/config_migration.h \
	src/daemon/config_print.c \
	src/daemon/config_scan.c \
	src/daemon/config_source.c \
	src/daemon/config_source.h \
	src/daemon/config_table.c \
	src/daemon/config_tree.c \
	src/daemon/http_client.c \
	src/daemon/http_client.h \
	src/daemon/http_exchange.c \
	src/daemon/http_int.h \
	src/daemon/http_route.c \
	src/daemon/http_route.h \
	src/daemon/http_server.c \
	src/daemon/http_server.h \
	src/daemon/http_setup.c \
	src/daemon/http_setup.h \
	src/daemon/log.c \
	src/daemon/log.h \
	src/daemon/loop.c \
	src/daemon/loop.h \
	src/daemon/metrics.c \
	src/daemon/metrics.h \
	src/daemon/metrics_int.h \
	src/daemon/metrics_state.c \
	src/daemon/migarchd.c \
	src/daemon/migarchd.h \
	src/daemon/options.c \
	src/daemon/options.h \
	src/daemon/preflight.c \
	src/daemon/preflight.h \
	src/daemon/sdnotify.c \
	src/daemon/sdnotify.h \
	src/daemon/sock.c \
	src/daemon/sock.h \
	src/daemon/store.c \
	src/daemon/store.h \
	src/daemon/store_int.h \
	src/daemon/store_read.c \
	src/daemon/store_schema.c \
	src/daemon/store_write.c

unit_tests = \
	tests/unit/test_advise \
	tests/unit/test_api \
	tests/unit/test_api_listen \
	tests/unit/test_arena \
	tests/unit/test_backtest \
	tests/unit/test_backtest_render \
	tests/unit/test_binding \
	tests/unit/test_buf \
	tests/unit/test_compile \
	tests/unit/test_config \
	tests/unit/test_config_docs \
	tests/unit/test_cover \
	tests/unit/test_db_judge \
	tests/unit/test_db_judge_snapshots \
	tests/unit/test_ddl \
	tests/unit/test_digest \
	tests/unit/test_dispatcher \
	tests/unit/test_driver \
	tests/unit/test_driver_unsaved \
	tests/unit/test_edges \
	tests/unit/test_err \
	tests/unit/test_explain \
	tests/unit/test_expo \
	tests/unit/test_expr \
	tests/unit/test_file \
	tests/unit/test_http_client \
	tests/unit/test_http_server \
	tests/unit/test_json \
	tests/unit/test_json_read \
	tests/unit/test_json_write \
	tests/unit/test_judge \
	tests/unit/test_lint \
	tests/unit/test_log \
	tests/unit/test_names \
	tests/unit/test_num \
	tests/unit/test_ofrep \
	tests/unit/test_patterns \
	tests/unit/test_plan \
	tests/unit/test_plan_diff \
	tests/unit/test_policy \
	tests/unit/test_prom \
	tests/unit/test_prom_client \
	tests/unit/test_promql \
	tests/unit/test_render \
	tests/unit/test_rollback \
	tests/unit/test_runbook \
	tests/unit/test_runbook_steps \
	tests/unit/test_sample \
	tests/unit/test_sampling \
	tests/unit/test_show \
	tests/unit/test_sim \
	tests/unit/test_snapshot \
	tests/unit/test_sock \
	tests/unit/test_spec \
	tests/unit/test_state_codec \
	tests/unit/test_step \
	tests/unit/test_step_phase \
	tests/unit/test_step_world \
	tests/unit/test_store \
	tests/unit/test_time \
	tests/unit/test_timeline \
	tests/unit/test_type \
	tests/unit/test_utf8 \
	tests/unit/test_webhook \
	tests/unit/test_zone

test_programs = \
	tests/integration/peer

fuzz_targets = \
	tests/fuzz/fuzz_expr \
	tests/fuzz/fuzz_json \
	tests/fuzz/fuzz_plan \
	tests/fuzz/fuzz_policy \
	tests/fuzz/fuzz_prom \
	tests/fuzz/fuzz_runbook \
	tests/fuzz/fuzz_spec \
	tests/fuzz/fuzz_state
tests_fuzz_fuzz_expr_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_json_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_plan_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_policy_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_prom_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_runbook_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_spec_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_state_LDADD = $(fuzz_libs)

bench_programs =

test_support_sources = \
	tests/support/core_fixture.c \
	tests/support/core_fixture.h \
	tests/support/core_random.c \
	tests/support/core_random.h \
	tests/support/db_judge.c \
	tests/support/db_judge.h \
	tests/support/http_peer.c \
	tests/support/http_peer.h \
	tests/support/skeleton.c \
	tests/support/skeleton.h \
	tests/support/test_support.c \
	tests/support/test_support.h

fuzz_support_sources = \
	tests/fuzz/document.c \
	tests/fuzz/fuzz.h \
	tests/fuzz/mutate.c \
	tests/fuzz/replay.c

style_tests = \
	tests/style/banned.sh \
	tests/style/contracts.sh \
	tests/style/docs.sh \
	tests/style/evaluator.sh \
	tests/style/headers.sh \
	tests/style/layers.sh \
	tests/style/purity.sh \
	tests/style/sizes.sh \
	tests/style/sources.sh \
	tests/style/states.sh

sim_tests = \
	tests/sim/seeds.sh

integration_tests = \
	tests/integration/abort.sh \
	tests/integration/abort_crash.sh \
	tests/integration/api.sh \
	tests/integration/backtest.sh \
	tests/integration/canary.sh \
	tests/integration/check.sh \
	tests/integration/cli.sh \
	tests/integration/crash.sh \
	tests/integration/ctl.sh \
	tests/integration/daemon.sh \
	tests/integration/drift.sh \
	tests/integration/executor.sh \
	tests/integration/flags.sh \
	tests/integration/flags_back.sh \
	tests/integration/gates.sh \
	tests/integration/guide.sh \
	tests/integration/isolation.sh \
	tests/integration/load_changed.sh \
	tests/integration/metrics.sh \
	tests/integration/plan_sql.sh \
	tests/integration/prometheus.sh \
	tests/integration/restart.sh \
	tests/integration/rollback.sh \
	tests/integration/runbook_haproxy.sh \
	tests/integration/store.sh \
	tests/integration/systemd.sh \
	tests/integration/windows.sh

man_pages = \
	docs/man/migarch.1 \
	docs/man/migarchctl.1 \
	docs/man/migarchd.8 \
	docs/man/migarchd.conf.5

completion_files = \
	completions/migarch.bash \
	completions/migarchctl.bash \
	completions/migarchd.bash

schema_files = \
	docs/schemas/compatibility-report.schema.json \
	docs/schemas/database-schema.schema.json \
	docs/schemas/migration-advice.schema.json \
	docs/schemas/migration-plan.schema.json \
	docs/schemas/migration-spec.schema.json \
	docs/schemas/rollback-runbook.schema.json

doc_files = \
	AUTHORS \
	CONTRIBUTING.md \
	LICENSE \
	NEWS.md \
	README.md \
	docs/API.md \
	docs/ARCHITECTURE.md \
	docs/BACKTEST.md \
	docs/GLOSSARY.md \
	docs/MUTANTS.md \
	docs/SIMULATION.md \
	docs/STATES.md \
	docs/TESTING.md \
	docs/guide-planning.md

extra_files = \
	bench/detection.sh \
	bench/idle.sh \
	bench/planning.sh \
	scripts/coverage \
	scripts/coverage.py \
	scripts/cppcheck.supp \
	scripts/demo \
	scripts/fuzz \
	scripts/install-deps \
	scripts/lint \
	scripts/mutants \
	scripts/test \
	scripts/update-golden \
	scripts/update-sources \
	tests/data/check/database_schema_after.json \
	tests/data/check/database_schema_before.json \
	tests/data/check/ledger_schema_after.json \
	tests/data/check/ledger_schema_before.json \
	tests/data/check/snapshot_full.json \
	tests/data/ctl/aborting.json \
	tests/data/ctl/aborting.txt \
	tests/data/ctl/approval.json \
	tests/data/ctl/approval.txt \
	tests/data/ctl/baking.json \
	tests/data/ctl/baking.txt \
	tests/data/ctl/baselining.json \
	tests/data/ctl/baselining.txt \
	tests/data/ctl/completed.json \
	tests/data/ctl/completed.txt \
	tests/data/ctl/held.json \
	tests/data/ctl/held.txt \
	tests/data/ctl/history.json \
	tests/data/ctl/history.txt \
	tests/data/ctl/list.json \
	tests/data/ctl/list.txt \
	tests/data/ctl/loaded.json \
	tests/data/ctl/loaded.txt \
	tests/data/ctl/pending.json \
	tests/data/ctl/pending.txt \
	tests/data/ctl/rolled_back.json \
	tests/data/ctl/rolled_back.txt \
	tests/data/ctl/rolling_back.json \
	tests/data/ctl/rolling_back.txt \
	tests/data/ctl/running.json \
	tests/data/ctl/running.txt \
	tests/data/ctl/troubled.json \
	tests/data/ctl/troubled.txt \
	tests/data/ctl/why_abort.json \
	tests/data/ctl/why_abort.txt \
	tests/data/ctl/why_approval.json \
	tests/data/ctl/why_approval.txt \
	tests/data/ctl/why_baking.json \
	tests/data/ctl/why_baking.txt \
	tests/data/ctl/why_baselining.json \
	tests/data/ctl/why_baselining.txt \
	tests/data/ctl/why_before.json \
	tests/data/ctl/why_before.txt \
	tests/data/ctl/why_blind.json \
	tests/data/ctl/why_blind.txt \
	tests/data/ctl/why_fired.json \
	tests/data/ctl/why_fired.txt \
	tests/data/ctl/why_gappy.json \
	tests/data/ctl/why_gappy.txt \
	tests/data/ctl/why_held.json \
	tests/data/ctl/why_held.txt \
	tests/data/ctl/why_loaded.json \
	tests/data/ctl/why_loaded.txt \
	tests/data/ctl/why_pending.json \
	tests/data/ctl/why_pending.txt \
	tests/data/ctl/why_phase.json \
	tests/data/ctl/why_phase.txt \
	tests/data/ctl/why_proposed.json \
	tests/data/ctl/why_proposed.txt \
	tests/data/ctl/why_rollback.json \
	tests/data/ctl/why_rollback.txt \
	tests/data/ctl/why_rolling_back.json \
	tests/data/ctl/why_rolling_back.txt \
	tests/data/ctl/why_step.json \
	tests/data/ctl/why_step.txt \
	tests/data/ctl/why_troubled.json \
	tests/data/ctl/why_troubled.txt \
	tests/data/ctl/why_unknown.json \
	tests/data/ctl/why_unknown.txt \
	tests/data/daemon/migarchd.conf \
	tests/data/daemon/plan.json \
	tests/data/daemon/runbook.json \
	tests/data/daemon/spec.json \
	tests/data/diff/plan.json \
	tests/data/golden/pattern_api_strangler_fig.plan.txt \
	tests/data/golden/pattern_api_strangler_fig.runbook.txt \
	tests/data/golden/pattern_bulk_snapshot.plan.txt \
	tests/data/golden/pattern_bulk_snapshot.runbook.txt \
	tests/data/golden/pattern_canary.plan.txt \
	tests/data/golden/pattern_canary.runbook.txt \
	tests/data/golden/pattern_change_data_capture.plan.txt \
	tests/data/golden/pattern_change_data_capture.runbook.txt \
	tests/data/golden/pattern_cloud_migration.plan.txt \
	tests/data/golden/pattern_cloud_migration.runbook.txt \
	tests/data/golden/pattern_dual_write.plan.txt \
	tests/data/golden/pattern_dual_write.runbook.txt \
	tests/data/golden/pattern_event_sourcing.plan.txt \
	tests/data/golden/pattern_event_sourcing.runbook.txt \
	tests/data/golden/pattern_expand_contract.plan.txt \
	tests/data/golden/pattern_expand_contract.runbook.txt \
	tests/data/golden/pattern_glue_layer.plan.txt \
	tests/data/golden/pattern_glue_layer.runbook.txt \
	tests/data/golden/pattern_hybrid_cloud.plan.txt \
	tests/data/golden/pattern_hybrid_cloud.runbook.txt \
	tests/data/golden/pattern_incremental_sync.plan.txt \
	tests/data/golden/pattern_incremental_sync.runbook.txt \
	tests/data/golden/pattern_lift_and_shift.plan.txt \
	tests/data/golden/pattern_lift_and_shift.runbook.txt \
	tests/data/golden/pattern_multi_cloud.plan.txt \
	tests/data/golden/pattern_multi_cloud.runbook.txt \
	tests/data/golden/pattern_parallel_schema.plan.txt \
	tests/data/golden/pattern_parallel_schema.runbook.txt \
	tests/data/golden/pattern_re_architecture.plan.txt \
	tests/data/golden/pattern_re_architecture.runbook.txt \
	tests/data/golden/pattern_rolling_update.plan.txt \
	tests/data/golden/pattern_rolling_update.runbook.txt \
	tests/data/golden/pattern_stream_processing.plan.txt \
	tests/data/golden/pattern_stream_processing.runbook.txt \
	tests/data/golden/sample_blue_green_migration.plan.txt \
	tests/data/golden/sample_blue_green_migration.runbook.txt \
	tests/data/golden/sample_bulk_copy_migration.plan.txt \
	tests/data/golden/sample_bulk_copy_migration.runbook.txt \
	tests/data/golden/sample_database_migration.plan.txt \
	tests/data/golden/sample_database_migration.runbook.txt \
	tests/data/golden/sample_infrastructure_migration.plan.txt \
	tests/data/golden/sample_infrastructure_migration.runbook.txt \
	tests/data/golden/sample_minimal_api_migration.plan.txt \
	tests/data/golden/sample_minimal_api_migration.runbook.txt \
	tests/data/golden/sample_parallel_run_migration.plan.txt \
	tests/data/golden/sample_parallel_run_migration.runbook.txt \
	tests/data/golden/sample_service_migration.plan.txt \
	tests/data/golden/sample_service_migration.runbook.txt \
	tests/data/integration/all_changes_after.sql \
	tests/data/integration/all_changes_before.sql \
	tests/data/integration/all_changes_fill.sql \
	tests/data/integration/all_changes_spec.json \
	tests/data/integration/all_changes_undone.sql \
	tests/data/integration/all_changes_writes.sql \
	tests/data/integration/bulk_copy_before.sql \
	tests/data/integration/canary_spec.json \
	tests/data/integration/database_before.sql \
	tests/data/live/rich.sql \
	tests/data/render/plan.json \
	tests/data/render/plan.md \
	tests/data/render/plan.txt \
	tests/data/render/runbook.json \
	tests/data/render/runbook.md \
	tests/data/render/runbook.txt \
	tests/data/skeleton/compatibility_database.json \
	tests/data/skeleton/compatibility_database_reversed.json \
	tests/data/skeleton/compatibility_ledger.json \
	tests/data/skeleton/plan_blue_green.json \
	tests/data/skeleton/plan_bulk_copy.json \
	tests/data/skeleton/plan_database.json \
	tests/data/skeleton/plan_infrastructure.json \
	tests/data/skeleton/plan_minimal_api.json \
	tests/data/skeleton/plan_parallel_run.json \
	tests/data/skeleton/plan_service.json \
	tests/data/skeleton/runbook_blue_green.json \
	tests/data/skeleton/runbook_bulk_copy.json \
	tests/data/skeleton/runbook_database.json \
	tests/data/skeleton/runbook_infrastructure.json \
	tests/data/skeleton/runbook_minimal_api.json \
	tests/data/skeleton/runbook_parallel_run.json \
	tests/data/skeleton/runbook_service.json \
	tests/data/specs/pattern_api_strangler_fig.json \
	tests/data/specs/pattern_bulk_snapshot.json \
	tests/data/specs/pattern_canary.json \
	tests/data/specs/pattern_change_data_capture.json \
	tests/data/specs/pattern_cloud_migration.json \
	tests/data/specs/pattern_dual_write.json \
	tests/data/specs/pattern_event_sourcing.json \
	tests/data/specs/pattern_expand_contract.json \
	tests/data/specs/pattern_glue_layer.json \
	tests/data/specs/pattern_hybrid_cloud.json \
	tests/data/specs/pattern_incremental_sync.json \
	tests/data/specs/pattern_lift_and_shift.json \
	tests/data/specs/pattern_multi_cloud.json \
	tests/data/specs/pattern_parallel_schema.json \
	tests/data/specs/pattern_re_architecture.json \
	tests/data/specs/pattern_rolling_update.json \
	tests/data/specs/pattern_stream_processing.json \
	tests/data/specs/sample_blue_green_migration.json \
	tests/data/specs/sample_bulk_copy_migration.json \
	tests/data/specs/sample_database_migration.json \
	tests/data/specs/sample_infrastructure_migration.json \
	tests/data/specs/sample_minimal_api_migration.json \
	tests/data/specs/sample_parallel_run_migration.json \
	tests/data/specs/sample_service_migration.json \
	tests/fuzz/corpus/expr \
	tests/fuzz/corpus/json \
	tests/fuzz/corpus/plan \
	tests/fuzz/corpus/policy \
	tests/fuzz/corpus/prom \
	tests/fuzz/corpus/runbook \
	tests/fuzz/corpus/spec \
	tests/fuzz/corpus/state \
	tests/integration/abort.sh \
	tests/integration/abort_crash.sh \
	tests/integration/api.sh \
	tests/integration/backtest.sh \
	tests/integration/canary.sh \
	tests/integration/check.sh \
	tests/integration/cli.sh \
	tests/integration/crash.sh \
	tests/integration/ctl.sh \
	tests/integration/daemon.sh \
	tests/integration/drift.sh \
	tests/integration/executor.sh \
	tests/integration/flags.sh \
	tests/integration/flags_back.sh \
	tests/integration/gates.sh \
	tests/integration/guide.sh \
	tests/integration/history.py \
	tests/integration/isolation.sh \
	tests/integration/lib.sh \
	tests/integration/lib_db.sh \
	tests/integration/lib_systemd.sh \
	tests/integration/load_changed.sh \
	tests/integration/metrics.sh \
	tests/integration/plan_sql.sh \
	tests/integration/prometheus.sh \
	tests/integration/restart.sh \
	tests/integration/rollback.sh \
	tests/integration/runbook_haproxy.sh \
	tests/integration/shop.py \
	tests/integration/store.sh \
	tests/integration/systemd.sh \
	tests/integration/windows.sh \
	tests/mutants/mutants.txt \
	tests/sim/seeds.sh \
	tests/style/banned.sh \
	tests/style/contracts.sh \
	tests/style/docs.sh \
	tests/style/evaluator.sh \
	tests/style/headers.sh \
	tests/style/layers.sh \
	tests/style/lib.sh \
	tests/style/purity.sh \
	tests/style/sizes.sh \
	tests/style/sources.sh \
	tests/style/states.sh
