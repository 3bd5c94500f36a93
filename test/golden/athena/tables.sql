CREATE DATABASE IF NOT EXISTS `draintrace`;

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`raw_alb_log_111122223333_eu_central_1_4fe0deff` (
  `line` string,
  `type` string,
  `time` string,
  `elb` string,
  `client_ip` string,
  `client_port` string,
  `target_ip` string,
  `target_port` string,
  `request_processing_time` string,
  `target_processing_time` string,
  `response_processing_time` string,
  `elb_status_code` string,
  `target_status_code` string,
  `received_bytes` string,
  `sent_bytes` string,
  `request_line` string,
  `user_agent` string,
  `ssl_cipher` string,
  `ssl_protocol` string,
  `target_group_arn` string,
  `trace_id` string,
  `domain_name` string,
  `chosen_cert_arn` string,
  `matched_rule_priority` string,
  `request_creation_time` string,
  `actions_executed` string,
  `redirect_url` string,
  `error_reason` string,
  `target_port_list` string,
  `target_status_code_list` string,
  `classification` string,
  `classification_reason` string,
  `conn_trace_id` string,
  `transformed_host` string,
  `transformed_uri` string,
  `request_transform_status` string,
  `ip_address` string,
  `tail` string
)
PARTITIONED BY (`day` string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'
WITH SERDEPROPERTIES ('input.regex' = '...')
LOCATION 's3://my-alb-logs/prod/AWSLogs/111122223333/elasticloadbalancing/eu-central-1/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy/MM/dd',
  'projection.day.range' = '2016/08/01,NOW',
  'projection.day.interval' = '1',
  'projection.day.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://my-alb-logs/prod/AWSLogs/111122223333/elasticloadbalancing/eu-central-1/${day}/'
);

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`raw_connection_log_111122223333_eu_central_1_10b7f270` (
  `line` string,
  `timestamp` string,
  `client_ip` string,
  `client_port` string,
  `listener_port` string,
  `tls_protocol` string,
  `tls_cipher` string,
  `tls_handshake_latency` string,
  `leaf_client_cert_subject` string,
  `leaf_client_cert_validity` string,
  `leaf_client_cert_serial_number` string,
  `tls_verify_status` string,
  `conn_trace_id` string,
  `tls_keyexchange` string,
  `elb` string,
  `ip_address` string,
  `tail` string
)
PARTITIONED BY (`day` string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'
WITH SERDEPROPERTIES ('input.regex' = '...')
LOCATION 's3://my-alb-logs/prod/AWSLogs/111122223333/elasticloadbalancing/eu-central-1/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy/MM/dd',
  'projection.day.range' = '2016/08/01,NOW',
  'projection.day.interval' = '1',
  'projection.day.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://my-alb-logs/prod/AWSLogs/111122223333/elasticloadbalancing/eu-central-1/${day}/'
);

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`raw_health_check_111122223333_eu_central_1_38501d65` (
  `line` string,
  `type` string,
  `earliest` string,
  `latency` string,
  `target_ip` string,
  `target_port` string,
  `target_group_name` string,
  `status` string,
  `status_code` string,
  `reason_code` string,
  `elb` string,
  `ip_address` string,
  `tail` string
)
PARTITIONED BY (`day` string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'
WITH SERDEPROPERTIES ('input.regex' = '...')
LOCATION 's3://my-alb-logs/prod/AWSLogs/111122223333/elasticloadbalancing/eu-central-1/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy/MM/dd',
  'projection.day.range' = '2016/08/01,NOW',
  'projection.day.interval' = '1',
  'projection.day.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://my-alb-logs/prod/AWSLogs/111122223333/elasticloadbalancing/eu-central-1/${day}/'
);

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_alb_log_9e48a988` (
  `object_id` int,
  `line` bigint,
  `type` string,
  `time` bigint,
  `elb` string,
  `client_ip` string,
  `client_port` int,
  `target_ip` string,
  `target_port` int,
  `request_processing_time` double,
  `target_processing_time` double,
  `response_processing_time` double,
  `elb_status_code` smallint,
  `target_status_code` smallint,
  `received_bytes` bigint,
  `sent_bytes` bigint,
  `request_line` string,
  `request_method` string,
  `request_url` string,
  `request_protocol` string,
  `user_agent` string,
  `ssl_cipher` string,
  `ssl_protocol` string,
  `target_group_arn` string,
  `trace_id` string,
  `domain_name` string,
  `chosen_cert_arn` string,
  `matched_rule_priority` int,
  `request_creation_time` bigint,
  `actions_executed` string,
  `redirect_url` string,
  `error_reason` string,
  `target_port_list` string,
  `target_status_code_list` string,
  `classification` string,
  `classification_reason` string,
  `conn_trace_id` string,
  `transformed_host` string,
  `transformed_uri` string,
  `request_transform_status` string,
  `ip_address` string,
  `extra` string,
  `field_count` smallint
)
PARTITIONED BY (`day` string)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/alb_log/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy-MM-dd',
  'projection.day.range' = '2016-08-01,NOW',
  'projection.day.interval' = '1',
  'projection.day.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://my-lake/draintrace/alb_log/day=${day}/'
);

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_log_object_f1d876db` (
  `object_id` int,
  `uri` string,
  `etag` string,
  `size` bigint,
  `modified` bigint,
  `kind` string,
  `status` string,
  `detail` string,
  `lines` bigint,
  `rows` bigint,
  `rejected` bigint,
  `dropped` bigint,
  `extra_fields` bigint,
  `first_time` bigint,
  `last_time` bigint,
  `keep` string,
  `captured_at` bigint,
  `loaded_at` bigint
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/log_object/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_rejected_line_9f2a1002` (
  `object_id` int,
  `line` bigint,
  `reason` string,
  `length` bigint,
  `raw` binary
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/rejected_line/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_alb_count_c375dcc5` (
  `object_id` int,
  `minute` bigint,
  `elb` string,
  `target_group_arn` string,
  `target_ip` string,
  `target_port` int,
  `elb_status_code` smallint,
  `target_status_code` smallint,
  `requests` bigint,
  `received_bytes` bigint,
  `sent_bytes` bigint
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/alb_count/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_connection_log_3ac15e63` (
  `object_id` int,
  `line` bigint,
  `timestamp` bigint,
  `client_ip` string,
  `client_port` int,
  `listener_port` int,
  `tls_protocol` string,
  `tls_cipher` string,
  `tls_handshake_latency` double,
  `leaf_client_cert_subject` string,
  `leaf_client_cert_validity` string,
  `leaf_client_cert_serial_number` string,
  `tls_verify_status` string,
  `conn_trace_id` string,
  `tls_keyexchange` string,
  `elb` string,
  `ip_address` string,
  `extra` string
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/connection_log/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_pod_fact_4e59ef6e` (
  `object_id` int,
  `line` bigint,
  `event` string,
  `earliest` bigint,
  `latest` bigint,
  `target_kind` string,
  `version` string,
  `uid` string,
  `namespace` string,
  `name` string,
  `ip` string,
  `port` int,
  `node` string,
  `zone` string,
  `owner_kind` string,
  `owner_name` string,
  `container` string,
  `container_ports` string,
  `other_ports` string,
  `restart_count` int,
  `exit_code` int,
  `reason` string,
  `detail` string,
  `actor` string,
  `images` string,
  `termination_grace_period_seconds` int,
  `pre_stop_seconds` int
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/pod_fact/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_node_fact_35de56ce` (
  `object_id` int,
  `line` bigint,
  `event` string,
  `earliest` bigint,
  `latest` bigint,
  `node` string,
  `instance_id` string,
  `ip` string,
  `zone` string,
  `group_name` string,
  `reason` string,
  `detail` string
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/node_fact/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_service_fact_50feb1b9` (
  `object_id` int,
  `line` bigint,
  `event` string,
  `earliest` bigint,
  `latest` bigint,
  `namespace` string,
  `service` string,
  `node_port` int,
  `traffic_policy` string,
  `pod_name` string,
  `pod_ip` string,
  `node` string
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/service_fact/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_target_state_b6922cc7` (
  `object_id` int,
  `line` bigint,
  `target_group_arn` string,
  `target_ip` string,
  `target_port` int,
  `instance_id` string,
  `state` string,
  `reason` string,
  `description` string,
  `zone` string,
  `earliest` bigint,
  `latest` bigint
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/target_state/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_target_change_f7665822` (
  `object_id` int,
  `line` bigint,
  `event` string,
  `earliest` bigint,
  `latest` bigint,
  `target_group_arn` string,
  `target_ip` string,
  `target_port` int,
  `instance_id` string,
  `actor` string,
  `event_id` string
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/target_change/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_health_check_c0f9d5f2` (
  `object_id` int,
  `line` bigint,
  `type` string,
  `earliest` bigint,
  `latest` bigint,
  `latency` double,
  `target_ip` string,
  `target_port` int,
  `target_group_name` string,
  `status` string,
  `status_code` int,
  `reason_code` string,
  `elb` string,
  `ip_address` string,
  `extra` string
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/health_check/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_setting_babd34c1` (
  `object_id` int,
  `line` bigint,
  `scope` string,
  `subject` string,
  `key` string,
  `value` string,
  `earliest` bigint,
  `latest` bigint
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/setting/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_probe_result_eb8850d0` (
  `object_id` int,
  `line` bigint,
  `earliest` bigint,
  `latest` bigint,
  `trace_id` string,
  `url` string,
  `connection` string,
  `status` int,
  `error` string
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/probe_result/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_instance_fact_dc7d06f9` (
  `life` string,
  `object_id` int,
  `line` bigint,
  `event` string,
  `earliest` bigint,
  `latest` bigint,
  `instance_id` string,
  `node` string,
  `ip` string,
  `zone` string,
  `group_name` string,
  `reason` string,
  `detail` string,
  `why_gone` string,
  `gone_by` bigint,
  `life_event` string
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/instance_fact/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_life_fact_dc7d06f9` (
  `life` string,
  `target_kind` string,
  `version` string,
  `object_id` int,
  `line` bigint,
  `event` string,
  `earliest` bigint,
  `latest` bigint,
  `uid` string,
  `namespace` string,
  `name` string,
  `ip` string,
  `port` int,
  `node` string,
  `owner_kind` string,
  `owner_name` string,
  `zone` string,
  `container` string,
  `container_ports` string,
  `other_ports` string,
  `restart_count` int,
  `exit_code` int,
  `reason` string,
  `detail` string,
  `actor` string,
  `images` string,
  `termination_grace_period_seconds` int,
  `pre_stop_seconds` int
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/life_fact/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_life_time_dc7d06f9` (
  `life` string,
  `target_kind` string,
  `version` string,
  `object_id` int,
  `line` bigint,
  `object` string,
  `source` string,
  `trust` int,
  `uid` string,
  `namespace` string,
  `name` string,
  `ip` string,
  `port` int,
  `node` string,
  `zone` string,
  `owner_kind` string,
  `owner_name` string,
  `images` string,
  `actor` string,
  `reason` string,
  `detail` string,
  `termination_grace_period_seconds` int,
  `pre_stop_seconds` int,
  `container_ports` string,
  `other_ports` string,
  `restart_count` int,
  `container` string,
  `event` string,
  `earliest` bigint,
  `latest` bigint,
  `believed_earliest` bigint,
  `believed_latest` bigint,
  `believed_source` string,
  `agrees` boolean
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/life_time/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_lives_dc7d06f9` (
  `life` string,
  `target_kind` string,
  `target_name` string,
  `version` string,
  `namespace` string,
  `name` string,
  `uid` string,
  `ip` string,
  `port` int,
  `node` string,
  `zone` string,
  `owner_kind` string,
  `owner_name` string,
  `workload` string,
  `deployment` string,
  `created_earliest` bigint,
  `created_latest` bigint,
  `created_at` bigint,
  `created_source` string,
  `started_earliest` bigint,
  `started_latest` bigint,
  `waiting_until` bigint,
  `ready_restart_count` int,
  `containers_seen_until` bigint,
  `ready_earliest` bigint,
  `ready_latest` bigint,
  `ready_at` bigint,
  `ready_source` string,
  `deleted_earliest` bigint,
  `deleted_latest` bigint,
  `deleted_at` bigint,
  `deleted_source` string,
  `started_by` string,
  `deleted_by` string,
  `deleted_reason` string,
  `deleted_detail` string,
  `is_deregistered_first` boolean,
  `stopping_latest` bigint,
  `first_finished_earliest` bigint,
  `first_finished_latest` bigint,
  `finished_earliest` bigint,
  `finished_latest` bigint,
  `finished_at` bigint,
  `finished_source` string,
  `gone_earliest` bigint,
  `gone_latest` bigint,
  `gone_at` bigint,
  `gone_source` string,
  `seen_from` bigint,
  `seen_until` bigint,
  `images` string,
  `termination_grace_period_seconds` int,
  `pre_stop_seconds` int,
  `sources` string
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/lives/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_container_end_dc7d06f9` (
  `life` string,
  `container` string,
  `finished_earliest` bigint,
  `finished_latest` bigint,
  `container_ports` string,
  `other_ports` string
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/container_end/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_life_event_dc7d06f9` (
  `life` string,
  `event` string,
  `container` string,
  `reason` string,
  `detail` string,
  `earliest` bigint,
  `latest` bigint
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/life_event/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_container_restart_dc7d06f9` (
  `life` string,
  `container` string,
  `exit_code` int,
  `reason` string,
  `earliest` bigint,
  `latest` bigint,
  `container_ports` string,
  `other_ports` string,
  `unknown_from` bigint,
  `ready_again` bigint
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/container_restart/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_readiness_dc7d06f9` (
  `life` string,
  `state` string,
  `since` bigint,
  `next_state` string,
  `until` bigint
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/readiness/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_pod_life_dc7d06f9` (
  `life` string,
  `namespace` string,
  `name` string,
  `uid` string,
  `ip` string,
  `port` int,
  `node` string,
  `zone` string,
  `owner_kind` string,
  `owner_name` string,
  `workload` string,
  `deployment` string,
  `created_earliest` bigint,
  `created_latest` bigint,
  `created_at` bigint,
  `created_source` string,
  `started_earliest` bigint,
  `started_latest` bigint,
  `waiting_until` bigint,
  `ready_restart_count` int,
  `containers_seen_until` bigint,
  `ready_earliest` bigint,
  `ready_latest` bigint,
  `ready_at` bigint,
  `ready_source` string,
  `deleted_earliest` bigint,
  `deleted_latest` bigint,
  `deleted_at` bigint,
  `deleted_source` string,
  `deleted_by` string,
  `deleted_reason` string,
  `first_finished_earliest` bigint,
  `first_finished_latest` bigint,
  `finished_earliest` bigint,
  `finished_latest` bigint,
  `finished_at` bigint,
  `finished_source` string,
  `gone_earliest` bigint,
  `gone_latest` bigint,
  `gone_at` bigint,
  `gone_source` string,
  `seen_from` bigint,
  `seen_until` bigint,
  `images` string,
  `termination_grace_period_seconds` int,
  `pre_stop_seconds` int,
  `sources` string
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/pod_life/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_target_observation_dc7d06f9` (
  `kind` string,
  `object_id` int,
  `line` bigint,
  `state` string,
  `actor` string,
  `zone` string,
  `registered` int,
  `earliest` bigint,
  `latest` bigint,
  `moment` bigint,
  `target_group_key` string,
  `target_ip` string,
  `target_port` int,
  `life_number` bigint
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/target_observation/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_node_loss_dc7d06f9` (
  `node` string,
  `silent_from` bigint,
  `stated_latest` bigint,
  `reason` string,
  `until` bigint
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/node_loss/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_pod_address_dc7d06f9` (
  `ip` string,
  `port_key` int,
  `life` string,
  `name` string,
  `ready_latest` bigint,
  `deleted_earliest` bigint,
  `deleted_latest` bigint,
  `begins` bigint,
  `ends` bigint,
  `sure_from` bigint,
  `exited_latest` bigint,
  `ready_earliest` bigint,
  `next_sure_from` bigint,
  `previous_life` string,
  `previous_alive_until` bigint,
  `previous_over_at` bigint,
  `previous_deleted_latest` bigint,
  `previous_gone_latest` bigint,
  `earlier_over_at` bigint,
  `is_shared` boolean
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/pod_address/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_target_life_dc7d06f9` (
  `target_group_key` string,
  `target_ip` string,
  `target_port` int,
  `life_number` bigint,
  `begins` bigint,
  `ends` bigint,
  `unsure_from` bigint,
  `registered_earliest` bigint,
  `registered_from` bigint,
  `registered_latest` bigint,
  `registered_until` bigint,
  `healthy_from` bigint,
  `healthy_until` bigint,
  `deregistered_earliest` bigint,
  `deregistered_latest` bigint,
  `drained_earliest` bigint,
  `drained_latest` bigint,
  `deregistered_by` string,
  `deregistered_actor` string,
  `zone` string,
  `sources` string
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/target_life/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_backend_dc7d06f9` (
  `namespace` string,
  `service` string,
  `node_port` int,
  `node` string,
  `life` string,
  `kind` string,
  `serves_from` bigint,
  `over_by` bigint,
  `going_earliest` bigint,
  `going_latest` bigint,
  `seen_until` bigint
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/backend/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_contradiction_dc7d06f9` (
  `namespace` string,
  `subject` string,
  `event` string,
  `container` string,
  `believed_earliest` bigint,
  `believed_latest` bigint,
  `believed_source` string,
  `earliest` bigint,
  `latest` bigint,
  `source` string,
  `object_id` int,
  `line` bigint,
  `seconds_apart` double
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/contradiction/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_special_group_dc7d06f9` (
  `target_group_arn` string,
  `is_optimized` int,
  `has_instances` int
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/special_group/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_deregistration_delay_dc7d06f9` (
  `target_group_arn` string,
  `seconds` double
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/deregistration_delay/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_rule_dc7d06f9` (
  `rule` string,
  `cause` string,
  `other_cause` string,
  `decided_by` string,
  `is_likely` boolean,
  `missing` string,
  `condition` string,
  `sentence` string,
  `next_step` string
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/rule/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_kind_step_dc7d06f9` (
  `rule` string,
  `target_kind` string,
  `next_step` string
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/kind_step/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_rollout_pod_dc7d06f9` (
  `rollout` string,
  `namespace` string,
  `deployment` string,
  `kind` string,
  `from_workload` string,
  `to_workload` string,
  `started_at` bigint,
  `ended_at` bigint,
  `pods` bigint,
  `life` string,
  `workload` string,
  `deleted_at` bigint
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/rollout_pod/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_rollout_arrival_dc7d06f9` (
  `life` string,
  `rollout` string
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/rollout_arrival/';

CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`lake_rollout_span_dc7d06f9` (
  `rollout` string,
  `namespace` string,
  `deployment` string,
  `kind` string,
  `from_workload` string,
  `to_workload` string,
  `started_at` bigint,
  `ended_at` bigint,
  `pods` bigint
)
STORED AS PARQUET
LOCATION 's3://my-lake/draintrace/view/rollout_span/';
