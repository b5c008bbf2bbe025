-- What pg_dump takes along: default partitions, plain tables, the identity's position. Daily partitions are no members of the
-- extension and are dumped as plain tables. Progress, metric state and the installation stay behind, so that a restored
-- database sends no history.
SELECT pg_catalog.pg_extension_config_dump('apps', '');
SELECT pg_catalog.pg_extension_config_dump('conversations', '');
SELECT pg_catalog.pg_extension_config_dump('feedbacks', '');
SELECT pg_catalog.pg_extension_config_dump('trace_roots', '');
SELECT pg_catalog.pg_extension_config_dump('annotations', '');
SELECT pg_catalog.pg_extension_config_dump('annotation_versions', '');
SELECT pg_catalog.pg_extension_config_dump('annotation_hits', '');
SELECT pg_catalog.pg_extension_config_dump('workflow_runs_default', '');
SELECT pg_catalog.pg_extension_config_dump('node_executions_default', '');
SELECT pg_catalog.pg_extension_config_dump('messages_default', '');
SELECT pg_catalog.pg_extension_config_dump('tool_executions_default', '');
SELECT pg_catalog.pg_extension_config_dump('moderation_checks_default', '');
SELECT pg_catalog.pg_extension_config_dump('suggested_questions_default', '');
SELECT pg_catalog.pg_extension_config_dump('dataset_retrievals_default', '');
SELECT pg_catalog.pg_extension_config_dump('generated_names_default', '');
SELECT pg_catalog.pg_extension_config_dump('prompt_generations_default', '');
SELECT pg_catalog.pg_extension_config_dump('quarantined_events', '');
SELECT pg_catalog.pg_extension_config_dump('quarantined_events_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('events_default', '');
SELECT pg_catalog.pg_extension_config_dump('events_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('rollup_dimensions', '');
SELECT pg_catalog.pg_extension_config_dump('rollup_dimensions_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('rollup_usage', '');
SELECT pg_catalog.pg_extension_config_dump('rollup_latency', '');
SELECT pg_catalog.pg_extension_config_dump('rollup_members', '');
SELECT pg_catalog.pg_extension_config_dump('rollup_conversations', '');
SELECT pg_catalog.pg_extension_config_dump('rollup_feedback', '');
SELECT pg_catalog.pg_extension_config_dump('rollup_key', '');
SELECT pg_catalog.pg_extension_config_dump('rollup_position', '');
SELECT pg_catalog.pg_extension_config_dump('prices', '');
SELECT pg_catalog.pg_extension_config_dump('tenant_grants', '');
SELECT pg_catalog.pg_extension_config_dump('retention_policies', '');
SELECT pg_catalog.pg_extension_config_dump('retention_holds', '');
SELECT pg_catalog.pg_extension_config_dump('erasures', '');
SELECT pg_catalog.pg_extension_config_dump('erasures_id_seq', '');
