-- Title: One row per life of a pod, merged from all sources
-- Why: the pods of `lives`, which describes each column.
-- Needs: lives
select
  life, namespace, name, uid, ip, port, node, zone, owner_kind, owner_name, workload, deployment,
  created_earliest, created_latest, created_at, created_source, started_earliest, started_latest, waiting_until,
  ready_restart_count, containers_seen_until, ready_earliest, ready_latest, ready_at, ready_source, deleted_earliest,
  deleted_latest, deleted_at, deleted_source, deleted_by, deleted_reason, first_finished_earliest, first_finished_latest,
  finished_earliest, finished_latest, finished_at, finished_source, gone_earliest, gone_latest, gone_at, gone_source,
  seen_from, seen_until, images, termination_grace_period_seconds, pre_stop_seconds, sources
from lives
where target_kind = 'pod'
